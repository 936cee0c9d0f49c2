"""What people touch. One file for a family of commands; a view, its modal and its sentences beside it."""

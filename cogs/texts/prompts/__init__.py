"""What is said of a prompt: what is wrong with it, and what its member should know of it."""

"""A member's own data: handed out, and erased."""

"""What people touch: a file for each command, or a room for a group of them. What they read is in `texts`."""

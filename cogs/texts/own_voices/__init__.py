"""What is read of one's own voice."""

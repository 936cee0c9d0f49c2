"""What is reserved, spent and billed, of which account and which limit."""

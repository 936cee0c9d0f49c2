"""What is said of relays."""

"""What is said of albums: about one, and of its post."""

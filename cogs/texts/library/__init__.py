"""What is said where songs are found again, chosen among and varied."""

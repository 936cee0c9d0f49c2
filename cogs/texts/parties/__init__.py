"""What members read of parties."""

"""What members read of contests."""

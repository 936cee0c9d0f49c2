"""What members read in and about jams."""

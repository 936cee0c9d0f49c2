"""From what a member wrote to a track in the queue."""

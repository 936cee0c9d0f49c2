"""What moderators fill in, and what they are told."""

"""/moderation: one file for each of its commands; what moderators fill in, and what they are told."""

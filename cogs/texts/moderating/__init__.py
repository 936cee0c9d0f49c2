"""What moderators read, and those whom they moderate."""

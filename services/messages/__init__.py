"""What people are told by the bot itself, each thing once, and which messages are kept up to date."""

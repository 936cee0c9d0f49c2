"""In which language servers and their members read what the bot says, and how Discord shows its commands."""

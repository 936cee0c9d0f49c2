"""Parties: the bot in a voice channel, what it plays there, and the panel by which members lead it."""

"""Relays: a song written a line each, where everybody sees only the last line of the one before."""

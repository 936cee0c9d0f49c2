"""Jams: members shape the next track together."""

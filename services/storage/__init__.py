"""Databases, files and what may be away: where everything is kept."""

"""Contests: entries to a theme, a vote among them without knowing who made what, and the result."""

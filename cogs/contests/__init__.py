"""Contests: their posts, entering, listening, voting, and the result."""

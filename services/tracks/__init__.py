"""Tracks as values and as rows: found, listed, voted for, held back; and who may see them."""

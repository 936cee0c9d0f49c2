"""A track's life, from the queue to its channel: what waits, is handed over, fetched, mastered and posted."""

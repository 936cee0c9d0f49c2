"""Whose turn it is: the fair order, what starts now and what to expect, and what wakes the dispatch."""

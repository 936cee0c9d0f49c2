"""A relay's post, what is pressed on it, and what happens in time."""

"""A jam's panel and its presses, its rounds and its recap."""

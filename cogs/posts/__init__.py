"""A finished track in its channel, all that can be pressed below it, and who is told of it."""

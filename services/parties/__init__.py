"""Parties: members listen together in a voice channel, to a queue that all of them see."""

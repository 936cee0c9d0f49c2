"""/library: a guild's music, listed, looked up and played again; one file for each of its commands."""

"""What every cog stands on: the client, routes and rights, and how an interaction is answered."""

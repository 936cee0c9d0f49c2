"""Discord's HTTP API: what it demands of a request, how it refuses, and what each route does."""

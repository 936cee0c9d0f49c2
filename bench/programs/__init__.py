"""What a measurement runs as a process of its own."""

"""Voice: states, the voice gateway over TLS, UDP, end-to-end encryption (DAVE), and members who listen."""

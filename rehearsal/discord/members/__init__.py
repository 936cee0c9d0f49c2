"""People in Discord: what their clients check and send, and a member in Python for tests and the demo."""

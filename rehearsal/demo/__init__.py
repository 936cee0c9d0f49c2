"""`python -m rehearsal.demo`: three members make music, and what they got is held against what they read."""

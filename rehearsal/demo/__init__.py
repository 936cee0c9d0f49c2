"""`python -m rehearsal.demo`: two members make music, and it is checked that they got what they were told."""

"""Members' own voices: recorded with consent, kept sealed, sung with, and forgotten."""

"""Members' own voices: giving a recording, and moderators hearing it."""

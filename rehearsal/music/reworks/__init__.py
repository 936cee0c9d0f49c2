"""Music from music: heard, known again, restyled, resung, made longer, or made anew in part."""

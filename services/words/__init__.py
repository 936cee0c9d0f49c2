"""Words that a track must not have, however they are spelled."""

"""What a model is asked for: tags, lyrics, reworks, read and checked."""

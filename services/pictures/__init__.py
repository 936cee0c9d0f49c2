"""Pictures: a track's card and cover, a family, a month of spending."""

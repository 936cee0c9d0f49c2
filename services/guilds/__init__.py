"""What a guild has set for itself: limits, rules, bans, and the record of every change."""

"""What whoever hosts the bot reads at a terminal."""

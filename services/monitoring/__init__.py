"""How the bot is, told to whoever asks from outside: whether it is well, and what it counts."""

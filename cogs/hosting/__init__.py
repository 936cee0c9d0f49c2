"""What whoever hosts the bot does at a terminal: set it up, and have it looked over."""

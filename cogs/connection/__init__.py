"""How Discord is reached: its gateway, a start that waits for it, and the commands as Discord has them."""

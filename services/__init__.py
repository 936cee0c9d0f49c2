"""What the bot knows how to do. The rule: plain values in, dataclasses out; nothing here imports discord."""

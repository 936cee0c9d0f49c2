"""`python cluster_bot.py`: the bot, on an account with as many places as PLACES says."""

from __future__ import annotations

import os
import sys

import bot
from services.settings import Settings

if __name__ == "__main__":
    Settings.concurrency = property(lambda _: int(os.environ["PLACES"]))  # pyright: ignore[reportAttributeAccessIssue]
    Settings.starts_per_minute = property(lambda _: 6000)  # pyright: ignore[reportAttributeAccessIssue]
    sys.exit(bot.main())

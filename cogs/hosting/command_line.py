"""What `python bot.py` can be told to do instead of running."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from cogs.texts.hosting import setup as texts


def asked_for(arguments: Sequence[str]) -> str:
    """Which of `texts.OPTIONS`; "" where the bot is to run. Exits for --help, and for unknown options."""
    parser = argparse.ArgumentParser(
        prog="python bot.py", description=str(texts.WHAT), epilog=str(texts.MORE), allow_abbrev=False
    )
    options = parser.add_mutually_exclusive_group()
    for name, what in texts.OPTIONS.items():
        options.add_argument(
            f"--{name}", dest="asked_for", action="store_const", const=name, default="", help=str(what)
        )
    return parser.parse_args(arguments).asked_for

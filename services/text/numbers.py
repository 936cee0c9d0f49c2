"""Whole numbers that somebody typed or sent. The rule: what reaches a database fits into its column."""

from __future__ import annotations

LARGEST_ID = 2**63 - 1  # a column for ids (Discord's snowflakes), and what Discord itself counts ids in
LARGEST_COUNT = 2**31 - 1  # a column for numbers of tracks and the like


def whole(text: str, most: int = LARGEST_ID) -> int | None:
    """The number that the text is, in figures alone, from 0 to `most`; None for everything else."""
    digits = text.strip().lstrip("0") or text.strip()[-1:]
    if not digits.isascii() or not digits.isdecimal() or len(digits) > len(str(most)):
        return None
    number = int(digits)
    return number if number <= most else None

"""What stands in many messages: pages, and buttons that are the same everywhere."""

from __future__ import annotations

REFRESH = "Refresh"
EARLIER = "Earlier"
LATER = "Later"
KEEP_IT = "Keep it"
NO_REASON = "none given"


def page(number: int, last: int) -> str:
    """Which page of how many is open; both are counted from 0."""
    return f"Page {number + 1} of {last + 1}"

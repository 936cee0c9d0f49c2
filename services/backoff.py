"""How long to wait before something is tried again.

The rule: each pause may be twice as long as the one before, and is by chance up to half shorter, so that what
failed together does not come back together. Seconds for which the other side asks to be left alone come on
top; they never end the patience.
"""

from __future__ import annotations

import asyncio
import math
import random
import time

LONGEST = 30.0  # seconds between two tries of what waits for somebody else to come back


class Backoff:
    """The pauses between the tries of one thing; all of it in seconds.

    first: the most before the second try. longest: the most between any two. patience: from now until no
    further try is worth a pause.
    """

    pace = 1.0
    """What each of these pauses is multiplied by: less where a test waits for them."""

    def __init__(self, first: float = 1.0, longest: float = LONGEST, *, patience: float = math.inf) -> None:
        self._first, self._longest = first, longest
        self._most = min(first, longest)
        self._end = time.monotonic() + patience

    def reset(self) -> None:
        """Begins with short pauses again, after a try that succeeded."""
        self._most = min(self._first, self._longest)

    def pause(self, asked: float | None = None) -> float:
        """How long to wait now. asked: for how long the other side wants to be left alone, if it said so."""
        return self._own() + (asked or 0.0)

    async def wait(self, asked: float | None = None) -> bool:
        """Waits until the next try is due; False, at once, where the patience is at an end before."""
        own, left = self._own(), self._end - time.monotonic()
        if own > left:
            return False
        await asyncio.sleep(min(own + (asked or 0.0), left))
        return True

    def _own(self) -> float:
        own = self._most * random.uniform(0.5, 1.0) * self.pace
        self._most = min(2 * self._most, self._longest)
        return own

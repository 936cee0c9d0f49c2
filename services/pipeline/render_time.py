"""How long things take: what a render needs, learnt from those that finished, and who waits how long."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

FIRST_GUESS = (
    0.15  # seconds of rendering for a second of audio, until one was measured; ours, not the provider's
)
MEMORY = 0.2  # weight of the newest measurement in the moving average


class Pace:
    """The provider's speed, as seconds of rendering for each second of audio."""

    def __init__(self) -> None:
        self._rate = FIRST_GUESS
        self.measured = False

    def learn(self, duration: float, took: float) -> None:
        """A render of `duration` seconds of audio took `took` seconds."""
        rate = took / duration
        self._rate = (1 - MEMORY) * self._rate + MEMORY * rate if self.measured else rate
        self.measured = True

    def render_seconds(self, duration: float, model: str) -> float:
        """The seconds that a render of that many seconds of audio is expected to take with that model."""
        return self._rate * duration


def expected_starts(
    running: Sequence[float],
    waiting: Sequence[float],
    recent: Sequence[float],
    *,
    at_once: int,
    per_minute: int,
) -> list[float]:
    """In how many seconds each waiting track starts.

    running: seconds until each running one ends; waiting: seconds that each will take, in start order;
    recent: how many seconds ago each start of the last minute was. at_once, per_minute: the account's level.
    """
    ends = list(running)
    heapq.heapify(ends)
    starts = sorted(-ago for ago in recent if ago < 60)
    result: list[float] = []
    for takes in waiting:
        moment = 0.0
        while len(ends) >= at_once:
            moment = max(moment, heapq.heappop(ends))
        if len(starts) >= per_minute:
            moment = max(moment, starts[-per_minute] + 60)
        if result:
            moment = max(moment, result[-1])
        result.append(moment)
        starts.append(moment)
        heapq.heappush(ends, moment + takes)
    return result

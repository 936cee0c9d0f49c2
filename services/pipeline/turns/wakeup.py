"""What wakes the dispatch of this process: it sleeps until somebody says that something may start.

The rule: whoever changes what may start says so after the commit. Nothing relies on it: a look that repeats
finds what was not said, and what other processes changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Generator
from contextlib import contextmanager, suppress
from weakref import WeakValueDictionary

from services.tracks.track import Track

MOST_ON_THEIR_WAY = 32  # so many of them at the most may have to be looked for at the provider after a kill


class Wakeup:
    """Wakes the dispatch where a track may be able to start. One in a process."""

    def __init__(self) -> None:
        self.changes = 0
        """Counts what changed in any account's line, as far as this process knows."""
        self.left = False
        """Whether tracks wait that start as soon as a place is free, as far as is known."""
        self.on_their_way: dict[str, Track] = {}
        """By id, tracks whose intent was written with their start, until their first POST is answered."""
        self._sent: set[str] = set()
        self.seeds: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        """By seed, under which a track is handed over: of those with the same one at a time."""
        self.not_yet: set[str] = set()
        """The ids of tracks that start nowhere in this process before their member is told of them."""
        self.unreadable: set[str] = set()
        """The ids of tracks in line whose rows this process cannot read: it passes them over."""
        self._due = asyncio.Event()
        self._due.set()

    def wake(self) -> None:
        """Something joined or left a line, or less keeps tracks from starting."""
        self.changes += 1
        self._due.set()

    def place_free(self) -> None:
        """An account renders one less."""
        self.changes += 1
        if self.left:
            self._due.set()

    @contextmanager
    def holding(self, track_ids: Collection[str]) -> Generator[None]:
        """Starts none of those tracks meanwhile, and wakes the dispatch after it."""
        self.not_yet.update(track_ids)
        try:
            yield
        finally:
            self.not_yet.difference_update(track_ids)
            self.wake()

    def sending(self, track_id: str) -> None:
        """From now on something of the track may have reached the provider."""
        self._sent.add(track_id)

    @property
    def unsent(self) -> list[Track]:
        """Those on their way of which surely nothing was sent."""
        return [track for track in self.on_their_way.values() if track.id not in self._sent]

    def answered(self, track_id: str) -> None:
        """The track is on its way no more, if it was: its row says how far it came."""
        self._sent.discard(track_id)
        if self.on_their_way.pop(track_id, None) is not None:
            self.place_free()

    @property
    def busy_seeds(self) -> set[int]:
        """The seeds of what is being handed over."""
        return {*self.seeds, *(track.seed for track in self.on_their_way.values())}

    @property
    def room(self) -> int:
        """How many tracks may be sent on their way."""
        return MOST_ON_THEIR_WAY - len(self.on_their_way)

    async def due(self, seconds: float | None) -> None:
        """Sleeps until it is woken; for so many seconds, where that is a number."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # in Python 3.11 `wait_for` loses a stop that comes with it
                await self._due.wait()
        self._due.clear()

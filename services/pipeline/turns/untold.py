"""Tracks that are written down and that their member does not know of.

The rule: what Discord did not take is not done, so such a track is taken back. A process that was killed may
have written tracks down and not have told their members; the next one asks Discord before it starts them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import compress

import structlog

from services.backoff import Backoff
from services.delivery import Delivery, DeliveryUnavailable
from services.money.ledger import Ledger
from services.pipeline.turns.wakeup import Wakeup
from services.storage.database import Database, now
from services.storage.leases import other_processes
from services.storage.outages import until_back
from services.tracks import tracks
from services.tracks.track import State, Track

log = structlog.get_logger(__name__)

LAST_MOMENTS = timedelta(seconds=5)  # of a process, in which it may not have told of what it wrote down
PATIENCE = 60.0  # seconds for which a Discord that is away keeps such tracks from starting
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between two questions


class Untold:
    """Takes back what nobody was told of. One in a process."""

    def __init__(self, database: Database, ledger: Ledger, wakeup: Wakeup, delivery: Delivery) -> None:
        self._database = database
        self._ledger = ledger
        self._wakeup = wakeup
        self._delivery = delivery
        self._asking: set[asyncio.Task[None]] = set()

    async def take_back(self, written: Sequence[Track]) -> None:
        """As if they had not been asked for; but what has begun goes on, because it may be billed."""
        gone = {"state": State.CANCELLED, "finished_at": now(), "deleted_at": now()}
        unsent = [one for one in written if one.intent_at is None]
        async with self._database.write() as connection:  # all tracks before any money, as everywhere
            was = [await tracks.change(connection, one.id, expect=State.WAITING, **gone) for one in unsent]
            for track in compress(unsent, was):
                await self._ledger.release(connection, track.id, note="not acknowledged")

    async def begin(self) -> None:
        """Asks about what a process wrote down last that is gone; until that is known, none of it starts."""
        async with self._database.read() as connection:
            left = await tracks.asked_last(connection, LAST_MOMENTS, other_processes(self._database.process))
        self._wakeup.not_yet.update(one.id for one in left)
        task = asyncio.create_task(self._settle(left))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def stop(self) -> None:
        """Asks no more."""
        for task in [*self._asking]:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def _settle(self, left: Sequence[Track]) -> None:
        for track in left:
            with self._wakeup.holding([track.id]):
                if not await self._was_told(track):
                    log.warning("a member was not told of a track, so it is taken back", track=track.id)
                    await until_back(lambda track=track: self.take_back([track]))

    async def _was_told(self, track: Track) -> bool:
        """Where that cannot be found out, it is believed: a track that was asked for is made."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        return await self._delivery.was_told(track)
                    except DeliveryUnavailable:
                        await backoff.wait()
        except TimeoutError:
            return True

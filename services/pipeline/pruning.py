"""Old MP3s that are also in their channel's message are deleted here (KEEP_AUDIO_DAYS).

The rule: an MP3 goes only right after Discord has said that the message is there with that very file; what is
not posted, held back, or being reworked stays. What Discord does not have is asked about again after as many
days.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
import structlog

from services.delivery import Delivery, DeliveryUnavailable
from services.periodic_tasks import PeriodicTasks
from services.pipeline.kept_audio import KeptAudio
from services.storage import files
from services.storage.audio_store import AudioStore, opus_name
from services.storage.database import Database, now
from services.storage.tables import tracks as table
from services.tracks import tracks
from services.tracks.track import ENDED, State, Track

log = structlog.get_logger(__name__)

DAY = 86400.0  # seconds
EVERY = 600.0  # seconds from one `prune` to the next
MOST = 100  # messages that are asked for in one go, one after the other …
PAUSE = 1.0  # … with so many seconds between them
MOST_UNANSWERED = 3  # in a row, after which the rest waits for the next one


class Pruning:
    """Deletes MP3s of so many days; nothing where that is None."""

    def __init__(
        self, days: int | None, database: Database, delivery: Delivery, audio: KeptAudio, store: AudioStore
    ) -> None:
        self._days = days
        self._database = database
        self._delivery = delivery
        self._audio = audio
        self._store = store
        self._tasks = PeriodicTasks()

    def start(self) -> None:
        """Begins to delete what may go, where anything is to go."""
        if self._days is not None:
            self._tasks.begin(EVERY, self.prune)

    async def stop(self) -> None:
        """Deletes nothing more."""
        await self._tasks.stop()

    async def prune(self) -> None:
        """Deletes what may go, the oldest first. Raises DeliveryUnavailable where Discord does not answer."""
        if self._days is None:
            return
        before = now().timestamp() - self._days * DAY
        asked = unanswered = 0
        old = await self._store.mp3s_before(before)
        for start in range(0, len(old), files.CHUNK):
            for track in await self._among(old[start : start + files.CHUNK]):
                if asked == MOST:
                    return
                if asked:
                    await asyncio.sleep(PAUSE)
                asked += 1
                try:
                    await self._prune_one(track, before)
                    unanswered = 0
                except DeliveryUnavailable:
                    unanswered += 1
                    if unanswered == MOST_UNANSWERED:
                        raise
                except OSError as error:
                    log.warning("an old MP3 was not deleted", track=track.id, error=str(error))

    async def _among(self, ids: list[str]) -> list[Track]:
        """Those of the tracks whose MP3s may go, in that order."""
        async with self._database.read() as connection:
            rows = tracks.track_rows.where(table.c.id.in_(may_go(ids)))
            found = await tracks.found(connection, rows)
        return sorted(found, key=lambda track: ids.index(track.id))

    async def _prune_one(self, track: Track, before: float) -> None:
        size = await self._delivery.audio_posted(track)
        async with self._audio.lock(track.id):
            gone = await self._store.prune(track.id, before, size)
            if gone:
                await self._store.delete([opus_name(track.id)])
        if gone:
            log.info("an old MP3 is now in its message alone", track=track.id)


def may_go(ids: Collection[str]) -> sa.Select[Any]:
    """Those of the tracks that are posted, and that nothing is being made from."""
    made = table.alias()
    unfinished = sa.exists().where(made.c.parent_id == table.c.id, made.c.state.not_in(ENDED))
    posted = sa.and_(table.c.state == State.DELIVERED, table.c.message_id.is_not(None))
    return sa.select(table.c.id).where(table.c.id.in_(ids), posted, ~unfinished)

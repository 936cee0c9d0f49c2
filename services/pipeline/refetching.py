"""Paid songs that could not be had are asked for again: by themselves, or because somebody asks.

The rule: what the provider says it has made, it has for 7 days; until then a paid song is not given up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.settings import Guild, lock_guild
from services.money.ledger import Ledger
from services.periodic_tasks import PeriodicTasks, each
from services.storage.database import Database, now
from services.storage.tables import tracks as table
from services.text.refusal import Refusal
from services.tracks import tracks
from services.tracks.fetchable import FETCHABLE, KEPT, LOST
from services.tracks.redaction import for_log
from services.tracks.sight import Sight
from services.tracks.track import Failure, State, Track
from services.wavespeed.predictions import Prediction, WaveSpeedError

log = structlog.get_logger(__name__)

SOONEST, RAREST = timedelta(minutes=5), timedelta(hours=12)  # between two tries that nobody asked for
EVERY = 30.0  # seconds from one `fetch_due` to the next


class NotToBeFetched(Refusal):
    """There is nothing at the provider, or not any more, that could be fetched again."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is {track.state} {track.failure or ''}")
        self.track = track


def can_be_fetched(track: Track) -> bool:
    """Whether the track failed although the provider may have its sound."""
    made = track.prediction_id is not None and track.failure in FETCHABLE and track.deleted_at is None
    return made and track.state is State.FAILED and is_kept(track)


def is_kept(track: Track) -> bool:
    """Whether the provider still keeps what it may have made of the track."""
    return now() < _kept_until(track)


def next_fetch(track: Track, failure: Failure | None) -> datetime | None:
    """When a track that fails of that is fetched again by itself: ever more rarely; None for never again."""
    fetchable = track.prediction_id is not None and failure in FETCHABLE
    if not (failure in LOST or fetchable) or failure in {Failure.OVERSIZED, Failure.TOO_LARGE}:
        return None
    age = now() - (track.started_at or track.created_at)
    at = now() + min(max(age, SOONEST), RAREST)
    return at if at < _kept_until(track) else None


def _kept_until(track: Track) -> datetime:
    return (track.started_at or track.created_at) + KEPT


class Refetching:
    """Puts failed tracks back to where the provider is asked for them.

    find: looks in the provider's history for a track whose answer was lost. enqueue: starts its workflow.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        find: Callable[[Track], Awaitable[Prediction | None]],
        enqueue: Callable[[Track], None],
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._find = find
        self._enqueue = enqueue
        self._tasks = PeriodicTasks()

    def start(self) -> None:
        """Begins to fetch by itself what is due."""
        self._tasks.begin(EVERY, self.fetch_due)

    async def stop(self) -> None:
        """Fetches nothing more by itself."""
        await self._tasks.stop()

    async def fetch_due(self) -> None:
        """Fetches every track whose time has come."""
        async with self._database.read() as connection:
            ids = list(await connection.scalars(sa.select(table.c.id).where(table.c.fetch_at <= now())))
        await each(ids, self._fetch_one)

    async def _fetch_one(self, track_id: str) -> None:
        async with self._database.read() as connection:
            track = await tracks.get(connection, track_id)
        if track is None:
            return
        prediction_id = await self._late_prediction(track) if _is_lost(track) else None
        async with self._database.write() as connection:
            guild = await lock_guild(connection, track.guild_id)
            track = await tracks.get(connection, track_id, lock=True)
            if track is None:
                return
            if _is_lost(track):
                reopened = await self._reopen_lost(connection, guild, track, prediction_id)
            elif can_be_fetched(track):
                reopened = await self._reopen(connection, track)
            else:
                await tracks.change(connection, track_id, fetch_at=None)
                return
        if reopened is not None:
            self._enqueue(reopened)

    async def _late_prediction(self, track: Track) -> str | None:
        """The id of what turned up late in the provider's history; None where nothing has yet."""
        if track.prediction_id is not None:
            return track.prediction_id
        try:
            found = await self._find(track)
        except WaveSpeedError as error:
            log.info("the history cannot tell", track=track.id, error=for_log(error, track))
            return None
        return found.id if found is not None else None

    async def _reopen_lost(
        self, connection: AsyncConnection, guild: Guild, track: Track, prediction_id: str | None
    ) -> Track | None:
        """Makes the track of what turned up late; it is charged then, where it was not yet.

        None where it is looked for again later; where a limit does not allow the charge, until the host has
        accepted the bill's line.
        """
        later = next_fetch(track, track.failure)
        await tracks.change(connection, track.id, prediction_id=prediction_id, fetch_at=later)
        if prediction_id is None:
            return None
        # All of the tracks before any money, as everywhere: whose the prediction is may be in other hands.
        if not await self._ledger.charge(connection, track.id, guild, track.price, "turned up late"):
            log.warning("what turned up is beyond a limit", track=track.id, prediction=prediction_id)
            return None
        log.warning("a lost submission turned up", track=track.id, prediction=prediction_id)
        return await self._reopen(connection, track)

    async def fetch(self, sight: Sight, track_id: str, member_id: int, *, moderator: bool) -> Track:
        """The same at once, for whoever may decide over the track.

        Raises NoSuchTrack, NotYours, or NotToBeFetched.
        """
        async with self._database.write() as connection:
            track = await tracks.theirs(connection, sight, track_id, member_id, moderator=moderator)
            if not can_be_fetched(track):
                raise NotToBeFetched(track)
            track = await self._reopen(connection, track)
        self._enqueue(track)
        return track

    async def _reopen(self, connection: AsyncConnection, track: Track) -> Track:
        """Puts the track, which is locked, back to where its result is asked for."""
        log.info("fetching a paid track again", track=track.id, failure=track.failure)
        values: dict[str, Any] = {
            "state": State.RENDERING,
            "failure": None,
            "finished_at": None,
            "output_url": None,
            "fetch_at": None,
            "pauses": track.pauses + 1,
            "process": self._database.process,
        }
        return await tracks.changed(connection, track.id, **values) or track


def _is_lost(track: Track) -> bool:
    """Whether nobody knows the id of its prediction, should there be one."""
    return track.state is State.FAILED and track.failure in LOST and track.deleted_at is None

"""The queue: in which order tracks start, what to expect of it, and who may stop it.

The rule: our own tables say what waits. DBOS, which starts what is due, is told after each transaction, and
told again at every start; a workflow id names a track's stay in the queue, so telling it twice does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.ext.asyncio import AsyncConnection

from services import house, tracks, workflow
from services.audit import Action, record, record_act
from services.database import Database, now
from services.database import tracks as track_table
from services.fairness import Claim
from services.guilds import change_guild, read_guild
from services.ledger import Ledger
from services.pace import Pace, expected_starts
from services.settings import Settings
from services.tracks import State, Track

log = structlog.get_logger(__name__)

QUEUE = "tracks"
JAMS = 0  # the member as whom a guild's jams stand in line


@dataclass(frozen=True, slots=True)
class Outlook:
    """What to expect: tracks ahead, seconds until it starts, seconds until it is finished."""

    place: int
    wait: float
    ready: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A running or waiting track in the guild's queue."""

    track: Track
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class QueueView:
    """A guild's queue: running tracks first, then the waiting ones in the order in which they start."""

    entries: list[Waiting]
    paused: bool
    stopped: house.Value | None
    """What keeps every guild's tracks from starting."""


class NotWaiting(Exception):
    """The track has begun or ended, so it can no longer be cancelled."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is {track.state}")
        self.track = track


class Queue:
    """Every guild's running and waiting tracks."""

    def __init__(self, settings: Settings, database: Database, ledger: Ledger, pace: Pace) -> None:
        self.settings = settings
        self.database = database
        self.ledger = ledger
        self.pace = pace

    async def open(self) -> None:
        """Sets the account's limits, resumes what a stop or a kill left, and enqueues what is waiting."""
        await DBOS.register_queue_async(
            QUEUE,
            global_concurrency=self.settings.concurrency,
            limiter={"limit": self.settings.starts_per_minute, "period": 60},
            polling_interval_sec=self.settings.queue_poll_interval,
            on_conflict="always_update",
        )
        async with self.database.read() as connection:
            left = await tracks.unfinished(connection)
            stopped = await in_stopped_guilds(connection, left)
        for track in left:
            if track.state is not State.WAITING or track.guild_id not in stopped:
                await self.enqueue(track)
        if left:
            log.info("resuming", tracks=len(left))

    async def view(self, guild_id: int) -> QueueView:
        """The guild's running and waiting tracks."""
        async with self.database.read() as connection:
            everyone = await tracks.unfinished(connection)
            guild = await read_guild(connection, guild_id)
            stopped = await house.stopped_by(connection)
        outlooks = self._outlooks(everyone)
        entries = [Waiting(track, outlooks[track.id]) for track in everyone if track.guild_id == guild_id]
        return QueueView(entries, guild.paused, stopped)

    async def outlook(self, track: Track) -> Outlook:
        """What to expect of that track now; nothing but zeros once it ended."""
        async with self.database.read() as connection:
            everyone = await tracks.unfinished(connection)
        return self._outlooks(everyone).get(track.id, Outlook(0, 0.0, 0.0))

    def _outlooks(self, everyone: list[Track]) -> dict[str, Outlook]:
        pace = self.pace
        at = now()
        running = [track for track in everyone if track.state is not State.WAITING]
        waiting = [track for track in everyone if track.state is State.WAITING]
        left = {
            track.id: max(
                1.0, pace.render_seconds(track.duration) - (at - (track.started_at or at)).total_seconds()
            )
            for track in running
        }
        starts = expected_starts(
            [left[track.id] for track in running if track.state in (State.SUBMITTING, State.RENDERING)],
            [pace.render_seconds(track.duration) for track in waiting],
            [(at - track.started_at).total_seconds() for track in running if track.started_at],
            at_once=self.settings.concurrency,
            per_minute=self.settings.starts_per_minute,
        )
        outlooks = {track.id: Outlook(0, 0.0, left[track.id]) for track in running}
        for place, (track, start) in enumerate(zip(waiting, starts, strict=True)):
            outlooks[track.id] = Outlook(place, start, start + pace.render_seconds(track.duration))
        return outlooks

    async def cancel(self, guild_id: int, track_id: str, member_id: int, *, moderator: bool) -> Track:
        """Takes a waiting track off the queue and gives its reservation back.

        Raises NoSuchTrack, NotYours, or NotWaiting where it has begun.
        """
        async with self.database.write() as connection:
            track = await tracks.theirs(connection, guild_id, track_id, member_id, moderator=moderator)
            cancelled = await tracks.change(
                connection, track.id, expect=State.WAITING, state=State.CANCELLED, finished_at=now()
            )
            if not cancelled:
                raise NotWaiting(track)
            await self.ledger.release(connection, track.id, note="cancelled")
            await record_act(connection, track, member_id, Action.CANCEL)
            track = await tracks.get(connection, track.id)
            assert track is not None
        await DBOS.cancel_workflow_async(track.workflow_id)
        return track

    async def pause(self, guild_id: int, actor_id: int = 0) -> None:
        """Starts no more of the guild's tracks; those that run go on, those that wait keep their place."""
        await self.take_off(await self._set_paused(guild_id, actor_id, paused=True))

    async def resume(self, guild_id: int, actor_id: int = 0) -> None:
        """Lets the guild's queue go on, in the order in which it stood."""
        await self._put_on(await self._set_paused(guild_id, actor_id, paused=False))

    async def take_off(self, waiting: list[Track]) -> None:
        """Takes tracks off the queue whose start was stopped, so that they use up none of a minute's."""
        for track in waiting:
            await DBOS.cancel_workflow_async(track.workflow_id)

    async def go_on(self) -> list[Track]:
        """Puts every guild's waiting tracks on the queue again; returns those that nothing stops any more."""
        async with self.database.write() as connection:
            await tracks.requeue(connection)
            waiting = await tracks.waiting(connection)
        return await self._put_on(waiting)

    async def _put_on(self, waiting: list[Track]) -> list[Track]:
        async with self.database.read() as connection:
            stopped = await in_stopped_guilds(connection, waiting)
        going_on = [track for track in waiting if track.guild_id not in stopped]
        for track in going_on:
            await self.enqueue(track)
        return going_on

    async def _set_paused(self, guild_id: int, actor_id: int, *, paused: bool) -> list[Track]:
        async with self.database.write() as connection:
            before = await read_guild(connection, guild_id, lock=True)
            await change_guild(connection, guild_id, paused=paused)
            if before.paused is not paused:
                await record(connection, guild_id, actor_id, Action.PAUSE if paused else Action.RESUME)
            if before.paused and not paused:
                await tracks.requeue(connection, guild_id)
            return await tracks.waiting(connection, guild_id)

    async def enqueue(self, track: Track) -> None:
        """Puts the track's workflow on the queue; nothing where it is there, runs or has ended."""
        with SetWorkflowID(track.workflow_id), SetEnqueueOptions(priority=track.turn):
            await DBOS.enqueue_workflow_async(QUEUE, workflow.render_track, track.id, track.pauses)


async def in_stopped_guilds(connection: AsyncConnection, affected: list[Track]) -> set[int]:
    """Those of the tracks' guilds in which nothing starts: all of them while the house is stopped."""
    ids = {track.guild_id for track in affected}
    if await house.stopped_by(connection):
        return ids
    return {guild_id for guild_id in ids if (await read_guild(connection, guild_id)).paused}


async def claims(connection: AsyncConnection) -> list[Claim]:
    """What stands in line. All jams of a guild stand there as one member."""
    columns = track_table.c
    whose = sa.case((columns.jam_id.is_not(None), JAMS), else_=columns.member_id)
    query = sa.select(columns.guild_id, whose, columns.duration, columns.turn, columns.state)
    rows = await connection.execute(
        query.where(columns.state.not_in(tracks.ENDED)).order_by(columns.created_at)
    )
    return [
        Claim(guild, member, cost, turn, state != State.WAITING) for guild, member, cost, turn, state in rows
    ]

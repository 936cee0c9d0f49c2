"""The queue: in which order tracks start, what to expect of it, and who may stop it.

The rule: our own tables say what waits; `services.pipeline.dispatch` has it started. A workflow id names a
track's stay in the queue, so each stay is begun once.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.audit import Action, record
from services.guilds.settings import change_guild, read_guild
from services.jams.jams import Phase
from services.money import accounts
from services.money.accounts import Hold, stopped_by
from services.money.ledger import Ledger, member_account
from services.pipeline.dispatch import Dispatch
from services.pipeline.fairness import Claim
from services.pipeline.render_time import Pace, expected_starts
from services.settings import LEVELS, Settings
from services.storage.database import Database, now
from services.storage.host_state import Value
from services.storage.outages import done_later
from services.storage.tables import jams, postings
from services.storage.tables import tracks as track_table
from services.text.refusal import Refusal
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.track import ENDED, State, Track
from services.tracks.track_audit import record_act

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
class Standstill:
    """What keeps tracks from starting: the guild's own pause, or what stops the account that pays."""

    paused: bool
    stopped: Value | Hold | None


@dataclass(frozen=True, slots=True)
class QueueView(Standstill):
    """A guild's queue: running tracks first, then the waiting ones in the order in which they start.

    elsewhere: how many more there are that the viewer does not see.
    """

    entries: list[Waiting]
    elsewhere: int


class NotWaiting(Refusal):
    """The track has begun or ended, so it can no longer be cancelled."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is {track.state}")
        self.track = track


class Queue:
    """Every guild's running and waiting tracks."""

    def __init__(
        self, settings: Settings, database: Database, ledger: Ledger, pace: Pace, dispatch: Dispatch
    ) -> None:
        self.settings = settings
        self.dispatch = dispatch
        self.database = database
        self.ledger = ledger
        self.pace = pace

    async def standstill(self, track: Track) -> Standstill:
        """What keeps that track from starting, where something does."""
        async with self.database.read() as connection:
            guild = await read_guild(connection, track.guild_id)
            return Standstill(guild.paused, await stopped_by(connection, track.key_id))

    async def view(self, sight: Sight) -> QueueView:
        """The running and waiting tracks seen, and what keeps the next that is asked for from starting."""
        async with self.database.read() as connection:
            everyone = await tracks.unfinished(connection)
            guild = await read_guild(connection, sight.guild_id)
            stopped = await stopped_by(connection, guild.key_id)
            levels = await _levels_of(connection, everyone)
        outlooks = self._outlooks(everyone, levels)
        own = [track for track in everyone if track.guild_id == sight.guild_id]
        entries = [Waiting(track, outlooks[track.id]) for track in own if sight.sees(track)]
        return QueueView(guild.paused, stopped, entries, len(own) - len(entries))

    async def outlook(self, track: Track) -> Outlook:
        """What to expect of that track now; nothing but zeros once it ended."""
        async with self.database.read() as connection:
            everyone = await tracks.unfinished(connection)
            levels = await _levels_of(connection, everyone)
        return self._outlooks(everyone, levels).get(track.id, Outlook(0, 0.0, 0.0))

    def _outlooks(self, everyone: list[Track], levels: dict[int, str]) -> dict[str, Outlook]:
        """Of each account by itself; levels: of the guilds' own, by key."""
        outlooks: dict[str, Outlook] = {}
        for key_id in {track.key_id for track in everyone}:
            may = self.settings.concurrency, self.settings.starts_per_minute
            if key_id is not None:
                may = LEVELS[levels.get(key_id, "bronze")]
            outlooks |= self._outlooks_on([one for one in everyone if one.key_id == key_id], *may)
        return outlooks

    def _outlooks_on(self, everyone: list[Track], at_once: int, per_minute: int) -> dict[str, Outlook]:
        pace = self.pace
        at = now()
        running = [track for track in everyone if track.state is not State.WAITING]
        waiting = [track for track in everyone if track.state is State.WAITING]
        left = {
            track.id: max(
                1.0,
                pace.render_seconds(track.duration, track.model)
                - (at - (track.started_at or at)).total_seconds(),
            )
            for track in running
        }
        starts = expected_starts(
            [left[track.id] for track in running if track.state in (State.SUBMITTING, State.RENDERING)],
            [pace.render_seconds(track.duration, track.model) for track in waiting],
            [(at - track.started_at).total_seconds() for track in running if track.started_at],
            at_once=at_once,
            per_minute=per_minute,
        )
        outlooks = {track.id: Outlook(0, 0.0, left[track.id]) for track in running}
        for place, (track, start) in enumerate(zip(waiting, starts, strict=True)):
            outlooks[track.id] = Outlook(
                place, start, start + pace.render_seconds(track.duration, track.model)
            )
        return outlooks

    async def cancel(self, sight: Sight, track_id: str, member_id: int, *, moderator: bool) -> Track:
        """Takes a waiting track off the queue and gives its reservation back.

        Raises NoSuchTrack, NotYours, or NotWaiting where it has begun.
        """
        async with self.database.write() as connection:
            track = await tracks.theirs(connection, sight, track_id, member_id, moderator=moderator)
            cancelled = await tracks.change(
                connection, track.id, expect=State.WAITING, state=State.CANCELLED, finished_at=now()
            )
            if not cancelled:
                raise NotWaiting(track)
            await self.ledger.release(connection, track.id, note="cancelled")
            await record_act(connection, track, member_id, Action.CANCEL)
            track = await tracks.get(connection, track.id)
            assert track is not None
        self.dispatch.dequeue(track)
        return track

    async def pause(self, guild_id: int, actor_id: int = 0) -> None:
        """Starts no more of the guild's tracks; those that run go on, those that wait keep their place."""
        self.dequeue(await self._set_paused(guild_id, actor_id, paused=True))

    async def resume(self, guild_id: int, actor_id: int = 0) -> None:
        """Lets the guild's queue go on, in the order in which it stood."""
        await self.enqueue(await self._set_paused(guild_id, actor_id, paused=False))

    def dequeue(self, waiting: list[Track]) -> None:
        """Takes tracks off the queue whose start was stopped, so that they use up none of a minute's."""
        for track in waiting:
            self.dispatch.dequeue(track)

    async def resume_all(self) -> list[Track]:
        """Puts every guild's waiting tracks on the queue again; returns those that nothing stops any more."""
        async with self.database.write() as connection:
            await tracks.requeue(connection)
            waiting = await tracks.waiting(connection)
        return await self.enqueue(waiting)

    async def enqueue(self, waiting: list[Track]) -> list[Track]:
        """Puts those on the queue that nothing stops, and returns them; at the latest with the next look."""
        going_on = waiting
        with done_later():
            async with self.database.read() as connection:
                stopped = await stopped_among(connection, waiting)
            going_on = [track for track in waiting if track.id not in stopped]
            for track in going_on:
                self.dispatch.enqueue(track)
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


async def stopped_among(connection: AsyncConnection, affected: list[Track]) -> set[str]:
    """The ids of those that may not start now: their guild's queue, their account or the house is stopped."""
    stopped = await accounts.stopped(connection)
    return {track.id for track in affected if stopped(track)}


async def claims(connection: AsyncConnection, key_id: int | None) -> list[Claim]:
    """What stands in line for that account (None: the host's); a guild's jams stand there as one member."""
    columns = track_table.c
    whose = sa.case((columns.jam_id.is_not(None), JAMS), else_=columns.member_id)
    query = sa.select(columns.guild_id, whose, columns.duration, columns.turn, columns.state)
    own = columns.key_id.is_(None) if key_id is None else columns.key_id == key_id
    rows = await connection.execute(
        query.where(own, columns.state.not_in(ENDED)).order_by(columns.created_at)
    )
    return [
        Claim(guild, member, cost, turn, state != State.WAITING) for guild, member, cost, turn, state in rows
    ]


async def count_waiting(connection: AsyncConnection, guild_id: int, member_id: int) -> int:
    """How many of the guild's waiting tracks the member asked for, alone or with others in a jam."""
    columns = track_table.c
    waiting = sa.and_(columns.guild_id == guild_id, columns.state == State.WAITING)
    alone = sa.and_(waiting, columns.member_id == member_id, columns.jam_id.is_(None))
    making = sa.select(jams.c.id).where(jams.c.guild_id == guild_id, jams.c.phase == Phase.MAKING)
    account = member_account(guild_id, member_id)
    shared = sa.exists().where(postings.c.track_id == columns.id, postings.c.account == account)
    in_jams = sa.and_(waiting, columns.jam_id.in_(making), shared)
    counts = [
        await connection.scalar(sa.select(sa.func.count()).select_from(track_table).where(which))
        for which in (alone, in_jams)
    ]
    return sum(one or 0 for one in counts)


async def _levels_of(connection: AsyncConnection, everyone: list[Track]) -> dict[int, str]:
    """By key, the levels of the guilds' own accounts, where one of them pays for any of the tracks."""
    if all(track.key_id is None for track in everyone):
        return {}
    return await accounts.levels(connection)

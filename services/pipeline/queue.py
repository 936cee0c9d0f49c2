"""The queue as people see it: what runs and waits, and who may stop it.

The rule: our own tables say what waits, and what keeps it; `services.pipeline.dispatch` starts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.audit import Action, record
from services.guilds.settings import change_guild, read_guild
from services.jams.jams import Phase
from services.metrics import Metrics
from services.money.accounts import Hold
from services.money.ledger import Ledger, member_account
from services.money.limits import Line
from services.money.stops import stopped_by
from services.pipeline.render_time import RenderTimes
from services.pipeline.turns import line
from services.pipeline.turns.outlook import Outlook, Outlooks
from services.pipeline.turns.wakeup import Wakeup
from services.settings import Settings
from services.storage import host_state
from services.storage.database import Database, now
from services.storage.host_state import Value, lock_starts
from services.storage.tables import IN_LINE, jams, postings
from services.storage.tables import tracks as track_table
from services.text.refusal import Refusal
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.track import State, Track
from services.tracks.track_audit import record_act

PAGE = 12  # entries; with the longest titles they fill about half of an embed


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
class Taken:
    """What is known of tracks that were just asked for: what stands against the limits with them, and what
    keeps them from starting."""

    lines: Sequence[Line]
    standstill: Standstill


@dataclass(frozen=True, slots=True)
class QueueView(Standstill):
    """A guild's queue: running tracks first, then the waiting ones in the order in which they start.

    entries: those of them that were asked for, of `count` in all. elsewhere: how many more there are that the
    viewer does not see.
    """

    entries: list[Waiting]
    count: int
    elsewhere: int


class NotWaiting(Refusal):
    """The track has begun or ended, so it can no longer be cancelled."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is {track.state}")
        self.track = track


class Queue:
    """Every guild's running and waiting tracks."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        ledger: Ledger,
        render_times: RenderTimes,
        wakeup: Wakeup,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self._metrics = metrics
        self._wakeup = wakeup
        self.database = database
        self.ledger = ledger
        self._outlooks = Outlooks(settings, database, render_times, wakeup)

    async def standstill(self, track: Track) -> Standstill:
        """What keeps that track from starting, where something does."""

        async def look(connection: AsyncConnection) -> Standstill:
            guild = await read_guild(connection, track.guild_id)
            return Standstill(guild.paused, await stopped_by(connection, track.key_id))

        return await self.database.read_in_one_go(look)

    async def view(self, sight: Sight, *, offset: int = 0, limit: int = PAGE) -> QueueView:
        """The running and waiting tracks seen, and what keeps the next that is asked for from starting."""
        async with self.database.read() as connection:
            own, count, elsewhere = await tracks.in_queue(connection, sight, offset=offset, limit=limit)
            guild = await read_guild(connection, sight.guild_id)
            stopped = await stopped_by(connection, guild.key_id)
        entries = [Waiting(track, await self.outlook(track)) for track in own]
        return QueueView(guild.paused, stopped, entries, count, elsewhere)

    async def outlook(self, track: Track) -> Outlook:
        """What to expect of that track, as it stands in hand; nothing but zeros once it ended."""
        return await self._outlooks.of(track)

    async def answerable(self, lifetime: timedelta) -> list[Track]:
        """The waiting tracks of all guilds whose interactions, each alive for that long, can be answered."""
        async with self.database.read() as connection:
            return await tracks.answerable(connection, lifetime)

    async def cancel(self, sight: Sight, track_id: str, member_id: int, *, moderator: bool) -> Track:
        """Takes a waiting track off the queue and gives its reservation back.

        Raises NoSuchTrack, NotYours, or NotWaiting where it has begun.
        """
        async with self.database.write() as connection:
            track = await tracks.theirs(connection, sight, track_id, member_id, moderator=moderator)
            if track.intent_at is not None:  # put back from a backup; it may be billed since
                raise NotWaiting(track)
            cancelled = await tracks.changed(
                connection, track.id, expect=State.WAITING, state=State.CANCELLED, finished_at=now()
            )
            if cancelled is None:
                raise NotWaiting(track)
            await self.ledger.release(connection, track.id, note="cancelled")
            await record_act(connection, track, member_id, Action.CANCEL)
        self._metrics.ended(State.CANCELLED)
        self._wakeup.wake()
        return cancelled

    async def pause(self, guild_id: int, actor_id: int = 0) -> None:
        """Starts no more of the guild's tracks; those that run go on, those that wait keep their place."""
        await self._set_paused(guild_id, actor_id, paused=True)

    async def resume(self, guild_id: int, actor_id: int = 0) -> None:
        """Lets the guild's queue go on, in the order in which it stood."""
        await self._set_paused(guild_id, actor_id, paused=False)

    async def resume_all(self, held: Value) -> int:
        """Ends what kept tracks from starting, and lets them go on; how many those are."""
        async with self.database.write() as connection:
            await host_state.write(connection, held, None)
            waiting = await line.count(connection)  # before any of them starts
        self._wakeup.wake()
        return waiting

    async def _set_paused(self, guild_id: int, actor_id: int, *, paused: bool) -> None:
        async with self.database.write() as connection:
            await lock_starts(connection)
            before = await read_guild(connection, guild_id, lock=True)
            await change_guild(connection, guild_id, paused=paused)
            if before.paused is not paused:
                await record(connection, guild_id, actor_id, Action.PAUSE if paused else Action.RESUME)
        self._wakeup.wake()


async def count_waiting(
    connection: AsyncConnection, guild_id: int, member_ids: Sequence[int], track_id: str = ""
) -> tuple[list[int], bool]:
    """Of each member, how many of the guild's waiting tracks they asked for, alone or with others in a jam.

    And whether there is a track with that id.
    """
    waiting, there = list[int](), False
    for member_id in member_ids:
        values = {"guild": guild_id, "member": member_id, "account": member_account(guild_id, member_id)}
        count, there = (await connection.execute(_WAITING, values | {"track": track_id})).one()
        waiting.append(count)
    return waiting, bool(there)


def _count_waiting() -> sa.Select[int, bool]:
    columns = track_table.c
    guild: sa.BindParameter[int] = sa.bindparam("guild")
    waiting = sa.and_(sa.text(IN_LINE), columns.guild_id == guild, columns.state == State.WAITING)
    alone = sa.and_(waiting, columns.member_id == sa.bindparam("member"), columns.jam_id.is_(None))
    making = sa.select(jams.c.id).where(jams.c.guild_id == guild, jams.c.phase == Phase.MAKING)
    shared = sa.exists().where(
        postings.c.track_id == columns.id, postings.c.account == sa.bindparam("account")
    )
    in_jams = sa.and_(waiting, columns.jam_id.in_(making), shared)
    one, other = (
        sa.select(sa.func.count()).select_from(track_table).where(which).scalar_subquery()
        for which in (alone, in_jams)
    )
    return sa.select(one + other, sa.exists().where(columns.id == sa.bindparam("track")))


_WAITING = _count_waiting()  # asked for every track: to build it takes many times as long as to run it

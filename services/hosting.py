"""What whoever hosts the bot may see and do, over all guilds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds import audit
from services.guilds.audit import Action
from services.guilds.settings import Guild, all_guilds, change_guild, lock_guild, read_guild
from services.money.ledger import HOST_ACCOUNT, Ledger
from services.money.limits import periods
from services.storage import host_state
from services.storage.database import Database, now
from services.storage.host_state import Value
from services.storage.tables import guilds, sums
from services.storage.tables import tracks as track_table
from services.tracks.track import State
from services.wavespeed.client import WaveSpeed, WaveSpeedError

Access = Literal["allowed", "blocked"]
SMALLEST_ID, LARGEST_ID = 10**14, 2**63 - 1  # of what Discord gives, and a database takes


@dataclass(frozen=True, slots=True)
class GuildSpending:
    """One guild as the host sees it; micro-dollars, today and this month of the guild's own days."""

    guild: Guild
    name: str
    admitted: bool
    """Whether it may make tracks."""
    today: int
    month: int
    reserved: int
    daily_limit: int
    monthly_limit: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Overview:
    """balance: micro-dollars, None where the provider does not say. today and limit: over all guilds.

    stopped: what keeps tracks from starting; None where nothing does.
    """

    balance: int | None
    today: int
    reserved: int
    limit: int
    stopped: Value | None
    guilds: list[GuildSpending]


class Hosting:
    """For the bot's owner only; whoever calls has made sure of that.

    resume_all: lets go on what waited because of that, and says how many. admits: whether a guild may make
    any.
    """

    def __init__(
        self,
        database: Database,
        wavespeed: WaveSpeed,
        ledger: Ledger,
        resume_all: Callable[[Value], Awaitable[int]],
        admits: Callable[[Guild], bool],
    ) -> None:
        self._database = database
        self._wavespeed = wavespeed
        self._ledger = ledger
        self._resume_all = resume_all
        self._admits = admits

    async def overview(self, present: Mapping[int, str] | None = None) -> Overview:
        """Everything at a glance; guilds by what they spent this month, the most first.

        present: the guilds in which the bot is now, id to name, also those that never made anything.
        """
        try:
            balance = await self._wavespeed.balance()
        except WaveSpeedError:
            balance = None
        async with self._database.read() as connection:
            spending = await self._spending(connection, present or {})
            day = periods(now(), self._ledger.limits.timezone)[0]
            query = sums.select().where(sums.c.account == HOST_ACCOUNT, sums.c.period == day)
            row = (await connection.execute(query)).one_or_none()
            stopped = await host_state.stopped_by(connection)
        today, reserved = (row.spent, row.reserved) if row else (0, 0)
        spending.sort(key=lambda one: (-one.month, one.guild.guild_id))
        return Overview(balance, today, reserved, self._ledger.limits.host_daily, stopped, spending)

    async def _spending(self, connection: AsyncConnection, present: Mapping[int, str]) -> list[GuildSpending]:
        own = {guild.guild_id: guild for guild in await all_guilds(connection)}
        own = {guild_id: Guild(guild_id) for guild_id in present} | own
        names = await _names(connection) | dict(present)
        waits = track_table.c.state == State.WAITING
        query = sa.select(track_table.c.guild_id, sa.func.count()).where(waits)
        waiting = dict((await connection.execute(query.group_by(track_table.c.guild_id))).all())
        every = list(own.values())
        lines = await self._ledger.lines_of_all(connection, every)
        return [
            GuildSpending(
                guild=guild,
                name=names.get(guild.guild_id, ""),
                admitted=self._admits(guild),
                today=day.spent,
                month=month.spent,
                reserved=month.reserved,
                daily_limit=day.limit,
                monthly_limit=month.limit,
                waiting=waiting.get(guild.guild_id, 0),
            )
            for guild, (day, month) in zip(every, lines, strict=True)
        ]

    async def move_to(self, home: int | None) -> list[int]:
        """Notes in which guild /host is from now on; returns those in which Discord may still show it."""
        async with self._database.write() as connection:
            homes = await _homes(connection)
            if home is not None and home not in homes:
                await _note_homes(connection, homes | {home})
        return sorted(homes - {home})

    async def moved_out(self, guild_id: int) -> None:
        """Discord shows /host no longer in that guild."""
        async with self._database.write() as connection:
            await _note_homes(connection, await _homes(connection) - {guild_id})

    async def names(self) -> dict[int, str]:
        """What the guilds that made tracks were called when they made their newest, by id."""
        async with self._database.read() as connection:
            return await _names(connection)

    async def is_undecided(self, guild_id: int) -> bool:
        """Whether the guild may make no tracks, and the host was not asked about it."""
        async with self._database.read() as connection:
            guild = await read_guild(connection, guild_id)
        return guild.access is None and not self._admits(guild)

    async def note_asked(self, guild_id: int) -> None:
        """The host was asked about the guild; what they have decided meanwhile stays."""
        async with self._database.write() as connection:
            if (await lock_guild(connection, guild_id)).access is None:
                await change_guild(connection, guild_id, access="asked")

    async def pause(self, reason: str) -> None:
        """Starts nothing more, in any guild; what runs is finished."""
        async with self._database.write() as connection:
            await host_state.write(connection, Value.PAUSED, reason)

    async def resume(self) -> int:
        """Lets all guilds' queues go on; returns how many tracks were waiting."""
        return await self._resume_all(Value.PAUSED)

    async def set_access(self, guild_id: int, actor_id: int, access: Access) -> None:
        """Allows or blocks a guild; what it has waiting goes on."""
        async with self._database.write() as connection:
            before = (await read_guild(connection, guild_id, lock=True)).access or ""
            await change_guild(connection, guild_id, access=access)
            said = {"subject": "access", "before": before, "after": access}
            await audit.record(connection, guild_id, actor_id, Action.HOST, **said)

    async def set_ceilings(
        self, guild_id: int, actor_id: int, *, daily: int | None = None, monthly: int | None = None
    ) -> None:
        """Sets how high the guild's moderators may go (micro-dollars); None leaves one as it is."""
        async with self._database.write() as connection:
            guild = await read_guild(connection, guild_id, lock=True)
            changes = {"daily_ceiling": daily, "monthly_ceiling": monthly}
            given = {name: value for name, value in changes.items() if value is not None}
            befores = {
                "daily_ceiling": self._ledger.daily_ceiling(guild),
                "monthly_ceiling": self._ledger.monthly_ceiling(guild),
            }
            for name, value in given.items():
                said = {"subject": name, "before": str(befores[name]), "after": str(value)}
                await audit.record(connection, guild_id, actor_id, Action.HOST, **said)
            if given:
                await change_guild(connection, guild_id, **given)


def as_id(typed: str) -> int | None:
    """The id that was typed; None where it is none."""
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 20 else 0
    return number if SMALLEST_ID <= number <= LARGEST_ID else None


async def _homes(connection: AsyncConnection) -> set[int]:
    return set(map(int, (await host_state.read(connection, Value.HOMES) or "").split()))


async def _note_homes(connection: AsyncConnection, homes: set[int]) -> None:
    await host_state.write(connection, Value.HOMES, " ".join(map(str, sorted(homes))) or None)


async def _names(connection: AsyncConnection) -> dict[int, str]:
    newest = sa.and_(
        track_table.c.guild_id == guilds.c.guild_id, track_table.c.number == guilds.c.last_number
    )
    query = sa.select(guilds.c.guild_id, track_table.c.guild_name).join_from(guilds, track_table, newest)
    return dict((await connection.execute(query)).all())

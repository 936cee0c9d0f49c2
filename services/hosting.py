"""What whoever hosts the bot may see and do, over all guilds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services import audit, house, tracks
from services.audit import Action
from services.database import Database, guilds, now, sums
from services.database import tracks as track_table
from services.guilds import Guild, change_guild, read_guild
from services.house import Value
from services.ledger import Ledger, periods
from services.tracks import Track
from services.wavespeed import WaveSpeed, WaveSpeedError

Access = Literal["allowed", "blocked"]


@dataclass(frozen=True, slots=True)
class GuildSpending:
    """One guild as the host sees it; micro-dollars, today and this month of the guild's own days."""

    guild: Guild
    name: str
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

    take_off and go_on: of waiting tracks, by the studio.
    """

    def __init__(
        self,
        database: Database,
        wavespeed: WaveSpeed,
        ledger: Ledger,
        take_off: Callable[[list[Track]], None],
        go_on: Callable[[], Awaitable[list[Track]]],
    ) -> None:
        self._database = database
        self._wavespeed = wavespeed
        self._ledger = ledger
        self._take_off = take_off
        self._go_on = go_on

    async def overview(self) -> Overview:
        """Everything at a glance; guilds by what they spent this month, the most first."""
        try:
            balance = await self._wavespeed.balance()
        except WaveSpeedError:
            balance = None
        async with self._database.read() as connection:
            ids = list(await connection.scalars(sa.select(guilds.c.guild_id)))
            spending = [await self._spending(connection, guild_id) for guild_id in ids]
            day = periods(now(), self._ledger.limits.timezone)[0]
            query = sums.select().where(sums.c.account == "host day", sums.c.period == day)
            row = (await connection.execute(query)).one_or_none()
            stopped = await house.stopped_by(connection)
        today, reserved = (row.spent, row.reserved) if row else (0, 0)
        spending.sort(key=lambda one: (-one.month, one.guild.guild_id))
        return Overview(balance, today, reserved, self._ledger.limits.host_daily, stopped, spending)

    async def _spending(self, connection: AsyncConnection, guild_id: int) -> GuildSpending:
        guild = await read_guild(connection, guild_id)
        day, month = await self._ledger.lines(connection, guild)
        newest = sa.select(track_table.c.guild_name).where(track_table.c.guild_id == guild_id)
        name = await connection.scalar(newest.order_by(track_table.c.number.desc()).limit(1))
        waiting = await tracks.waiting(connection, guild_id)
        return GuildSpending(
            guild, name or "", day.spent, month.spent, month.reserved, day.limit, month.limit, len(waiting)
        )

    async def pause(self, reason: str) -> None:
        """Starts nothing more, in any guild; what runs is finished."""
        async with self._database.write() as connection:
            await house.write(connection, Value.PAUSED, reason)
            waiting = await tracks.waiting(connection)
        self._take_off(waiting)

    async def resume(self) -> int:
        """Lets all guilds' queues go on; returns how many tracks were waiting."""
        async with self._database.write() as connection:
            await house.write(connection, Value.PAUSED, None)
        return len(await self._go_on())

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

"""A guild's budget: what stands against its limits, set by its moderators below the host's ceilings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds import audit
from services.guilds.audit import Action
from services.guilds.settings import Guild, change_guild, read_guild
from services.money.ledger import Ledger
from services.money.limits import Line, Scope, periods
from services.pictures.spending_bars import Day
from services.storage.database import Database, now
from services.storage.tables import sums
from services.text.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Budget:
    """What stands against a guild's limits, and how high its moderators may set them (micro-dollars).

    days: every day of the guild's month so far. timezone: in which its days turn; next_timezone: from when on
    another one does.
    """

    lines: list[Line]
    daily_ceiling: int
    monthly_ceiling: int
    days: list[Day]
    timezone: str
    next_timezone: tuple[str, datetime] | None

    def line(self, scope: Scope) -> Line:
        """The one with that scope."""
        return next(line for line in self.lines if line.scope is scope)


class AboveCeiling(Refusal):
    """The limit is above what the host allows; nothing was changed. `ceiling` in micro-dollars."""

    def __init__(self, scope: Scope, ceiling: int) -> None:
        super().__init__(f"{scope}: at most {ceiling} micro-dollars")
        self.scope = scope
        self.ceiling = ceiling


class UnknownTimezone(Refusal):
    """There is no time zone of that name; nothing was changed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Budgets:
    """Shows and sets what guilds may spend."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self.database = database
        self.ledger = ledger

    async def lines(self, guild_id: int, member_id: int) -> list[Line]:
        """What stands against the guild's and the member's limits now."""
        async with self.database.read() as connection:
            return await self.ledger.lines(connection, await read_guild(connection, guild_id), member_id)

    async def budget(self, guild_id: int, member_id: int) -> Budget:
        """All that /budget shows."""
        at = now()
        async with self.database.read() as connection:
            guild = await read_guild(connection, guild_id)
            lines = await self.ledger.lines(connection, guild, member_id)
            days = await self._days(connection, guild, at)
        return Budget(
            lines,
            self.ledger.daily_ceiling(guild),
            self.ledger.monthly_ceiling(guild),
            days,
            guild.zone_at(at) or self.ledger.limits.timezone,
            guild.change_of_zone(at),
        )

    async def _days(self, connection: AsyncConnection, guild: Guild, at: datetime) -> list[Day]:
        today = at.astimezone(ZoneInfo(guild.zone_at(at) or self.ledger.limits.timezone)).date()
        first = today.replace(day=1)
        account = f"guild:{guild.guild_id} day"
        query = sums.select().where(sums.c.account == account, sums.c.period.between(str(first), str(today)))
        kept = {row.period: row for row in await connection.execute(query)}
        dates = [first + timedelta(days=number) for number in range((today - first).days + 1)]
        return [
            Day(one, kept[str(one)].spent, kept[str(one)].reserved) if str(one) in kept else Day(one, 0, 0)
            for one in dates
        ]

    async def set_limits(
        self,
        guild_id: int,
        actor_id: int = 0,
        *,
        daily: int | None = None,
        monthly: int | None = None,
        member: int | None = None,
        timezone: str | None = None,
    ) -> None:
        """Sets the guild's limits (micro-dollars, not negative) and time zone; None leaves one as it is.

        A new zone counts from the next midnight of the old one. Raises AboveCeiling, UnknownTimezone; nothing
        is changed then. What changes is audited.
        """
        zone = None if timezone is None else _zone(timezone)
        async with self.database.write() as connection:
            guild = await read_guild(connection, guild_id, lock=True)
            ledger = self.ledger
            changes: dict[str, Any] = {}
            day, month = ledger.daily_ceiling(guild), ledger.monthly_ceiling(guild)
            for scope, name, value, ceiling, before in (
                (Scope.GUILD_DAY, "daily_limit", daily, day, ledger.daily_limit(guild)),
                (Scope.GUILD_MONTH, "monthly_limit", monthly, month, ledger.monthly_limit(guild)),
                (Scope.MEMBER_DAY, "member_daily_limit", member, day, ledger.member_limit(guild)),
            ):
                if value is None:
                    continue
                if value > ceiling:
                    raise AboveCeiling(scope, ceiling)
                changes[name] = value
                await self._record(connection, guild_id, actor_id, Action.LIMIT, scope, before, value)
            if zone is not None:
                at = now()
                current = guild.zone_at(at) or ledger.limits.timezone
                midnight = periods(at, current)[1]
                changes |= {"timezone": current, "next_timezone": zone, "next_timezone_at": midnight}
                await self._record(connection, guild_id, actor_id, Action.TIMEZONE, "", current, zone)
            if changes:
                await change_guild(connection, guild_id, **changes)

    async def _record(
        self,
        connection: AsyncConnection,
        guild_id: int,
        actor_id: int,
        action: Action,
        subject: str,
        before: object,
        after: object,
    ) -> None:
        if before != after:
            said = {"subject": subject, "before": str(before), "after": str(after)}
            await audit.record(connection, guild_id, actor_id, action, **said)


def _zone(name: str) -> str:
    """The zone's own name, however it was typed. Raises UnknownTimezone."""
    typed = name.strip().replace(" ", "_").casefold()
    for zone in zone_names():
        if zone.casefold() == typed:
            return zone
    raise UnknownTimezone(name)


@cache
def zone_names() -> frozenset[str]:
    """All zones that a guild can choose; not what is another one on each machine, or none."""
    return frozenset(available_timezones() - {"localtime", "Factory"})

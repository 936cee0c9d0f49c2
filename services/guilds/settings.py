"""What a guild has set for itself, and the host for it: limits, ceilings, time zone, pause, access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.database import insert
from services.storage.tables import guilds

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Guild:
    """A guild's own settings. Limits and ceilings in micro-dollars; None: the host's default.

    access: "allowed" or "blocked" by the host, "asked" where they have not answered; None: as the host's
    setting says, which "asked" is too. key_id: of the WaveSpeed key
    that the guild pays with; None: the host pays.
    """

    guild_id: int
    daily_limit: int | None = None
    monthly_limit: int | None = None
    member_daily_limit: int | None = None
    daily_ceiling: int | None = None
    monthly_ceiling: int | None = None
    timezone: str | None = None
    next_timezone: str | None = None
    next_timezone_at: datetime | None = None
    paused: bool = False
    access: str | None = None
    key_id: int | None = None

    def zone_at(self, moment: datetime) -> str | None:
        """The time zone in force; None: the host's. A new one waits for the old one's midnight: no day counts
        twice."""
        changed = self.next_timezone_at is not None and moment >= self.next_timezone_at
        zone = self.next_timezone if changed else self.timezone
        return zone if zone is not None and _is_here(zone) else None

    def change_of_zone(self, moment: datetime) -> tuple[str, datetime] | None:
        """The zone that is to come, and when; None where none is."""
        if self.next_timezone is None or self.next_timezone_at is None or moment >= self.next_timezone_at:
            return None
        if not _is_here(self.next_timezone):
            return None
        return self.next_timezone, self.next_timezone_at


@cache
def _is_here(zone: str) -> bool:
    """Whether this machine knows the zone; the one on which a guild chose it may have known more."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        log.warning("this machine does not know a guild's time zone; the host's counts", zone=zone)
        return False
    return True


_COLUMNS = (
    guilds.c.guild_id,
    guilds.c.daily_limit,
    guilds.c.monthly_limit,
    guilds.c.member_daily_limit,
    guilds.c.daily_ceiling,
    guilds.c.monthly_ceiling,
    guilds.c.timezone,
    guilds.c.next_timezone,
    guilds.c.next_timezone_at,
    guilds.c.paused,
    guilds.c.access,
    guilds.c.key_id,
)


_ROW = sa.select(*_COLUMNS).where(guilds.c.guild_id == sa.bindparam("guild"))
_LOCKED_ROW = _ROW.with_for_update()


async def read_guild(connection: AsyncConnection, guild_id: int, *, lock: bool = False) -> Guild:
    """The guild's settings; defaults where it never set any. lock: nobody changes them until the commit."""
    query = _LOCKED_ROW if lock else _ROW
    row = (await connection.execute(query, {"guild": guild_id})).one_or_none()
    return Guild(*row) if row else Guild(guild_id)


async def all_guilds(connection: AsyncConnection) -> list[Guild]:
    """Every guild that has set anything or made a track."""
    return [Guild(*row) for row in await connection.execute(sa.select(*_COLUMNS))]


async def change_guild(connection: AsyncConnection, guild_id: int, **changes: Any) -> Guild:
    """Writes the given settings, leaves the others as they are, and returns all of them."""
    await open_guild(connection, guild_id)
    await connection.execute(guilds.update().where(guilds.c.guild_id == guild_id).values(**changes))
    return await read_guild(connection, guild_id)


async def next_number(connection: AsyncConnection, guild_id: int) -> tuple[int, Guild]:
    """The number of the guild's next track, counted from 1, and its settings, locked until the commit."""
    first = insert(connection, guilds).values(guild_id=guild_id, paused=False, last_number=1)
    counted = first.on_conflict_do_update(
        index_elements=["guild_id"], set_={"last_number": guilds.c.last_number + 1}
    )
    number, *settings = (await connection.execute(counted.returning(guilds.c.last_number, *_COLUMNS))).one()
    return number, Guild(*settings)


async def open_guild(connection: AsyncConnection, guild_id: int) -> None:
    """Makes sure that the guild has a row."""
    row = {"guild_id": guild_id, "paused": False, "last_number": 0}
    await connection.execute(insert(connection, guilds).values(row).on_conflict_do_nothing())


async def lock_guild(connection: AsyncConnection, guild_id: int) -> Guild:
    """The guild's settings; nothing that takes this lock, or asks for a track, goes on before the commit."""
    await open_guild(connection, guild_id)
    return await read_guild(connection, guild_id, lock=True)

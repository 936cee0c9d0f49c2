"""What a guild has set for itself: its limits, its time zone, whether its queue is paused."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import guilds


@dataclass(frozen=True, slots=True)
class Guild:
    """A guild's own settings. Limits in micro-dollars a day and a month; None: the host's default."""

    guild_id: int
    daily_limit: int | None = None
    monthly_limit: int | None = None
    timezone: str | None = None
    paused: bool = False


_COLUMNS = (
    guilds.c.guild_id,
    guilds.c.daily_limit,
    guilds.c.monthly_limit,
    guilds.c.timezone,
    guilds.c.paused,
)


async def read_guild(connection: AsyncConnection, guild_id: int, *, lock: bool = False) -> Guild:
    """The guild's settings; defaults where it never set any. lock: nobody changes them until the commit."""
    query = sa.select(*_COLUMNS).where(guilds.c.guild_id == guild_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return Guild(*row) if row else Guild(guild_id)


async def change_guild(
    connection: AsyncConnection, guild_id: int, **changes: int | str | bool | None
) -> Guild:
    """Writes the given settings, leaves the others as they are, and returns all of them."""
    await open_guild(connection, guild_id)
    await connection.execute(guilds.update().where(guilds.c.guild_id == guild_id).values(**changes))
    return await read_guild(connection, guild_id)


async def next_number(connection: AsyncConnection, guild_id: int) -> int:
    """The number of the guild's next track, counted from 1; no two transactions get the same."""
    await open_guild(connection, guild_id)
    number = await connection.scalar(
        guilds.update()
        .where(guilds.c.guild_id == guild_id)
        .values(last_number=guilds.c.last_number + 1)
        .returning(guilds.c.last_number)
    )
    assert number is not None
    return number


async def open_guild(connection: AsyncConnection, guild_id: int) -> None:
    """Makes sure that the guild has a row."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    await connection.execute(
        dialect.insert(guilds).values(guild_id=guild_id, paused=False, last_number=0).on_conflict_do_nothing()
    )

"""Audit: who changed what, when, from what to what. The rule: written in the transaction that changes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.database import now
from services.storage.tables import audit


class Action(StrEnum):
    """What was done. The value is kept in the database: new ones may come, old ones stay."""

    LIMIT = "limit"  # subject: which one
    TIMEZONE = "timezone"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"  # of somebody else's track; subject: #number title
    DELETE = "delete"  # of somebody else's track
    RULE = "rule"  # subject: which of the guild's rules
    BAN = "ban"  # subject: the member's id
    UNBAN = "unban"
    END_JAM = "end jam"  # somebody else's; subject: its channel's id
    END_CONTEST = "end contest"  # somebody else's; subject: its channel's id
    WITHHOLD = "withhold"
    PUBLISH = "publish"
    REPORT = "report"
    CLOSE_VOTE = "close vote"  # on somebody else's variations; subject: their numbers
    DELETE_ALBUM = "delete album"  # somebody else's; subject: its owner's id
    ALLOW_VOICE = "allow voice"  # a recording that a member gave; subject: the member's id
    REFUSE_VOICE = "refuse voice"
    ERASE = "erase"  # a member's own data
    KEY = "key"  # the guild's own WaveSpeed key; before and after: the level of its account
    HOST = "host"  # by the bot's owner


# The subject of these is a track, with its number and title.
OF_TRACKS = frozenset({Action.CANCEL, Action.DELETE, Action.WITHHOLD, Action.PUBLISH, Action.REPORT})
OF_MEMBERS = frozenset(
    {Action.BAN, Action.UNBAN, Action.DELETE_ALBUM, Action.ALLOW_VOICE, Action.REFUSE_VOICE}
)  # the subject of these is a member's id


@dataclass(frozen=True, slots=True)
class Record:
    """One change. actor_id, and subject where it names a member: Discord's ids."""

    id: int
    guild_id: int
    actor_id: int
    action: str
    subject: str
    before: str
    after: str
    at: datetime


async def record(
    connection: AsyncConnection,
    guild_id: int,
    actor_id: int,
    action: Action,
    *,
    subject: str = "",
    before: str = "",
    after: str = "",
) -> None:
    """Writes the change down."""
    values = {"subject": subject, "before": before, "after": after, "at": now()}
    await connection.execute(
        audit.insert().values(guild_id=guild_id, actor_id=actor_id, action=action, **values)
    )


async def get(connection: AsyncConnection, change_id: int) -> Record | None:
    """The record with that id, of any guild."""
    row = (await connection.execute(audit.select().where(audit.c.id == change_id))).one_or_none()
    return Record(*row) if row else None


async def newest(connection: AsyncConnection, before: datetime) -> int:
    """The id of the last change until that moment, of any guild; 0 where there is none."""
    return await connection.scalar(sa.select(sa.func.max(audit.c.id)).where(audit.c.at <= before)) or 0


async def changed_guilds(connection: AsyncConnection, after: int, until: int) -> set[int]:
    """The guilds with changes whose ids are in that range: above `after`, up to `until`."""
    query = sa.select(audit.c.guild_id).where(audit.c.id > after, audit.c.id <= until).distinct()
    return set((await connection.scalars(query)).all())


async def between(connection: AsyncConnection, guild_id: int, after: int, until: int) -> list[Record]:
    """The guild's changes in that range, the oldest first."""
    own = sa.and_(audit.c.guild_id == guild_id, audit.c.id > after, audit.c.id <= until)
    return [Record(*row) for row in await connection.execute(audit.select().where(own).order_by(audit.c.id))]


async def records(
    connection: AsyncConnection, guild_id: int, *, offset: int = 0, limit: int = 10
) -> tuple[list[Record], int]:
    """The guild's newest changes first, and how many there are in all."""
    own = audit.c.guild_id == guild_id
    count = await connection.scalar(sa.select(sa.func.count()).select_from(audit).where(own))
    query = audit.select().where(own).order_by(audit.c.id.desc()).offset(offset).limit(limit)
    return [Record(*row) for row in await connection.execute(query)], count or 0

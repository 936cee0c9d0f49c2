"""Bans: who may not make tracks in a guild, until when and why. The rule: asked where money is reserved.

A ban is one row a guild and member. It outlives the member's own data: only the member's id, the moment and
the reason stay, so that nobody escapes it by deleting themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.audit import Action, record
from services.guilds.settings import lock_guild
from services.storage.database import Database, now
from services.storage.tables import bans
from services.text.refusal import Refusal, RequestRefusal

LONGEST_REASON = 400  # characters of what a moderator or a reporter gives as a reason
NO_REASON = "none given"  # is kept in its place where there is none
_FOR_GOOD = "for good"


@dataclass(frozen=True, slots=True)
class Ban:
    """A member may not make tracks. until: the moment it ends by itself; None: when it is lifted."""

    guild_id: int
    member_id: int
    until: datetime | None
    reason: str
    moderator_id: int
    at: datetime


class Banned(RequestRefusal):
    """The member may not make tracks in that guild, `until` a moment or, where it is None, until pardoned."""

    def __init__(self, until: datetime | None, reason: str) -> None:
        super().__init__(f"until {until}: {reason}")
        self.until = until
        self.reason = reason


class TimedOut(RequestRefusal):
    """The guild's moderators have the member in Discord's own time-out, until then."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until}")
        self.until = until


class NotBanned(Refusal):
    """There is nothing to lift."""


class Bans:
    """What moderators decide about members; whoever calls has made sure that they are moderators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ban(
        self, guild_id: int, moderator_id: int, member_id: int, *, until: datetime | None, reason: str
    ) -> Ban | None:
        """Takes the place of a ban that was there, which is returned."""
        async with self._database.write() as connection:
            await lock_guild(connection, guild_id)
            before = await active_ban(connection, guild_id, member_id)
            await connection.execute(bans.delete().where(_of(guild_id, member_id)))
            await connection.execute(
                bans.insert().values(
                    guild_id=guild_id,
                    member_id=member_id,
                    until=until,
                    reason=reason[:LONGEST_REASON],
                    moderator_id=moderator_id,
                    at=now(),
                )
            )
            after = _kept(until, reason[:LONGEST_REASON])
            said = {"subject": str(member_id), "before": _kept_of(before), "after": after}
            await record(connection, guild_id, moderator_id, Action.BAN, **said)
        return before

    async def pardon(self, guild_id: int, moderator_id: int, member_id: int) -> Ban:
        """Lifts the member's ban and returns it. Raises NotBanned."""
        async with self._database.write() as connection:
            await lock_guild(connection, guild_id)
            before = await active_ban(connection, guild_id, member_id)
            if before is None:
                raise NotBanned
            await connection.execute(bans.delete().where(_of(guild_id, member_id)))
            said = {"subject": str(member_id), "before": _kept_of(before)}
            await record(connection, guild_id, moderator_id, Action.UNBAN, **said)
        return before

    async def check(self, guild_id: int, member_id: int) -> None:
        """Raises Banned where the member may not make tracks now."""
        async with self._database.read() as connection:
            await check_ban(connection, guild_id, member_id)

    async def listed(self, guild_id: int) -> list[Ban]:
        """The guild's bans in force, those that end first at the top."""
        query = bans.select().where(bans.c.guild_id == guild_id, in_force(now()))
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(bans.c.until.is_(None), bans.c.until, bans.c.at))
            return [Ban(*row) for row in rows]


async def active_ban(connection: AsyncConnection, guild_id: int, member_id: int) -> Ban | None:
    """The ban in force; None where there is none, or where it has ended."""
    row = (
        await connection.execute(_ACTIVE, {"guild": guild_id, "member": member_id, "at": now()})
    ).one_or_none()
    return Ban(*row) if row else None


async def check_ban(connection: AsyncConnection, guild_id: int, member_id: int) -> None:
    """Raises Banned where the member may not make tracks now."""
    if ban := await active_ban(connection, guild_id, member_id):
        raise Banned(ban.until, ban.reason)


def _of(
    guild_id: int | sa.BindParameter[int], member_id: int | sa.BindParameter[int]
) -> sa.ColumnElement[bool]:
    return sa.and_(bans.c.guild_id == guild_id, bans.c.member_id == member_id)


def in_force(at: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """The condition that a ban has not ended by then."""
    return sa.or_(bans.c.until.is_(None), bans.c.until > at)


# Asked for every track: to build a statement takes several times as long as to run it.
_ACTIVE = bans.select().where(
    _of(sa.bindparam("guild"), sa.bindparam("member")), in_force(sa.bindparam("at"))
)


def in_audit(kept: str) -> tuple[datetime | None, str] | None:
    """Until when and why, as the audit keeps a ban; None where an older version kept it in words."""
    until, found, reason = kept.partition("\n")
    if not found:
        return None
    try:
        return None if until == _FOR_GOOD else datetime.fromisoformat(until), reason
    except ValueError:  # words of two lines
        return None


def _kept(until: datetime | None, reason: str) -> str:
    """A ban as the audit keeps it: a line that says until when, and the reason."""
    return f"{_FOR_GOOD if until is None else until.isoformat(timespec='seconds')}\n{reason}"


def _kept_of(ban: Ban | None) -> str:
    return "" if ban is None else _kept(ban.until, ban.reason)

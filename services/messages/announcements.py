"""What the bot says by itself, each thing once.

The rule: that something is about to be said is written down before, and that it was said after. After a kill
in between, the message is found by its nonce for some minutes, later by its words. Where there are several
ways, so is the one that is taken now: what may have been said there is not said in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messages.nonces import nonce_of
from services.storage.database import Database, insert, now
from services.storage.host_state import restored_since
from services.storage.tables import announcements, notices, tracks

KEPT = timedelta(days=30)  # after it was said; nothing that was begun then is still under way


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is to be said. way: how it was said, None while it was not. trying: how it is being said."""

    key: str
    text: str
    began_at: datetime
    way: str | None
    trying: str | None = None

    def ways_left(self, ways: Sequence[str]) -> Sequence[str]:
        """Those of the ways, the first one first, by which it may still be said: none that was given up."""
        return ways[ways.index(self.trying) :] if self.trying in ways else ways

    @property
    def nonce(self) -> str:
        """The same for every attempt at saying it."""
        return nonce_of(self.key, self.began_at.timestamp())


class Announcements:
    """What is being said and was said, by a key that names the occasion."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def begin(self, key: str, text: str, track_id: str | None = None) -> Announcement:
        """Writes down that it will be said; one that was begun before stays as it was, with its words.

        track_id: which track it is about, so that its words go where the track's do.
        """
        if (begun := await self.find(key)) is not None:
            return begun
        async with self.database.write() as connection:
            began_at = await _begun_at(connection, track_id)
            row = {"key": key, "text": text, "track_id": track_id, "began_at": began_at}
            await connection.execute(insert(connection, announcements).values(**row).on_conflict_do_nothing())
        return await self.begin(key, text, track_id)

    async def find(self, key: str) -> Announcement | None:
        """What was begun under that key."""
        columns = announcements.c
        was_said = columns.said_at.is_not(None)
        way, trying = sa.case((was_said, columns.way)), sa.case((~was_said, columns.way))
        query = sa.select(columns.key, columns.text, columns.began_at, way, trying).where(columns.key == key)
        async with self.database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Announcement(*row)

    async def trying(self, announcement: Announcement, way: str) -> None:
        """Writes down, before it, how it is being said from now on, where that is not the first way."""
        columns = announcements.c
        open_ = sa.and_(columns.key == announcement.key, columns.said_at.is_(None))
        async with self.database.write() as connection:
            await connection.execute(announcements.update().where(open_).values(way=way))

    async def begun(self, occasion: str, since: datetime) -> int:
        """How many were begun since then of which the key begins with that."""
        mine = announcements.c.key.startswith(occasion, autoescape=True), announcements.c.began_at >= since
        async with self.database.read() as connection:
            return await connection.scalar(sa.select(sa.func.count()).where(*mine)) or 0

    async def said(self, announcement: Announcement, way: str) -> None:
        """Writes down that it was said, and how."""
        async with self.database.write() as connection:
            await _done(connection, announcement, way)

    async def leave(self, announcement: Announcement, guild_id: int, member_id: int, way: str) -> None:
        """Keeps it for the member's next command (`notices`), because it could not be said now."""
        row = {"guild_id": guild_id, "member_id": member_id, "text": announcement.text, "created_at": now()}
        async with self.database.write() as connection:
            if await _done(connection, announcement, way) and member_id >= 0:  # else: erased
                await connection.execute(notices.insert().values(**row))

    async def forget(self, occasion: str) -> None:
        """The next time is another occasion: takes away every key that begins with that one."""
        async with self.database.write() as connection:
            await forget(connection, occasion)


async def of_erased(connection: AsyncConnection) -> list[tuple[str, Announcement]]:
    """What was being said of tracks whose makers were erased then, by the track's id."""
    columns = announcements.c
    query = sa.select(columns.track_id, columns.key, columns.text, columns.began_at)
    query = query.join(tracks, tracks.c.id == columns.track_id)
    rows = await connection.execute(query.where(columns.said_at.is_(None), tracks.c.member_id < 0))
    return [(row.track_id, Announcement(*row[1:], way=None)) for row in rows]


async def forget(connection: AsyncConnection, occasion: str) -> None:
    """Takes away every key that begins with that occasion, in a transaction of the caller's."""
    mine = announcements.c.key.startswith(occasion, autoescape=True)
    await connection.execute(announcements.delete().where(mine))


async def _begun_at(connection: AsyncConnection, track_id: str | None) -> datetime:
    """Now; of a track that goes on from a backup, when it was asked for: it may have been said since."""
    asked = await connection.scalar(sa.select(tracks.c.created_at).where(tracks.c.id == track_id))
    return asked if asked is not None and await restored_since(connection, asked) else now()


async def _done(connection: AsyncConnection, announcement: Announcement, way: str) -> bool:
    """Whether it was still to be said. What was said long ago is forgotten."""
    columns = announcements.c
    await connection.execute(announcements.delete().where(columns.said_at < now() - KEPT))
    open_ = sa.and_(columns.key == announcement.key, columns.said_at.is_(None))
    query = announcements.update().where(open_).values(way=way, said_at=now()).returning(columns.key)
    return (await connection.execute(query)).first() is not None

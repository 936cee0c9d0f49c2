"""What a member could not be told at the time is kept until it can be."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.database import Database, now
from services.storage.tables import notices

MODERATORS = 0  # the member whose notices the next moderator is told who uses a command


@dataclass(frozen=True, slots=True)
class Notice:
    """A text that waits for its member."""

    id: int
    text: str


class Notices:
    """Texts for members of a guild, each told once."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def leave(self, guild_id: int, member_id: int, text: str) -> None:
        """Keeps something for a member who could not be told now; nothing for one who was erased."""
        if member_id < 0:
            return
        async with self.database.write() as connection:
            await connection.execute(
                notices.insert().values(guild_id=guild_id, member_id=member_id, text=text, created_at=now())
            )

    async def waiting(self, guild_id: int, member_id: int) -> list[Notice]:
        """What is kept for the member, oldest first."""
        own = sa.and_(notices.c.guild_id == guild_id, notices.c.member_id == member_id)
        query = sa.select(notices.c.id, notices.c.text).where(own).order_by(notices.c.id)

        async def kept(connection: AsyncConnection) -> list[Notice]:
            return [Notice(*row) for row in await connection.execute(query)]

        return await self.database.read_in_one_go(kept)

    async def discard(self, notice: Notice) -> None:
        """Keeps it no longer."""
        async with self.database.write() as connection:
            await connection.execute(notices.delete().where(notices.c.id == notice.id))

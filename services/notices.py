"""What a member could not be told at the time is kept until it can be."""

from __future__ import annotations

import sqlalchemy as sa

from services.database import Database, notices, now

MODERATORS = 0  # whose notices the next moderator is told who uses a command


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

    async def take(self, guild_id: int, member_id: int) -> list[str]:
        """What was kept for the member, oldest first; it is kept no longer."""
        own = sa.and_(notices.c.guild_id == guild_id, notices.c.member_id == member_id)
        async with self.database.read() as connection:
            if not await connection.scalar(sa.select(sa.func.count()).select_from(notices).where(own)):
                return []
        async with self.database.write() as connection:
            rows = await connection.execute(sa.select(notices.c.text).where(own).order_by(notices.c.id))
            texts = list(rows.scalars())
            await connection.execute(notices.delete().where(own))
        return texts

"""The messages in which tracks play, and in which moderators hear them. The rule: what is gone is not linked.

Anybody who may can delete a message; Discord tells of it, or says so when it is asked for.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from services.messages.kept_messages import Posted
from services.pipeline.naming import tell_anew
from services.storage.database import Database
from services.storage.tables import tracks as table
from services.tracks import charts, tracks
from services.tracks.track import State, Track

MOST = 500  # messages that are looked for
AT_ONCE = 100  # tracks in one transaction; Discord tells of at most so many messages at once, too
_MESSAGES = (
    (table.c.message_channel_id, table.c.message_id),
    (table.c.review_channel_id, table.c.review_message_id),
)


class PostedMessages:
    """Which of them are there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self) -> list[Posted]:
        """Where moderators are to hear a track, of all guilds; of very many, the newest."""
        query = sa.select(table.c.guild_id, table.c.review_channel_id, table.c.review_message_id).where(
            table.c.review_message_id.is_not(None),
            table.c.state == State.IN_REVIEW,
            table.c.deleted_at.is_(None),
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(table.c.finished_at.desc()).limit(MOST))
            return [Posted(*row) for row in rows]

    async def gone(self, channel_id: int, message_ids: Collection[int] | None = None) -> list[Track]:
        """Forgets those of the channel's messages; None: all of them, because the channel is gone.

        Returns the tracks that were in them; whatever links to one is brought up to date.
        """
        found = some = await self._forget(channel_id, message_ids)
        while len(some) >= AT_ONCE:
            some = await self._forget(channel_id, message_ids)
            found += some
        return found

    async def _forget(self, channel_id: int, message_ids: Collection[int] | None) -> list[Track]:
        async with self._database.read() as connection:
            ids = set[str]()
            for channel, message in _MESSAGES:
                there = [channel == channel_id, message.is_not(None)]
                there += [message.in_(message_ids)] if message_ids is not None else []
                ids |= set(await connection.scalars(sa.select(table.c.id).where(*there).limit(AT_ONCE)))
        if not ids:
            return []
        async with self._database.write() as connection:
            found = await tracks.all_of(connection, ids)
            for track in found:
                for where, message_id in track.messages:
                    if where == channel_id and (message_ids is None or message_id in message_ids):
                        await tracks.forget_message(connection, track.id, message_id)
                await tell_anew(connection, track)
                await charts.mark_naming(connection, track)
        return found

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
        found, more = list[Track](), True
        while more:
            some, more = await self._forget(channel_id, message_ids)
            found += some
        return found

    async def _forget(self, channel_id: int, message_ids: Collection[int] | None) -> tuple[list[Track], bool]:
        """The tracks of some of them, and whether there may be more; also those that cannot be read."""
        gone = set[tuple[str, int]]()
        async with self._database.read() as connection:
            for channel, message in tracks.MESSAGES:
                there = [channel == channel_id, message.is_not(None)]
                there += [message.in_(message_ids)] if message_ids is not None else []
                query = sa.select(table.c.id, message).where(*there).limit(AT_ONCE)
                gone |= {(track_id, message_id) for track_id, message_id in await connection.execute(query)}
        if not gone:
            return [], False
        async with self._database.write() as connection:
            found = await tracks.all_of(connection, {track_id for track_id, _message_id in gone})
            for track_id, message_id in gone:
                await tracks.forget_message(connection, track_id, message_id)
            for track in found:
                await tell_anew(connection, track)
                await charts.mark_naming(connection, track)
        return found, len(gone) >= AT_ONCE

"""The audit as moderators read it: page by page, and told on in the guild's log channel.

The rule: what is about a track that a reader does not see is named by its number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.guilds import audit
from services.guilds.audit import Record
from services.guilds.rules import logged, read_rules
from services.storage import host_state
from services.storage.database import Database, now
from services.tracks import mentions, track_audit
from services.tracks.sight import Sight

COMMIT = timedelta(seconds=2)  # on PostgreSQL a change with a lower id may become visible that much later


@dataclass(frozen=True, slots=True)
class Unlogged:
    """Records that a guild's log channel (id) does not have yet, the oldest first.

    hidden: ids of those about a track that the channel's readers do not see.
    """

    channel_id: int
    records: Sequence[Record]
    hidden: Collection[int]


class AuditLog:
    """Reads who changed what, and remembers what a log channel was told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, guild_id: int, sight: Sight, *, offset: int, limit: int
    ) -> tuple[list[tuple[Record, bool]], int]:
        """So many of the guild's records, the newest first, each with whether its track is not seen; and how
        many there are in all."""
        async with self._database.read() as connection:
            found, count = await audit.records(connection, guild_id, offset=offset, limit=limit)
            hidden = await track_audit.hidden(connection, sight, found)
        return [(record, record.id in hidden) for record in found], count

    async def is_hidden(self, record: Record, sight: Sight) -> bool:
        """Whether the record is about a track that is not seen."""
        async with self._database.read() as connection:
            return record.id in await track_audit.hidden(connection, sight, [record])

    async def news(self, seen: int) -> tuple[int, set[int]]:
        """The newest record's id, and the guilds in which something was changed after the one that was seen.

        On PostgreSQL not the very newest: one with a lower id may still be on its way.
        """
        async with self._database.read() as connection:
            newest = await audit.newest(connection, now() if self._database.sqlite else now() - COMMIT)
            return newest, await audit.changed_guilds(connection, seen, newest)

    async def unlogged(self, guild_id: int, newest: int, sight_of: Callable[[int], Sight]) -> Unlogged | None:
        """What the guild's log channel is to be told, up to that record; None where it has no such channel.

        sight_of: what the readers of a channel (id) see.
        """
        async with self._database.read() as connection:
            channel_id = (await read_rules(connection, guild_id)).log_channel_id
            if channel_id is None:
                return None
            last = int(await host_state.read(connection, logged(guild_id)) or newest)
            found = await audit.between(connection, guild_id, last, newest)
            hidden = await track_audit.hidden(connection, sight_of(channel_id), found)
        return Unlogged(channel_id, found, hidden)

    async def note_logged(
        self, record: Record, channel_id: int, message_id: int | None, *, found: bool
    ) -> bool:
        """Writes down that the channel was told; whether it is to be told anew.

        message_id: None where Discord did not let the bot. found: as `mentions.note_change` has it.
        """
        async with self._database.write() as connection:
            await host_state.write(connection, logged(record.guild_id), str(record.id))
            if message_id is None:
                return False
            place = {"channel_id": channel_id, "message_id": message_id}
            return await mentions.note_change(connection, **place, change=record, found=found)

"""Messages that are kept up to date: a contest's post, a relay's seats, what a party plays.

The rule: the transaction that changes what a message shows touches it here, so that no change is forgotten,
whatever ends the process. That a message is about to be posted is written down before, and where it is after;
what it shows counts as shown only up to the change that was read when it was written.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messages.nonces import nonce_of
from services.storage.database import Database, insert, now
from services.storage.tables import kept_messages as table

LOST = -1  # in place of the change that a message shows: somebody deleted it


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A row of `kept_messages`. key: "kind:subject". message_id: None where it is not posted.

    changed: counts the changes of what it shows. said: up to which of them it shows; LOST where it was posted
    once, and is to be again. gone: it is to be taken down.
    """

    key: str
    guild_id: int
    channel_id: int
    message_id: int | None
    intent_at: datetime | None
    changed: int
    said: int
    gone: bool

    @property
    def kind(self) -> str:
        """Of what kind it is, which says who writes it."""
        return self.key.partition(":")[0]

    @property
    def subject(self) -> str:
        """The id of what it shows."""
        return self.key.partition(":")[2]

    @property
    def due(self) -> bool:
        """Whether it is still to be posted, brought up to date or taken down."""
        return self.said != self.changed

    @property
    def was_posted(self) -> bool:
        """Whether it is there, or was until somebody deleted it."""
        return self.message_id is not None or self.said == LOST

    @property
    def nonce(self) -> str:
        """The same for every attempt at posting it."""
        assert self.intent_at is not None
        return nonce_of(self.key, self.intent_at.timestamp())


@dataclass(frozen=True, slots=True)
class Posted:
    """A message, and where it is; ids."""

    guild_id: int
    channel_id: int
    message_id: int


async def touch(connection: AsyncConnection, key: str, guild_id: int, channel_id: int) -> None:
    """What the message shows became another; where there is no such message, it is to be posted there.

    A message that is posted stays in its channel, and one that is to be taken down goes.
    """
    row = {"key": key, "guild_id": guild_id, "channel_id": channel_id, "changed": 1, "said": 0, "gone": False}
    query = insert(connection, table).values(row)
    again = {"changed": table.c.changed + 1}
    await connection.execute(query.on_conflict_do_update(index_elements=["key"], set_=again))


async def adopt(
    connection: AsyncConnection, key: str, guild_id: int, channel_id: int, message_id: int
) -> None:
    """A message that is there already is to show that from now on; nothing where one does."""
    row = {"key": key, "guild_id": guild_id, "channel_id": channel_id, "message_id": message_id}
    row |= {"changed": 1, "said": 0, "gone": False}
    await connection.execute(insert(connection, table).values(row).on_conflict_do_nothing())


async def touch_posted(connection: AsyncConnection, *keys: str) -> None:
    """The same for those of these that there are, or will be; what somebody deleted is not posted for it."""
    there = sa.or_(table.c.message_id.is_not(None), table.c.said != table.c.changed)
    query = table.update().where(table.c.key.in_(keys), there)
    await connection.execute(query.values(changed=table.c.changed + 1))


async def take_down(connection: AsyncConnection, *keys: str) -> None:
    """Has these messages deleted, as far as there are any; after that there is nothing kept of them."""
    query = table.update().where(table.c.key.in_(keys))
    await connection.execute(query.values(gone=True, changed=table.c.changed + 1))


async def forget(connection: AsyncConnection, key: str) -> None:
    """A message that was never posted will not be."""
    await connection.execute(table.delete().where(table.c.key == key, table.c.message_id.is_(None)))


async def posted(connection: AsyncConnection, keys: Collection[str]) -> list[Posted]:
    """Where those of the keys are of which there is a message."""
    query = sa.select(table.c.guild_id, table.c.channel_id, table.c.message_id)
    rows = await connection.execute(query.where(table.c.key.in_(keys), table.c.message_id.is_not(None)))
    return [Posted(*row) for row in rows]


async def posted_in(
    connection: AsyncConnection, keys: Collection[str], channel_id: int, message_ids: Collection[int] | None
) -> set[str]:
    """Those of the keys whose messages are among these of the channel; None: all that are there."""
    query = sa.select(table.c.key).where(table.c.key.in_(keys), table.c.channel_id == channel_id)
    if message_ids is not None:
        query = query.where(table.c.message_id.in_(message_ids))
    return set(await connection.scalars(query))


class KeptMessages:
    """What is known of them, for whoever posts and edits them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self) -> list[KeptMessage]:
        """Those that do not show what is so, of all guilds."""
        return await self._read(table.select().where(sa.text("said <> changed")))

    async def get(self, key: str) -> KeptMessage | None:
        """The one with that key."""
        return next(iter(await self._read(table.select().where(table.c.key == key))), None)

    async def others(self, kept: KeptMessage) -> set[int]:
        """The ids of its channel's messages that are known to show something else."""
        other = sa.and_(table.c.channel_id == kept.channel_id, table.c.key != kept.key)
        query = sa.select(table.c.message_id).where(other, table.c.message_id.is_not(None))
        async with self._database.read() as connection:
            return set(await connection.scalars(query))

    async def look_for(self, key: str) -> None:
        """It is to be written once more, as if it had changed: perhaps somebody deleted it."""
        async with self._database.write() as connection:
            await touch_posted(connection, key)

    async def intend(self, kept: KeptMessage) -> KeptMessage:
        """Writes down that it is about to be posted, where that is not written down yet."""
        return await self._change(kept, table.c.intent_at.is_(None), intent_at=now())

    async def posted(self, kept: KeptMessage, message_id: int) -> KeptMessage:
        """It is there; what was written down first stays."""
        return await self._change(kept, table.c.message_id.is_(None), message_id=message_id)

    async def lost(self, kept: KeptMessage) -> KeptMessage:
        """Somebody deleted it."""
        same = table.c.message_id == kept.message_id
        return await self._change(kept, same, message_id=None, intent_at=None, said=LOST)

    async def says(self, kept: KeptMessage) -> None:
        """It shows what was so when that was read, or cannot; what changed since is still to be shown."""
        await self._change(kept, table.c.channel_id == kept.channel_id, said=kept.changed)

    async def taken_down(self, kept: KeptMessage) -> None:
        """It is gone, or somebody else sees to that."""
        async with self._database.write() as connection:
            await connection.execute(table.delete().where(table.c.key == kept.key))

    async def _change(self, kept: KeptMessage, where: sa.ColumnElement[bool], **values: Any) -> KeptMessage:
        async with self._database.write() as connection:
            own = table.c.key == kept.key
            await connection.execute(table.update().where(own, where).values(**values))
        return await self.get(kept.key) or kept

    async def _read(self, query: sa.Select[Any]) -> list[KeptMessage]:
        async with self._database.read() as connection:
            return [KeptMessage(*row) for row in await connection.execute(query)]

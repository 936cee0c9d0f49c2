"""Finished audio that is to go: written down with what makes it unwanted, and deleted as soon as that can be.

The rule: it is deleted again until LATE after it was marked, because what was on its way into the store then
may have come after it was deleted there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.audio_store import AudioStore, names_of
from services.storage.database import Database, insert, now
from services.storage.tables import unwanted_audio as table

LATE = timedelta(hours=1)
CHUNK = 500  # at once


async def mark(connection: AsyncConnection, track_ids: Collection[str]) -> None:
    """Marks what is kept of those tracks; it goes once the transaction is through."""
    if track_ids:
        rows = [{"track_id": track_id, "marked_at": now()} for track_id in sorted(track_ids)]
        await connection.execute(insert(connection, table).on_conflict_do_nothing(), rows)


async def delete_unwanted(database: Database, store: AudioStore) -> None:
    """Deletes all that is marked. Raises OSError; it stays marked then."""
    async with database.read() as connection:
        marked = (await connection.execute(table.select().order_by(table.c.marked_at))).all()
    for start in range(0, len(marked), CHUNK):
        some = marked[start : start + CHUNK]
        await store.delete(_names([row.track_id for row in some]))
        sure = [row.track_id for row in some if row.marked_at < now() - LATE]
        if sure:
            async with database.write() as connection:
                await connection.execute(sa.delete(table).where(table.c.track_id.in_(sure)))


def _names(track_ids: Sequence[str]) -> list[str]:
    return [name for track_id in track_ids for name in names_of(track_id)]

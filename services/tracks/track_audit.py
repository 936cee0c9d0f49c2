"""What the audit says of tracks: how it names one, and which records are about one that is not seen."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.audit import OF_TRACKS, Action, Record, record
from services.storage.tables import tracks as track_table
from services.tracks.sight import Sight
from services.tracks.track import Track

_NUMBER = re.compile(r"#(\d{1,15})\b")


def subject_of(track: Track) -> str:
    """The track as the audit names it."""
    return f"#{track.number} {track.title}".strip()


async def record_act(connection: AsyncConnection, track: Track, actor_id: int, action: Action) -> None:
    """Writes down what a moderator did to somebody else's track."""
    if actor_id not in track.makers:
        await record(connection, track.guild_id, actor_id, action, subject=subject_of(track))


async def hidden(connection: AsyncConnection, sight: Sight, found: Sequence[Record]) -> frozenset[int]:
    """The ids of those records that are about a track that is not seen."""
    about = {one.id: number for one in found if (number := number_in(one)) is not None}
    asked = sa.and_(sight.of_tracks(), track_table.c.number.in_(set(about.values())))
    seen = set((await connection.scalars(sa.select(track_table.c.number).where(asked))).all())
    return frozenset(record_id for record_id, number in about.items() if number not in seen)


def number_in(change: Record) -> int | None:
    """The number of the track that it is about; None where it is about none."""
    match = _NUMBER.match(change.subject) if change.action in OF_TRACKS else None
    return int(match[1]) if match else None

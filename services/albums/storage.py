"""Albums as they are kept. The rule: whoever changes one has locked its row; a guild is locked before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.albums.album import Album, NoSuchAlbum, Shown
from services.storage.database import now
from services.storage.tables import album_sharers, album_tracks, albums
from services.storage.tables import tracks as track_table
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.votes import OPEN


async def add(connection: AsyncConnection, **values: Any) -> Album:
    """Writes a new album down, with nothing on it."""
    at = now()
    row: dict[str, Any] = {"id": tracks.new_id(), "created_at": at, "changed_at": at, **values}
    await connection.execute(albums.insert().values(row))
    return Album(**row)


async def get(connection: AsyncConnection, album_id: str, *, lock: bool = False) -> Album:
    """The album, of any guild. Raises NoSuchAlbum."""
    query = albums.select().where(albums.c.id == album_id)
    found = await all_of(connection, query.with_for_update() if lock else query)
    if not found:
        raise NoSuchAlbum
    return found[0]


async def all_of(connection: AsyncConnection, query: sa.Select[Any]) -> list[Album]:
    """The albums that a query of rows of `albums` finds, in its order."""
    rows = [dict(row._mapping) for row in await connection.execute(query)]  # pyright: ignore[reportPrivateUsage]
    ids = [row["id"] for row in rows]
    on = dict[str, list[str]]()
    with_whom = dict[str, list[int]]()
    of_tracks = album_tracks.select().where(album_tracks.c.album_id.in_(ids)).order_by(album_tracks.c.place)
    for one in await connection.execute(of_tracks):
        on.setdefault(one.album_id, []).append(one.track_id)
    of_people = album_sharers.select().where(album_sharers.c.album_id.in_(ids))
    for one in await connection.execute(of_people.order_by(album_sharers.c.member_id)):
        with_whom.setdefault(one.album_id, []).append(one.member_id)
    return [
        Album(
            **row,
            track_ids=tuple(on.get(row["id"], ())),
            sharers=tuple(with_whom.get(row["id"], ())),
        )
        for row in rows
    ]


async def change(connection: AsyncConnection, album_id: str, **values: Any) -> None:
    """Writes the values, and that it was changed now."""
    query = albums.update().where(albums.c.id == album_id)
    await connection.execute(query.values(**values, changed_at=now()))


async def not_deleted(connection: AsyncConnection, track_ids: Sequence[str]) -> list[str]:
    """Those of them that were not deleted for good, which nobody could take off any more; in their order."""
    there = track_table.c.id.in_(track_ids), track_table.c.deleted_at.is_(None)
    found = set(await connection.scalars(sa.select(track_table.c.id).where(*there)))
    return [one for one in track_ids if one in found]


async def put(connection: AsyncConnection, album_id: str, track_ids: Sequence[str]) -> None:
    """From now on these are on it, in this order."""
    await connection.execute(album_tracks.delete().where(album_tracks.c.album_id == album_id))
    if track_ids:
        rows = [
            {"album_id": album_id, "track_id": track_id, "place": place}
            for place, track_id in enumerate(track_ids)
        ]
        await connection.execute(album_tracks.insert(), rows)
    await change(connection, album_id)


async def share(connection: AsyncConnection, album_id: str, member_ids: Sequence[int]) -> None:
    """From now on it is shared with these."""
    await connection.execute(album_sharers.delete().where(album_sharers.c.album_id == album_id))
    if member_ids:
        rows = [{"album_id": album_id, "member_id": one} for one in member_ids]
        await connection.execute(album_sharers.insert(), rows)
    await change(connection, album_id)


async def delete(connection: AsyncConnection, album_id: str) -> None:
    """The album is gone; its tracks stay what they are."""
    for table in (album_tracks, album_sharers):
        await connection.execute(table.delete().where(table.c.album_id == album_id))
    await connection.execute(albums.delete().where(albums.c.id == album_id))


# as somebody sees them ------------------------------------------------------------------------------------


def audible(sight: Sight) -> sa.ColumnElement[bool]:
    """Of rows of `tracks`: those that stand on albums for whoever looks. Held back is held back from all."""
    return sa.and_(sight.of_tracks(), track_table.c.deleted_at.is_(None), track_table.c.state.in_(OPEN))


def visible(sight: Sight) -> sa.ColumnElement[bool]:
    """Of rows of `albums`: those that somebody sees anything of, and those that are theirs to change."""
    seen = (
        sa.select(album_tracks.c.album_id)
        .join(track_table, track_table.c.id == album_tracks.c.track_id)
        .where(album_tracks.c.album_id == albums.c.id, audible(sight))
        .correlate(albums)
        .exists()
    )
    theirs = [fillable(sight.member_id)] if sight.member_id is not None else []
    return sa.and_(albums.c.guild_id == sight.guild_id, sa.or_(seen, *theirs))


def fillable(member_id: int) -> sa.ColumnElement[bool]:
    """Of rows of `albums`: the member's own, and those that are shared with them."""
    shared = sa.select(album_sharers.c.album_id).where(album_sharers.c.member_id == member_id)
    return sa.or_(albums.c.owner_id == member_id, albums.c.id.in_(shared))


async def shown(connection: AsyncConnection, sight: Sight, found: Sequence[Album]) -> list[Shown]:
    """The albums, each with those of its tracks that are seen."""
    ids = {track_id for album in found for track_id in album.track_ids}
    query = tracks.track_rows.where(track_table.c.id.in_(ids), audible(sight))
    seen = {track.id: track for track in await tracks.found(connection, query)}
    return [
        Shown(album, [seen[track_id] for track_id in album.track_ids if track_id in seen]) for album in found
    ]

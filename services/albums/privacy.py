"""A member's share in albums: handed out, and erased. The rule: what others put together stays theirs.

An album that was shared passes on to one of those who share it, without the erased member's words. One that
was shared with nobody goes.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.albums import post_storage, storage
from services.storage.tables import album_posts, albums


async def guilds_of(connection: AsyncConnection, member_id: int) -> set[int]:
    """The guilds in which the member has albums, shares some, or wrote words of some."""
    query = sa.select(albums.c.guild_id).where(_involving(member_id)).distinct()
    return set(await connection.scalars(query))


async def erase(connection: AsyncConnection, member_id: int, number: int) -> None:
    """Takes the member, and their words, out of every album and its post; before their tracks are erased.

    number: what stands in the id's place.
    """
    query = sa.select(albums.c.id).where(_involving(member_id))
    for album_id in list(await connection.scalars(query.order_by(albums.c.id))):
        album = await storage.get(connection, album_id, lock=True)
        others = [one for one in album.sharers if one != member_id]
        if album.owner_id == member_id and not others:
            await post_storage.remove(connection, album_id)
            await storage.delete(connection, album_id)
            continue
        values: dict[str, Any] = {}
        if album.owner_id == member_id:
            values["owner_id"] = others[0]
            await storage.share(connection, album_id, others[1:])
        elif member_id in album.sharers:  # whom the post names
            await storage.share(connection, album_id, others)
        if album.title_by == member_id:
            values |= {"title": "", "title_by": number}
        if album.description_by == member_id:
            values |= {"description": "", "description_by": number}
        await storage.change(connection, album_id, **values)
        await post_storage.touch(connection, album_id, words=True)
    published = album_posts.update().where(album_posts.c.member_id == member_id)
    await connection.execute(published.values(member_id=number))
    await post_storage.touch_tracks_of(connection, member_id, number)


async def export(connection: AsyncConnection, member_id: int) -> list[dict[str, Any]]:
    """The member's albums, those that are shared with them, and their words on others'."""
    involved = albums.select().where(_involving(member_id))
    found = await storage.all_of(connection, involved.order_by(albums.c.created_at))
    return [
        {
            "guild_id": str(album.guild_id),
            "created_at": album.created_at.isoformat(),
            "yours": album.owner_id == member_id,
            "shared_with_you": member_id in album.sharers,
            "title": album.title if album.title_by == member_id else None,
            "description": album.description if album.description_by == member_id else None,
            "tracks": len(album.track_ids),
        }
        for album in found
    ]


def _involving(member_id: int) -> sa.ColumnElement[bool]:
    """Of albums: those that are the member's, are shared with them, or have words of theirs."""
    words = albums.c.title_by == member_id, albums.c.description_by == member_id
    return sa.or_(storage.fillable(member_id), *words)

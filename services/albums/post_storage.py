"""Posts as they are kept, and what touches them: a track that comes or goes, words that change, an end.

Each function works in the caller's transaction, the one that changes what the post shows.
"""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.albums.post import Kind, Post, Print
from services.messages import kept_messages
from services.storage.tables import PENDING_POST, album_posts, album_prints, albums, track_makers
from services.storage.tables import tracks as track_table
from services.tracks.tracks import ALPHABET
from services.tracks.unreadable import read_each

LONGEST_TAG = 8  # characters, 40 random bits


async def find(connection: AsyncConnection, album_id: str, *, lock: bool = False) -> Post | None:
    """The album's post; None where it has none."""
    query = album_posts.select().where(album_posts.c.album_id == album_id)
    return next(iter(await _read(connection, query.with_for_update() if lock else query)), None)


async def of_tag(connection: AsyncConnection, tag: str) -> Post | None:
    """The post with that tag."""
    return next(iter(await _read(connection, album_posts.select().where(album_posts.c.tag == tag))), None)


async def pending(connection: AsyncConnection) -> list[Post]:
    """Those that something is still to be done for, of all guilds; not those that cannot be read."""
    rows = await connection.execute(album_posts.select().where(sa.text(PENDING_POST)))
    return read_each(rows, _post, "album's post")


async def places(connection: AsyncConnection, guild_id: int) -> set[int]:
    """Where the guild's posts stand."""
    own = album_posts.c.guild_id == guild_id, album_posts.c.place_id.is_not(None)
    return set(await connection.scalars(sa.select(album_posts.c.place_id).where(*own)))


async def prints(connection: AsyncConnection, album_id: str) -> list[Print]:
    """The tracks in the album's post, in order."""
    columns = (column for column in album_prints.c if column.name != "album_id")
    query = sa.select(*columns).where(album_prints.c.album_id == album_id).order_by(album_prints.c.number)
    return [Print(*row) for row in await connection.execute(query)]


async def add(
    connection: AsyncConnection, album_id: str, guild_id: int, member_id: int, kind: Kind, channel_id: int
) -> None:
    """Writes a new post down, of which nothing is there yet."""
    tag = "".join(secrets.choice(ALPHABET) for _ in range(LONGEST_TAG))
    place = channel_id if kind is Kind.CHANNEL else None
    row = {"album_id": album_id, "guild_id": guild_id, "member_id": member_id, "kind": kind, "tag": tag}
    row |= {"channel_id": channel_id, "place_id": place, "sounds": 0, "archives": 0}
    row |= dict.fromkeys(("counted", "posted", "renamed", "gone"), False)
    await connection.execute(album_posts.insert().values(row))


async def change(connection: AsyncConnection, album_id: str, **values: Any) -> None:
    """Writes the values."""
    query = album_posts.update().where(album_posts.c.album_id == album_id)
    await connection.execute(query.values(**values))


async def print_anew(connection: AsyncConnection, post: Post, planned: list[Print]) -> Post:
    """From now on these are in the post, in these of its messages; those it has are brought up to date."""
    await connection.execute(album_prints.delete().where(album_prints.c.album_id == post.album_id))
    rows = [
        {
            "album_id": post.album_id,
            "track_id": one.track_id,
            "number": one.number,
            "sound": one.sound,
            "archive": one.archive,
        }
        for one in planned
    ]
    if rows:
        await connection.execute(album_prints.insert(), rows)
    counts = {
        "counted": True,
        "sounds": max((one.sound or 0 for one in planned), default=0),
        "archives": max((one.archive or 0 for one in planned), default=0),
    }
    await change(connection, post.album_id, **counts)
    now = await find(connection, post.album_id)
    assert now is not None
    await kept_messages.touch_posted(connection, *now.keys)
    await kept_messages.take_down(connection, *(key for key in post.keys if key not in now.keys))
    return now


async def remove(connection: AsyncConnection, album_id: str) -> None:
    """Takes the post down, as far as there is one; its thread is closed after that."""
    post = await find(connection, album_id, lock=True)
    if post is None:
        return
    await kept_messages.take_down(connection, *post.keys)
    await connection.execute(album_prints.delete().where(album_prints.c.album_id == album_id))
    if post.kind is Kind.CHANNEL:
        await drop(connection, album_id)
    else:
        await change(connection, album_id, gone=True)


async def drop(connection: AsyncConnection, album_id: str) -> None:
    """Nothing is left of the post, and nothing to be done for it."""
    for table in (album_prints, album_posts):
        await connection.execute(table.delete().where(table.c.album_id == album_id))


# touched ------------------------------------------------------------------------------------------------


async def touch(connection: AsyncConnection, album_id: str, *, words: bool = False) -> None:
    """All of the album's post is to be brought up to date. words: its title, so its thread's name as well."""
    post = await find(connection, album_id)
    if post is None:
        return
    await kept_messages.touch_posted(connection, *post.keys)
    if words and post.kind is not Kind.CHANNEL:
        await change(connection, album_id, renamed=True)


async def named(connection: AsyncConnection, album_id: str, title: str) -> None:
    """Its thread is called by that title; where the album has another by now, it is still to be renamed."""
    await find(connection, album_id, lock=True)
    if await connection.scalar(sa.select(albums.c.title).where(albums.c.id == album_id)) == title:
        await change(connection, album_id, renamed=False)


async def touch_track(connection: AsyncConnection, track_id: str) -> None:
    """The track comes or goes, or its file names somebody else: posts that have it are to say so."""
    await _touch_where(connection, album_prints.c.track_id == track_id)


async def touch_tracks_of(connection: AsyncConnection, *member_ids: int) -> None:
    """The same of all that one of these made, alone or with others."""
    alone = sa.select(track_table.c.id).where(track_table.c.member_id.in_(member_ids))
    among = sa.select(track_makers.c.track_id).where(track_makers.c.member_id.in_(member_ids))
    await _touch_where(connection, album_prints.c.track_id.in_(alone.union_all(among)))


async def _touch_where(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> None:
    of_album = sa.select(albums.c.cover_id).where(albums.c.id == album_prints.c.album_id).scalar_subquery()
    columns = (album_prints.c.album_id, album_prints.c.sound, album_prints.c.archive)
    is_cover = sa.func.coalesce(of_album == album_prints.c.track_id, sa.false())
    found = await connection.execute(sa.select(*columns, is_cover).where(which))
    for album_id, sound, archive, in_all in found.all():
        post = await find(connection, album_id)
        assert post is not None
        keys = [post.head]
        keys += [post.sound(sound)] if sound is not None else []
        keys += [post.archive(archive)] if archive is not None else []
        await kept_messages.touch_posted(connection, *(post.keys if in_all else keys))


async def _read(connection: AsyncConnection, query: sa.Select[Any]) -> list[Post]:
    """A kind that another version wrote counts as a thread here: its tracks come and go all the same."""
    rows = (await connection.execute(query)).all()
    return [_post(row, row.kind if row.kind in {*Kind} else Kind.THREAD) for row in rows]


def _post(row: sa.Row[Any], kind: str | None = None) -> Post:
    values: dict[str, Any] = dict(row._mapping)  # pyright: ignore[reportPrivateUsage]
    values["kind"] = Kind(kind or values["kind"])
    return Post(**values)

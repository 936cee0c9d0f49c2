"""Albums: put together, ordered, named, shared. The rule: a change is one transaction, the album locked."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.albums import post_storage, storage
from services.albums.album import (
    LONGEST_TITLE,
    MOST_ALBUMS,
    MOST_SHARERS,
    MOST_TRACKS,
    Album,
    AlbumFull,
    AmbiguousAlbum,
    Collection,
    NoSuchAlbum,
    NothingToCollect,
    NotOnAlbum,
    NotShared,
    NotYourAlbum,
    Shown,
    TooManyAlbums,
    TooManySharers,
    moved,
)
from services.guilds.audit import Action, record
from services.guilds.bans import check_ban
from services.guilds.settings import lock_guild
from services.storage.database import Database
from services.storage.tables import albums as table
from services.storage.tables import tracks as track_table
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.track import HeldBack, NoSuchTrack
from services.tracks.votes import OPEN


class Albums:
    """Every guild's albums. `sight` is what whoever asks may see, and says who they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # looking up -----------------------------------------------------------------------------------

    async def find(self, sight: Sight, reference: str) -> Shown:
        """The album seen with that id or title. Raises NoSuchAlbum, AmbiguousAlbum."""
        async with self._database.read() as connection:
            which = storage.visible(sight), table.c.id == reference
            found = await storage.all_of(connection, table.select().where(*which))
            if not found:
                named = await self._named(connection, sight, reference, 25)
                wanted = reference.strip().casefold()
                found = [one for one in named if one.title.casefold() == wanted]
            if not found:
                raise NoSuchAlbum
            if len(found) > 1:
                raise AmbiguousAlbum
            return (await storage.shown(connection, sight, found))[0]

    async def search(self, sight: Sight, words: str, limit: int = 25) -> list[Album]:
        """Those albums seen whose title holds the words, the last changed first."""
        async with self._database.read() as connection:
            return await self._named(connection, sight, words, limit)

    async def _named(self, connection: AsyncConnection, sight: Sight, words: str, limit: int) -> list[Album]:
        named = table.c.title.icontains(words.strip(), autoescape=True)
        query = table.select().where(storage.visible(sight), named)
        return await storage.all_of(connection, query.order_by(*_newest).limit(limit))

    async def page(self, sight: Sight, *, offset: int, limit: int) -> tuple[list[Shown], int]:
        """Some of the albums seen, the last changed first; and how many are seen."""
        seen = storage.visible(sight)
        async with self._database.read() as connection:
            count = await connection.scalar(sa.select(sa.func.count()).select_from(table).where(seen))
            query = table.select().where(seen).order_by(*_newest).offset(offset).limit(limit)
            found = await storage.all_of(connection, query)
            return await storage.shown(connection, sight, found), count or 0

    async def fillable(self, sight: Sight, limit: int = 25) -> list[Album]:
        """The member's own albums in the guild and those shared with them, the last changed first."""
        assert sight.member_id is not None
        own = table.c.guild_id == sight.guild_id, storage.fillable(sight.member_id)
        async with self._database.read() as connection:
            return await storage.all_of(
                connection, table.select().where(*own).order_by(*_newest).limit(limit)
            )

    async def check_may_fill(self, sight: Sight) -> None:
        """Whether the member may put together albums at all. Raises Banned."""
        assert sight.member_id is not None
        async with self._database.read() as connection:
            await check_ban(connection, sight.guild_id, sight.member_id)

    # putting together -----------------------------------------------------------------------------

    async def create(
        self, sight: Sight, title: str, description: str = "", track_id: str | None = None
    ) -> Shown:
        """A new album of the member's, with one track on it or none.

        Raises Banned, TooManyAlbums, NoSuchTrack, HeldBack; nothing is written then.
        """
        assert sight.member_id is not None
        async with self._database.write() as connection:
            await self._room_for_one_more(connection, sight)
            album = await storage.add(
                connection,
                guild_id=sight.guild_id,
                owner_id=sight.member_id,
                title=title,
                title_by=sight.member_id,
                description=description,
                description_by=sight.member_id,
                cover_id=None,
                origin=None,
            )
            if track_id is not None:
                await storage.put(connection, album.id, [await _to_put(connection, sight, track_id)])
            return await _now(connection, sight, album.id)

    async def collect(self, sight: Sight, collection: Collection) -> Shown:
        """An album of the member's of what belongs together anyway; where that is one already, that one.

        Of the tracks those that the member may hear, the first MOST_TRACKS. One on which the member may hear
        nothing any more is theirs who made it, and no longer that. Raises Banned, TooManyAlbums,
        NothingToCollect.
        """
        assert sight.member_id is not None
        async with self._database.write() as connection:
            await lock_guild(connection, sight.guild_id)
            origin = table.c.origin == collection.origin, table.c.guild_id == sight.guild_id
            seen = storage.visible(sight)
            there = await storage.all_of(connection, table.select().where(*origin, seen))
            if there:
                return (await storage.shown(connection, sight, there))[0]
            await self._room_for_one_more(connection, sight)
            ids = list(dict.fromkeys(collection.track_ids))
            heard = sa.select(track_table.c.id).where(track_table.c.id.in_(ids), storage.audible(sight))
            audible = set(await connection.scalars(heard))
            if not audible:
                raise NothingToCollect
            # one that has become something else, which is not to be seen
            await connection.execute(table.update().where(*origin).values(origin=None))
            album = await storage.add(
                connection,
                guild_id=sight.guild_id,
                owner_id=sight.member_id,
                title=collection.title[:LONGEST_TITLE],
                title_by=collection.title_by,
                description="",
                description_by=sight.member_id,
                cover_id=None,
                origin=collection.origin,
            )
            kept = [one for one in ids if one in audible][:MOST_TRACKS]
            await storage.put(connection, album.id, kept)
            return await _now(connection, sight, album.id)

    async def _room_for_one_more(self, connection: AsyncConnection, sight: Sight) -> None:
        """Raises Banned, TooManyAlbums. Locks the guild, so that two at once are counted one by one."""
        assert sight.member_id is not None
        await lock_guild(connection, sight.guild_id)
        await check_ban(connection, sight.guild_id, sight.member_id)
        own = table.c.guild_id == sight.guild_id, table.c.owner_id == sight.member_id
        count = await connection.scalar(sa.select(sa.func.count()).select_from(table).where(*own))
        if (count or 0) >= MOST_ALBUMS:
            raise TooManyAlbums

    async def put(self, sight: Sight, album_id: str, track_id: str) -> Shown:
        """The track comes last on the album; where it is on it, it stays where it is.

        Raises NoSuchAlbum, NotShared, Banned, NoSuchTrack, HeldBack, AlbumFull.
        """
        async with self._database.write() as connection:
            album = await _to_fill(connection, sight, album_id)
            track_id = await _to_put(connection, sight, track_id)
            if track_id not in album.track_ids:
                kept = await storage.not_deleted(connection, album.track_ids)
                if len(kept) >= MOST_TRACKS:
                    raise AlbumFull
                await storage.put(connection, album_id, [*kept, track_id])
            return await _now(connection, sight, album_id)

    async def remove(self, sight: Sight, album_id: str, track_id: str) -> Shown:
        """The track is on the album no more. Raises NoSuchAlbum, NotShared, Banned, NotOnAlbum."""
        async with self._database.write() as connection:
            album = await _to_fill(connection, sight, album_id)
            if track_id not in album.track_ids:
                raise NotOnAlbum
            await storage.put(connection, album_id, [one for one in album.track_ids if one != track_id])
            if album.cover_id == track_id:
                await storage.change(connection, album_id, cover_id=None)
            await post_storage.touch_track(connection, track_id)
            return await _now(connection, sight, album_id)

    async def move(self, sight: Sight, album_id: str, track_id: str, to: int) -> Shown:
        """The track stands at that place (from 0) among those that the member sees.

        Raises NoSuchAlbum, NotShared, Banned, NotOnAlbum.
        """
        async with self._database.write() as connection:
            album = await _to_fill(connection, sight, album_id)
            now = await _now(connection, sight, album_id)
            order = moved(album.track_ids, [one.id for one in now.tracks], track_id, to)
            await storage.put(connection, album_id, order)
            return await _now(connection, sight, album_id)

    async def cover(self, sight: Sight, album_id: str, track_id: str | None) -> Shown:
        """It has the cover of that track, or (None) one drawn from the colours of all.

        Raises NoSuchAlbum, NotShared, Banned, NotOnAlbum.
        """
        async with self._database.write() as connection:
            await _to_fill(connection, sight, album_id)
            now = await _now(connection, sight, album_id)
            if track_id is not None and track_id not in [one.id for one in now.tracks]:
                raise NotOnAlbum
            await storage.change(connection, album_id, cover_id=track_id)
            await post_storage.touch(connection, album_id)
            return await _now(connection, sight, album_id)

    # deciding over it -----------------------------------------------------------------------------

    async def name(self, sight: Sight, album_id: str, title: str, description: str) -> Shown:
        """Title and description; what of them is new are the member's words.

        Raises NoSuchAlbum, NotYourAlbum, Banned.
        """
        async with self._database.write() as connection:
            album = await to_decide(connection, sight, album_id)
            if title != album.title:
                await storage.change(connection, album_id, title=title, title_by=sight.member_id)
            if description != album.description:
                words = {"description": description, "description_by": sight.member_id}
                await storage.change(connection, album_id, **words)
            await post_storage.touch(connection, album_id, words=True)
            return await _now(connection, sight, album_id)

    async def share(self, sight: Sight, album_id: str, member_ids: Sequence[int]) -> Shown:
        """From now on these may change what is on it, beside its owner, and nobody else.

        Raises NoSuchAlbum, NotYourAlbum, Banned, TooManySharers.
        """
        async with self._database.write() as connection:
            album = await to_decide(connection, sight, album_id)
            others = [one for one in dict.fromkeys(member_ids) if one != album.owner_id]
            if len(others) > MOST_SHARERS:
                raise TooManySharers
            await storage.share(connection, album_id, others)
            await post_storage.touch(connection, album_id)
            return await _now(connection, sight, album_id)

    async def to_decide(self, sight: Sight, album_id: str, *, barred: bool = True) -> Shown:
        """The album, where that member may decide over it: before they are asked what.

        barred: who may not make tracks may not do it either. Raises NoSuchAlbum, NotYourAlbum, Banned.
        """
        async with self._database.read() as connection:
            await to_decide(connection, sight, album_id, lock=False, barred=barred)
            return await _now(connection, sight, album_id)

    async def delete(self, sight: Sight, album_id: str) -> Album:
        """The album is gone; its tracks stay. Raises NoSuchAlbum, NotYourAlbum."""
        async with self._database.write() as connection:
            album = await to_decide(connection, sight, album_id, barred=False)
            await post_storage.remove(connection, album_id)
            await storage.delete(connection, album_id)
            if sight.member_id != album.owner_id and sight.member_id is not None:
                whose = str(album.owner_id)
                await record(connection, sight.guild_id, sight.member_id, Action.DELETE_ALBUM, subject=whose)
            return album


_newest = (table.c.changed_at.desc(), table.c.id)


async def _now(connection: AsyncConnection, sight: Sight, album_id: str) -> Shown:
    return (await storage.shown(connection, sight, [await storage.get(connection, album_id)]))[0]


async def _seen(connection: AsyncConnection, sight: Sight, album_id: str, *, lock: bool) -> Album:
    """The album, locked, where it is seen. Raises NoSuchAlbum."""
    query = sa.select(table.c.id).where(storage.visible(sight), table.c.id == album_id)
    if await connection.scalar(query) is None:
        raise NoSuchAlbum
    return await storage.get(connection, album_id, lock=lock)


async def _to_fill(connection: AsyncConnection, sight: Sight, album_id: str) -> Album:
    """The album, locked, where the member may change what is on it. Raises NoSuchAlbum, NotShared, Banned."""
    assert sight.member_id is not None
    album = await _seen(connection, sight, album_id, lock=True)
    if not album.may_fill(sight.member_id, moderator=sight.moderator):
        raise NotShared
    await check_ban(connection, sight.guild_id, sight.member_id)
    return album


async def to_decide(
    connection: AsyncConnection, sight: Sight, album_id: str, *, lock: bool = True, barred: bool = True
) -> Album:
    """The album, where the member may decide over it. barred: who may not make tracks may not do it either.

    Raises NoSuchAlbum, NotYourAlbum, Banned.
    """
    assert sight.member_id is not None
    album = await _seen(connection, sight, album_id, lock=lock)
    if not album.may_decide(sight.member_id, moderator=sight.moderator):
        raise NotYourAlbum
    if barred:
        await check_ban(connection, sight.guild_id, sight.member_id)
    return album


async def _to_put(connection: AsyncConnection, sight: Sight, track_id: str) -> str:
    """The id of the track, where the member sees it and it plays. Raises NoSuchTrack, HeldBack."""
    track = await tracks.seen(connection, sight, track_id)
    if track is None:
        raise NoSuchTrack
    if track.held_back:
        raise HeldBack(track)
    if track.state not in OPEN:
        raise NoSuchTrack
    return track.id

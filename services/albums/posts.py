"""Albums published as posts. The rule: what is to be done is read from the tables, so it survives a kill.

A post is asked for in one transaction; after that its place is made, its files are counted, and its messages
are posted one after the other, each as a kept message (`services.messages.kept_messages`). What it shows is
the album as it was when it was published, less what is not to be seen any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.albums import post_storage, storage
from services.albums.album import Shown
from services.albums.post import AlreadyPublished, Kind, NotPublished, Post, Print
from services.albums.service import to_decide
from services.messages import kept_messages
from services.storage.database import Database, now
from services.tracks.sight import Sight


class AlbumPosts:
    """What is known of them, for whoever asks for one, and whoever posts it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # asked for ------------------------------------------------------------------------------------

    async def publish(self, sight: Sight, album_id: str, kind: Kind, channel_id: int) -> None:
        """The album is to be published there. Raises NoSuchAlbum, NotYourAlbum, Banned, AlreadyPublished."""
        assert sight.member_id is not None
        async with self._database.write() as connection:
            await to_decide(connection, sight, album_id)
            if (there := await post_storage.find(connection, album_id)) is not None:
                raise AlreadyPublished(there.place_id or there.channel_id)
            where = sight.guild_id, sight.member_id, kind, channel_id
            await post_storage.add(connection, album_id, *where)

    async def renew(self, sight: Sight, album_id: str) -> Post:
        """The post is to show the album as it is now.

        Raises NoSuchAlbum, NotYourAlbum, Banned, NotPublished.
        """
        async with self._database.write() as connection:
            await to_decide(connection, sight, album_id)
            post = await post_storage.find(connection, album_id, lock=True)
            if post is None or post.gone:
                raise NotPublished
            await post_storage.change(connection, album_id, posted=False, counted=False)
            return post

    async def take_down(self, sight: Sight, album_id: str) -> Post:
        """The post goes; the album stays. Raises NoSuchAlbum, NotYourAlbum, NotPublished."""
        async with self._database.write() as connection:
            await to_decide(connection, sight, album_id, barred=False)
            post = await post_storage.find(connection, album_id, lock=True)
            if post is None or post.gone:
                raise NotPublished
            await post_storage.remove(connection, album_id)
            return post

    # posted ---------------------------------------------------------------------------------------

    async def find(self, album_id: str) -> Post | None:
        """The album's post; None where it has none, or none any more."""
        async with self._database.read() as connection:
            post = await post_storage.find(connection, album_id)
        return None if post is None or post.gone else post

    async def of_tag(self, tag: str) -> Post | None:
        """The post with that tag; for what is written of one, never for something that was pressed."""
        async with self._database.read() as connection:
            return await post_storage.of_tag(connection, tag)

    async def pending(self) -> list[Post]:
        """Those that something is still to be done for, of all guilds."""
        return await self._database.read_in_one_go(post_storage.pending)

    async def places(self, guild_id: int) -> set[int]:
        """The ids of the channels and threads in which the guild's posts stand."""
        async with self._database.read() as connection:
            return await post_storage.places(connection, guild_id)

    async def prints(self, post: Post) -> list[Print]:
        """The tracks in the post, in order."""
        async with self._database.read() as connection:
            return await post_storage.prints(connection, post.album_id)

    async def shown(self, sight: Sight, album_id: str) -> Shown:
        """The album as readers of its post see it. Raises NoSuchAlbum."""
        async with self._database.read() as connection:
            return (await storage.shown(connection, sight, [await storage.get(connection, album_id)]))[0]

    async def intend(self, post: Post) -> Post:
        """Writes down that its thread is about to be made, where that is not written down yet."""
        return await self._change(post, intent_at=post.intent_at or now())

    async def placed(self, post: Post, place_id: int, head_id: int | None = None) -> Post:
        """Its thread is there. head_id: the message that a forum's post begins with, which is to show it."""
        async with self._database.write() as connection:
            await post_storage.change(connection, post.album_id, place_id=place_id)
            if head_id is not None:
                await kept_messages.adopt(connection, post.head, post.guild_id, place_id, head_id)
            return await post_storage.find(connection, post.album_id) or post

    async def counted(self, post: Post, planned: Sequence[Print]) -> Post:
        """Which of its messages have which tracks."""
        async with self._database.write() as connection:
            now_post = await post_storage.find(connection, post.album_id, lock=True)
            if now_post is None or now_post.gone:
                return post
            return await post_storage.print_anew(connection, now_post, list(planned))

    async def begin(self, post: Post, key: str) -> None:
        """That one of its messages is to be posted now."""
        assert post.place_id is not None
        async with self._database.write() as connection:
            there = await post_storage.find(connection, post.album_id, lock=True)
            if there is not None and not there.gone:
                await kept_messages.touch(connection, key, post.guild_id, post.place_id)

    async def posted(self, post: Post) -> None:
        """All of its messages are there."""
        await self._change(post, posted=True)

    async def named(self, post: Post, title: str) -> None:
        """Its thread is called by that title; what the album is called since is still to be shown."""
        async with self._database.write() as connection:
            await post_storage.named(connection, post.album_id, title)

    async def dropped(self, post: Post) -> None:
        """Its thread is closed: nothing is left to be done."""
        async with self._database.write() as connection:
            await post_storage.drop(connection, post.album_id)

    async def give_up(self, post: Post) -> None:
        """It cannot be posted: what is there of it goes."""
        async with self._database.write() as connection:
            await post_storage.remove(connection, post.album_id)

    async def _change(self, post: Post, **values: object) -> Post:
        async with self._database.write() as connection:
            await post_storage.change(connection, post.album_id, **values)
            return await post_storage.find(connection, post.album_id) or post

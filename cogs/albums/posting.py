"""Publishes albums: makes a post's place, counts its files, and posts its messages one after the other.

The rule: one step of each post at a time, read from the tables, so that a kill costs nothing that was done.
That a thread is about to be made is written down before; after a kill it is found by its name.
"""

from __future__ import annotations

from functools import partial

import discord
import structlog

from cogs.albums.files import size_of
from cogs.albums.post_message import (
    heard_there,
    layout,
    write_archive,
    write_head,
    write_sounds,
)
from cogs.core.client import Jamboree
from cogs.core.discord_errors import GONE, NOT_ALLOWED, answering, is_not_now
from cogs.core.elsewhere import Elsewhere
from cogs.core.periodic_tasks import PeriodicTask
from cogs.languages.guild_languages import in_public
from cogs.posts.archives import MARGIN
from cogs.posts.kept_messages import KeptMessages
from cogs.posts.shut_places import Pauses
from cogs.posts.threads import open_thread, opened_since
from cogs.texts.albums import post as texts
from services.albums.album import NoSuchAlbum, Shown
from services.albums.post import ARCHIVE, HEAD, SOUND, Kind, Post, planned
from services.delivery import DeliveryUnavailable, Reach
from services.messages.kept_messages import KeptMessage

log = structlog.get_logger(__name__)

LABEL = 96 * 1024  # bytes that an MP3 may be larger by with the album's cover


class AlbumPosting(PeriodicTask):
    """Looks after the albums' posts of this process's guilds."""

    interval = 1.0  # seconds
    tables = ("album_posts",)

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.move_on)
        self._pauses = Pauses()  # by album: of a thread's name that may not be changed now
        writers = {HEAD: write_head, SOUND: write_sounds, ARCHIVE: write_archive}
        for kind, write in writers.items():
            bot.part(KeptMessages).register(kind, partial(write, bot), refused=self._not_taken)

    async def move_on(self) -> bool:
        """Takes each post that is not all there one step further; whether there was any."""
        pending = await self.bot.studio.album_posts.pending()
        for post in pending:
            if self.bot.get_guild(post.guild_id) is None or self._pauses.lasts(post.album_id):
                continue
            try:
                async with answering():
                    await self._step(post)
            except DeliveryUnavailable as reason:
                log.info("an album is not published yet", album=post.album_id, reason=str(reason))
            except discord.HTTPException as refusal:
                await self._refused(post, refusal)
            except Exception:
                log.exception("an album is not published yet", album=post.album_id)
        return bool(pending)

    @in_public
    async def _step(self, post: Post) -> None:
        posts = self.bot.studio.album_posts
        if post.gone:
            await self._close(post)
            return
        try:
            shown = await heard_there(self.bot, post.guild_id, post.channel_id, post.album_id)
        except NoSuchAlbum:
            await posts.give_up(post)
            return
        if post.renamed:
            await self._rename(post, shown)
        if post.posted:
            return
        if not post.counted and not shown.tracks and not post.sounds:
            await self._tell(post, texts.nothing_to_publish(post.channel_id))
            await posts.give_up(post)
        elif post.place_id is None:
            await self._place(post, shown)
        elif not post.counted:
            await self._count(post, shown)
        else:
            await self._post_next(post)

    async def _count(self, post: Post, shown: Shown) -> None:
        """Which of its messages have which tracks, by the sizes of their files."""
        sizes: list[tuple[str, int | None]] = []
        for track in shown.tracks:
            size = await size_of(self.bot, track)
            sizes.append((track.id, None if size is None else size + LABEL))
        most = await self.bot.part(Elsewhere).upload_limit(post.guild_id) - MARGIN
        await self.bot.studio.album_posts.counted(post, planned(sizes, most))

    async def _post_next(self, post: Post) -> None:
        posts, messages = self.bot.studio.album_posts, self.bot.part(KeptMessages)
        for key in post.keys:
            kept = await self.bot.studio.kept_messages.get(key)
            if kept is None or (kept.message_id is None and not kept.due):  # somebody deleted it
                await posts.begin(post, key)
            if kept is None or kept.message_id is None or kept.due:  # the next one waits for it
                await messages.brought(key)
                return
        await posts.posted(post)

    # its thread -------------------------------------------------------------------------------------

    async def _place(self, post: Post, shown: Shown) -> None:
        posts, guild = self.bot.studio.album_posts, self.bot.get_guild(post.guild_id)
        channel = guild.get_channel(post.channel_id) if guild else None
        name = texts.thread_name(shown.album)
        first = post.intent_at
        post = await posts.intend(post)
        assert post.intent_at is not None
        since, others = self.bot.clock.not_after(post.intent_at), await posts.places(post.guild_id)
        thread = None
        if isinstance(channel, (discord.TextChannel, discord.ForumChannel)):
            if first is not None:
                thread = await opened_since(self.bot, channel, name, since, others)
            if thread is None:
                begins = layout(discord.ui.TextDisplay(texts.top(shown.album)))
                options = {"view": begins} if isinstance(channel, discord.ForumChannel) else {}
                thread = await open_thread(self.bot, channel, name, since, others, **options)
        if thread is None:
            await self._tell(post, texts.not_published(post.channel_id, str(texts.NO_SUCH_PLACE)))
            await posts.give_up(post)
            return
        await posts.placed(post, thread.id, thread.id if post.kind is Kind.FORUM else None)

    async def _rename(self, post: Post, shown: Shown) -> None:
        if post.place_id is not None:
            await self._name_thread(post, texts.thread_name(shown.album))
        await self.bot.studio.album_posts.named(post, shown.album.title)

    async def _close(self, post: Post) -> None:
        """Its messages are taken down by themselves; what is left is a name without the album's words."""
        if post.place_id is not None:
            await self._name_thread(post, str(texts.TAKEN_DOWN))
        await self.bot.studio.album_posts.dropped(post)

    async def _name_thread(self, post: Post, name: str) -> None:
        try:
            thread = await self.bot.fetch_channel(post.place_id or 0)
            if isinstance(thread, discord.Thread):
                if thread.archived:
                    await thread.edit(archived=False)
                await thread.edit(name=name)
        except discord.HTTPException as refusal:
            if is_not_now(refusal):
                raise
            if refusal.code in NOT_ALLOWED:  # it may be named by words of somebody erased
                self._pauses.again(post.album_id, for_ever=True)
                raise DeliveryUnavailable("its thread is shut") from refusal
            log.info("an album's thread is not changed", album=post.album_id, code=refusal.code)

    # refused ----------------------------------------------------------------------------------------

    async def _not_taken(self, kept: KeptMessage, refusal: discord.HTTPException) -> None:
        """A message that Discord does not take ends a post that is not all there yet; so does a place that
        is gone, whenever that is found.
        """
        posts = self.bot.studio.album_posts
        if kept.kind == HEAD:
            post = await posts.find(kept.subject)
        else:
            post = await posts.of_tag(kept.subject.partition("-")[0])
        if post is None or post.gone:
            return
        if refusal.code in GONE or (not post.posted and kept.message_id is None):
            await self._refused(post, refusal)

    @in_public
    async def _refused(self, post: Post, refusal: discord.HTTPException) -> None:
        log.warning("album not published", album=post.album_id, status=refusal.status, code=refusal.code)
        if post.gone:
            await self.bot.studio.album_posts.dropped(post)
            return
        reason = refusal.text or str(refusal.status)
        await self._tell(post, texts.not_published(post.channel_id, reason))
        await self.bot.studio.album_posts.give_up(post)

    async def _tell(self, post: Post, text: str) -> None:
        """Leaves it for whoever published it, for their next command."""
        said = await self.bot.studio.announcements.begin(f"no album {post.tag}", text)
        if said.way is None:
            await self.bot.studio.announcements.leave(said, post.guild_id, post.member_id, Reach.NOTICE)

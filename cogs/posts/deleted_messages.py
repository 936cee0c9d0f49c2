"""Tracks whose messages somebody deleted. The rule: what is gone is not linked.

Discord tells of what is deleted while the bot listens. What was posted before that is asked for once, when
its address is about to be given.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from cogs.posts.moderators_delivery import ModeratorsDelivery
from services.storage.outages import until_back
from services.tracks.track import Track

if TYPE_CHECKING:
    from cogs.core.client import Jamboree

MOST = 10_000  # messages that are known to be there


class DeletedMessages(commands.Cog):
    """Hears of deleted messages, and looks for those that were deleted while nobody listened."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._since: datetime | None = None  # from when on Discord has told of all
        self._there: set[int] = set()

    @commands.Cog.listener()
    async def on_shard_ready(self, _shard_id: int) -> None:
        """A new session: of what was deleted before it nobody has told."""
        self._since = discord.utils.utcnow()
        self._there.clear()

    @commands.Cog.listener()
    async def on_raw_message_delete(self, deleted: discord.RawMessageDeleteEvent) -> None:
        """Forgets the message."""
        await self._gone(deleted.channel_id, [deleted.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, deleted: discord.RawBulkMessageDeleteEvent) -> None:
        """Forgets all of them."""
        await self._gone(deleted.channel_id, deleted.message_ids)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forgets what was in the channel."""
        await self._gone(channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        """Forgets what was in the thread."""
        await self._gone(thread.thread_id)

    async def looked_for(self, track: Track) -> Track:
        """The track, without its message where that was deleted while nobody listened."""
        if track.message_id is None or track.message_channel_id is None or track.message_id in self._there:
            return track
        if self._since is not None and track.finished_at is not None and track.finished_at > self._since:
            return track
        if await self.bot.part(ModeratorsDelivery).is_posted(track):
            if len(self._there) >= MOST:
                self._there.clear()
            self._there.add(track.message_id)
            return track
        await self._gone(track.message_channel_id, [track.message_id])
        return await self.bot.studio.get(track.id) or track

    async def _gone(self, channel_id: int, message_ids: Collection[int] | None = None) -> None:
        gone = partial(self.bot.studio.posted_messages.gone, channel_id, message_ids)
        for track in await until_back(gone, stop=self.bot.is_closed):
            if track.jam_id is not None:
                self.bot.dispatch("jam_changed", track.jam_id)  # its panel has the rounds' addresses

"""What somebody deleted: messages, channels and threads. The rule: what is gone is not linked, or waited for.

Discord tells of what is deleted while the bot listens. Of the rest, what waits in a message is looked for at
the start of a session, and a track's message when its address is about to be given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from functools import partial

import discord
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.discord_errors import NO_MORE, answering
from cogs.posts.moderators_delivery import ModeratorsDelivery
from services.delivery import DeliveryUnavailable
from services.messages.kept_messages import Posted
from services.periodic_tasks import each
from services.storage.outages import until_back
from services.tracks.track import Track

MOST = 10_000  # messages that are known to be there

Gone = Callable[[int, int, Collection[int] | None], Awaitable[object]]
"""What is to be done where these messages (ids) of a guild's channel or thread are gone; None: all of it is.

It must be fit to be done twice.
"""
GonePlace = Callable[[int, int], Awaitable[object]]
"""The same, where it is only about a guild's channel or thread that is gone."""
Waiting = Callable[[], Awaitable[Collection[Posted]]]
"""The messages of all guilds in which something waits, and of which it matters that they are there."""


class DeletedMessages(commands.Cog):
    """Hears of what is deleted, and looks for what was deleted while nobody listened."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._since: datetime | None = None  # from when on Discord has told of all
        self._there: set[int] = set()
        self._acts: list[Gone] = []
        self._waiting: list[Waiting] = []
        self.register(self._forget, waiting=bot.studio.posted_messages.waiting)

    def register(self, act: Gone, *, waiting: Waiting | None = None) -> None:
        """Has it done whenever something is deleted. waiting: what else is looked for at the start."""
        self._acts.append(act)
        if waiting is not None:
            self._waiting.append(waiting)

    def register_place(self, act: GonePlace) -> None:
        """The same of channels and threads alone."""

        async def of_place(guild_id: int, channel_id: int, message_ids: Collection[int] | None) -> None:
            if message_ids is None:
                await act(guild_id, channel_id)

        self.register(of_place)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """A new session: of what was deleted before it nobody has told."""
        self._since = discord.utils.utcnow()
        self._there.clear()
        for waiting in self._waiting:
            found = await until_back(waiting, stop=self.bot.is_closed)
            await each([one for one in found if self._is_of(shard_id, one)], self._look_for)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, deleted: discord.RawMessageDeleteEvent) -> None:
        """Of one message."""
        await self._gone(deleted.guild_id or 0, deleted.channel_id, [deleted.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, deleted: discord.RawBulkMessageDeleteEvent) -> None:
        """Of several."""
        await self._gone(deleted.guild_id or 0, deleted.channel_id, deleted.message_ids)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Of a channel, and all in it."""
        await self._gone(channel.guild.id, channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        """Of a thread, and all in it."""
        await self._gone(thread.guild_id, thread.thread_id)

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
        await self._gone(track.guild_id, track.message_channel_id, [track.message_id])
        return await self.bot.studio.get(track.id) or track

    def _is_of(self, shard_id: int, posted: Posted) -> bool:
        guild = self.bot.get_guild(posted.guild_id)
        return guild is not None and guild.shard_id == shard_id

    async def _look_for(self, posted: Posted) -> None:
        """That it is gone is believed when Discord says so again."""
        if await self._is_gone(posted) and await self._is_gone(posted):
            await self._gone(posted.guild_id, posted.channel_id, [posted.message_id])

    async def _is_gone(self, posted: Posted) -> bool:
        channel = self.bot.get_partial_messageable(posted.channel_id, guild_id=posted.guild_id)
        try:
            async with answering():
                await channel.get_partial_message(posted.message_id).fetch()
        except discord.HTTPException as refusal:
            return refusal.code in NO_MORE
        except DeliveryUnavailable:
            pass
        return False

    async def _gone(self, guild_id: int, channel_id: int, message_ids: Collection[int] | None = None) -> None:
        """Has all of it done; what is away for it is waited for, and one that fails stops no other."""
        acts = [partial(act, guild_id, channel_id, message_ids) for act in self._acts]
        await each(acts, partial(until_back, stop=self.bot.is_closed))

    async def _forget(self, _guild_id: int, channel_id: int, message_ids: Collection[int] | None) -> None:
        for track in await self.bot.studio.posted_messages.gone(channel_id, message_ids):
            if track.jam_id is not None:
                self.bot.dispatch("jam_changed", track.jam_id)  # its panel has the rounds' addresses

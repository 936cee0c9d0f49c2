"""What the member of an interaction sees of their guild, and what all readers of a channel see.

The rule: Discord's own permissions are asked at every interaction, so that a role that was taken away no
longer counts. What is not known is not seen. Who is in a private thread is not told to a bot without
privileged intents: it asks, of each for itself, and remembers the answer for a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering, is_not_now
from cogs.core.responses import Interaction, guild_of, is_hidden, is_moderator
from services.delivery import DeliveryUnavailable
from services.tracks.sight import Sight
from services.tracks.track import HeldBack, NoSuchTrack, Track

log = structlog.get_logger(__name__)

REMEMBERED = 60.0  # seconds
MOST = 10_000  # members of private threads that are remembered
MOST_ASKED = 20  # private threads that are asked for, for one interaction
PATIENCE = 1.0  # seconds for that; who is not known to be in by then is not
OF_VOICE = (discord.ChannelType.voice, discord.ChannelType.stage_voice)


class Sights:
    """Tells who sees what."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._members: dict[tuple[int, int], tuple[float, bool]] = {}  # thread, member: until when, and if

    async def of(self, interaction: Interaction) -> Sight:
        """What the interaction's member sees; looked up once for each interaction."""
        sight = interaction.extras.get("sight")
        if sight is None:
            sight = interaction.extras["sight"] = await self._of(interaction)
        return sight

    async def _of(self, interaction: Interaction) -> Sight:
        guild_id, member = guild_of(interaction), interaction.user
        moderator = is_moderator(interaction)
        if interaction.permissions.administrator:
            return Sight(guild_id, None, member.id, moderator)
        seen = {interaction.channel_id} if interaction.channel_id is not None else set[int]()
        guild = self.bot.get_guild(guild_id)
        if guild is not None and isinstance(member, discord.Member):
            seen |= {one.id for one in guild.channels if _sees(one, member)}
            seen |= {one.id for one in guild.threads if not one.is_private() and one.parent_id in seen}
            private = [one for one in guild.threads if one.is_private() and one.parent_id in seen]
            seen |= await self._those_in(private, member)
        return Sight(guild_id, frozenset(seen), member.id, moderator)

    async def _those_in(self, threads: list[discord.Thread], member: discord.Member) -> set[int]:
        """The private threads that the member sees: those they are in, and all where they manage threads."""
        newest = sorted(threads, key=lambda one: one.id, reverse=True)
        managed = {one.id for one in newest if one.permissions_for(member).manage_threads}
        asked = [one for one in newest if one.id not in managed][:MOST_ASKED]
        found: set[int] = set()

        async def ask(thread: discord.Thread) -> None:
            if await self._is_in(thread, member.id):
                found.add(thread.id)

        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*map(ask, asked))
        except TimeoutError:
            log.info("not all private threads were asked for in time", guild=member.guild.id)
        return managed | found

    async def _is_in(self, thread: discord.Thread, member_id: int) -> bool:
        now = asyncio.get_running_loop().time()
        until, known = self._members.get((thread.id, member_id), (0.0, False))
        if until < now:
            try:
                async with answering():
                    await thread.fetch_member(member_id)
                known = True
            except discord.NotFound:
                known = False
            except (DeliveryUnavailable, discord.HTTPException) as error:
                log.info("nobody knows who is in a thread", thread=thread.id, error=str(error))
                return False
            if len(self._members) >= MOST:
                self._members.clear()
            self._members[thread.id, member_id] = now + REMEMBERED, known
        return known

    async def blind(self, guild_id: int, channel_id: int, member_ids: Iterable[int]) -> set[int]:
        """Those of the members who do not see that channel or thread (any more).

        Nobody where the channel is gone. Raises discord.HTTPException where Discord does not say.
        """
        guild = self.bot.get_guild(guild_id)
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        if guild is None or channel is None:
            return set()
        asked = list(member_ids)
        seen = await asyncio.gather(*(self._sees_now(channel, one) for one in asked))
        return {one for one, sees in zip(asked, seen, strict=True) if not sees}

    async def _sees_now(self, channel: discord.abc.GuildChannel | discord.Thread, member_id: int) -> bool:
        try:
            member = await channel.guild.fetch_member(member_id)
        except discord.NotFound as error:  # they have left the guild
            if is_not_now(error):
                raise
            return False
        if not isinstance(channel, discord.Thread):
            return _sees(channel, member)
        if channel.parent is None or not _sees(channel.parent, member):
            return False
        if not channel.is_private() or channel.permissions_for(member).manage_threads:
            return True
        return await self._is_in(channel, member_id)

    def of_channel(self, guild_id: int, channel_id: int) -> Sight:
        """What everybody sees who reads that channel or thread."""
        guild = self.bot.get_guild(guild_id)
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        above = channel.parent if isinstance(channel, discord.Thread) else channel
        seen = {channel_id}
        if guild is not None and above is not None:
            seen |= {one.id for one in guild.channels if one is above or _has_readers_of(above, one)}
            seen |= {one.id for one in guild.threads if not one.is_private() and one.parent_id in seen}
        return Sight(guild_id, frozenset(seen))

    def is_open(self, guild_id: int, channel_id: int) -> bool | None:
        """Whether every member of the guild can read that channel or thread; None where that is not known."""
        guild = self.bot.get_guild(guild_id)
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        if isinstance(channel, discord.Thread):
            return not channel.is_private() and channel.parent is not None and _is_open(channel.parent)
        return None if channel is None else _is_open(channel)

    def of_moderators(self, guild_id: int, *channel_ids: int) -> Sight:
        """What everybody sees who reads any of these channels, where moderators read; without any, what
        everybody in the guild sees.

        What is shown in a review channel is seen there.
        """
        guild = self.bot.get_guild(guild_id)
        each = [self.of_channel(guild_id, one).channels or frozenset[int]() for one in channel_ids]
        if not each and guild is not None:
            each = [frozenset(one.id for one in guild.channels if _is_open(one))]
        seen_by_all = each[0].intersection(*each[1:]) if each else frozenset[int]()
        return Sight(guild_id, seen_by_all, moderator=True)


def place_of(channel: Any) -> int | None:
    """The channel (id) above a public thread, whose readers see what is made in the thread; else None."""
    if isinstance(channel, discord.Thread) and not channel.is_private():
        return channel.parent_id
    return None


def _sees(channel: discord.abc.GuildChannel, whom: discord.Member | discord.Role) -> bool:
    may = channel.permissions_for(whom)
    return may.view_channel and (channel.type not in OF_VOICE or may.connect)


def _has_readers_of(channel: discord.abc.GuildChannel, other: discord.abc.GuildChannel) -> bool:
    """Whether everybody who reads the channel reads the other one too; False where that is not certain.

    It is where the other one is open to everybody, and where both are closed to the same.
    """
    alike = other.type not in OF_VOICE or channel.type in OF_VOICE
    return _is_open(other) or (alike and _rules_of_reading(other) == _rules_of_reading(channel))


def _is_open(channel: discord.abc.GuildChannel) -> bool:
    """Whether every member of the guild can read the channel."""
    return _sees(channel, channel.guild.default_role) and all(_rules_of_reading(channel).values())


def _rules_of_reading(channel: discord.abc.GuildChannel) -> dict[int, bool]:
    """Whom the channel's own rules let read it, and whom not, by id of role or member."""
    rules: dict[int, bool] = {}
    for target, overwrite in channel.overwrites.items():
        said = [overwrite.view_channel]
        if channel.type in OF_VOICE:
            said.append(overwrite.connect)
        given = [one for one in said if one is not None]
        if given:
            rules[target.id] = all(given)
    return rules


async def sight_of(interaction: Interaction) -> Sight:
    """What the interaction's member sees of the guild's music, by Discord's permissions now."""
    return await interaction.client.part(Sights).of(interaction)


async def track_seen(interaction: Interaction, track_id: str) -> Track:
    """The guild's track with that id.

    Raises NoSuchTrack where the interaction's member does not see it; HeldBack where moderators keep it.
    """
    track = await interaction.client.studio.find(await sight_of(interaction), track_id)
    if track is None:
        raise NoSuchTrack
    if is_hidden(interaction, track):
        raise HeldBack(track)
    return track

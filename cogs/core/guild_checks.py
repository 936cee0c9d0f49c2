"""Who asks, as Discord tells it: what `services.guilds.checks` needs to know of a member.

The rule: channel, roles and permissions are those of the interaction itself, so a role that was taken away
while a form was open no longer counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import discord

from cogs.core.automod import AutoMod
from cogs.core.client import Jamboree
from cogs.core.permissions import POSTING, lacking
from cogs.core.responses import Interaction, guild_of, is_moderator, time_out_of
from cogs.texts.refusals import UnknownPlace
from services.guilds.checks import Asker
from services.words.blocked_words import WordList


async def asker_of(interaction: Interaction) -> Asker:
    """The interaction's member, where they are, and the guild's rules now. Raises UnknownPlace."""
    guild_id = guild_of(interaction)
    if interaction.channel_id is None:
        raise UnknownPlace
    return Asker(
        guild_id=guild_id,
        rules=await interaction.client.studio.rules.of(guild_id),
        places=frozenset(_around(interaction.channel_id, interaction.channel)),
        has=lambda one: _has(interaction.guild, one),
        lacking=lacking(interaction, POSTING),
        roles=frozenset(_roles_of(interaction)),
        moderator=is_moderator(interaction),
        member_id=interaction.user.id,
        timed_out_until=time_out_of(interaction),
    )


async def check_may_ask(interaction: Interaction) -> None:
    """Whether the member may ask for a track at all, here and now: before they write, or a file is fetched.

    Raises what `Requests.check_may_ask` does.
    """
    await interaction.client.studio.requests.check_may_ask(await asker_of(interaction))


async def anybody_in(bot: Jamboree, guild_id: int, channel_id: int) -> Asker:
    """A member without any role, in that channel."""
    guild = bot.get_guild(guild_id)
    channel = guild.get_channel_or_thread(channel_id) if guild else None
    places = frozenset(_around(channel_id, channel))
    return Asker(guild_id, await bot.studio.rules.of(guild_id), places, lambda one: _has(guild, one))


async def automod_for(bot: Jamboree, asker: Asker) -> Sequence[WordList]:
    """The lists of Discord's AutoMod that hold for the asker; none where the guild's rules do not ask for it.

    AutoMod does not hold for moderators: of Discord's own, members with Manage Server or Administrator are
    exempt. So its AutoMod FAQ is quoted (read at second hand); its API documentation names only the roles
    and channels that a rule exempts.
    """
    guild = bot.get_guild(asker.guild_id)
    if guild is None or asker.moderator or not asker.rules.automod:
        return ()
    found = await bot.part(AutoMod).rules(guild)
    return found.lists_for(asker.places, asker.roles)


def _around(channel_id: int | None, channel: object) -> set[int]:
    """The channel, and where it is in: a thread's channel, a channel's category."""
    parent = channel.parent if isinstance(channel, discord.Thread) else channel
    ids = {channel_id, getattr(channel, "parent_id", None), getattr(parent, "category_id", None)}
    return {one for one in ids if one is not None}


def _roles_of(interaction: Interaction) -> set[int]:
    """The ids of the member's roles, as of this very interaction; @everyone's is the guild's."""
    member = interaction.user
    return {role.id for role in member.roles} if isinstance(member, discord.Member) else set()


def _has(guild: discord.Guild | None, one: int) -> bool:
    """Whether there is such a channel or role. @everyone counts as none: it has the guild's id, which in an
    old guild was also that of the first channel."""
    if guild is None:
        return False
    is_role = one != guild.id and guild.get_role(one) is not None
    return is_role or guild.get_channel_or_thread(one) is not None


def is_age_restricted(channel: object) -> bool:
    """Whether Discord shows the channel, or the thread's channel, to adults only."""
    is_nsfw = getattr(channel, "is_nsfw", None)
    return bool(is_nsfw and is_nsfw())

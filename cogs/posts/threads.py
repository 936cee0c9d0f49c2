"""Threads: opened for all who see a channel, and archived by Discord, because nobody wrote in them for long.

The rule: what a message in an archived one must say, such as who won or who is named no longer, is said all
the same.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import discord

from cogs.core.client import Jamboree
from services.delivery import DeliveryUnavailable

ARCHIVED = 50083  # Discord's code for such a thread; nothing in it can be edited


async def open_thread(channel: discord.TextChannel, name: str, **options: Any) -> discord.Thread:
    """Opens a thread that all see who see the channel; one of announcements takes a kind of its own.

    Raises HTTPException.
    """
    kinds = discord.ChannelType
    kind = kinds.news_thread if channel.is_news() else kinds.public_thread
    return await channel.create_thread(name=name, type=kind, **options)


async def opened_since(
    bot: Jamboree,
    channel: discord.TextChannel | discord.ForumChannel,
    name: str,
    since: datetime,
    others: Collection[int],
) -> discord.Thread | None:
    """A thread of that name that the bot opened there since then, and is none of those (ids).

    So an earlier attempt did, and nobody wrote that down. Raises HTTPException.
    """
    for thread in await channel.guild.active_threads():
        ours = thread.owner_id == bot.application_id and thread.parent_id == channel.id
        late = thread.created_at is not None and thread.created_at >= since
        if ours and late and thread.name == name and thread.id not in others:
            return thread
    return None


async def edit(bot: Jamboree, message: discord.PartialMessage, **parts: Any) -> None:
    """Edits a message; pings nobody. Raises HTTPException.

    Such a thread is opened for it, and DeliveryUnavailable raised: whoever tries again has files that were
    not sent yet.
    """
    try:
        await message.edit(**parts, allowed_mentions=discord.AllowedMentions.none())
    except discord.HTTPException as refusal:
        if refusal.code != ARCHIVED:
            raise
        thread = await bot.fetch_channel(message.channel.id)
        assert isinstance(thread, discord.Thread)
        await thread.edit(archived=False)
        raise DeliveryUnavailable("the thread was archived") from refusal

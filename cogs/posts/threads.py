"""Threads: opened for all who see a channel, and archived by Discord, because nobody wrote in them for long.

The rule: what a message in an archived one must say, such as who won or who is named no longer, is said all
the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering
from services.delivery import DeliveryUnavailable

log = structlog.get_logger(__name__)

ASKED_AGAIN = 1.0  # seconds after which, at the earliest, discord.py repeats by itself what Discord failed at
ARCHIVED = 50083  # Discord's code for such a thread; nothing in it can be edited
NAMELESS = "…"  # a thread in which nothing is: what it was named by may be to be forgotten


async def open_thread(
    bot: Jamboree,
    channel: discord.TextChannel | discord.ForumChannel,
    name: str,
    since: datetime,
    others: Collection[int],
    **options: Any,
) -> discord.Thread:
    """Opens a thread that all see who see the channel; in a forum a post, which options begin.

    since, others: as for `opened_since`, by which one is found whose answer was lost. Raises HTTPException,
    DeliveryUnavailable.
    """
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with answering():
            made = await _create(channel, name, options)
            made.parent_id = channel.id  # which the answer need not say
    except DeliveryUnavailable:
        found = await opened_since(bot, channel, name, since, others)
        if found is None:
            raise
        made = found
    if clock() - began >= ASKED_AGAIN:
        await _put_twins_away(bot, channel, made, since, others)
    return made


async def _create(
    channel: discord.TextChannel | discord.ForumChannel, name: str, options: dict[str, Any]
) -> discord.Thread:
    """A channel of announcements takes a kind of its own."""
    if isinstance(channel, discord.ForumChannel):
        options = {
            "allowed_mentions": discord.AllowedMentions.none(),
            "applied_tags": _tags(channel),
        } | options
        return (await channel.create_thread(name=name, **options)).thread
    kinds = discord.ChannelType
    kind = kinds.news_thread if channel.is_news() else kinds.public_thread
    return await channel.create_thread(name=name, type=kind, **options)


def _tags(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """What a post there begins with: where the forum asks for a tag, the first that needs no moderator."""
    tags: Sequence[discord.ForumTag] = forum.available_tags if forum.flags.require_tag else ()
    return [tag for tag in tags if not tag.moderated][:1]


async def _put_twins_away(
    bot: Jamboree,
    channel: discord.TextChannel | discord.ForumChannel,
    made: discord.Thread,
    since: datetime,
    others: Collection[int],
) -> None:
    """The threads of other attempts of discord.py's own, of which Discord said that they had failed."""
    try:
        async with answering():
            twins = await _all_opened_since(bot, channel, made.name, since, {*others, made.id})
        for twin in twins:
            await put_away(bot, twin.id)
    except (DeliveryUnavailable, discord.HTTPException) as refusal:
        log.info("whether a thread was opened twice is not known", thread=made.id, error=str(refusal))


async def put_away(bot: Jamboree, thread_id: int) -> None:
    """Archives a thread in which nothing is but how a forum's begins, so that it is not among those that one
    sees; where that fails, it stays.
    """
    try:
        async with answering():
            thread = await bot.fetch_channel(thread_id)
            if isinstance(thread, discord.Thread):
                if isinstance(thread.parent, discord.ForumChannel):
                    await thread.get_partial_message(thread_id).delete()
                await thread.edit(name=NAMELESS, archived=True)
    except (DeliveryUnavailable, discord.HTTPException) as refusal:
        log.info("an empty thread stays", thread=thread_id, error=str(refusal))


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
    return next(iter(await _all_opened_since(bot, channel, name, since, others)), None)


async def _all_opened_since(
    bot: Jamboree,
    channel: discord.TextChannel | discord.ForumChannel,
    name: str,
    since: datetime,
    others: Collection[int],
) -> list[discord.Thread]:
    found: list[discord.Thread] = []
    told: Any = await bot.http.get_active_threads(channel.guild.id)
    for one in told["threads"]:  # others' are not read: discord.py might not know how Discord tells of them
        known = channel.guild.get_thread(int(one["id"]))
        place = one.get("parent_id") or (known and known.parent_id)  # of which this answer need not tell
        if one.get("owner_id") != str(bot.application_id) or str(place) != str(channel.id):
            continue
        state: Any = bot._connection  # pyright: ignore[reportPrivateUsage]
        thread = discord.Thread(guild=channel.guild, state=state, data=one)
        late = discord.utils.snowflake_time(thread.id) >= since
        if late and thread.name == name and thread.id not in others:
            found.append(thread)
    return found


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

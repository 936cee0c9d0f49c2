"""The scheduled event of Discord's with which a contest announces its vote, where the bot may make one.

The rule: it is a courtesy; a contest goes on without it. Every member of the guild sees it, so there is none
of a contest that some do not see. It is made once: after a kill it is found by its place, which is the
address of the contest's post.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering
from cogs.languages.guild_languages import publicly
from cogs.posts.threads import ASKED_AGAIN
from cogs.texts.contests import post as texts
from cogs.texts.formatting import shortened
from services.contests.contest import Contest, Phase
from services.delivery import DeliveryUnavailable

log = structlog.get_logger(__name__)

NONE = 0  # in place of an event's id: there is none, or none any more
SOONEST = timedelta(minutes=5)  # before the vote, for an event to be worth it
LONGEST_NAME = 100  # characters (Discord: Guild Scheduled Event)


async def bring_event(bot: Jamboree, contest: Contest, address: str, *, seen: bool) -> bool:
    """Makes the contest's event, or brings it up to date; False where Discord cannot now.

    address: of its post. seen: whether every member sees the contest. What fails is logged.
    """
    guild = bot.get_guild(contest.guild_id)
    if guild is None or contest.event_id == NONE:
        return True
    try:
        async with answering():
            event_id = await _brought(guild, contest, address, bot, seen=seen)
    except DeliveryUnavailable:
        return False
    except discord.HTTPException as refusal:
        log.info("a contest has no event", contest=contest.id, status=refusal.status, code=refusal.code)
        event_id = NONE
    if event_id != contest.event_id:
        await bot.studio.contests.place(contest.id, event_id=event_id)
    return True


async def _brought(guild: discord.Guild, contest: Contest, address: str, bot: Jamboree, *, seen: bool) -> int:
    """The id of its event from now on."""
    if contest.event_id is None:
        soon = contest.entries_until - discord.utils.utcnow() < SOONEST
        may = seen and guild.me.guild_permissions.create_events
        if contest.phase is not Phase.ENTRIES or soon or not may:
            return NONE
        if there := await _only(guild, address):
            return there
        with await publicly(bot, guild.id):
            name, about = texts.thread_name(contest), texts.of_event(contest)
        clock = asyncio.get_running_loop().time
        began = clock()
        made = await guild.create_scheduled_event(
            name=shortened(name, LONGEST_NAME),
            description=about,
            start_time=contest.entries_until,
            end_time=contest.votes_until,
            entity_type=discord.EntityType.external,
            privacy_level=discord.PrivacyLevel.guild_only,
            location=address,
        )
        if clock() - began >= ASKED_AGAIN:
            return await _only(guild, address) or made.id
        return made.id
    event = await guild.fetch_scheduled_event(contest.event_id)
    scheduled = event.status is discord.EventStatus.scheduled
    active = event.status is discord.EventStatus.active
    if contest.phase is Phase.VOTING and scheduled and seen:
        await event.start()
    elif not (contest.phase.open and seen):
        if scheduled:
            await event.cancel()
        elif active:
            await event.end()
        return NONE
    return event.id


async def _only(guild: discord.Guild, address: str) -> int | None:
    """The id of the bot's event for the contest whose post is there; the others are cancelled.

    Of those discord.py made each by itself, because Discord said of the one before that it had failed.
    """
    gone = discord.EventStatus.completed, discord.EventStatus.canceled
    there = [one for one in await guild.fetch_scheduled_events() if one.location == address]
    own = [one for one in there if one.creator_id == guild.me.id and one.status not in gone]
    for twin in own[1:]:
        await twin.cancel()
    return own[0].id if own else None

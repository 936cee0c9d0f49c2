"""Ending and cancelling contests, once that is confirmed, and which contests there are to choose from.

The rule: a button that ends says what it ends, so that an old one, or one that is pressed twice, ends nothing
else; who may is asked again.
"""

from __future__ import annotations

import re

from discord import app_commands

from cogs.contests.post import CONTEST
from cogs.core.component_router import route
from cogs.core.responses import Interaction, defer, is_moderator
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.texts.contests import contest as texts
from cogs.texts.formatting import shortened
from services.contests.contest import Phase


@route(
    rf"contest:end:{CONTEST}:(?P<phase>entries|voting):(?P<round>\d{{1,2}})",
    Who.MAKER,
    "End a contest's entries or vote now",
    private=True,
    first=defer,
    decides=True,
)
async def ended(interaction: Interaction, match: re.Match[str]) -> None:
    """Ends what goes on, where it is still that."""
    bot, sight = interaction.client, await sight_of(interaction)
    before = await bot.studio.contests.find(sight, match["contest"])
    after = await bot.studio.contests.end(
        sight,
        match["contest"],
        interaction.user.id,
        Phase(match["phase"]),
        int(match["round"]),
        moderator=is_moderator(interaction),
    )
    bot.dispatch("contest_changed", after.id)
    said = texts.OVER_ALREADY if after == before else texts.moved_on(after)
    await interaction.edit_original_response(content=str(said), view=None)


@route(f"contest:cancel:{CONTEST}", Who.MAKER, "Cancel a contest", private=True, first=defer, decides=True)
async def cancelled(interaction: Interaction, match: re.Match[str]) -> None:
    """Cancels the contest."""
    bot, sight, moderator = interaction.client, await sight_of(interaction), is_moderator(interaction)
    before = await bot.studio.contests.find(sight, match["contest"])
    after = await bot.studio.contests.cancel(
        sight, match["contest"], interaction.user.id, moderator=moderator
    )
    bot.dispatch("contest_changed", after.id)
    said = texts.OVER_ALREADY if after == before else texts.CANCELLED
    await interaction.edit_original_response(content=str(said), view=None)


@route(f"contest:keep:{CONTEST}", Who.MEMBER, "Not end a contest after all", private=True)
async def kept(interaction: Interaction, _match: re.Match[str]) -> None:
    """Nothing was changed."""
    await interaction.response.edit_message(content=str(texts.GOES_ON), view=None)


async def suggest_contests(
    interaction: Interaction, typed: str, *, over: bool = False, phase: Phase | None = None
) -> list[app_commands.Choice[str]]:
    """Contests by theme and channel. over: also those that are; phase: only those in it."""
    if interaction.guild is None:
        return []
    contests, sight = interaction.client.studio.contests, await sight_of(interaction)
    found = await contests.listed(sight) if over else await contests.going_on(sight)
    choices: list[app_commands.Choice[str]] = []
    for contest in found:
        channel = interaction.guild.get_channel_or_thread(contest.channel_id)
        name = texts.choice(contest, channel.name if channel else None)
        if typed.casefold() in name.casefold() and phase in (None, contest.phase):
            choices.append(app_commands.Choice(name=shortened(name, 100), value=contest.id))
    return choices[:25]

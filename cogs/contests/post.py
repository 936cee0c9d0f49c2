"""A contest's post, which is kept up to date: what goes on, until when, and what can be pressed."""

from __future__ import annotations

from typing import Any

import discord

from cogs.core.client import Jamboree
from cogs.core.component_router import button
from cogs.core.pictures import COLOUR
from cogs.posts.kept_messages import Shown
from cogs.texts.contests import post as texts
from services.contests.contest import Phase, Standing
from services.messages.kept_messages import KeptMessage

CONTEST = "(?P<contest>[0-9a-z]{20})"


async def write_post(bot: Jamboree, kept: KeptMessage) -> Shown | None:
    """The post as the contest is now; None where there is no such contest."""
    standing = await bot.studio.contests.now(kept.subject)
    if standing is None:
        return None
    over = not standing.contest.phase.open
    return Shown({"view": post(standing)}, anew=not over)


def post(standing: Standing) -> discord.ui.LayoutView:
    """The message. Its buttons name the contest alone, so that nobody learns a track's id from them."""
    contest = standing.contest
    container = discord.ui.Container[Any](accent_colour=COLOUR)
    container.add_item(discord.ui.TextDisplay(texts.heading(contest)))
    container.add_item(discord.ui.TextDisplay(texts.stands(standing)))
    if contest.phase.open:
        rules = [texts.rules(contest), texts.how_it_is_counted(contest), texts.started_by(contest)]
        container.add_item(discord.ui.Separator())
        container.add_item(discord.ui.TextDisplay("\n".join(rules)))
    container.add_item(discord.ui.ActionRow[Any](*_buttons(standing)))
    made = discord.ui.LayoutView(timeout=None)
    made.add_item(container)
    made.stop()
    return made


def _buttons(standing: Standing) -> list[discord.ui.Button[Any]]:
    contest, blue = standing.contest, discord.ButtonStyle.primary
    mine = button(texts.MY_ENTRIES, f"contest:mine:{contest.id}")
    match contest.phase:
        case Phase.ENTRIES:
            return [button(texts.ENTER, f"contest:offer:{contest.id}", blue), mine]
        case Phase.VOTING:
            return [button(texts.VOTE, f"contest:ballot:{contest.id}", blue), mine]
        case _:
            return [mine]

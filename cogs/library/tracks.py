"""/library tracks: a server's music in pages, and any of it again.

The rule: a page's custom_id carries what was asked for, so that it turns after a restart; who looks is asked
anew each time. Playing again costs nothing: the MP3 is kept.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.component_router import route, view
from cogs.core.pages import Page
from cogs.core.pictures import COLOUR
from cogs.core.responses import Interaction, answer, hold
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.library.track import show_track
from cogs.posts.buttons import the_track
from cogs.posts.play_select import play_select
from cogs.texts.library import tracks as texts
from cogs.texts.refusals import TooMuchToCarry
from services.text.numbers import LARGEST_ID
from services.tracks.browse import Order, Wanted

PAGE = 8  # tracks; with the longest titles and tags they just fit an embed
LONGEST_TAG, LONGEST_TEXT = 24, 32  # characters, so that what is wanted fits a custom_id
LONGEST_ID = 100  # characters (Discord: Component custom IDs)


class TracksCommand(commands.Cog):
    """Lists a guild's music."""

    @app_commands.command(
        description="Browse this server's music: newest or most voted, by maker, tag or words; play it again."
    )
    @app_commands.describe(
        order="Newest first, or most voted first",
        maker="Only what this member made",
        tag="Only tracks with this tag, or one that begins like it",
        text="Only tracks with all of these words in title or lyrics",
    )
    @app_commands.choices(
        order=[
            app_commands.Choice(name="Newest", value=Order.NEWEST.value),
            app_commands.Choice(name="Most voted", value=Order.VOTED.value),
        ]
    )
    @right(Who.MEMBER, "Browse a guild's music; of what is held back, moderators all and makers their own")
    async def tracks(
        self,
        interaction: Interaction,
        order: str = Order.NEWEST.value,
        maker: discord.User | None = None,
        tag: app_commands.Range[str, 1, LONGEST_TAG] = "",
        text: app_commands.Range[str, 1, LONGEST_TEXT] = "",
    ) -> None:
        """Lists the guild's tracks, by maker, tag, words and order."""
        await hold(interaction)
        first = Order.VOTED if order == Order.VOTED else Order.NEWEST
        wanted = Wanted(first, maker.id if maker else None, _typed(tag), _typed(text))
        await answer(interaction, **await _page(interaction, wanted, 0))


@route(
    r"tracks:page:(?P<page>\d{1,4}):(?P<order>newest|voted):(?P<maker>\d{0,20}):(?P<tag>[^:]*):(?P<text>.*)",
    Who.MEMBER,
    "Turn the pages of a guild's music",
    sample="tracks:page:0:newest:::",
    private=True,
)
async def turn_page(interaction: Interaction, match: re.Match[str]) -> None:
    """Shows another page of the same search."""
    await interaction.response.defer()
    maker_id = min(int(match["maker"]), LARGEST_ID) if match["maker"] else None
    wanted = Wanted(Order(match["order"]), maker_id, _typed(match["tag"]), _typed(match["text"]))
    await interaction.edit_original_response(**await _page(interaction, wanted, int(match["page"])))


@route(r"tracks:play(?P<below>:[0-9a-z-]{1,40})?", Who.MEMBER, "Play one of the listed tracks again")
async def play(interaction: Interaction, _match: re.Match[str]) -> None:
    """The chosen track's card and MP3, for whoever chose it."""
    await hold(interaction)
    values = (interaction.data or {}).get("values") or [""]
    await show_track(interaction, await the_track(interaction, str(values[0])))


def _typed(text: str) -> str:
    """The text without what nobody types, and no database or custom_id takes."""
    return "".join(character for character in text if character.isprintable()).strip()


async def _page(interaction: Interaction, wanted: Wanted, number: int) -> dict[str, Any]:
    found = await interaction.client.studio.music.page(await sight_of(interaction), wanted, number, PAGE)
    embed = discord.Embed(title=texts.TITLE, description=texts.listing(wanted, found.listed), colour=COLOUR)
    page = Page(found.number, found.pages - 1)
    if page.last:
        embed.set_footer(text=texts.footer(page.said, found.total, more=found.more))
    controls: list[discord.ui.Item[Any]] = [play_select(found.listed)] if found.listed else []
    newest_first = wanted.order is Order.NEWEST
    controls += page.buttons(partial(_custom_id, wanted), newest_first=newest_first)
    return {"embed": embed, "view": view(*controls)}


def _custom_id(wanted: Wanted, number: int) -> str:
    tag = wanted.tag.replace(":", "\uff1a")  # compared as the same, and no end of the tag here
    made = f"tracks:page:{number}:{wanted.order}:{wanted.maker_id or ''}:{tag}:{wanted.text}"
    if len(made.encode("utf-16-le")) // 2 > LONGEST_ID:
        raise TooMuchToCarry
    return made

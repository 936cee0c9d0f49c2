"""/album: begin one, show one, list them. What is on an album is chosen below tracks and on its page."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs.albums import writing
from cogs.albums.pages import show_album
from cogs.core.component_router import route, view
from cogs.core.pages import fetched
from cogs.core.pictures import COLOUR
from cogs.core.responses import Interaction, answer, hold
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.texts.albums import album as texts
from cogs.texts.formatting import shortened
from services.albums.album import LONGEST_DESCRIPTION, LONGEST_TITLE, Shown

PATIENCE = 2.0  # seconds for suggestions; Discord waits 3
PAGE = 10  # albums

log = structlog.get_logger(__name__)


class AlbumCommands(commands.GroupCog, name="album", description="Albums of this server's music."):
    """Begins, shows and lists albums."""

    @app_commands.command(description="Begin an album: tracks in an order of yours, alone or with others.")
    @app_commands.describe(title="What it is called", description="What it is about")
    @right(Who.MEMBER, "Begin an album")
    async def new(
        self,
        interaction: Interaction,
        title: app_commands.Range[str, 1, LONGEST_TITLE],
        description: app_commands.Range[str, 1, LONGEST_DESCRIPTION] = "",
    ) -> None:
        """Makes an album with nothing on it yet."""
        await hold(interaction)
        words = await writing.taken(interaction, title, description)
        if words is not None:
            albums, sight = interaction.client.studio.albums, await sight_of(interaction)
            shown = await albums.create(sight, words.title, words.description)
            await show_album(interaction, shown, texts.made(shown))

    @app_commands.command(description="Show an album and play its tracks; change and publish it.")
    @app_commands.describe(album="Which one: type its title")
    @right(Who.MEMBER, "See an album, as far as one sees its tracks")
    async def show(self, interaction: Interaction, album: str) -> None:
        """Opens the album. Raises NoSuchAlbum, AmbiguousAlbum."""
        await hold(interaction)
        albums = interaction.client.studio.albums
        await show_album(interaction, await albums.find(await sight_of(interaction), album))

    @show.autocomplete("album")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Albums whose title holds what was typed; never an error."""
        if interaction.guild_id is None:
            return []
        try:
            async with asyncio.timeout(PATIENCE):
                albums = interaction.client.studio.albums
                found = await albums.search(await sight_of(interaction), typed)
        except Exception as error:
            log.warning("no suggestions", exc_info=error)
            return []
        return [app_commands.Choice(name=shortened(texts.title_of(one), 100), value=one.id) for one in found]

    @app_commands.command(name="list", description="The albums of this server.")
    @right(Who.MEMBER, "List the albums of which one sees anything")
    async def listed(self, interaction: Interaction) -> None:
        """Lists the albums, the last changed first."""
        await hold(interaction)
        await answer(interaction, **await _page(interaction, 0))


@route(r"album:list:(?P<page>\d{1,4})", Who.MEMBER, "Turn the pages of a guild's albums", private=True)
async def turn(interaction: Interaction, match: Any) -> None:
    """Another page of the list."""
    await interaction.response.defer()
    await interaction.edit_original_response(**await _page(interaction, int(match["page"])))


async def _page(interaction: Interaction, number: int) -> dict[str, Any]:
    albums, sight = interaction.client.studio.albums, await sight_of(interaction)

    async def fetch(*, offset: int, limit: int) -> tuple[list[Shown], int]:
        return await albums.page(sight, offset=offset, limit=limit)

    page, found, _count = await fetched(fetch, number, PAGE)
    lines = [texts.line(one) for one in found]
    embed = discord.Embed(
        title=texts.ALBUMS, description="\n".join(lines) or str(texts.NO_ALBUM), colour=COLOUR
    )
    if page.last:
        embed.set_footer(text=page.said)
    items: list[discord.ui.Item[Any]] = []
    if found:
        options = [
            discord.SelectOption(label=shortened(texts.title_of(one.album), 100), value=one.album.id)
            for one in found
        ]
        which = discord.ui.Select[Any](custom_id="album:open", placeholder=str(texts.WHICH), options=options)
        items.append(which)
    items += page.buttons(lambda other: f"album:list:{other}")
    return {"embed": embed, "view": view(*items)}

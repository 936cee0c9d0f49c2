"""An album's page, as one member sees it: its cover, its tracks a page at a time, any of them played again.

The rule: who looks is asked anew at every press, so what they may not see (any more) is not on their page.
"""

from __future__ import annotations

import io
import re
from typing import Any

import discord

from cogs.albums.cover import cover_of
from cogs.core.component_router import button, route, view
from cogs.core.fields import chosen
from cogs.core.pages import Page
from cogs.core.pictures import COLOUR
from cogs.core.responses import Interaction, answer, hold
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.posts.play_select import play_select
from cogs.texts.albums import album as texts
from cogs.texts.formatting import plain, shortened
from services.albums.album import Shown
from services.tracks.browse import Listed
from services.tracks.sight import Sight

ALBUM = "(?P<album>[0-9a-z]{20})"
PAGE = 10  # tracks
LONGEST_EMBED_TITLE = 256  # characters (Discord: Embed Limits)
COVER = "cover.jpg"


async def show_album(interaction: Interaction, shown: Shown, said: str | None = None) -> None:
    """Answers with the album's first page. said: stands above it."""
    parts = await page_parts(interaction, shown, 0)
    await answer(interaction, said, **parts)


async def page_parts(interaction: Interaction, shown: Shown, number: int) -> dict[str, Any]:
    """That page of the album, with its cover; the one before where there is none."""
    page = Page.of(number, len(shown.tracks), PAGE)
    first = page.number * PAGE
    tracks = shown.tracks[first : first + PAGE]
    embed = discord.Embed(
        title=shortened(plain(texts.title_of(shown.album)), LONGEST_EMBED_TITLE),
        description=texts.page(shown, tracks, first + 1),
        colour=COLOUR,
    )
    embed.set_footer(text=texts.footer(shown, page.said if page.last else None))
    files = list[discord.File]()
    picture = await cover_of(interaction.client, shown)
    if picture is not None:
        files = [discord.File(io.BytesIO(picture), COVER, description=texts.cover(shown.album))]
        embed.set_thumbnail(url=f"attachment://{COVER}")
    return {
        "embed": embed,
        "files": files,
        "view": view(*_controls(await sight_of(interaction), shown, page)),
    }


def _controls(sight: Sight, shown: Shown, page: Page) -> list[discord.ui.Item[Any]]:
    album, first = shown.album, page.number * PAGE
    assert sight.member_id is not None
    on_page = shown.tracks[first : first + PAGE]
    items: list[discord.ui.Item[Any]] = []
    if on_page:
        items.append(play_select([Listed(track, track.votes) for track in on_page]))
    items += page.buttons(lambda number: f"album:page:{album.id}:{number}")
    if album.may_fill(sight.member_id, moderator=sight.moderator):
        items.append(button(texts.EDIT, f"album:edit:{album.id}:0"))
    if album.may_decide(sight.member_id, moderator=sight.moderator):
        items.append(button(texts.PUBLISH, f"album:publish:{album.id}"))
    return items


# pressed ------------------------------------------------------------------------------------------------


@route(f"album:show:{ALBUM}", Who.MEMBER, "Open an album", sample="album:show:{nobodys}")
async def show(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the album, privately."""
    await hold(interaction)
    albums = interaction.client.studio.albums
    await show_album(interaction, await albums.find(await sight_of(interaction), match["album"]))


@route("album:open", Who.MEMBER, "Open one of the listed albums")
async def open_chosen(interaction: Interaction, _match: re.Match[str]) -> None:
    """Opens the album that was chosen from a list."""
    await hold(interaction)
    albums = interaction.client.studio.albums
    await show_album(interaction, await albums.find(await sight_of(interaction), chosen(interaction)))


@route(rf"album:page:{ALBUM}:(?P<page>\d{{1,3}})", Who.MEMBER, "Turn an album's pages", private=True)
async def turn(interaction: Interaction, match: re.Match[str]) -> None:
    """Another page, in place of the one that was pressed on."""
    await interaction.response.defer()
    albums = interaction.client.studio.albums
    shown = await albums.find(await sight_of(interaction), match["album"])
    await in_place(interaction, None, await page_parts(interaction, shown, int(match["page"])))


async def in_place(interaction: Interaction, content: str | None, parts: dict[str, Any]) -> None:
    """Puts that in the place of the private message that was pressed on."""
    files = parts.pop("files", [])
    embed = parts.pop("embed", None)
    embeds = [embed] if embed is not None else []
    await interaction.edit_original_response(content=content, embeds=embeds, attachments=files, **parts)

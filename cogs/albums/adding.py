"""*Add to album*, below any track: on one of those that the member may fill, or on a new one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import discord

from cogs.albums import writing
from cogs.albums.pages import show_album
from cogs.core.component_router import button, route, track_route, view
from cogs.core.fields import chosen
from cogs.core.responses import Interaction, answer, hold, in_time
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.posts.buttons import the_track
from cogs.texts.albums import album as texts
from cogs.texts.formatting import shortened
from services.albums.album import Album, Collection
from services.tracks.track import Track

TRACK = "(?P<track>[0-9a-z]{20})"


@track_route("album", Who.MEMBER, "Put a track on an album: one's own, or one that is shared with one")
async def ask_which(interaction: Interaction, track_id: str) -> None:
    """Asks on which album the track is to go."""
    await hold(interaction)
    track = await the_track(interaction, track_id)
    sight = await sight_of(interaction)
    await interaction.client.studio.albums.check_may_fill(sight)
    albums = await interaction.client.studio.albums.fillable(sight)
    controls: list[discord.ui.Item[Any]] = [_which(albums, track.id)] if albums else []
    new = button(texts.NEW, f"album:new:{track.id}", discord.ButtonStyle.primary)
    await answer(interaction, texts.on_which(track), view=view(*controls, new))


def _which(albums: list[Album], track_id: str) -> discord.ui.Select[Any]:
    options = [
        discord.SelectOption(label=shortened(texts.title_of(one), 100), value=one.id) for one in albums
    ]
    return discord.ui.Select(
        custom_id=f"album:put:{track_id}", placeholder=str(texts.CHOOSE), options=options
    )


@route(f"album:put:{TRACK}", Who.MEMBER, "Choose the album that a track goes on; who may fill it")
async def put(interaction: Interaction, match: re.Match[str]) -> None:
    """The track comes last on the chosen album."""
    await hold(interaction)
    track = await the_track(interaction, match["track"])
    albums = interaction.client.studio.albums
    shown = await albums.put(await sight_of(interaction), chosen(interaction), track.id)
    opens = button(texts.OPEN, f"album:show:{shown.album.id}")
    await answer(interaction, texts.put(shown, track), view=view(opens))


@route(f"album:new:{TRACK}", Who.MEMBER, "Open the form of a new album that begins with a track")
async def ask_for_title(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form; whether there may be one more is asked when it is sent."""
    track = await in_time(interaction, _to_begin_with(interaction, match["track"]))
    if track is not None:
        await interaction.response.send_modal(writing.form(texts.NEW_TITLE, f"album:begin:{track.id}"))


async def _to_begin_with(interaction: Interaction, track_id: str) -> Track:
    """Raises Banned: what somebody writes is asked for only where it may be taken."""
    await interaction.client.studio.albums.check_may_fill(await sight_of(interaction))
    return await the_track(interaction, track_id)


@route(f"album:begin:{TRACK}", Who.MEMBER, "Send the form of a new album", form=True, by_command=True)
async def begin(interaction: Interaction, match: re.Match[str]) -> None:
    """Makes the album, with the track on it."""
    await hold(interaction)
    track = await the_track(interaction, match["track"])
    words = await writing.sent(interaction)
    if words is not None:
        albums, sight = interaction.client.studio.albums, await sight_of(interaction)
        shown = await albums.create(sight, words.title, words.description, track.id)
        await show_album(interaction, shown, texts.made(shown))


async def collect(interaction: Interaction, collection: Collection) -> None:
    """One press makes an album of what belongs together anyway, and the next one finds it; answers with it.

    The interaction is held already. A title that was forbidden since does not come back with it. Raises
    Banned, TooManyAlbums, NothingToCollect.
    """
    if await writing.forbidden(interaction, {"title": collection.title}):
        collection = replace(collection, title="")
    shown = await interaction.client.studio.albums.collect(await sight_of(interaction), collection)
    await show_album(interaction, shown, texts.collected(shown))

"""What a party can be asked to play: a track, a family, a jam's rounds, an album, the charts.

A choice is written as its kind and what it is of, "family:0123…", so that it can be suggested as one types;
words alone name one track.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import discord
from discord import app_commands

from cogs.core.autocomplete import LONGEST_NAME, suggest_tracks
from cogs.core.responses import Interaction
from cogs.core.sights import sight_of
from cogs.posts.buttons import the_track
from cogs.texts.formatting import shortened
from cogs.texts.parties import party as texts
from services.tracks.browse import Order, Wanted

CHARTS = "charts"
WEEK = timedelta(days=7)
FAMILY = 50  # of one family, as many as are nearest to the track
NEWEST = 25  # tracks that are played where nobody voted for any

Listing = Callable[[Interaction, str], Awaitable[list[str]]]


async def tracks_of(interaction: Interaction, choice: str) -> list[str]:
    """The tracks (ids) that were asked for, in order. Raises what the look-up of each kind raises."""
    kind, _colon, of = choice.partition(":")
    if kind in _LISTINGS:
        return await _LISTINGS[kind](interaction, of)
    return [(await the_track(interaction, choice)).id]


async def suggest(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """The charts, and the guild's tracks with those words."""
    charts = app_commands.Choice(name=str(texts.CHARTS), value=CHARTS)
    found = await suggest_tracks(interaction, typed)
    families = [
        app_commands.Choice(
            name=shortened(texts.FAMILY.format(track=one.name), LONGEST_NAME), value=f"family:{one.value}"
        )
        for one in found[:3]
        if typed
    ]
    return ([] if typed else [charts]) + [*families, *found][: 24 if not typed else 25]


async def _charts(interaction: Interaction, _of: str) -> list[str]:
    """The week's most voted, or the newest where nobody voted."""
    studio, sight = interaction.client.studio, await sight_of(interaction)
    chart = await studio.charts.chart(sight, discord.utils.utcnow() - WEEK)
    listed = chart.tracks or (await studio.music.page(sight, Wanted(Order.NEWEST), 0, NEWEST)).listed
    return [one.track.id for one in listed]


async def _family(interaction: Interaction, of: str) -> list[str]:
    """A track and those that are nearest to it, the oldest first."""
    track = await the_track(interaction, of)
    sight = await sight_of(interaction)
    family = await interaction.client.studio.families.family(track, sight, sight.sees, FAMILY)
    heard = [one.track for one in family.relatives if not one.hidden]
    return [one.id for one in sorted(heard, key=lambda one: one.number)]


async def _jam(interaction: Interaction, of: str) -> list[str]:
    """A jam's rounds."""
    session = await interaction.client.studio.jams.find(await sight_of(interaction), of)
    found, _votes = await interaction.client.studio.jams.rounds_of(session)
    return list(found)


async def _album(interaction: Interaction, of: str) -> list[str]:
    """An album, in its order. Raises NoSuchAlbum."""
    shown = await interaction.client.studio.albums.find(await sight_of(interaction), of)
    return [one.id for one in shown.tracks]


async def _contest(interaction: Interaction, of: str) -> list[str]:
    """A contest's entries once it is over, the best first: before that nobody is to know who made which."""
    entries = await interaction.client.studio.contests.results(await sight_of(interaction), of)
    return [one.track.id for one in entries]


_LISTINGS: Mapping[str, Listing] = {
    CHARTS: _charts,
    "family": _family,
    "jam": _jam,
    "album": _album,
    "contest": _contest,
}

"""What a party can be asked to play: a track, a family, a jam's rounds, an album, the charts.

A choice is written as its kind and what it is of, "family:0123…", so that it can be suggested as one types;
words alone name one track.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import discord
import structlog
from discord import app_commands

from cogs.core.autocomplete import LONGEST_NAME, PATIENCE, suggest_tracks
from cogs.core.responses import Interaction
from cogs.core.sights import sight_of
from cogs.posts.buttons import the_track
from cogs.texts.formatting import shortened, titled
from cogs.texts.parties import party as texts
from services.contests.contest import Phase
from services.tracks.browse import Order, Wanted

log = structlog.get_logger(__name__)

CHARTS = "charts"
OF_EACH = 4  # albums, contests and jams that are suggested
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
    """What there is with those words: the charts, families, albums, contests that are over, jams, tracks.

    Of each only what the member sees; what plays is looked at again for all who listen. Never an error.
    """
    lists, tracks = await asyncio.gather(_in_time(interaction, typed), suggest_tracks(interaction, typed))
    families = [_choice(texts.FAMILY.format(track=one.name), "family", one.value) for one in tracks[:2]]
    return [*lists, *(families if typed else []), *tracks][:25]


async def _in_time(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await _lists(interaction, typed)
    except Exception as error:
        log.warning("no suggestions", exc_info=error)
        return []


async def _lists(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    studio, sight, words = interaction.client.studio, await sight_of(interaction), typed.casefold()
    charts = app_commands.Choice(name=str(texts.CHARTS), value=CHARTS)
    albums = await studio.albums.search(sight, typed, OF_EACH)
    contests = [one for one in await studio.contests.listed(sight) if one.phase is Phase.ENDED]
    jams = [(one.id, one.jam.theme) for one in await studio.jams.going_on(sight) if one.jam.rounds]
    jammed = [one for one in await studio.search(sight, typed) if one.jam_id is not None]
    of_tracks = {one.jam_id: texts.RECORDED.format(track=titled(one)) for one in jammed}
    named = {jam_id: texts.JAM.format(theme=theme) for jam_id, theme in jams if words in theme.casefold()}
    return [
        *([charts] if words in charts.name.casefold() else []),
        *(_choice(texts.ALBUM.format(album=one.title), "album", one.id) for one in albums),
        *[
            _choice(texts.CONTEST.format(theme=one.theme), "contest", one.id)
            for one in contests
            if words in one.theme.casefold()
        ][:OF_EACH],
        *[_choice(name, "jam", str(jam_id)) for jam_id, name in (of_tracks | named).items()][:OF_EACH],
    ]


def _choice(name: str, kind: str, of: str) -> app_commands.Choice[str]:
    return app_commands.Choice(name=shortened(name, LONGEST_NAME), value=f"{kind}:{of}")


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
    """A jam's rounds, also when it is over."""
    session = await interaction.client.studio.jams.seen(await sight_of(interaction), of)
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

"""/rework variations: the same request with up to four new seeds at once, and then the channel chooses.

The rule: nothing is asked for before its price was shown and said yes to, and a yes counts once however often
it is pressed, because the confirmation carries the id that the set of tracks will have.
"""

from __future__ import annotations

import re

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.autocomplete import suggest_tracks
from cogs.core.component_router import button, route, track_route, view
from cogs.core.guild_checks import check_may_ask
from cogs.core.responses import Interaction, answer, guild_of, hold_if_slow
from cogs.core.rights import Who, right
from cogs.posts.buttons import the_track
from cogs.requests.sources import made_again_from
from cogs.requests.submit import approve, hand_over, request_of
from cogs.texts.library import variations as texts
from cogs.texts.refusals import render_refusal
from services.guilds.checks import AsBefore
from services.tracks.ballots import MOST, new_ballot
from services.tracks.request_refusals import PriceWentUp
from services.tracks.track import Track
from services.tracks.track_prompts import prompt_of
from services.tracks.tracks import new_id

FEWEST = 2  # tracks at once
HOURS = 24  # for which a vote is open, where nobody says otherwise
LONGEST_HOURS = 168  # a week


class VariationCommands(commands.Cog):
    """Asks for variations."""

    @app_commands.command(description="The same track with 2 to 4 new seeds at once; then the channel votes.")
    @app_commands.describe(
        track="Which one: type its title or its number",
        count="How many, 2 to 4; you see the price first",
        hours="How long the vote is open, 1 to 168; 24 if you leave it out",
    )
    @right(Who.MEMBER, "Be asked whether to make several takes of a track at once")
    async def variations(
        self,
        interaction: Interaction,
        track: str,
        count: app_commands.Range[int, FEWEST, MOST] = MOST,
        hours: app_commands.Range[int, 1, LONGEST_HOURS] = HOURS,
    ) -> None:
        """Asks, with the price, whether to make so many takes of the track."""
        await hold_if_slow(interaction)
        await _confirm(interaction, await the_track(interaction, track), [count], hours)

    @variations.autocomplete("track")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Tracks whose title or number begins like what was typed."""
        return await suggest_tracks(interaction, typed)


@track_route("variations", Who.MEMBER, "Be asked whether to make several takes of a track, from its menu")
async def pressed(interaction: Interaction, track_id: str) -> None:
    """The same from the track's menu, for each number of takes."""
    await hold_if_slow(interaction)
    await _confirm(interaction, await the_track(interaction, track_id), range(FEWEST, MOST + 1), HOURS)


async def _confirm(
    interaction: Interaction, track: Track, counts: range | list[int], hours: int, said: str = ""
) -> None:
    """Shows what so many variations cost, and what would be left, before anything is asked for."""
    await check_may_ask(interaction)
    prompt = (await approve(interaction, AsBefore(prompt_of(track)))).prompt
    await made_again_from(interaction, track)  # so that what cannot be made is not offered
    studio, ballot_id = interaction.client.studio, new_id()
    price = studio.prices.price(prompt)
    lines = await studio.budgets.lines(track.guild_id, interaction.user.id)
    buttons = [
        button(
            texts.make(count, count * price),
            f"variations:make:{ballot_id}:{track.id}:{count}:{hours}:{count * price}",
            discord.ButtonStyle.primary,
        )
        for count in counts
    ]
    question = texts.question(track, price, max(counts), lines, hours)
    await answer(
        interaction,
        f"{said} {question}" if said else question,
        view=view(*buttons, button(texts.NEVER_MIND, "variations:never")),
    )


@route(
    r"variations:make:(?P<ballot>[0-9a-z]{20}):(?P<track>[0-9a-z]{20}):(?P<count>[2-4])"
    r":(?P<hours>\d{1,3}):(?P<price>\d{1,12})",
    Who.MEMBER,
    "Ask for variations, at the price that was shown",
    private=True,
)
async def make(interaction: Interaction, match: re.Match[str]) -> None:
    """Asks for all of them or, where something is in the way, for none."""
    await interaction.response.defer()
    track = await the_track(interaction, match["track"])
    count, hours = int(match["count"]), min(max(1, int(match["hours"])), LONGEST_HOURS)
    approved = await approve(interaction, AsBefore(prompt_of(track)))
    parent = await made_again_from(interaction, track)
    ballot = new_ballot(
        guild_of(interaction),
        interaction.channel_id or 0,
        interaction.user.id,
        track.id,
        hours * 60,
        match["ballot"],
    )
    request = request_of(interaction, approved, parent, shown=int(match["price"]) // count)
    try:
        await hand_over(interaction, *[request] * count, ballot=ballot)
    except PriceWentUp as refusal:
        await _confirm(interaction, track, [count], hours, f"**{render_refusal(refusal)}**")


@route(
    r"variations:never",
    Who.MEMBER,
    "Not ask for variations after all",
    sample="variations:never",
    private=True,
)
async def never_mind(interaction: Interaction, _match: re.Match[str]) -> None:
    """Asks for nothing."""
    await interaction.response.edit_message(content=texts.NOTHING, view=None)

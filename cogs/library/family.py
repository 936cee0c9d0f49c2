"""/library family: what a track came from and what was made from it, as a picture and in words."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.autocomplete import suggest_tracks
from cogs.core.component_router import track_route, view
from cogs.core.pictures import COLOUR, LONGEST_ALT, as_file, drawn, with_picture
from cogs.core.responses import Interaction, answer, hold, is_hidden
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.posts.buttons import the_track
from cogs.posts.play_select import play_select
from cogs.texts.library import families as texts
from services.pictures.family_rows import MOST
from services.tracks.browse import Listed
from services.tracks.families import Relative
from services.tracks.track import AUDIBLE, Track
from services.workers import jobs


class FamilyCommands(commands.Cog):
    """Shows families."""

    @app_commands.command(description="What a track came from and what was made from it, as a picture.")
    @app_commands.describe(track="Which one: type its title or its number")
    @right(Who.MEMBER, "See what a track came from and what came of it")
    async def family(self, interaction: Interaction, track: str) -> None:
        """Draws what the track came from and what came of it."""
        await hold(interaction)
        await _show(interaction, await the_track(interaction, track))

    @family.autocomplete("track")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Tracks whose title or number begins like what was typed."""
        return await suggest_tracks(interaction, typed)


@track_route("family", Who.MEMBER, "See what a track came from and what came of it, from its menu")
async def pressed(interaction: Interaction, track_id: str) -> None:
    """The same from the track's menu."""
    await hold(interaction)
    await _show(interaction, await the_track(interaction, track_id))


async def _show(interaction: Interaction, track: Track) -> None:
    families, sight = interaction.client.studio.families, await sight_of(interaction)
    family = await families.family(track, sight, lambda one: not is_hidden(interaction, one), MOST)
    picture = await drawn(interaction.client, jobs.draw_family, texts.rows_of(family))
    file = as_file(picture, "family.png", texts.described(family, LONGEST_ALT))
    embed = discord.Embed(description=texts.relatives(family), colour=COLOUR)
    if file is not None:
        embed = with_picture(embed, file)
    if family.cut:
        embed.set_footer(text=texts.family_cut(family, track))
    playable = [Listed(one.track, one.votes) for one in family.relatives if _plays(one)]
    await answer(
        interaction,
        texts.family(track),
        embed=embed,
        files=[file] if file else [],
        view=view(*([play_select(playable)] if playable else [])),
    )


def _plays(one: Relative) -> bool:
    return not one.hidden and one.track.state in AUDIBLE

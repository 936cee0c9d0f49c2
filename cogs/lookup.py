"""/track: one track looked up, with all there is to know about it and its MP3 again."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from cogs.buttons import lyrics_file, lyrics_text, the_track, track_button, vote_button
from cogs.choices import suggest_tracks
from cogs.menu import more_buttons
from cogs.outcomes import ended_sentence
from cogs.replies import Interaction, answer, hold, is_moderator
from cogs.routes import view
from cogs.stage import is_age_restricted
from cogs.track_message import track_embed
from cogs.wording import LONGEST_DESCRIPTION, file_name, in_seconds, link, named
from services.prompts import INSTRUMENTAL
from services.tracks import AUDIBLE, State, Track
from services.votes import OPEN

TOO_LARGE = 413


class Lookup(commands.Cog):
    """Looks up a guild's tracks."""

    @app_commands.command(description="Look a track up: tags, lyrics, seed, price, and its MP3 again.")
    @app_commands.describe(track="Which one: type its title or its number")
    async def track(self, interaction: Interaction, track: str) -> None:
        await hold(interaction)
        found = await the_track(interaction, track)
        embed, files = await _card(interaction, found)
        votes = await interaction.client.studio.votes.count(found.id)
        buttons = view(*_buttons(interaction, found, votes))
        said, mp3 = await _said(interaction, found), _mp3(interaction, found)
        try:
            await answer(interaction, said, embed=embed, view=buttons, files=[*files, *mp3])
        except discord.HTTPException as error:
            if error.status != TOO_LARGE or not mp3:
                raise
            said += "\nIts MP3 is too large for me to send here."
            _embed, files = await _card(interaction, found)  # the first ones were read to their end
            await answer(interaction, said, embed=embed, view=buttons, files=files)

    @track.autocomplete("track")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await suggest_tracks(interaction, typed)


async def _said(interaction: Interaction, track: Track) -> str:
    """Where the track stands."""
    if track.state.ended:
        address = link(track) if track.state is State.DELIVERED else None
        return f"{named(track)}: {address}" if address else ended_sentence(track)
    outlook = await interaction.client.studio.queue.outlook(track)
    if track.state is State.WAITING:
        return f"{named(track)} waits in the queue; `/queue` shows its place."
    return f"{named(track)} is being made; expected {in_seconds(outlook.ready)}."


async def _card(interaction: Interaction, track: Track) -> tuple[discord.Embed, list[discord.File]]:
    """The track's embed with its lyrics in full; in a file where they are too long for an embed."""
    parent = await interaction.client.studio.get(track.parent_id) if track.parent_id else None
    embed = track_embed(track, parent)
    if track.lyrics in ("", INSTRUMENTAL):
        return embed, []
    if len(track.lyrics) > LONGEST_DESCRIPTION - 1000:  # an embed holds 6,000 characters with all its fields
        embed.description = "The lyrics are in the attached file."
        return embed, [lyrics_file(track)]
    embed.description = lyrics_text(track.lyrics)
    return embed, []


def _mp3(interaction: Interaction, track: Track) -> list[discord.File]:
    """The track's MP3; not where an explicit one must not be heard, nor what only moderators may hear."""
    path = interaction.client.studio.mp3(track) if track.state in AUDIBLE else None
    if track.held_back and not is_moderator(interaction):
        return []
    if path is None or (track.explicit and not is_age_restricted(interaction.channel)):
        return []
    return [discord.File(path, file_name(track))]


def _buttons(interaction: Interaction, track: Track, votes: int) -> list[discord.ui.Button[discord.ui.View]]:
    own = [vote_button(track, votes)] if track.state in OPEN else []
    own += [track_button("again", track), track_button("remix", track)]
    return own + more_buttons(interaction, track)

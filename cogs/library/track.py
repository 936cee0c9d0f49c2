"""/library track: one track looked up, with all there is to know about it and its MP3 again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs.core.autocomplete import suggest_tracks
from cogs.core.component_router import view
from cogs.core.guild_checks import is_age_restricted
from cogs.core.responses import Interaction, answer, hold, is_moderator
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.posts.buttons import the_track, track_button
from cogs.posts.deleted_messages import DeletedMessages
from cogs.posts.lyrics import pages_of
from cogs.posts.menu import more_buttons
from cogs.posts.message import track_parts
from cogs.requests.sources import can_be_made_again
from cogs.texts.formatting import LONGEST_DESCRIPTION, link, named
from cogs.texts.library import tracks as texts
from cogs.texts.outcomes import ended_sentence
from services.delivery import AudioGone, DeliveryUnavailable
from services.prompts.prompt import INSTRUMENTAL
from services.tracks.track import AUDIBLE, ENDED, State, Track
from services.tracks.votes import OPEN

log = structlog.get_logger(__name__)

TOO_LARGE = 413  # the HTTP status of an upload over Discord's limit


class TrackCommand(commands.Cog):
    """Looks up a guild's tracks."""

    @app_commands.command(description="Look a track up: tags, lyrics, seed, price, and its MP3 again.")
    @app_commands.describe(track="Which one: type its title or its number")
    @right(Who.MEMBER, "Look a track up; not one that moderators hold back from everybody but its maker")
    async def track(self, interaction: Interaction, track: str) -> None:
        """Plays the track again, with all that is known of it."""
        await hold(interaction)
        await show_track(interaction, await the_track(interaction, track))

    @track.autocomplete("track")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Tracks whose title or number begins like what was typed."""
        return await suggest_tracks(interaction, typed)


async def show_track(interaction: Interaction, track: Track) -> None:
    """Answers with all there is to know of the track, and its MP3."""
    track = await interaction.client.part(DeletedMessages).looked_for(track)
    mp3, missing = await _mp3(interaction, track)
    said = f"{await _said(interaction, track)}{missing}"
    try:
        await answer(interaction, said, **await _parts(interaction, track, mp3))
    except discord.HTTPException as error:
        if error.status != TOO_LARGE or mp3 is None:
            raise
        said += f"\n{texts.TOO_LARGE}"
        await answer(interaction, said, **await _parts(interaction, track, None))


async def _said(interaction: Interaction, track: Track) -> str:
    """Where the track stands."""
    if track.state is State.DELIVERED:
        address = link(track)
        return f"{named(track)}: {address}" if address else texts.not_in_its_channel(track)
    if track.state in ENDED:
        return ended_sentence(track)
    outlook = await interaction.client.studio.queue.outlook(track)
    return texts.on_its_way(track, outlook)


async def _parts(interaction: Interaction, track: Track, mp3: Path | None) -> dict[str, Any]:
    """The track's embed, with its lyrics where they fit, its buttons, and its MP3 and card."""
    studio = interaction.client.studio
    parent = await studio.parent(await sight_of(interaction), track)
    parts = await track_parts(track, parent, mp3)
    embed = parts["embed"]
    buttons = await _buttons(interaction, track)
    if track.words not in ("", INSTRUMENTAL):
        facts = embed.description or ""
        pages = pages_of(track.words, LONGEST_DESCRIPTION - len(facts) - 2)
        embed.description = f"{facts}\n\n{pages[0] if len(pages) == 1 else texts.WORDS_BELOW}"
    return parts | {"view": view(*buttons)}


async def _mp3(interaction: Interaction, track: Track) -> tuple[Path | None, str]:
    """The track's MP3, or what is to be said where it is not to be had.

    Neither where an explicit one must not be heard, nor of what only moderators may hear.
    """
    may_hear = not track.held_back or is_moderator(interaction)
    if track.explicit and not is_age_restricted(interaction.channel):
        may_hear = False
    if track.state not in AUDIBLE or not may_hear:
        return None, ""
    try:
        return await interaction.client.studio.audio.get(track), ""
    except AudioGone:
        return None, f"\n{texts.NO_AUDIO}"
    except (DeliveryUnavailable, OSError) as error:
        log.warning("audio not brought back", track=track.id, error=str(error))
        return None, f"\n{texts.AUDIO_AWAY}"


async def _buttons(interaction: Interaction, track: Track) -> list[discord.ui.Button[Any]]:
    again = await can_be_made_again(interaction, track)
    own = [track_button("vote", track)] if track.state in OPEN else []
    own += [track_button("again", track), track_button("remix", track)] if again else []
    own += [track_button("lyrics", track)] if track.words not in ("", INSTRUMENTAL) else []
    return own + await more_buttons(interaction, track, again=again)

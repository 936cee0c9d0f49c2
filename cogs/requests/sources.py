"""What a rework is made from: a track that everybody may hear (`services.tracks.rework_sources`), or a file
of the member's own.
"""

from __future__ import annotations

import contextlib

import discord
import structlog

from cogs.core.guild_checks import is_age_restricted
from cogs.core.responses import Interaction, guild_of
from cogs.core.sights import sight_of
from cogs.requests.attachments import FileTooLarge, NotDiscords, NotFetched, fetch
from cogs.texts.prompts.drafts import DraftFault
from services.own_voices.singing import check_voice_in
from services.pipeline.uploads import NotUsable, OwnFile
from services.text.faults import Fault, PromptError
from services.tracks import rework_sources
from services.tracks.track import Track
from services.workers.pool import NoWorker

log = structlog.get_logger(__name__)


def check_source(interaction: Interaction, track: Track) -> None:
    """Raises NotASource, SomebodysVoice where the track's sound must not be reworked here and now."""
    check_voice_in(track, interaction.user.id)
    rework_sources.check_source(track, adults=is_age_restricted(interaction.channel))


async def made_again_from(interaction: Interaction, track: Track) -> Track:
    """What the track is made from once more: itself, or of a rework its source. Raises NotASource."""
    return await interaction.client.studio.rework_sources.made_again_from(
        await sight_of(interaction), track, adults=is_age_restricted(interaction.channel)
    )


async def can_be_made_again(interaction: Interaction, track: Track) -> bool:
    """Whether `made_again_from` finds what the track would be made from."""
    try:
        await made_again_from(interaction, track)
    except rework_sources.NotASource:
        return False
    return True


async def the_source(interaction: Interaction, track_id: str) -> Track:
    """The guild's track with that id, as a source. Raises NoSuchTrack, NotASource, SomebodysVoice."""
    track = await interaction.client.studio.rework_sources.find(
        await sight_of(interaction), track_id, adults=is_age_restricted(interaction.channel)
    )
    check_voice_in(track, interaction.user.id)
    return track


async def check_may_sing(interaction: Interaction, track: Track) -> None:
    """Whether the member could sing over the track with their own voice. Raises as `OwnVoices.check` does."""
    voices = interaction.client.studio.own_voices
    await voices.check(guild_of(interaction), interaction.user.id, track)


async def take_file(interaction: Interaction, file: discord.Attachment) -> OwnFile:
    """Keeps the member's file for now. Raises PromptError with what is wrong with it."""
    settings, studio = interaction.client.settings, interaction.client.studio
    most = settings.own_file_mib
    pieces = fetch(settings.discord_api_url, file, most * 2**20)
    try:
        async with contextlib.aclosing(pieces):
            return await studio.uploads.take(
                guild_of(interaction), interaction.user.id, file.filename, pieces
            )
    except FileTooLarge:
        fault = Fault("file", DraftFault.SOUND_TOO_LARGE, {"name": file.filename, "most": most})
    except NotDiscords:
        fault = Fault("file", DraftFault.NOT_DISCORDS)
    except NotFetched:
        fault = Fault("file", DraftFault.NOT_FETCHED)
    except NotUsable as reason:
        fault = Fault(
            "file",
            DraftFault.SOUND_NOT_USABLE,
            {"name": file.filename, "flaw": reason.flaw, "seconds": reason.seconds},
        )
    except (NoWorker, OSError) as error:
        log.error("an own file was not kept", error=str(error))
        fault = Fault("file", DraftFault.CANNOT_LOOK)
    raise PromptError([fault])

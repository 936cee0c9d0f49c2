"""Suggestions of a guild's tracks while somebody types; Discord takes them within 3 seconds or not at all."""

from __future__ import annotations

import asyncio

import structlog
from discord import app_commands

from cogs.core.responses import Interaction, is_hidden
from cogs.core.sights import sight_of
from cogs.texts.formatting import length, shortened, titled

log = structlog.get_logger(__name__)

PATIENCE = 2.0  # seconds
LONGEST_NAME = 100  # characters (Discord: Application Command Option Choice)


async def suggest_tracks(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """The guild's newest tracks with those words in their title, or that number; never an error."""
    if interaction.guild_id is None:
        return []
    try:
        async with asyncio.timeout(PATIENCE):
            found = await interaction.client.studio.search(await sight_of(interaction), typed)
    except Exception as error:
        log.warning("no suggestions", exc_info=error)
        return []
    return [
        app_commands.Choice(
            name=shortened(
                f"#{track.number} {titled(track)} · {length(track.duration)} · {track.tags}", LONGEST_NAME
            ),
            value=track.id,
        )
        for track in found
        if not is_hidden(interaction, track)
    ]

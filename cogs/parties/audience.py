"""Who hears what is played in a voice channel: all who may join it."""

from __future__ import annotations

from cogs.core.client import Jamboree
from cogs.core.guild_checks import is_age_restricted
from cogs.core.sights import Sights
from services.parties.party import Audience


def audience_of(bot: Jamboree, guild_id: int, channel_id: int) -> Audience:
    """Those who may listen there, by Discord's permissions now."""
    sight = bot.part(Sights).of_channel(guild_id, channel_id)
    return Audience(sight, adults=is_age_restricted(bot.get_channel(channel_id)))

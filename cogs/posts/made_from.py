"""Writes a track's message anew when what it was made from goes or comes back.

The rule: the files stay as they are, and a message that says what is so already is not edited.
"""

from __future__ import annotations

from typing import Any

import discord

from cogs.core.client import Jamboree
from cogs.posts.kept_messages import KeptMessages, Shown
from cogs.posts.message import COVER, WAVEFORM, track_embed
from cogs.posts.moderators_delivery import ModeratorsDelivery
from services.messages.kept_messages import KeptMessage
from services.messages.made_from import POSTED, REVIEWED


def register(bot: Jamboree) -> None:
    """Has such messages written by this."""

    async def write(kept: KeptMessage) -> Shown | None:
        return await _written(bot, kept)

    for kind in (POSTED, REVIEWED):
        bot.part(KeptMessages).register(kind, write, many=True)


async def _written(bot: Jamboree, kept: KeptMessage) -> Shown | None:
    track = await bot.studio.get(kept.subject)
    if track is None or track.deleted_at is not None or kept.message_id is None:
        return None
    if (kept.channel_id, kept.message_id) not in track.messages:  # posted anew since then, as it is now
        return None
    channel = bot.get_partial_messageable(kept.channel_id, guild_id=kept.guild_id)
    message = await channel.get_partial_message(kept.message_id).fetch()
    shown = next(iter(message.embeds), discord.Embed())
    embed = track_embed(track, await bot.part(ModeratorsDelivery).parent_shown_in(kept.channel_id, track))
    if shown.description == embed.description:
        return None
    return Shown({"embed": _with_pictures_of(shown, embed)}, anew=False)


def _with_pictures_of(shown: discord.Embed, embed: discord.Embed) -> discord.Embed:
    """The embed with the pictures of the one that is shown: the message's own files, by their names.

    Discord lists no file among a message's that its embed shows, and shows it on its own where none does.
    """
    told: Any = embed.to_dict()
    for place, name in (("image", WAVEFORM), ("thumbnail", COVER)):
        picture: Any = shown.to_dict().get(place)
        if picture is not None:
            words = {key: picture[key] for key in ("description",) if key in picture}
            told[place] = {"url": f"attachment://{name}", **words}
    return discord.Embed.from_dict(told)

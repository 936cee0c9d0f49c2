"""What the bot needs in a channel, by discord.py's names; in words: `cogs.texts.permissions`."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from cogs.core.responses import Interaction

POSTING = ("view_channel", "send_messages", "embed_links", "attach_files")  # a track's message
VOICE = ("view_channel", "connect", "speak")  # to play in a voice channel
PARTIES = (*VOICE, "set_voice_channel_status")  # and to have it name the song
JAMS = (*POSTING, "read_message_history")
JAMS_IN_THREADS = (*JAMS, "create_public_threads", "send_messages_in_threads")


def lacking(interaction: Interaction, needed: Iterable[str]) -> tuple[str, ...]:
    """Those of the permissions that the bot does not have where the interaction is."""
    given = interaction.app_permissions
    return tuple(one for one in in_place(interaction.channel, needed) if not getattr(given, one))


def in_place(channel: object, needed: Iterable[str]) -> Iterable[str]:
    """The permissions as they are called there (Discord: Threads, Permissions)."""
    if not isinstance(channel, discord.Thread):
        return needed
    in_thread = {"send_messages": "send_messages_in_threads"}
    return dict.fromkeys(in_thread.get(one, one) for one in needed)

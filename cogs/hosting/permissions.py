"""What the bot needs to be allowed in a server, and the link that asks for it."""

from __future__ import annotations

import discord

NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,  # a jam's
    embed_links=True,
    attach_files=True,
    read_message_history=True,  # whether a message is there already, before it is posted again
)
"""All of it; README and docs/host.md have its number. Without Manage Server it cannot see AutoMod's words."""


def invite_link(application_id: str) -> str:
    """By which whoever may manage a server adds the bot, with what it needs and nothing more."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}"
        f"&scope=bot+applications.commands&permissions={NEEDED.value}"
    )


def missing(granted: int) -> list[str]:
    """What of it is not granted (Discord's bits), by discord.py's names."""
    has = discord.Permissions(granted)
    if has.administrator:
        return []
    return [name for name, needed in NEEDED if needed and not getattr(has, name)]

"""The link that invites the bot: with what it needs in a server, and nothing more."""

from __future__ import annotations

import discord

from cogs.core.permissions import JAMS_IN_THREADS, PARTIES

ALL = tuple(dict.fromkeys((*JAMS_IN_THREADS, *PARTIES)))
NEEDED = discord.Permissions(**dict.fromkeys(ALL, True))
"""README and docs/host.md have its number. Without Manage Server beside it, AutoMod's words are not seen."""


def invite_link(application_id: str) -> str:
    """By which whoever may manage a server adds the bot."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}"
        f"&scope=bot+applications.commands&permissions={NEEDED.value}"
    )


def missing(granted: int) -> list[str]:
    """What of it is not granted (Discord's bits), by discord.py's names."""
    has = discord.Permissions(granted)
    return [name for name in ALL if not (has.administrator or getattr(has, name))]

"""A hint below a member's first answers, each once. The rule: no answer waits for one, or fails by one.

What the member has had is looked up while the command does its work. Only answers to what members type
have one, and to the forms that it opens: no button's, no refusal, nothing that is for moderators.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import discord

from cogs.core.client import Jamboree
from cogs.texts.formatting import LONGEST_CONTENT, LONGEST_DESCRIPTION
from cogs.texts.hints import HINTS

PATIENCE = 0.2  # seconds that an answer waits for the look-up, if at all
LONGEST_EMBED = 6000  # characters of all its texts (Discord: Embed Limits)
_LOOKING = "hints"


def look_up_hints(interaction: discord.Interaction[Jamboree]) -> None:
    """Begins to look up what the member has had, unless that is known to be all."""
    hints, guild_id, member_id = interaction.client.studio.hints, interaction.guild_id, interaction.user.id
    if guild_id is not None and not HINTS.keys() <= set(hints.remembered(guild_id, member_id) or ()):
        interaction.extras[_LOOKING] = asyncio.create_task(hints.look_up(guild_id, member_id))


def without_hint(interaction: discord.Interaction[Jamboree]) -> None:
    """The answer has none, whatever it is."""
    interaction.extras.pop(_LOOKING, None)


async def next_hint(interaction: discord.Interaction[Jamboree], room: int) -> str | None:
    """The hint that goes below the answer in so many characters; from then on its member has had it."""
    looking: asyncio.Task[Collection[str] | None] | None = interaction.extras.pop(_LOOKING, None)
    if looking is None or interaction.guild_id is None:
        return None
    await asyncio.wait({looking}, timeout=PATIENCE)
    had = looking.result() if looking.done() else None
    if had is None:
        return None
    typed = _typed(interaction)
    for about, text in HINTS.items():
        hint = f"-# {text}"  # small (Discord: Markdown)
        if about not in (*had, typed) and len(hint) < room:
            interaction.client.studio.hints.note(interaction.guild_id, interaction.user.id, about)
            return hint
    return None


async def with_hint(
    interaction: discord.Interaction[Jamboree], content: str | None, embed: discord.Embed | None
) -> str | None:
    """The content with a hint below it; below the embed's words where there is no content."""
    if content or embed is None:
        hint = await next_hint(interaction, LONGEST_CONTENT - len(content or ""))
        return "\n".join(filter(None, (content, hint))) or None
    words = embed.description or ""
    hint = await next_hint(interaction, min(LONGEST_DESCRIPTION - len(words), LONGEST_EMBED - len(embed)))
    if hint is not None:
        embed.description = f"{words}\n\n{hint}" if words else hint
    return content


def _typed(interaction: discord.Interaction[Jamboree]) -> str | None:
    """The command that was typed, or the group that it is in."""
    data: Any = interaction.data
    return data.get("name")

"""Messages as Discord tells of them, read as far as the bot looks at them.

The rule: whatever else is told of a message (where it comes from, its thread, its poll), and however that is
told, it can be read; discord.py reads all of a message or nothing. Then a member's press would meet silence,
what was posted would seem to have failed, and nothing would be found in a channel where others wrote such.
"""

from __future__ import annotations

from typing import Any

import discord

from cogs.connection.interactions import without_nulls

_LOOKED_AT = (
    "id",
    "channel_id",
    "guild_id",
    "author",
    "webhook_id",
    "content",
    "edited_timestamp",
    "type",
    "flags",
    "attachments",
    "embeds",
    "components",
)
_UNTOLD: dict[str, Any] = {"content": "", "type": 0, "mentions": [], "mention_roles": [], "components": []}
_read: Any = discord.Message.__init__


def use() -> None:
    """From now on, for every message that discord.py makes of what it is told."""
    message: Any = discord.Message
    message.__init__ = _read_plain


def _read_plain(message: discord.Message, *, state: Any, channel: Any, data: dict[str, Any]) -> None:
    told = {name: data[name] for name in _LOOKED_AT if data.get(name) is not None}
    told["embeds"] = [without_nulls(embed) for embed in told.get("embeds", ())]
    _read(message, state=state, channel=channel, data=_UNTOLD | told)

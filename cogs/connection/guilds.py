"""Guilds as Discord tells of them, read as far as the bot looks at them, and as far as they can be.

The rule: what cannot be read in a guild (a thread of a new kind, a sound, a stage) is left out, and the rest
is known. discord.py stops there and leaves the guild half read, and then nobody in it could ask for anything.
Names can be kept in any database, whatever is in them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import discord
import structlog
from discord.channel import _guild_channel_factory  # pyright: ignore[reportPrivateUsage]

from cogs.connection.interactions import UNREADABLE
from services.text.characters import make_storable

log = structlog.get_logger(__name__)

_NOT_LOOKED_AT = (
    "emojis",
    "stickers",
    "presences",
    "stage_instances",
    "guild_scheduled_events",
    "soundboard_sounds",
)
_guilds: Any = discord.Guild
_read: Any = _guilds._from_data


def use() -> None:
    """From now on, for every guild that discord.py is told of."""
    _guilds._from_data = _read_plain


def _read_plain(guild: discord.Guild, data: dict[str, Any]) -> None:
    told = {name: value for name, value in data.items() if value is not None and name not in _NOT_LOOKED_AT}
    make_storable(told)
    try:
        _read(guild, told)
    except UNREADABLE:
        log.exception("a part of a guild cannot be read", guild=data["id"])
        tried = _TRIES.keys() & told.keys()
        _read(
            guild, told | {name: [one for one in told[name] if _can_be(name, guild, one)] for name in tried}
        )


def _can_be(name: str, guild: discord.Guild, part: Any) -> bool:
    with suppress(*UNREADABLE):
        _TRIES[name](guild, part)
        return True
    return False


def _try_role(guild: Any, part: Any) -> None:
    discord.Role(guild=guild, state=guild._state, data=part)


def _try_channel(guild: Any, part: Any) -> None:
    channel: Any = _guild_channel_factory(part["type"])[0]
    if channel is not None:
        channel(guild=guild, state=guild._state, data=part)


def _try_thread(guild: Any, part: Any) -> None:
    discord.Thread(guild=guild, state=guild._state, data=part)


def _try_member(guild: Any, part: Any) -> None:
    discord.Member(guild=guild, state=guild._state, data=part)


def _try_voice_state(_guild: Any, part: Any) -> None:
    discord.VoiceState(data=part)
    for name in ("channel_id", "user_id"):
        int(part[name])


_TRIES: dict[str, Callable[[Any, Any], None]] = {
    "roles": _try_role,
    "channels": _try_channel,
    "threads": _try_thread,
    "members": _try_member,
    "voice_states": _try_voice_state,
}

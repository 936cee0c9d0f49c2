"""What must be known of a track's guild and channel, wherever its gateway is.

The rule: any cluster may finish any track. What the gateway has told this process is used; what it has not,
because the guild belongs to another cluster's shards or the thread is archived, is asked for, and remembered
for some minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import discord
from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES

from cogs.core.client import Jamboree
from cogs.core.discord_errors import is_not_now
from cogs.core.guild_checks import is_age_restricted
from services.tracks.track import Track

REMEMBERED = 300.0  # seconds
MOST = 1000  # guilds and channels


class Elsewhere:
    """Guilds and channels by id. Raises what discord.py raises where Discord does not answer now."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._known: dict[int, tuple[float, Any]] = {}  # by id: until when, and what it is

    async def upload_limit(self, guild_id: int) -> int:
        """The largest file, in bytes, that may be posted in the guild."""
        guild = await self._guild(guild_id)
        return limit_of(guild)

    async def locale(self, guild_id: int) -> str | None:
        """The guild's own locale (Discord: Locales); None where it is closed to the bot."""
        guild = await self._guild(guild_id)
        return guild.preferred_locale.value if guild else None

    async def is_age_restricted(self, guild_id: int, channel_id: int) -> bool:
        """Whether the channel, or the thread's channel, is shown to adults only."""
        guild = self.bot.get_guild(guild_id)
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        if channel is None:
            channel = await self._asked(channel_id, self.bot.fetch_channel)
        if isinstance(channel, discord.Thread) and channel.parent is None:
            channel = await self._asked(channel.parent_id, self.bot.fetch_channel)
        return is_age_restricted(channel)

    async def audible(self, guild_id: int, channel_id: int, tracks: Iterable[Track]) -> list[Track]:
        """Those that all who read the channel may hear: what is marked explicit, where adults alone do."""
        adults = await self.is_age_restricted(guild_id, channel_id)
        return [track for track in tracks if adults or not track.explicit]

    async def _guild(self, guild_id: int) -> discord.Guild | None:
        known = self.bot.get_guild(guild_id)
        return known or await self._asked(guild_id, partial(self.bot.fetch_guild, with_counts=False))

    async def _asked(self, of: int, ask: Callable[[int], Awaitable[Any]]) -> Any:
        """What Discord says of it; None where it is gone or closed to the bot."""
        now = asyncio.get_running_loop().time()
        until, known = self._known.get(of, (0.0, None))
        if until < now:
            try:
                known = await ask(of)
            except (discord.NotFound, discord.Forbidden, discord.InvalidData) as error:
                if isinstance(error, discord.HTTPException) and is_not_now(error):
                    raise
                known = None
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[of] = (now + REMEMBERED, known)
        return known


def limit_of(guild: discord.Guild | None) -> int:
    """The largest file, in bytes, that may be posted there; what every guild may have where it is unknown."""
    try:
        return guild.filesize_limit if guild else DEFAULT_FILE_SIZE_LIMIT_BYTES
    except KeyError:  # a boost tier that this discord.py does not know
        return DEFAULT_FILE_SIZE_LIMIT_BYTES

"""Places that are shut to the bot for a while: what is due there waits, and is tried again.

The rule: what is known of a place costs no request; what was refused is tried after a minute, then after
twice as long each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable
from typing import Any

import discord

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering
from cogs.core.permissions import in_place
from services.delivery import DeliveryUnavailable

AGAIN = 60.0  # seconds after which what was refused is tried again, each time twice as long …
LONGEST = 12 * 3600.0  # … until it would be longer than that


class Pauses:
    """When what was refused is tried again, by what that is."""

    def __init__(self) -> None:
        self._until: dict[Hashable, tuple[float, float]] = {}  # and how long that pause was, in seconds

    def lasts(self, of: Hashable) -> bool:
        """Whether it is not to be tried yet."""
        return _clock() < self._until.get(of, (0.0, 0.0))[0]

    def again(self, of: Hashable, *, for_ever: bool = False) -> bool:
        """It was refused; whether it is to be tried again, which after a day of that it is not.

        for_ever: it is, with the longest pause between two tries.
        """
        pause = self._until.pop(of, (0.0, AGAIN / 2))[1] * 2
        if pause > LONGEST and not for_ever:
            return False
        pause = min(pause, LONGEST)
        self._until[of] = _clock() + pause, pause
        return True

    def over(self, of: Hashable) -> None:
        """It was not refused, or need not be done."""
        self._until.pop(of, None)


async def is_shut(bot: Jamboree, guild_id: int, channel_id: int, needed: Iterable[str]) -> bool:
    """Whether the bot lacks one of the permissions there, or there is no such place for it.

    A thread that was put away is brought back. Raises DeliveryUnavailable, also where the guild is away.
    """
    guild = bot.get_guild(guild_id)
    if guild is None or guild.unavailable:
        raise DeliveryUnavailable("the guild is away")
    try:
        async with answering():
            channel: Any = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
            if isinstance(channel, discord.Thread) and channel.archived:
                await channel.edit(archived=False)
    except (discord.HTTPException, discord.InvalidData):  # InvalidData: it is another guild's
        return True
    may = channel.permissions_for(guild.me)
    return not all(getattr(may, one) for one in in_place(channel, needed))


def _clock() -> float:
    return asyncio.get_running_loop().time()

"""The commands as Discord has them.

The rule: a bot whose commands cannot be registered now works with those that Discord has, and tries on.
"""

from __future__ import annotations

import asyncio
from functools import partial

import discord
import structlog

from cogs.connection.interactions import UNREADABLE
from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering
from services.backoff import Backoff
from services.delivery import DeliveryUnavailable
from services.storage.outages import until_back

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0  # seconds between two tries
PATIENCE = 60.0  # seconds for one try


class Registering:
    """Registers the commands that are for everybody, and the host's own in the host's server alone.

    Where those were before that, Discord would show them for ever.
    """

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self, patience: float) -> None:
        """Begins, and returns when each was tried once, or after so many seconds."""
        home, hosting = self.bot.settings.host_guild_id, self.bot.studio.hosting
        former = await until_back(partial(hosting.move_to, home))
        guilds = [None, *([] if home is None else [home]), *former]
        tried = [asyncio.Event() for _ in guilds]
        for guild_id, event in zip(guilds, tried, strict=True):
            self._tasks.append(asyncio.create_task(self._keep_trying(guild_id, event)))
        waiting = [asyncio.create_task(event.wait()) for event in tried]
        _done, late = await asyncio.wait(waiting, timeout=patience)
        for one in late:
            one.cancel()

    def stop(self) -> None:
        """Tries no more."""
        for task in self._tasks:
            task.cancel()

    async def _keep_trying(self, guild_id: int | None, tried: asyncio.Event) -> None:
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while (wait := await self._register(guild_id)) is not None:
            tried.set()
            await backoff.wait(wait)
        if guild_id not in (None, self.bot.settings.host_guild_id):
            await until_back(partial(self.bot.studio.hosting.moved_out, guild_id))
        tried.set()

    async def _register(self, guild_id: int | None) -> float | None:
        """None where nothing is left to do; else seconds for which Discord does not want to be asked."""
        where = "everywhere" if guild_id is None else f"in guild {guild_id}"
        try:
            async with answering(), asyncio.timeout(PATIENCE):
                await self.bot.tree.sync(guild=discord.Object(guild_id) if guild_id else None)
        except (DeliveryUnavailable, discord.HTTPException) as error:
            if guild_id is not None and isinstance(error, discord.Forbidden):
                if guild_id == self.bot.settings.host_guild_id:
                    log.error("HOST_GUILD_ID: I am not in that server, so nobody has /host", guild=guild_id)
                return None
            log.warning("commands not registered yet", where=where, error=" ".join(str(error).split()))
            return error.wait if isinstance(error, DeliveryUnavailable) else 0.0
        except UNREADABLE:  # Discord has taken them
            log.exception("what Discord says of the commands cannot be read", where=where)
        log.info("commands registered", where=where)
        return None

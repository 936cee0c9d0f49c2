"""Cogs that do something every so often. The rule: where it fails, that is logged, and it is done again.

What is due comes of what was written, nearly always by this very process; so while it writes nothing, there
is little to look for, and it is looked for less often: what another process or the time of day made due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog
from discord.ext import commands

if TYPE_CHECKING:
    from cogs.core.client import Jamboree

log = structlog.get_logger(__name__)


class PeriodicTask(commands.Cog):
    """Does its task from its loading to its unloading, while the bot is open."""

    interval: float
    """Seconds from the end of the task until it is done again."""
    calm = 10.0
    """Seconds from its end until it is done again while nothing was written since the one before it began."""

    def __init__(self, bot: Jamboree, task: Callable[[], Awaitable[None]]) -> None:
        self.bot = bot
        self.task = task
        self._running: asyncio.Task[None] | None = None

    async def cog_load(self) -> None:
        """Begins."""
        self._running = asyncio.create_task(self._keep_doing())

    async def cog_unload(self) -> None:
        """Ends; what is under way is cancelled."""
        if self._running is not None:
            self._running.cancel()

    async def _keep_doing(self) -> None:
        clock = asyncio.get_running_loop().time
        before, begun, ended = (
            -1,
            -1,
            clock(),
        )  # the writes before the last two tasks, and when the last ended
        while True:
            await asyncio.sleep(self.interval)
            if not self.bot.open:
                continue
            writes = self.bot.studio.database.writes
            # twice, because what a transaction writes may come after the task that began behind it
            if writes != before or clock() - ended >= self.calm:
                before, begun = begun, writes
                try:
                    await self.task()
                except Exception:
                    log.exception("a periodic task failed", of=self.qualified_name)
                ended = clock()

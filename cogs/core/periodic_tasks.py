"""Cogs that do something every so often. The rule: where it fails, that is logged, and it is done again.

What is due comes of what was written, nearly always by this very process; so while it writes nothing, there
is little to look for, and it is looked for less often: what another process or the time of day made due. The
same where nothing goes on that the task is about, and nothing is written in the tables where that begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from discord.ext import commands

from cogs.core.client import Jamboree

log = structlog.get_logger(__name__)


class PeriodicTask(commands.Cog):
    """Does its task from its loading to its unloading, while the bot is open."""

    interval: float
    """Seconds from the end of the task until it is done again."""
    calm = 10.0
    """Seconds from its end until it is done again while nothing was written since the one before it began."""

    tables: tuple[str, ...] = ()
    """In which a row is written when something begins that the task is about; (): it may be in any."""

    def __init__(self, bot: Jamboree, task: Callable[[], Awaitable[bool | None]]) -> None:
        """task: returns False where nothing goes on that it is about."""
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
        database = self.bot.studio.database
        before = begun = -1, -1  # the writes before the last two tasks: all, and those in its own tables
        ended, goes_on = clock(), True
        while True:
            await asyncio.sleep(self.interval)
            if not self.bot.open:
                continue
            writes = database.writes, sum(database.written[one] for one in self.tables)
            # twice, because what a transaction writes may come after the task that began behind it
            changed = writes != before if goes_on else writes[1] != before[1]
            if changed or clock() - ended >= self.calm:
                before, begun = begun, writes
                try:
                    goes_on = await self.task() is not False
                except Exception:
                    goes_on = True
                    log.exception("a periodic task failed", of=self.qualified_name)
                ended = clock()

"""Cogs that do something every so often. The rule: where it fails, that is logged, and it is done again."""

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
        while True:
            await asyncio.sleep(self.interval)
            if self.bot.open:
                try:
                    await self.task()
                except Exception:
                    log.exception("a periodic task failed", of=self.qualified_name)

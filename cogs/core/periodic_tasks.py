"""Cogs that look after something every so often. The rule: a look that fails is logged, and it goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from discord.ext import commands

if TYPE_CHECKING:
    from cogs.core.client import Jamboree

log = structlog.get_logger(__name__)


class PeriodicTask(commands.Cog):
    """Looks from its loading to its unloading, while the bot is open."""

    pace: float
    """Seconds between two looks."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._looking: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """Does what is due."""
        raise NotImplementedError

    async def cog_load(self) -> None:
        """Begins to look."""
        self._looking = asyncio.create_task(self._keep_looking())

    async def cog_unload(self) -> None:
        """Stops looking."""
        if self._looking is not None:
            self._looking.cancel()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self.pace)
            if self.bot.open:
                try:
                    await self.look()
                except Exception:
                    log.exception("a look failed", of=self.qualified_name)

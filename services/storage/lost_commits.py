"""What is looked for once the answer to a COMMIT was lost.

The rule: such a transaction may be done though nobody heard of it. Who began it is told that, and what would
have followed it is looked for, as after a kill.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.storage.outages import until_back

log = structlog.get_logger(__name__)

ONCE_MORE = 5.0  # seconds until it is looked for again: the server may have been at the COMMIT still


class LostCommits:
    """lost: is set where an answer was lost."""

    def __init__(self, lost: asyncio.Event) -> None:
        self._lost = lost
        self._looks: list[Callable[[], Awaitable[None]]] = []
        self._task: asyncio.Task[None] | None = None

    def register(self, look: Callable[[], Awaitable[None]]) -> None:
        """look: goes on with what was written down and not followed; nothing comes of it where all was."""
        self._looks.append(look)

    def start(self) -> None:
        """Begins to wait for one."""
        self._task = asyncio.create_task(self._keep_looking())

    async def stop(self) -> None:
        """Looks for nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_looking(self) -> None:
        while True:
            await self._lost.wait()
            self._lost.clear()
            log.warning("the answer to a commit was lost; what should follow it is looked for")
            await self._look()
            await asyncio.sleep(ONCE_MORE)
            await self._look()

    async def _look(self) -> None:
        for look in self._looks:
            try:
                await until_back(look)
            except Exception:
                log.exception("what should follow a commit could not be looked for")

"""Tasks that repeat until they are stopped: what the bot does by itself, every so often.

The rule: one that fails is told of in the log, and is done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.delivery import DeliveryUnavailable

log = structlog.get_logger(__name__)

AWAY = 5.0  # seconds after a failure, at least


class PeriodicTasks:
    """Those of one room, which begin and end together."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, pause: float, task: Callable[[], Awaitable[None]]) -> None:
        """Does it now, and again and again. pause: seconds from its end until it is done again."""
        self._tasks.append(asyncio.create_task(_every(pause, task)))

    async def stop(self) -> None:
        """Does nothing more; what is under way is cancelled."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _every(seconds: float, task: Callable[[], Awaitable[None]]) -> None:
    while True:
        pause = seconds
        try:
            await task()
        except DeliveryUnavailable as reason:
            log.info("not told yet", reason=str(reason))
            pause = max(pause, AWAY)
        except Exception:
            log.exception("a periodic task failed")
            pause = max(pause, AWAY)
        await asyncio.sleep(pause)

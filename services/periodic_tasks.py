"""Looks that repeat until they are stopped: what the bot does by itself, every so often.

The rule: a look that fails is told of in the log, and is taken again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.delivery import DeliveryUnavailable

log = structlog.get_logger(__name__)

AWAY = 5.0  # seconds after a look that failed, at least


class PeriodicTasks:
    """Those of one room, which begin and end together."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, pause: float, look: Callable[[], Awaitable[None]]) -> None:
        """Looks now, and again and again. pause: seconds between two."""
        self._tasks.append(asyncio.create_task(_every(pause, look)))

    async def stop(self) -> None:
        """Looks no more; a look under way is cancelled."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _every(seconds: float, look: Callable[[], Awaitable[None]]) -> None:
    while True:
        pause = seconds
        try:
            await look()
        except DeliveryUnavailable as reason:
            log.info("not told yet", reason=str(reason))
            pause = max(pause, AWAY)
        except Exception:
            log.exception("a look failed")
            pause = max(pause, AWAY)
        await asyncio.sleep(pause)

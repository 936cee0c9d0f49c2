"""Tasks that repeat until they are stopped: what the bot does by itself, every so often.

The rule: one that fails is told of in the log, and is done again; and where it is done for each of many, one
with which it fails keeps no other waiting (`each`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import structlog

from services.delivery import DeliveryUnavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")

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


async def each(things: Iterable[T], act: Callable[[T], Awaitable[object]]) -> list[T]:
    """Does it with each of them. Returns those with which it failed, which the log has with the reason."""
    failed: list[T] = []
    for thing in things:
        try:
            await act(thing)
        except DeliveryUnavailable as reason:
            log.info("not told yet", about=_named(thing), reason=str(reason))
        except Exception:
            log.exception("failed with one; the others have their turn", about=_named(thing))
        else:
            continue
        failed.append(thing)
    return failed


def _named(thing: object) -> str:
    """Which it is, without what it says."""
    return str(getattr(thing, "id", None) or getattr(thing, "guild_id", None) or thing)


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

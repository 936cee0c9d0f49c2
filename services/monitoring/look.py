"""Looking at what may be away, without waiting for it.

The rule: one look at a time, however many ask, and nobody waits longer than they said: a database that
swallows what is sent to it holds one connection, and no answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH = 2.0  # seconds for which what a look found serves whoever asks


class Look(Generic[T]):
    """One question that several ask. take: asks it; what that raises is raised to each of them."""

    def __init__(self, take: Callable[[], Awaitable[T]]) -> None:
        self._take = take
        self._looking: asyncio.Task[T] | None = None
        self._ended = 0.0

    async def newest(self, within: float) -> T:
        """What was found just now, or is within so many seconds.

        Raises TimeoutError where it takes longer, and what the look raises.
        """
        if self._looking is None or (self._looking.done() and time.monotonic() - self._ended > FRESH):
            self._looking = asyncio.create_task(self._look())
        looking = self._looking
        await asyncio.wait({looking}, timeout=within)
        if not looking.done():
            raise TimeoutError
        return looking.result()

    async def close(self) -> None:
        """Looks no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> T:
        try:
            return await self._take()
        finally:
            self._ended = time.monotonic()

"""Asking what may be away, without waiting for it.

The rule: one question at a time, however many ask, and nobody waits longer than they said: a database that
swallows what is sent to it holds one connection, and no answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH = 2.0  # seconds for which what was answered serves whoever asks


class SharedProbe(Generic[T]):
    """One question that several ask. ask: does it; what that raises is raised to each of them."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._asking: asyncio.Task[T] | None = None
        self._ended = 0.0

    async def newest(self, within: float) -> T:
        """What was found just now, or is within so many seconds.

        Raises TimeoutError where it takes longer, and what the question raises.
        """
        if self._asking is None or (self._asking.done() and time.monotonic() - self._ended > FRESH):
            self._asking = asyncio.create_task(self._run())
        asking = self._asking
        await asyncio.wait({asking}, timeout=within)
        if not asking.done():
            raise TimeoutError
        return asking.result()

    async def close(self) -> None:
        """Asks no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _run(self) -> T:
        try:
            return await self._ask()
        finally:
            self._ended = time.monotonic()

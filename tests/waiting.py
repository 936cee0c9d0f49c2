"""Waiting in tests for what has no event of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 60.0  # seconds


async def eventually(look: Callable[[], Awaitable[object]], patience: float = PATIENCE) -> None:
    """Waits until `look` finds what it looks for. Raises TimeoutError."""
    async with asyncio.timeout(patience):
        while not await look():  # noqa: ASYNC110  (a database's row has no event)
            await asyncio.sleep(0.01)

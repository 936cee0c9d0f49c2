"""Waiting in tests for what has no event of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from dbos import DBOS

PATIENCE = 60.0  # seconds


async def eventually(look: Callable[[], Awaitable[object]], patience: float = PATIENCE) -> None:
    """Waits until `look` finds what it looks for, which costs time itself. Raises TimeoutError."""
    pause = 0.01
    async with asyncio.timeout(patience):
        while not await look():
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, 0.1)


async def nothing_due() -> bool:
    """Whether every workflow has ended."""
    return not await DBOS.list_workflows_async(status=["ENQUEUED", "PENDING"], load_input=False)


def state_of(pid: int) -> str:
    """How Linux has the process's first thread: R runs, S waits, Z has ended; "" where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # the latter where it ends between opening and reading
        return ""

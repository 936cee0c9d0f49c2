"""The bot as a process of its own that is killed: at one point of its work (`crash_bot.py`), or by a test."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import preloaded
from bot_harness import Harness, between
from waiting import eventually

import bot as front_door

ROOT = Path(front_door.__file__).parent
HERE = Path(__file__).parent


@asynccontextmanager
async def crashing_bot(
    harness: Harness, point: str, title: str, **more: str
) -> AsyncIterator[preloaded.BotProcess]:
    """A bot as its own process that will die there. more: settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SSL_CERT_FILE") if name in os.environ}
    settings = (
        between(harness, harness.settings.data_dir)
        | more
        | {
            "WAVESPEED_ACCOUNT_LEVEL": "gold",
            "MEMBER_DAILY_LIMIT": "5",
            "POLL_INTERVAL": "0.05",
            "LOST_ANSWER_PATIENCE": "0.5",
            "PYTHONPATH": str(ROOT),
            "KILL_AT": point,
            "KILL_TITLE": title,
        }
    )
    health = harness.settings.data_dir / "health"
    await asyncio.to_thread(health.unlink, missing_ok=True)  # of one that lived long enough to touch it again
    log = await asyncio.to_thread((harness.settings.data_dir / "bot.log").open, "ab")
    with log:
        process = await preloaded.start(
            HERE / "crash_bot.py",
            folder=harness.settings.data_dir,
            environment=kept | settings,
            log=log,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def opened(harness: Harness) -> None:
    """Waits until the bot's process takes interactions."""
    await eventually(lambda: asyncio.to_thread((harness.settings.data_dir / "health").exists))

"""A terminal that is closed stops the bot as SIGTERM does, but for one that was started to outlive it."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import preloaded
from bot_harness import TIMEOUT, Harness, between, said, track_of
from waiting import eventually

import bot as front_door

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
OUTLIVING = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
import bot
sys.exit(bot.main())
"""


def own(harness: Harness, folder: Path) -> dict[str, str]:
    """All of the bot's environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | between(harness, folder / "data") | {"PYTHONPATH": str(Path(front_door.__file__).parent)}


async def opened(folder: Path) -> None:
    await eventually(lambda: asyncio.to_thread((folder / "data" / "health").exists), TIMEOUT)


async def test_it_ends_with_what_must_not_be_cut_short(new_harness: NewHarness, tmp_path: Path) -> None:
    async with new_harness() as harness:
        seen, terminal = pty.openpty()
        bot = await preloaded.start_at(
            terminal, Path(front_door.__file__), folder=tmp_path, environment=own(harness, tmp_path)
        )
        os.close(terminal)
        try:
            await opened(tmp_path)
            ben = await harness.member("Ben")
            held = harness.hold("ska")
            await said(await ben.slash("compose", tags="ska", duration=5, title="Cut Off"), "Cut Off")
            await held.reached()
            os.close(seen)
            assert await asyncio.wait_for(bot.wait(), TIMEOUT) == 0
            held.release()
        finally:
            bot.kill()
            await bot.wait()


async def test_one_that_is_to_outlive_it_goes_on(new_harness: NewHarness, tmp_path: Path) -> None:
    program = tmp_path / "outliving.py"
    program.write_text(OUTLIVING)
    async with new_harness() as harness:
        bot = await preloaded.start(program, folder=tmp_path, environment=own(harness, tmp_path))
        try:
            await opened(tmp_path)
            bot.send_signal(signal.SIGHUP)
            ben = await harness.member("Ben")
            await ben.slash("compose", tags="ska", duration=5, title="Outliving")
            await track_of(ben, "Outliving")
            bot.terminate()
            await bot.communicate()
            assert bot.returncode == 0
        finally:
            bot.kill()
            await bot.wait()

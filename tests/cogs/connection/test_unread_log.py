"""A log that nobody can write or read holds nothing up: no start, no track, no stop, no exit code."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from bot_harness import TIMEOUT, Harness, between, said, track_of
from soak.variants import few_of
from waiting import eventually

import bot as front_door

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
WHERE = {"a full disk": "2> /dev/full > /dev/full", "nowhere": "2>&- >&-", "all closed": "2>&- >&- <&-"}


async def bot_with_log(where: str, folder: Path, **settings: str) -> asyncio.subprocess.Process:
    """`python bot.py` with these settings and no others; what it writes goes there."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    program = shlex.join([sys.executable, front_door.__file__])
    if where != "a pipe that nobody reads":
        command = f"exec {program} {WHERE[where]}"
        return await asyncio.create_subprocess_shell(command, cwd=folder, env=kept | settings)
    read, write = os.pipe()
    os.close(read)
    try:
        return await asyncio.create_subprocess_shell(
            f"exec {program}", cwd=folder, env=kept | settings, stdout=write, stderr=write
        )
    finally:
        os.close(write)


@pytest.mark.parametrize("where", few_of(1, ["all closed", "a full disk"]))
async def test_it_starts_makes_a_track_and_stops(new_harness: NewHarness, tmp_path: Path, where: str) -> None:
    async with new_harness() as harness:
        data = tmp_path / "bot"
        bot = await bot_with_log(where, tmp_path, **between(harness, data))
        try:
            await eventually(lambda: asyncio.to_thread((data / "health").exists), TIMEOUT)
            ben = await harness.member("Ben")
            await said(await ben.slash("compose", tags="ska", duration=5, title="Unread"), "Unread")
            await track_of(ben, "Unread")
            bot.terminate()
            assert await asyncio.wait_for(bot.wait(), TIMEOUT) == 0
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()


@pytest.mark.parametrize("where", few_of(1, ["a pipe that nobody reads", *WHERE]))
async def test_a_wrong_setting_ends_it_with_its_exit_code(tmp_path: Path, where: str) -> None:
    bot = await bot_with_log(where, tmp_path, WAVESPEED_API_KEY="key")
    assert await asyncio.wait_for(bot.wait(), TIMEOUT) == 2

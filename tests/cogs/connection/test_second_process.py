"""A second bot on the same data ends with one line and does nothing; the first one's end frees it at once."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from bot_harness import Harness, said, track_of
from fleet import Bot, running
from postgresql import new_postgresql
from waiting import eventually

from rehearsal.discord import Fault

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.mark.parametrize("same", ["DATA_DIR", "CLUSTER_ID"])
async def test_a_second_one_is_refused_and_a_killed_one_is_replaced(
    new_harness: NewHarness, tmp_path: Path, same: str
) -> None:
    elsewhere: dict[str, str] = {}
    if same == "CLUSTER_ID":
        elsewhere["DATABASE_URL"] = new_postgresql()
    async with new_harness() as harness, running(harness, tmp_path / "first", **elsewhere) as first:
        await first.opened()
        if same == "DATA_DIR":
            elsewhere["DATA_DIR"] = str(first.folder)
        calls = len(harness.discord.requests)
        async with running(harness, tmp_path / "second", **elsewhere) as second:
            assert await second.ended() == 2
            (line,) = second.log().splitlines()
            assert line.startswith(f"Jamboree cannot start: {same}: ")
            assert "already" in line
        assert len(harness.discord.requests) == calls
        first.send(signal.SIGKILL)
        await first.ended()
        async with running(harness, tmp_path / "third", **elsewhere) as third:
            await third.opened()
            ben = await harness.member("Ben")
            await said(await ben.slash("compose", tags="ska", duration=5, title="Mine Now"), "Mine Now")
            await track_of(ben, "Mine Now")


@pytest.mark.parametrize("how", ["put aside", "replaced", "replaced while it starts"])
async def test_one_whose_database_is_no_longer_in_its_place_ends_before_anything_is_lost_in_it(
    new_harness: NewHarness, tmp_path: Path, how: str
) -> None:
    async with new_harness() as harness:
        if how == "replaced while it starts":
            harness.discord.faults.add(Fault("down", "GET", "/users/@me", times=None))
        async with running(harness, tmp_path / "bot") as bot:
            if how == "replaced while it starts":
                await eventually(lambda: _says(bot, "waiting for Discord"))
            else:
                await bot.opened()
            file = bot.folder / "jamboree.sqlite"
            if how == "put aside":
                file.rename(tmp_path / "aside")
            else:
                shutil.copyfile(file, tmp_path / "copy")
                (tmp_path / "copy").replace(file)
            assert await bot.ended() == 1
            assert f"{file} was deleted, moved or replaced" in bot.log()


async def _says(bot: Bot, words: str) -> bool:
    return words in await asyncio.to_thread(bot.log)

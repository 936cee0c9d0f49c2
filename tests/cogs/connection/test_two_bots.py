"""Two bots with one token and data of their own: nothing is done twice, and the host is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot_harness import TIMEOUT, Harness, between, forked_bot, said, track_of
from waiting import eventually

from cogs.core.webhooks import SILENCE
from rehearsal.discord.faults import Fault as DiscordFault


async def test_each_command_is_done_by_one_and_the_host_is_told_once(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]], tmp_path: Path
) -> None:
    async with new_harness() as harness:
        folders = [tmp_path / name for name in ("one", "other")]
        for folder in folders:
            folder.mkdir()
        bots = [await forked_bot(folder, **between(harness, folder)) for folder in folders]

        async def open_both() -> bool:
            return sum(one.path.endswith("/commands") for one in harness.discord.requests) >= len(bots)

        async def both_answer() -> bool:
            await ben.slash("queue")
            paths = Counter(one.path for one in harness.discord.requests if one.path.endswith("/callback"))
            return sum(times > 1 for times in paths.values()) > 2

        ben = await harness.member("Ben")
        await eventually(open_both)
        await eventually(both_answer)
        await said(await ben.slash("compose", tags="ska", duration=5, title="Once"), "is finished")
        await track_of(ben, "Once")
        told = list[int]()
        for bot in bots:
            bot.terminate()
            _out, err = await asyncio.wait_for(bot.communicate(), TIMEOUT)
            told.append(err.count(b"answers with the same DISCORD_TOKEN"))
        assert max(told) == 1
        assert harness.wave.count("submit") == 1
        assert len([one for one in await ben.messages() if one["attachments"]]) == 1


async def test_the_same_where_discord_takes_its_time(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]], tmp_path: Path
) -> None:
    async with new_harness() as harness:
        folders = [tmp_path / name for name in ("one", "other")]
        bots = []
        for folder in folders:
            folder.mkdir()
            bots.append(await forked_bot(folder, **between(harness, folder)))
        try:
            for folder in folders:
                await eventually(lambda folder=folder: asyncio.to_thread((folder / "health").exists), TIMEOUT)
            ben = await harness.member("Ben")
            slow = DiscordFault("slow", "POST", "/interactions/*", seconds=1.2 * SILENCE, times=None)
            harness.discord.faults.add(slow)
            answers = [
                await ben.slash("compose", tags="ska", duration=5, title=f"Slow {n}") for n in range(3)
            ]
            for one in answers:
                await said(one, "is finished")
            assert harness.wave.count("submit") == 3
        finally:
            for bot in bots:
                bot.terminate()
            errors = [(await asyncio.wait_for(bot.communicate(), TIMEOUT))[1] for bot in bots]
        assert any(b"answers with the same DISCORD_TOKEN" in error for error in errors)

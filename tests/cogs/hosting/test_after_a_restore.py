"""What was made after a backup stands in Discord alone once that is put back: nothing is told wrongly."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, begun, made, rule, said
from waiting import eventually

from cogs.moderating.log_channel import LogChannel
from cogs.posts.kept_messages import KeptMessages
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from services import backup
from services.storage.tables import ballots

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
INTERVALS = {KeptMessages: 0.1, LogChannel: 0.1}


async def sees(member: Member, *words: str) -> dict[str, Any]:
    return await member.wait_message(lambda one: all(word in text_of(one) for word in words), TIMEOUT)


async def put_back(harness: Harness, saved: Path) -> None:
    await harness.stop()
    await asyncio.to_thread(shutil.rmtree, harness.settings.data_dir)
    await asyncio.to_thread(backup.restore, harness.settings, saved)
    await harness.start()


async def told(member: Member, channel: str) -> list[str]:
    """What the log channel says of lengths, in the order in which it stands there."""
    words = [one["content"] for one in await member.messages(channel)]
    return [one.partition("→ ")[2].partition(" s")[0] for one in words if "Longest track" in one]


async def test_posts_show_again_what_goes_on(new_harness: NewHarness, tmp_path: Path) -> None:
    async with new_harness(data_dir=tmp_path / "data") as harness:
        await harness.start()
        ada, ben = await harness.member("Ada"), await harness.member("Ben")
        await said(await ben.slash("contest start", theme="Night"), "is open")
        await said(await ben.slash("relay start", theme="Rain", seats=2, rounds=1), "is open")
        contest = await sees(ben, "Contest: Night", "Open for entries")
        relay = await sees(ben, "A line each: Rain", "Seats 1 of 2")
        await asyncio.to_thread(backup.save, harness.settings, tmp_path / "saved")
        await said(await ada.press(await said(await ada.slash("contest end"), "End it now"), "End it now"))
        await ada.press(relay, "Take a seat / Leave")
        await sees(ben, "A line each: Rain", "Line 1 of 2")
        await ben.wait_message(lambda one: "Open for entries" not in text_of(ben.latest(contest)), TIMEOUT)
        await put_back(harness, tmp_path / "saved")
        assert (await sees(ben, "Contest: Night", "Open for entries"))["id"] == contest["id"]
        assert (await sees(ben, "A line each: Rain", "Seats 1 of 2"))["id"] == relay["id"]


async def test_the_log_keeps_what_the_bot_forgot(new_harness: NewHarness, tmp_path: Path) -> None:
    """Numbers of changes come again; what they tell is another change."""
    async with new_harness(data_dir=tmp_path / "data") as harness:
        await harness.start()
        harness.discord.world.add_channel("The Porch", "log")
        ada = await harness.member("Ada")
        log = int(harness.discord.world.channel("log", "The Porch").id)
        await rule(harness, log_channel_id=log, longest=11)
        await eventually(lambda: _told(ada, ["11"]))
        await asyncio.to_thread(backup.save, harness.settings, tmp_path / "saved")
        for seconds in (22, 33):
            await rule(harness, longest=seconds)
        await eventually(lambda: _told(ada, ["11", "22", "33"]))
        await asyncio.sleep(1)  # Discord's moments are of whole seconds
        await put_back(harness, tmp_path / "saved")
        for seconds in (44, 55, 66):
            await rule(harness, longest=seconds)
        await eventually(lambda: _told(ada, ["11", "22", "33", "44", "55", "66"]))


async def _told(member: Member, lengths: list[str]) -> bool:
    return await told(member, "log") == lengths


async def test_a_vote_that_was_opened_since_is_not_opened_twice(
    new_harness: NewHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_harness(data_dir=tmp_path / "data") as harness:
        monkeypatch.setattr(harness.discord.messages, "nonce_lifetime", 0.0)
        await harness.start()
        ben = await harness.member("Ben")
        await made(ben, "Choice")
        asked = await said(await ben.slash("rework variations", track="Choice", count=2), "Make 2 for")
        held = harness.hold("funk")
        await ben.press(asked, "Make 2 for $0.002")
        await begun(held)
        await asyncio.to_thread(backup.save, harness.settings, tmp_path / "saved")
        held.release()
        await sees(ben, "**Which one?**")
        await put_back(harness, tmp_path / "saved")
        await eventually(lambda: _posted(harness))
        found = [one for one in await ben.messages() if "**Which one?**" in one["content"]]
        assert len(found) == 1


async def _posted(harness: Harness) -> bool:
    """Whether each vote has its message."""
    assert harness.bot is not None
    async with harness.bot.studio.database.read() as connection:
        return all((await connection.scalars(sa.select(ballots.c.message_id))).all())


async def test_a_start_finishes_a_restore_that_was_killed(new_harness: NewHarness, tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with new_harness(data_dir=data) as harness:
        await harness.start()
        ben = await harness.member("Ben")
        await made(ben, "Kept")
        await harness.stop()
        moves = [(f"{file}.restoring", f"{file}") for file in harness.settings.sqlite_files]
        await asyncio.to_thread(_kill_in_the_middle, data, moves)
        await harness.start()
        await said(await ben.slash("library track", track="Kept"), "kept-1.mp3")


def _kill_in_the_middle(data: Path, moves: list[tuple[str, str]]) -> None:
    for ready, place in moves:
        Path(place).rename(ready)
    (data / backup.MOVES).write_text(json.dumps({"source": "saved", "moves": moves}))

"""What was made after a backup stands in Discord alone once that is put back: nothing is told wrongly."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, begun, made, rule, said
from waiting import eventually

from cogs.core import history
from cogs.library.charts import ChartCommands
from cogs.moderating.log_channel import LogChannel
from cogs.posts.kept_messages import KeptMessages
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from rehearsal.wavespeed import Fault
from services import backup, clocks
from services.storage.database import now
from services.storage.tables import announcements, ballots, chart_posts, votes
from services.tracks import charts

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
INTERVALS = {ChartCommands: 0.05, KeptMessages: 0.1, LogChannel: 0.1}


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


async def test_a_weeks_charts_that_were_posted_since_are_not_posted_twice(
    new_harness: NewHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "HOUR", 0)  # whatever day and hour it is, last week's are due
    async with new_harness(data_dir=tmp_path / "data") as harness:
        monkeypatch.setattr(harness.discord.messages, "nonce_lifetime", 0.0)
        await harness.start()
        ben = await harness.member("Ben")
        hit = await made(ben, "Hit")
        await ben.press(hit, hit["components"][0]["components"][0]["custom_id"])
        await ben.wait_message(lambda one: one["id"] == hit["id"] and "♥ 1" in text_of(one), TIMEOUT)
        await rule(harness, chart_channel_id=int(hit["channel_id"]))
        await changed(harness, votes.update().values(at=charts.last_week(now(), ZoneInfo("UTC")).since))
        await asyncio.to_thread(backup.save, harness.settings, tmp_path / "saved")
        await _charts_since_long(harness)
        assert await _weekly(harness, ben) == 1
        await harness.stop()
        await asyncio.to_thread(shutil.rmtree, harness.settings.data_dir)
        await asyncio.to_thread(backup.restore, harness.settings, tmp_path / "saved")
        await harness.start()
        await _charts_since_long(harness)
        assert await _weekly(harness, ben) == 1


async def _charts_since_long(harness: Harness) -> None:
    long_ago = now() - timedelta(days=30)
    await changed(harness, chart_posts.update().values(since=long_ago))


async def _weekly(harness: Harness, member: Member) -> int:
    """How often last week's charts are there, once they are done with."""
    await eventually(
        lambda: there(
            harness, sa.select(chart_posts).where(chart_posts.c.done, chart_posts.c.message_id.is_not(None))
        )
    )
    return sum("The week's charts" in one["content"] for one in await member.messages())


async def changed(harness: Harness, change: Any) -> None:
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        await connection.execute(change)


async def there(harness: Harness, query: Any) -> bool:
    """Whether the bot's tables have something of that."""
    assert harness.bot is not None
    async with harness.bot.studio.database.read() as connection:
        return (await connection.execute(query)).first() is not None


async def test_a_failure_that_was_told_since_is_not_told_twice(
    new_harness: NewHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "FRESH", timedelta(0))  # as some minutes later
    monkeypatch.setattr(clocks, "SET_SINCE", timedelta(0))
    async with new_harness(data_dir=tmp_path / "data", interaction_token_lifetime=0.1) as harness:
        monkeypatch.setattr(harness.discord.messages, "nonce_lifetime", 0.0)
        await harness.start()
        ben = await harness.member("Ben")
        harness.wave.faults.add(Fault("render_failed", tags="funk", times=None))
        held = harness.hold("funk")
        await ben.slash("compose", tags="funk", duration=5, title="Doomed")
        await begun(held)
        await asyncio.to_thread(backup.save, harness.settings, tmp_path / "saved")
        held.release()
        for _ in range(2):
            await eventually(
                lambda: there(harness, sa.select(announcements).where(announcements.c.said_at.is_not(None)))
            )
            said_so = [one for one in await ben.messages() if one["content"].startswith(f"<@{ben.id}>")]
            assert len(said_so) == 1
            await put_back(harness, tmp_path / "saved")


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

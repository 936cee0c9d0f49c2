"""A contest goes on by itself after a restart in each of its phases."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from bot_harness import TIMEOUT, Harness, made, said
from contesting import entries, now_says, number_of, of, over, restarted, started, vote_in_pair
from waiting import eventually

from cogs.contests.keeper import ContestKeeper
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.reading import text_of
from services.contests import storage
from services.contests.contest import Phase


async def test_rounds_of_two_with_a_restart_in_each_phase(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    async with new_harness() as harness:
        await harness.start()
        ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
        post = await started(ada, "Night Train", voting="pairs", vote=60)
        planned = harness.discord.world.guild("The Porch").scheduled_events

        async def announced() -> bool:
            return bool(planned)

        await eventually(announced)
        (event,) = planned.values()
        assert event["name"] == "Contest: Night Train"
        assert event["entity_metadata"]["location"].endswith(f"/{post['id']}")
        await restarted(harness)
        await entries([ada, ben, cleo], post, "Train")
        post = await now_says(ada, post, "**3 tracks** are entered")
        assert (await over(harness, post)).rounds == 2
        post = await now_says(ada, post, "Round 1 of 2", "against", "goes on")
        assert event["status"] == 2  # it has begun
        await restarted(harness)
        members = {await number_of(one, post): one for one in (ada, ben, cleo)}
        pair = re.search(r"\*\*(\d)\*\* against \*\*(\d)\*\*", text_of(post))
        assert pair is not None
        (outsider,) = [one for number, one in members.items() if number not in pair.groups()]
        chosen = await vote_in_pair(outsider, post)
        await now_says(ada, post, "1 member has voted")
        await restarted(harness)
        await over(harness, post)
        post = await now_says(ada, post, "Round 2 of 2")
        assert f"**{chosen}**" in text_of(post)
        loser = members[next(number for number in pair.groups() if number != chosen)]
        winner = await vote_in_pair(loser, post)
        assert (await over(harness, post)).phase is Phase.ENDED
        await restarted(harness)
        result = await ben.wait_message(lambda one: "The result: Night Train" in text_of(one), TIMEOUT)
        lines = [line for line in text_of(result).splitlines() if line[:2] in ("1.", "2.", "3.")]
        assert f"<@{members[winner].id}>" in lines[0]
        assert f"<@{loser.id}>" in lines[2]
        assert len([one for one in await ben.messages(post["id"]) if "The result" in text_of(one)]) == 1

        async def is_over() -> bool:
            return event["status"] == 3

        await eventually(is_over)


async def test_what_a_kill_left_unwritten_is_found_and_not_made_twice(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    """A thread and an event that are there, and of which nothing was written down."""
    async with new_harness() as harness:
        bot = await harness.start()
        ada = await harness.member("Ada")
        post = await started(ada, "Twice")
        porch = harness.discord.world.guild("The Porch")

        async def announced() -> bool:
            contest = await of(harness, post)
            return bool(contest.event_id and contest.thread_id)

        await eventually(announced)
        before = await of(harness, post)
        async with bot.studio.database.write() as connection:
            await storage.change(connection, before.id, thread_id=None, event_id=None)
        await restarted(harness)
        await eventually(announced)
        after = await of(harness, post)
        assert (after.thread_id, after.event_id) == (before.thread_id, before.event_id)
        assert len(porch.scheduled_events) == 1


async def test_what_changes_while_its_event_is_made_makes_no_second_one(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    async with new_harness() as harness:
        await harness.start()
        ada = await harness.member("Ada")
        await made(ada, "In Time")
        slow = Fault("slow", "POST", "/guilds/*/scheduled-events", seconds=2)
        harness.discord.faults.add(slow)
        post = await started(ada, "Once")
        await eventually(lambda: asyncio.sleep(0, slow.hits > 0))
        await said(await ada.slash("contest enter", track="In Time"), "is entered")

        async def announced() -> bool:
            return (await of(harness, post)).event_id is not None

        await eventually(announced)
        requests = [one for one in harness.discord.requests if one.path.endswith("/scheduled-events")]
        assert [one.method for one in requests].count("POST") == 1


async def test_an_event_that_discord_says_had_failed_is_there_once(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    """It had not, and discord.py made another by itself."""
    async with new_harness() as harness:
        await harness.start()
        ada = await harness.member("Ada")
        masked = Fault("masked", "POST", "/guilds/*/scheduled-events", status=502)
        harness.discord.faults.add(masked)
        post = await started(ada, "Double")

        async def announced() -> bool:
            return (await of(harness, post)).event_id is not None

        await eventually(announced)
        planned = harness.discord.world.guild("The Porch").scheduled_events.values()
        assert [one["status"] for one in planned].count(1) == len(planned) - masked.hits == 1
        (event,) = [one for one in planned if one["status"] == 1]
        assert (await of(harness, post)).event_id == int(event["id"])


async def test_an_outage_puts_its_event_off(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ContestKeeper, "calm", 0.2)
    async with new_harness() as harness:
        await harness.start()
        ada = await harness.member("Ada")
        events = {"path": "/guilds/*/scheduled-events*", "status": 503, "times": 2}
        harness.discord.faults.add(Fault("down", **events))
        post = await started(ada, "Sleet")
        planned = harness.discord.world.guild("The Porch").scheduled_events

        async def announced() -> bool:
            return bool(planned)

        await eventually(announced)
        harness.discord.faults.add(Fault("down", **events))
        await over(harness, post)
        (event,) = planned.values()

        async def is_over() -> bool:
            return event["status"] in (3, 4)  # ended, or cancelled

        await eventually(is_over)

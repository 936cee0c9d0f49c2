"""What is done is not told as broken: not while the bot stops, and not because the telling itself fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, said, track_of
from jamming import panel_of, start

from cogs.jams import acts
from cogs.jams.panels import JamPanels
from cogs.posts import progress_reply

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


async def test_a_track_that_was_taken_while_the_bot_stops_is_told_of_and_made(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_harness() as harness:
        bot = await harness.start()
        ben = await harness.member("Ben")
        compose, taken = bot.studio.requests.compose_all, asyncio.Event()

        async def compose_slowly(requests: Any, *_: Any) -> Any:
            await compose(requests)
            taken.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(bot.studio.requests, "compose_all", compose_slowly)
        held = harness.hold("ska")
        answer = await ben.slash("compose", tags="ska", duration=5, title="Taken")
        await asyncio.wait_for(taken.wait(), TIMEOUT)
        await harness.stop()
        await said(answer, "restarting", "go on with it when I am back")
        held.release()
        await harness.start()
        await track_of(ben, "Taken")
        await said(answer, "is finished")


async def test_what_breaks_after_the_bot_has_closed_is_told_as_what_it_is(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_harness() as harness:
        bot = await harness.start()
        ben = await harness.member("Ben")
        closed = asyncio.Event()

        async def broken(*_: Any) -> Any:
            await closed.wait()
            raise RuntimeError("the database is closed")

        monkeypatch.setattr(bot.studio.requests, "compose_all", broken)
        answer = await ben.slash("compose", tags="ska", duration=5, title="Closed")
        bot.open = False
        closed.set()
        await said(answer, "restarting")
        assert "Something broke" not in answer.text


async def test_an_answer_that_cannot_be_written_is_written_later(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_reply, "FIRST_PAUSE", 0.1)
    async with new_harness() as harness:
        bot = await harness.start()
        ben = await harness.member("Ben")
        outlook, failed = bot.studio.queue.outlook, asyncio.Event()

        async def outlook_later(*given: Any) -> Any:
            if not failed.is_set():
                failed.set()
                raise RuntimeError("the database was away")
            return await outlook(*given)

        monkeypatch.setattr(bot.studio.queue, "outlook", outlook_later)
        await bot.studio.queue.pause(int(ben.guild["id"]))  # nothing moves that would bring the answer
        answer = await ben.slash("compose", tags="ska", duration=5, title="Late Answer")
        await said(answer, "Late Answer", "paused")
        assert failed.is_set()


async def test_a_jam_that_is_locked_in_is_made_though_asking_for_its_track_breaks(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JamPanels, "interval", 0.2)
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        panel = await start(ben, "Broken Once", tags="ska", duration=5)
        make = acts.make

        async def broken(*_: Any) -> Any:
            monkeypatch.setattr(acts, "make", make)
            raise RuntimeError("the database is away")

        monkeypatch.setattr(acts, "make", broken)
        answer = await ben.press(panel, "Make it now")
        await track_of(ben, "Broken Once")
        await panel_of(ben, "Broken Once", "Listen, and vote")
        assert "broke" not in (await answer.refresh()).text
        assert answer.followups == []

"""What a bot that starts again knows nothing of: what its answers say, and which messages are gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from bot_harness import Harness, made, said
from test_deleted_messages import address, delete, forgotten
from waiting import eventually

from cogs.posts.progress_reply import ProgressReplies
from services.tracks.sight import everything_in
from services.tracks.track import State

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
INTERVALS = {ProgressReplies: 0.1}


async def test_an_answer_says_why_its_track_waits(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_harness() as harness:
        held = harness.hold("slow")
        with monkeypatch.context() as patch:
            patch.setattr(ProgressReplies, "interval", 1000.0)
            bot = await harness.start()
            ben, ada = await harness.member("Ben"), await harness.member("Ada")
            for _ in range(2):  # both places of the account
                await ben.slash("compose", tags="slow", duration=5)

            async def begun() -> bool:
                entries = (await bot.studio.queue.view(everything_in(int(ben.guild["id"])))).entries
                return [one.track.state for one in entries] == [State.RENDERING] * 2

            await eventually(begun)
            answer = await ben.slash("compose", tags="ska", duration=5, title="From Before")
            await ada.press(await said(await ada.slash("queue"), "From Before"), "Pause")
            assert "in line" in (await answer.refresh()).text
            await harness.stop()
        await harness.start()
        await said(answer, "A moderator has paused")
        held.release()


async def test_what_was_deleted_meanwhile_is_found_out_before_it_is_linked(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        message, other = await made(ben, "Missed"), await made(ben, "Still There")
        await harness.stop()
        await delete(harness, message)
        await harness.start()

        def looked_for() -> int:
            return sum(f"/messages/{other['id']}" in one.path for one in harness.discord.requests)

        assert (
            address(message)
            not in (await said(await ben.slash("library track", track="Missed"), "Missed")).text
        )
        assert "[listen]" not in (await said(await ben.slash("library tracks", text="missed"), "Missed")).text
        for _ in range(2):
            await said(await ben.slash("library track", track="Still There"), address(other))
            assert looked_for() == 1  # once, of what was posted before


async def test_a_vote_on_what_was_deleted_meanwhile_finds_it_out(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        message = await made(ben, "Voted Away")
        shown = await said(await ben.slash("library track", track="Voted Away"), address(message))
        await harness.stop()
        await delete(harness, message)
        await harness.start()
        await ben.press(shown, "♥ Vote")
        await forgotten(harness, "Voted Away")

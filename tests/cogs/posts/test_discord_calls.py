"""How often Discord is asked for anything on a track's way: the acknowledgement, which is the answer, the
track's message, and one edit of the answer; more only where its member would want to know.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from bot_harness import TIMEOUT, Harness, done_again, made, said
from waiting import eventually

from cogs.core import responses
from cogs.posts.progress_reply import ProgressReplies
from rehearsal.discord.members.member import Answer, Member
from rehearsal.wavespeed import Fault
from services.pipeline.render_time import RenderTimes
from services.tracks.sight import everything_in
from services.tracks.track import State

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {ProgressReplies: 0.1}
KINDS = {
    "answered": r"POST /interactions/\d+/[^/]+/callback",
    "edited": r"PATCH /webhooks/\d+/[^/]+/messages/@original",
    "posted": r"POST /channels/\d+/messages",
}
A_TRACK = ["answered", "posted", "edited"]


@contextmanager
def calls(harness: Harness) -> Iterator[list[str]]:
    """Every request to Discord from now until the end, by what it does."""
    asked, found = len(harness.discord.requests), list[str]()
    yield found
    for request in harness.discord.requests[asked:]:
        line = f"{request.method} {re.sub(r'^/api/v[0-9]+', '', request.path)}"
        found.append(next((kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, line)), line))


async def finished(answer: Answer, count: int = 1) -> None:
    await answer.until(lambda now: now.text.count("is finished") == count, TIMEOUT)


async def test_a_track(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Which Loads What Is Loaded Once")
    with calls(harness) as found:
        await finished(await ben.slash("compose", tags="ska", duration=5, title="Straight On"))
    assert found == A_TRACK


async def test_a_track_from_a_form(harness: Harness) -> None:
    ben = await harness.member("Ben")
    form = await ben.slash("compose", tags="ska", duration=5, vocals="write", title="Written Down")
    with calls(harness) as found:
        await finished(await ben.submit(form, lyrics="[verse]\nCount me in"))
    assert found == A_TRACK


async def test_a_remix_a_rework_and_another_take(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "To Go On From")
    with calls(harness) as found:
        await finished(await ben.slash("remix-seed", track="To Go On From", tags="polka", title="Remixed"))
    assert found == A_TRACK
    with calls(harness) as found:
        await finished(
            await ben.slash("rework restyle", track="To Go On From", tags="waltz", title="Reworked")
        )
    assert found == A_TRACK
    with calls(harness) as found:
        await finished(await ben.press(message, "Again"))
    assert found == A_TRACK


async def test_a_set_of_variations(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Four Times")
    with calls(harness) as found:
        question = await said(await ben.slash("rework variations", track="Four Times", count=4), "Make 4")
        await finished(await ben.press(question, "Make 4 for $0.004"), 4)
        await ben.wait_message(lambda one: one["content"].startswith("**Which one?**"), TIMEOUT)
    # The question; what was pressed is acknowledged, then says what comes, and in the end what came of it;
    # four tracks, and the vote.
    assert sorted(found) == ["answered"] * 2 + ["edited"] * 2 + ["posted"] * 5


@asynccontextmanager
async def full(harness: Harness, member: Member) -> AsyncIterator[list[Answer]]:
    """Both places of the account are taken until the end, by tracks with those answers."""
    held = harness.hold("slow")

    async def begun() -> bool:
        assert harness.bot is not None
        entries = (await harness.bot.studio.queue.view(everything_in(int(member.guild["id"])))).entries
        return [one.track.state for one in entries] == [State.RENDERING] * 2

    try:
        answers = [await member.slash("compose", tags="slow", duration=5) for _ in range(2)]
        await eventually(begun)
        yield answers
    finally:
        held.release()
        harness.wave.faults.remove(held)


async def test_a_track_that_waited_was_paused_and_went_on(harness: Harness) -> None:
    ben, ada = await harness.member("Ben"), await harness.member("Ada")
    async with full(harness, ben) as before:
        with calls(harness) as found:
            answer = await ben.slash("compose", tags="ska", duration=5, title="Held Up")
            queue = await said(await ada.slash("queue"), "Held Up")
        assert found == ["answered"] * 2 + ["edited"]  # the latter two are the queue's
        with calls(harness) as found:
            await said(await ada.press(queue, "Pause"), "Paused.")
            await said(answer, "A moderator has paused")
        assert sorted(found) == ["answered", "edited", "edited"]
        with calls(harness) as found:
            await said(await ada.press(queue, "Resume"), "Resumed.")
            await said(answer, "in line: it starts in a moment")  # its place may be that of a moment ago
        assert sorted(found) == ["answered", "edited", "edited"]
    with calls(harness) as found:
        for one in [*before, answer]:
            await finished(one)
    assert sorted(found) == ["edited"] * 3 + ["posted"] * 3


async def test_a_track_whose_provider_does_not_answer_says_so_until_it_does(harness: Harness) -> None:
    ben = await harness.member("Ben")
    harness.wave.faults.add(Fault("lost_after", tags="vague"))
    silent = harness.wave.faults.add(Fault("down", "history", times=None))
    try:
        with calls(harness) as found:
            answer = await ben.slash("compose", tags="vague", duration=5, title="Unheard Of")
            await said(answer, "Unheard Of", "does not answer right now", "goes on by itself")
            await said(await ben.slash("queue"), "waits for something that does not answer now")
    finally:
        harness.wave.faults.remove(silent)
    await finished(answer)
    assert found[:2] == ["answered", "edited"]


async def test_a_wait_that_grew_much_longer_is_said_once(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await harness.member("Ben")
    async with full(harness, ben) as before:
        answer = await ben.slash("compose", tags="ska", duration=5, title="Put Back")
        told = answer.text
        with calls(harness) as found:
            monkeypatch.setattr(RenderTimes, "render_seconds", lambda *_: 500.0)
            await answer.until(lambda now: now.text != told, TIMEOUT)
            await done_again(harness, ProgressReplies)
        assert found == ["edited"]
    for one in [*before, answer]:
        await finished(one)


async def test_what_takes_long_is_acknowledged_before(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert harness.bot is not None
    ben = await harness.member("Ben")
    monkeypatch.setattr(responses, "BEFORE_HOLD", 0.05)
    with calls(harness) as found:
        async with harness.bot.studio.database.write():
            answer = await ben.slash("compose", tags="ska", duration=5, title="Later")
            assert answer.state == "deferred"
        await finished(answer)
    assert found == ["answered", "edited", "posted", "edited"]


async def test_where_many_wait_all_are_acknowledged_at_once(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await harness.member("Ben")
    monkeypatch.setattr(responses, "MANY", 0)
    with calls(harness) as found:
        await finished(await ben.slash("compose", tags="ska", duration=5, title="One of Many"))
    assert found == ["answered", "edited", "posted", "edited"]

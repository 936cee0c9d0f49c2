"""Where a contest is: what becomes of it when its thread or its channel goes, and who does not see it."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, blinking, delete, followups, made, said, shut
from contesting import contest_id, entries, of, over, started
from waiting import eventually

from cogs.posts import shut_places
from cogs.posts.kept_messages import KeptMessages
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from services.contests.contest import Phase
from services.contests.entries import result_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_without_its_thread_the_result_is_told_in_the_channel(harness: Harness) -> None:
    ada, ben = [await harness.member(name, channel="music") for name in ("Ada", "Ben")]
    post = await started(ada, "Thread")

    async def has_thread() -> bool:
        return (await of(harness, post)).thread_id == int(post["id"])

    async def has_none() -> bool:
        return (await of(harness, post)).thread_id == 0

    await eventually(has_thread)
    harness.discord.world.delete_channel(post["id"])
    await eventually(has_none)
    await entries([ada, ben], post, "Thread")
    await over(harness, post)
    await over(harness, post)
    result = await ben.wait_message(lambda one: "The result: Thread" in text_of(one), TIMEOUT)
    assert result["channel_id"] == post["channel_id"]


async def test_where_the_channel_is_shut_for_a_while_the_result_comes_after_that(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.2)
    monkeypatch.setattr(KeptMessages, "calm", 0.2)
    ada, world = await harness.member("Ada", channel="music"), harness.discord.world
    post = await started(ada, "Shut")
    world.set_permissions("music", deny=["send_messages", "send_messages_in_threads"])
    await over(harness, post)

    async def refused() -> bool:
        found = await messages.get(result_of(contest_id(post)))
        return (
            found is not None and found.intent_at is not None and found.channel_id == int(post["channel_id"])
        )

    assert harness.bot is not None
    messages = harness.bot.studio.kept_messages
    await eventually(refused)
    world.set_permissions("music")
    await ada.wait_message(lambda one: "The result: Shut" in text_of(one), TIMEOUT)


async def test_which_contest_is_meant_is_asked_where_it_is_not_said(harness: Harness) -> None:
    ada, there = await harness.member("Ada", channel="music"), await harness.member("Ben", channel="lounge")
    await said(await ada.slash("contest end"), "No contest is open for that now", "`/contest start`")
    posts = [await started(ada, "One Meant"), await started(there, "Other Meant")]
    await ada.go("after-dark")
    await said(await ada.slash("contest end"), "Several contests go on", "`contest`")
    for post in posts:
        await over(harness, post)
        await over(harness, post)
    given = {"contest": contest_id(posts[0]), "forged": True}
    await said(await ada.slash("contest end", **given), "No contest is open for that now")


async def test_who_does_not_see_the_channel_sees_nothing_of_the_contest(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name, channel="lounge") for name in ("Ada", "Ben", "Cleo")]
    post = await started(ada, "Hidden")
    await entries([ada, ben], post, "Hidden")
    await shut(harness, "lounge", "Ada", "Ben")
    await cleo.go("music")
    await over(harness, post)
    await said(await ben.slash("contest list"), "Hidden")
    listed = await said(await cleo.slash("contest list"))
    assert "Hidden" not in listed.text
    await said(await cleo.slash("contest show", contest=contest_id(post)), "no such contest")
    on = await said(await cleo.slash("queue"), "Queue")
    for verb in ("ballot", "mine", "album", "listen", "offer"):
        answer = await cleo.press(on, f"contest:{verb}:{contest_id(post)}", ["1"], forged=True)
        await answer.until(lambda now: "no such contest" in now.text + followups(now), TIMEOUT)
    await over(harness, post)
    table = await said(await cleo.slash("contest table"))
    assert f"<@{ben.id}> · **5" not in text_of(table.message or {})
    await said(await ben.slash("contest show", contest=contest_id(post)), "The result: Hidden")


async def is_told(harness: Harness, post: dict[str, Any]) -> bool:
    """Whether the contest has its thread, and its event or none, and its post says so."""
    assert harness.bot is not None
    contest = await of(harness, post)
    due = await harness.bot.studio.kept_messages.due()
    return bool(contest.thread_id and contest.event_id is not None) and not due


async def shown_anew(member: Member, post: dict[str, Any]) -> None:
    """Once there is another post of the contest."""
    offer = f"contest:offer:{contest_id(post)}"
    await member.wait_message(lambda one: one["id"] != post["id"] and offer in str(one), TIMEOUT)


async def test_its_post_comes_back_when_it_is_asked_for(harness: Harness) -> None:
    ada = await harness.member("Ada", channel="lounge")
    post = await started(ada, "Swept")
    await eventually(lambda: is_told(harness, post))
    delete(harness, post)
    await said(await ada.slash("contest start", theme="Second"), "one channel has one at a time")
    await shown_anew(ada, post)


async def test_a_deleted_post_that_may_not_be_posted_anew_comes_once_it_may(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.2)
    monkeypatch.setattr(KeptMessages, "calm", 0.2)
    assert harness.bot is not None
    ada = await harness.member("Ada", channel="music")
    await made(ada, "Kept In")
    post = await started(ada, "Torn Down")
    await eventually(lambda: is_told(harness, post))
    delete(harness, post)
    path = f"/channels/{post['channel_id']}/messages"
    harness.discord.faults.add(Fault("refuse", "POST", path, times=3, code=50013))
    await harness.bot.studio.contests.show_anew(contest_id(post))
    await shown_anew(ada, post)
    assert (await of(harness, post)).phase is Phase.ENTRIES
    await said(await ada.slash("contest enter", track="Kept In", contest=contest_id(post)), "is entered")
    await ada.wait_message(lambda one: one["id"] != post["id"] and "**1 track**" in text_of(one), TIMEOUT)


async def test_a_channel_that_is_gone_ends_its_contest(harness: Harness) -> None:
    ada = await harness.member("Ada", channel="after-dark")
    post = await started(ada, "Gone")

    async def cancelled() -> bool:
        return (await of(harness, post)).phase is Phase.CANCELLED

    assert harness.bot is not None
    with blinking(harness.bot.studio.contests, "give_up"):
        harness.discord.world.delete_channel(post["channel_id"])
        await eventually(cancelled)


async def test_a_channel_that_went_while_the_bot_was_away_ends_its_contest(harness: Harness) -> None:
    world = harness.discord.world
    world.add_channel("The Porch", "cellar")
    ada = await harness.member("Ada", channel="cellar")
    post = await started(ada, "Asleep")
    await harness.stop()
    world.delete_channel(post["channel_id"])
    await harness.start()
    assert harness.bot is not None
    await harness.bot.studio.contests.show_anew(contest_id(post))

    async def cancelled() -> bool:
        return (await of(harness, post)).phase is Phase.CANCELLED

    await eventually(cancelled)

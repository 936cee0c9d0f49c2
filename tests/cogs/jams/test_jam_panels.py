"""Panels as messages: in threads, deleted, pressed by a crowd, left alone; and who was overtaken."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, said, track_of
from jamming import alone, ends, jam_id, join, panel_of, panel_where, recap_of, start, tags, writes
from waiting import eventually

from cogs.core.coalesced_edits import CoalescedEdits
from cogs.jams import panels
from cogs.jams.panels import JamPanels
from cogs.posts import shut_places
from cogs.texts.formatting import boxed
from rehearsal.discord.entities import NEWS, NEWS_THREAD, Channel
from rehearsal.discord.faults import Fault, Kind
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from rehearsal.discord.snowflake import Snowflakes
from services.tracks.sight import everything_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTERVALS = {JamPanels: 0.2}


def thread_in(answer: Answer) -> str:
    """The id of the thread that the answer links to."""
    return answer.text.split("/channels/")[1].split("/")[1]


async def test_in_a_thread_of_its_own(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    harness.discord.world.set_permissions("music", "bot", deny=["create_public_threads"])
    try:
        answer = await said(await ben.slash("jam start", theme="Apart", tags="ska", thread=True), "I cannot")
        assert "*Create Public Threads*" in answer.text
    finally:
        harness.discord.world.set_permissions("music", "bot")
    answer = await said(
        await ben.slash("jam start", theme="Apart", tags="ska", duration=5, thread=True), "is open"
    )
    thread = thread_in(answer)
    for member in (ben, cleo):
        await member.go("Apart")
        assert member.channel["id"] == thread
    await join(cleo, "Apart")
    harness.discord.world.update_channel(thread, archived=True)  # quiet for a day
    panel = await panel_of(ben, "Apart")
    await tags(ben, panel, "trombone")
    panel = await panel_of(ben, "Apart", "ska, trombone")
    await ben.press(panel, "Make it now")
    message = await track_of(ben, "Apart")
    assert message["channel_id"] == thread
    await panel_of(ben, "Apart", "Listen, and vote")
    await ends(ben, "Apart")
    assert (await recap_of(ben, "Apart"))["channel_id"] == thread
    await said(
        await ben.slash("jam start", theme="Deeper", thread=True), "A thread starts from a text channel"
    )


async def test_in_a_thread_of_a_channel_for_announcements(harness: Harness) -> None:
    world = harness.discord.world
    world.add_channel("The Porch", "announced", kind=NEWS)
    ben = await harness.member("Ben", channel="announced")
    answer = await said(await ben.slash("jam start", theme="Aloud", tags="ska", thread=True), "is open")
    assert world.channel(thread_in(answer)).type == NEWS_THREAD
    await ben.go("Aloud")
    await ends(ben, "Aloud")


async def test_a_thread_that_takes_its_time_loses_no_jam(harness: Harness) -> None:
    ben = await harness.member("Ben")
    slow = harness.discord.faults.add(Fault("slow", method="POST", path="/channels/*/threads", seconds=1.5))
    answer = await said(await ben.slash("jam start", theme="Unhurried", tags="ska", thread=True), "is open")
    assert slow.hits == 1
    await ben.go("Unhurried")
    assert thread_in(answer) == ben.channel["id"]
    await ends(ben, "Unhurried")


def threads_named(harness: Harness, name: str) -> list[Channel]:
    channels = harness.discord.world.guild("The Porch").channels.values()
    return [one for one in channels if one.is_thread and one.name == name]


@pytest.mark.parametrize("kind", ["lost", "masked"])  # with 502, after which discord.py asks again
async def test_a_thread_whose_answer_is_lost_leaves_no_empty_one(harness: Harness, kind: Kind) -> None:
    ben, name = await harness.member("Ben"), f"Answer {kind}"
    harness.discord.faults.add(Fault(kind, "POST", "/channels/*/threads", status=502, times=1))
    answer = await said(await ben.slash("jam start", theme=name, tags="ska", thread=True), "is open")
    assert [one.id for one in threads_named(harness, name) if not one.archived] == [thread_in(answer)]
    await ben.go(thread_in(answer))
    await ends(ben, name)


@pytest.mark.parametrize("kind", ["lost", "cut", "masked"])
async def test_a_panel_whose_answer_is_lost_is_there_once_and_is_the_jams(
    harness: Harness, kind: Kind
) -> None:
    ben, theme = await harness.member("Ben"), f"Panel {kind}"
    fault = harness.discord.faults.add(Fault(kind, "POST", "/channels/*/messages", status=502, times=1))
    panel = await start(ben, theme, tags="ska", duration=5)
    assert fault.hits == 1
    posted = [one for one in await ben.messages() if theme in text_of(one) and not one["ephemeral"]]
    assert [one["id"] for one in posted] == [panel["id"]]
    await tags(ben, panel, "trombone")
    assert (await panel_of(ben, theme, "trombone"))["id"] == panel["id"]
    await ends(ben, theme)


async def test_a_thread_in_which_no_jam_comes_about_is_put_away(harness: Harness) -> None:
    ben = await harness.member("Ben")
    before = {one.id for one in harness.discord.world.all_channels()}
    harness.discord.faults.add(Fault("refuse", "POST", "/channels/*/messages", code=50013, times=None))
    try:
        await said(await ben.slash("jam start", theme="Unsaid", tags="ska", thread=True), "No jam was opened")
    finally:
        harness.discord.faults.clear()
    (thread,) = [one for one in harness.discord.world.all_channels() if one.id not in before]
    assert (thread.archived, "Unsaid" in thread.name) == (True, False)


async def delete(moderator: Member, message: dict[str, Any]) -> None:
    path = f"channels/{message['channel_id']}/messages/{message['id']}"
    await moderator.ask("DELETE", f"{path}?member={moderator.id}")


async def test_a_deleted_panel_is_posted_anew(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, "Deleted", tags="ska", duration=5)
    form = await ben.press(panel, "Add tags")
    await delete(await harness.member("Ada"), panel)
    await ben.submit(form, tags="trombone")
    panel = await panel_of(cleo, "Deleted", "ska, trombone")
    await delete(await harness.member("Ada"), panel)
    listed = await said(await cleo.slash("jam list"), "“Deleted”")
    again = await panel_where(cleo, "Deleted", lambda _text: True)
    assert again["id"] != panel["id"]
    assert f"/{again['id']}:" in listed.text  # not the one that it has just replaced
    await ends(ben, "Deleted")


async def test_the_next_round_has_its_panel_below_the_track(harness: Harness) -> None:
    ben = await harness.member("Ben")
    panel = await start(ben, "Down", tags="ska", duration=5)
    await ben.press(panel, "Lock in / Unlock")
    message = await track_of(ben, "Down")
    panel = await panel_of(ben, "Down", "Listen, and vote")
    form = await ben.press(panel, "Next round")
    await ben.submit(form, keep=["tags"])
    below = await panel_of(ben, "Down", "Round 2", "**Tags** ska")
    assert int(below["id"]) > int(message["id"])
    await alone(ben, "Down", below)
    await ben.press(below, "Make it now")
    await track_of(ben, "Down, round 2")
    await panel_of(ben, "Down", "Listen, and vote")
    await ends(ben, "Down")


async def test_whatever_its_number_was_a_panel_gets_a_successor(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord takes a message for the one before it where both have one nonce."""
    ids, last = harness.discord.world.snowflakes, [0]

    def round_number() -> str:
        last[0] = max(int(Snowflakes.next(ids)), last[0]) // 100_000 * 100_000 + 100_000
        return str(last[0])

    monkeypatch.setattr(ids, "next", round_number)
    ben = await harness.member("Ben")
    panel = await start(ben, "Round Numbers", tags="ska", duration=5)
    await ben.press(panel, "Lock in / Unlock")
    panel = await panel_of(ben, "Round Numbers", "Listen, and vote")
    await ben.submit(await ben.press(panel, "Next round"), keep=["tags"])
    below = await panel_where(ben, "Round Numbers", lambda text: "Round 2" in text)
    await alone(ben, "Round Numbers", below)
    assert below["id"] != panel["id"]
    await ends(ben, "Round Numbers")


async def test_a_panel_that_discord_does_not_let_be_edited_for_long_is_posted_anew(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, "Too Often", tags="ska", duration=5)
    edits: Any = {"method": "PATCH", "path": f"/channels/*/messages/{panel['id']}", "code": 30046}
    harness.discord.faults.add(Fault("rate_limited", retry_after=40, times=None, **edits))
    began = asyncio.get_running_loop().time()
    await cleo.press(panel, "Join / Leave")
    anew = await panel_of(ben, "Too Often", f"<@{cleo.id}>")
    assert asyncio.get_running_loop().time() - began < 20
    assert anew["id"] != panel["id"]
    assert anew["mentions"] == []
    await alone(ben, "Too Often", anew)
    await tags(ben, anew, "trombone")
    assert (await panel_of(ben, "Too Often", "ska, trombone"))["id"] == anew["id"]
    await ends(ben, "Too Often")


async def test_one_that_cannot_be_edited_either_is_not_posted_over_and_over(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "LONG", 5.5)
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, "Never", tags="ska", duration=5)
    edits = harness.discord.faults.add(
        Fault("rate_limited", method="PATCH", path="/channels/*/messages/*", retry_after=6, times=None)
    )
    await cleo.press(panel, "Join / Leave")
    anew = await panel_of(ben, "Never", f"<@{cleo.id}>")
    before = edits.hits
    await tags(ben, anew, "trombone")
    await tags(cleo, anew, "oboe")
    await eventually(lambda: _hit(edits, before + 1))
    assert len([m for m in await ben.messages() if "## Jam “Never”" in text_of(m)]) == 1
    harness.discord.faults.clear()
    await panel_of(ben, "Never", "trombone", "oboe")  # in the order in which the two arrived
    await ends(ben, "Never")


async def _hit(fault: Fault, times: int) -> bool:
    return fault.hits >= times


async def test_who_was_overtaken_sees_both_texts_and_loses_none(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, "Overtaken", tags="ska", duration=5)
    await join(cleo, "Overtaken")
    await writes(ben, panel, "New: Verse", "One\nTwo")
    panel = await panel_of(ben, "Overtaken", "1. Verse")
    forms = [await who.press(panel, "Write a section …", ["Change 1. Verse"]) for who in (ben, cleo)]
    await ben.submit(forms[0], text="One\nTwo\nThree")
    await panel_of(cleo, "Overtaken", "> Three")
    answer = await cleo.submit(forms[1], text="Eins\n```Zwei")
    await answer.until(lambda now: now.followups, TIMEOUT)
    (kept,) = answer.followups
    for words in ("Somebody else changed this section", boxed("One\nTwo\nThree"), boxed("Eins\n```Zwei")):
        assert words in text_of(kept)
    form = await cleo.press(kept, "Go on with mine")
    assert "Eins\n```Zwei" in form.text
    await cleo.press(kept, "Put mine below")
    await panel_of(ben, "Overtaken", "> Three", "> Eins")
    await cleo.submit(form)  # opened before that
    menu = await said(await ben.press(panel, "Arrange"), "Which section?")
    await ben.press(menu, "Which section? …", ["1. Verse"])
    await said(menu, "What to do with it?")
    await ben.press(menu, "Bring back what was before")
    await panel_where(ben, "Overtaken", lambda text: "> Three" in text and "> Eins" not in text)
    await ben.press(menu, "Take out")
    await panel_where(ben, "Overtaken", lambda text: "1. Verse" not in text)
    await ends(ben, "Overtaken")


async def test_fifty_press_at_once_and_the_panel_is_edited_a_few_times(harness: Harness) -> None:
    ben = await harness.member("Ben")
    panel = await start(ben, "Crowd", tags="ska", duration=5, share=100)
    crowd = [harness.discord.world.add_member("The Porch", f"Fan {number}") for number in range(50)]
    place = {"guild": ben.guild["id"], "channel": ben.channel["id"], "message": panel["id"]}
    path = f"/channels/{panel['channel_id']}/messages/{panel['id']}"

    def edits() -> int:
        return sum(one.method == "PATCH" and one.path.endswith(path) for one in harness.discord.requests)

    before, began = edits(), asyncio.get_running_loop().time()

    async def press(fan: Any, verb: str) -> None:
        press = {"kind": "component", "custom_id": f"jam:{verb}:{jam_id(panel)}", "member": fan.id, **place}
        await ben.ask("POST", "interactions", press)

    for verb, count in (("here", 51), ("here", 1), ("here", 51)):
        await asyncio.gather(*(press(fan, verb) for fan in crowd))
        await panel_of(ben, "Crowd", f"In ({count})")
    await asyncio.gather(*(press(fan, "agree") for fan in crowd))
    await panel_of(ben, "Crowd", "**Locked in ✓** 50 of the 51 needed", f"Not yet: <@{ben.id}>.")
    took = asyncio.get_running_loop().time() - began
    assert edits() - before <= took / CoalescedEdits.interval + 2
    await ends(ben, "Crowd")


async def test_an_idle_jam_ends_itself_with_a_notice(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JamPanels, "calm", 0.2)
    assert harness.bot is not None
    ben = await harness.member("Ben")
    await start(ben, "Idle", tags="ska", duration=5)
    jams = harness.bot.studio.jams
    before, jams.idle = jams.idle, timedelta(seconds=0.5)
    try:
        recap = await recap_of(ben, "Idle")
    finally:
        jams.idle = before
    assert "Nobody did anything for" in text_of(recap)
    assert "No track came of it" in text_of(recap)
    await panel_of(ben, "Idle", "This jam has ended")


async def test_a_channel_that_is_gone_ends_its_jam(harness: Harness) -> None:
    assert harness.bot is not None
    world, ben = harness.discord.world, await harness.member("Ben")
    room = world.add_channel("The Porch", "short-lived")
    ben = await harness.member("Ben", channel="short-lived")
    panel = await start(ben, "Gone", tags="ska", duration=5)
    form = await ben.press(panel, "Add tags")
    world.delete_channel(room.id)
    guild_id, jams = int(ben.guild["id"]), harness.bot.studio.jams

    async def over() -> bool:
        return not await jams.going_on(everything_in(guild_id))

    await eventually(over)
    assert form.modal is not None
    await harness.member("Ben")


async def test_a_panel_says_that_its_track_is_stopped_and_goes_on(harness: Harness) -> None:
    ben, ada = await harness.member("Ben"), await harness.member("Ada")
    held = harness.hold("slow")
    slow = [await ben.slash("compose", tags="slow", duration=5) for _ in range(2)]  # both places

    async def both_begun() -> bool:
        return held.hits == 2

    await eventually(both_begun)
    await ben.press(await start(ben, "Stopped", tags="ska", duration=5), "Make it now")
    await panel_of(ben, "Stopped", "in the queue, place 1")
    await ada.press(await said(await ada.slash("queue"), "Stopped"), "Pause")
    await panel_of(ben, "Stopped", "A moderator has paused")
    await ada.press(await said(await ada.slash("queue"), "Nothing starts."), "Resume")
    await panel_of(ben, "Stopped", "in the queue, place 1")
    held.release()
    for one in slow:
        await said(one, "is finished")
    await panel_of(ben, "Stopped", "Listen, and vote")
    await ends(ben, "Stopped")


async def test_a_recap_waits_while_the_channel_is_shut(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.2)
    monkeypatch.setattr(JamPanels, "calm", 0.2)
    ben = await harness.member("Ben")
    channel_id = harness.discord.world.channel("music", "The Porch").id
    await start(ben, "Shut", tags="ska", duration=5)
    path = f"/channels/{channel_id}/messages"
    shut = harness.discord.faults.add(Fault("refuse", "POST", path, times=2, code=50013))
    await ends(ben, "Shut")
    await recap_of(ben, "Shut")
    assert shut.hits == 2

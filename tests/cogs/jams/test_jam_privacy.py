"""A member's share in jams: handed out, and gone on request, while what others made with them stays."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, delete, gone, said, track_of
from jamming import ends, jam_id, join, panel_of, recap_of, start, tags, writes
from mutagen.id3 import ID3
from waiting import eventually

from cogs.jams.panels import JamPanels
from cogs.posts import shut_places
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from services.privacy import erasure

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def two_made(harness: Harness, theme: str) -> tuple[Member, Member, dict[str, Any]]:
    """Ben starts a jam, Cleo joins, both write, and the track is there."""
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, theme, tags="folk", duration=5)
    await join(cleo, theme)
    await writes(ben, panel, "New: Verse", "Only Ben would say so")
    await panel_of(ben, theme, "1. Verse")
    await writes(cleo, panel, "New: Chorus", "Cleo sings along")
    await panel_of(ben, theme, "2. Chorus")
    await tags(cleo, panel, "fiddle")
    await ben.press(await panel_of(ben, theme, "fiddle"), "Make it now")
    return ben, cleo, await track_of(ben, theme)


async def erased(member: Member) -> None:
    question = await said(await member.slash("privacy delete"), "your name", "your lines in jams")
    await said(await member.press(question, "Delete my data"), "Your data is deleted")


async def artist(member: Member, message: dict[str, Any]) -> str:
    data = await member.attachment(member.latest(message))
    return str(ID3(io.BytesIO(data))["TPE1"])


async def test_who_erases_themselves_is_named_no_longer_and_the_others_keep_the_track(
    harness: Harness,
) -> None:
    ben, cleo, message = await two_made(harness, "Two Hands")
    assert await artist(ben, message) == "Ben and Cleo"
    await panel_of(ben, "Two Hands", "Listen, and vote")
    await ends(ben, "Two Hands")
    recap = await recap_of(ben, "Two Hands")
    assert f"<@{ben.id}>" in text_of(recap)
    export = await said(await ben.slash("privacy export"), "All that I keep")
    assert export.message is not None
    found = json.loads(await ben.attachment(export.message))
    (jam,) = found["jams"]
    assert (jam["lines_you_wrote"], jam["tags_you_added"]) == (["Only Ben would say so"], ["folk"])
    assert jam["you_started_it_as"] == "Two Hands"
    assert "Cleo" not in json.dumps(found["jams"])
    (track,) = found["tracks"]
    assert track["member_name"] == "Ben"

    await erased(ben)
    message = await cleo.wait_message(
        lambda m: m["id"] == message["id"] and f"<@{ben.id}>" not in text_of(m), TIMEOUT
    )
    assert f"by <@{cleo.id}>" in text_of(message)
    assert await artist(cleo, message) == "Cleo"
    recap = await cleo.wait_message(
        lambda m: m["id"] == recap["id"] and f"<@{ben.id}>" not in text_of(m), TIMEOUT
    )
    assert f"<@{cleo.id}>: 1 line" in text_of(recap)
    words = await said(await cleo.press(recap, "Words by round"), "round by round")
    assert words.message is not None
    told = (await cleo.attachment(words.message)).decode()
    assert "Cleo sings along" in told
    assert "Ben" not in told
    number = text_of(message).split("#")[1].split(" ")[0]
    await said(await cleo.slash("library track", track=number), "Two Hands", f"by <@{cleo.id}>")
    again = await said(await ben.slash("privacy export"), "All that I keep")
    assert again.message is not None
    found = json.loads(await ben.attachment(again.message))
    assert (found["jams"], found["credited_for"], found["tracks"]) == ([], [], [])


async def test_a_thread_that_discord_has_archived_names_them_no_longer_either(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "AGAIN", 0.2)
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    await said(
        await ben.slash("jam start", theme="Long Ago", tags="folk", duration=5, thread=True), "is open"
    )
    for member in (ben, cleo):
        await member.go("Long Ago")
    await join(cleo, "Long Ago")
    panel = await panel_of(ben, "Long Ago")
    await writes(ben, panel, "New: Verse", "Only Ben would say so")
    await ben.press(await panel_of(ben, "Long Ago", "1. Verse"), "Make it now")
    message = await track_of(ben, "Long Ago")
    await panel_of(ben, "Long Ago", "Listen, and vote")
    await ends(ben, "Long Ago")
    recap = await recap_of(ben, "Long Ago")
    assert f"<@{ben.id}>" in text_of(recap)
    delete(harness, panel)
    harness.discord.world.update_channel(str(recap["channel_id"]), archived=True)
    await erased(ben)

    def is_anew(one: dict[str, Any]) -> bool:
        return one["id"] == recap["id"] and f"<@{ben.id}>" not in text_of(one)

    recap = await cleo.wait_message(is_anew, TIMEOUT)
    assert all(file["size"] for file in recap["attachments"])

    def is_credited_anew(one: dict[str, Any]) -> bool:
        return one["id"] == message["id"] and f"<@{ben.id}>" not in text_of(one)

    await cleo.wait_message(is_credited_anew, TIMEOUT)
    assert await artist(cleo, message) == "Cleo"


async def test_what_can_be_written_anew_for_no_longer_than_a_day_is_taken_down(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 13 * 3600.0)  # the next pause would be longer than any
    monkeypatch.setattr(erasure, "AGAIN", 0.2)
    ben, cleo, _message = await two_made(harness, "Shut Away")
    panel = await panel_of(ben, "Shut Away", "Listen, and vote")
    await ends(ben, "Shut Away")
    recap = await recap_of(ben, "Shut Away")
    for one in (panel, recap):
        path = f"/channels/*/messages/{one['id']}"
        harness.discord.faults.add(Fault("refuse", "PATCH", path, code=50001, times=None))
    await erased(ben)
    for one in (panel, recap):
        await gone(cleo, one)
    harness.discord.faults.clear()


async def test_a_jam_that_goes_on_loses_who_erases_themselves(harness: Harness) -> None:
    cleo, ben = await harness.member("Cleo"), await harness.member("Ben")
    panel = await start(cleo, "Still Going", tags="ska", duration=5)
    await join(ben, "Still Going")
    await writes(ben, panel, "New: Verse", "A line of mine")
    await panel_of(cleo, "Still Going", "A line of mine")
    await erased(ben)
    panel = await panel_of(cleo, "Still Going", "In (1)", "1. Verse")
    assert "A line of mine" not in text_of(panel)
    assert ben.id not in text_of(panel)
    await ends(cleo, "Still Going")


async def test_the_thread_of_a_jam_is_named_by_their_words_no_longer(harness: Harness) -> None:
    world = harness.discord.world
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    given = {"tags": "folk", "duration": 5, "thread": True}
    await said(await ben.slash("jam start", theme="Ben's Own Words", **given), "is open")
    await ben.go("Ben's Own Words")
    await cleo.go("Ben's Own Words")
    await join(cleo, "Ben's Own Words")
    thread = world.channel(ben.channel["id"])
    await ben.go("music")
    await erased(ben)

    async def is_named_anew() -> bool:
        return thread.name == "Jam"

    await eventually(is_named_anew)
    await said(await cleo.slash("jam end"), "End the jam")


@pytest.mark.parametrize("over", [False, True])
async def test_nor_where_it_may_be_named_anew_only_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, over: bool
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.2)
    world, theme = harness.discord.world, f"Locked Away {over}"
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    await said(await ben.slash("jam start", theme=theme, tags="folk", duration=5, thread=True), "is open")
    for member in (ben, cleo):
        await member.go(theme)
    await join(cleo, theme)
    thread = world.channel(ben.channel["id"])
    if over:
        await ends(ben, theme)
        await recap_of(ben, theme)
    locked = Fault("refuse", "PATCH", f"/channels/{thread.id}", times=3, status=403, code=50013)
    harness.discord.faults.add(locked)
    await ben.go("music")
    await erased(ben)

    async def is_named_anew() -> bool:
        return thread.name == "Jam"

    await eventually(is_named_anew)
    assert locked.hits == 3
    if not over:
        await said(await cleo.slash("jam end"), "End the jam")


async def test_a_panel_in_a_channel_that_is_shut_just_then_is_written_anew_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.2)
    monkeypatch.setattr(JamPanels, "calm", 0.2)
    harness.discord.world.add_channel("The Porch", "shut")
    cleo, ben = [await harness.member(name, channel="shut") for name in ("Cleo", "Ben")]
    panel = await start(cleo, "Behind Doors", tags="ska", duration=5)
    await join(ben, "Behind Doors")
    await writes(ben, panel, "New: Verse", "A line of mine")
    await panel_of(cleo, "Behind Doors", "A line of mine")
    path = f"/channels/*/messages/{panel['id']}"
    refused = harness.discord.faults.add(Fault("refuse", "PATCH", path, code=50001, times=2))
    await ben.go("music")
    await erased(ben)
    panel = await panel_of(cleo, "Behind Doors", "In (1)", "1. Verse")
    assert refused.hits == 2
    assert "A line of mine" not in text_of(panel)
    await ends(cleo, "Behind Doors")


async def test_a_panel_without_a_recap_goes(harness: Harness) -> None:
    cleo, ben = await harness.member("Cleo"), await harness.member("Ben")
    panel = await start(ben, "Never Told", tags="ska", duration=5)
    await ends(ben, "Never Told")
    recap = await recap_of(cleo, "Never Told")
    assert harness.bot is not None
    jams = harness.bot.studio.jams
    await jams.recap_posted(await jams.now(jam_id(panel)))  # as where it may not be posted for a day
    delete(harness, recap)
    await erased(ben)
    await gone(cleo, panel)


async def test_nor_is_the_thread_of_one_without_a_recap_named_by_their_words(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await said(await ben.slash("jam start", theme="Untold", tags="ska", duration=5, thread=True), "is open")
    await ben.go("Untold")
    thread = harness.discord.world.channel(ben.channel["id"])
    panel = await panel_of(ben, "Untold")
    await ends(ben, "Untold")
    recap = await recap_of(ben, "Untold")
    assert harness.bot is not None
    jams = harness.bot.studio.jams
    await jams.recap_posted(await jams.now(jam_id(panel)))  # as where it may not be posted for a day
    delete(harness, recap)
    await ben.go("music")
    await erased(ben)

    async def is_named_anew() -> bool:
        return thread.name == "Jam"

    await eventually(is_named_anew)

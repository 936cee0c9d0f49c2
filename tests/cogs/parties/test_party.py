"""/party over a real gateway and real encrypted voice: what is heard is what the track is, bit by bit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import pytest_asyncio
from bot_harness import TIMEOUT, Harness, below, delete, made, press_more, said
from contesting import contest_id, started
from contesting import over as contest_over
from partying import OFTEN, ROOM, compose_songs, listening, over, packets, panel, stopped, track_id
from waiting import eventually

from cogs.contests.keeper import ContestKeeper
from rehearsal.discord.members.reading import text_of
from services.audio.ogg import is_whole
from services.storage.audio_store import FolderStore, opus_name
from services.tracks.sight import everything_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = OFTEN | {ContestKeeper: 0.2}


@pytest_asyncio.fixture(loop_scope="module", scope="module", autouse=True)
async def songs(harness: Harness) -> None:
    await compose_songs(harness)


async def test_what_is_heard_is_the_track_bit_by_bit(harness: Harness) -> None:
    ben, cleo = await listening(harness, "Ben", "Cleo")
    await ben.go("music")
    await made(ben, "First", duration=5)
    await said(await ben.slash("party start", play="First"), "I am coming", "1 track")
    await ben.go(ROOM)
    shown = await panel(ben, "First", "Next")
    assert "♥" in str(shown["components"])
    await ben.heard(1, TIMEOUT)
    sent = packets(harness, await track_id(harness, "First"))
    heard = await ben.heard(len(sent), TIMEOUT)
    assert heard.opus == sent
    assert (await cleo.heard(len(sent), TIMEOUT)).opus == sent
    assert heard.unreadable == 0
    await panel(ben, "That was all")
    await over(harness)


async def test_the_queue_is_played_in_order_and_half_of_those_who_listen_skip(harness: Harness) -> None:
    ben, cleo, ada = await listening(harness, "Ben", "Cleo", "Ada")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await said(await cleo.slash("party add", play="After"), "After")
    await cleo.go(ROOM)
    await cleo.heard(50, TIMEOUT)
    await eventually(lambda: all_shown(harness))
    delete(harness, await panel(cleo, "**Long**", "After"))
    await said(await cleo.slash("party start"), "There is a party")  # and its panel is there again
    shown = await panel(cleo, "**Long**", "After")
    await said(await cleo.press(shown, "Skip"), "Noted")
    shown = await panel(cleo, "One more")
    await said(await ada.press(shown, "Skip"), "Skipped")
    await panel(cleo, "**After**", "nothing yet")
    await stopped(harness, ben)
    await panel(cleo, "stopped")


async def all_shown(harness: Harness) -> bool:
    assert harness.bot is not None
    return not await harness.bot.studio.kept_messages.due()


async def test_pause_and_go_on(harness: Harness) -> None:
    ben, cleo = await listening(harness, "Ben", "Cleo")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.go(ROOM)
    await ben.heard(20, TIMEOUT)
    shown = await panel(ben, "over <t:")
    await below(await cleo.press(shown, "Pause"), "who started the party")
    await ben.press(shown, "Pause")
    shown = await panel(ben, "Paused at")
    await ben.press(shown, "Go on")
    await panel(ben, "over <t:")
    await stopped(harness, ben)


async def test_one_that_is_paused_does_not_wait_for_who_left(harness: Harness) -> None:
    ben, cleo = await listening(harness, "Ben", "Cleo")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(20, TIMEOUT)
    await cleo.go(ROOM)
    await ben.press(await panel(await ben.go(ROOM), "over <t:"), "Pause")
    await ben.leave_voice()
    await cleo.press(await panel(cleo, "Paused at", "all who do can let it go on"), "Go on")
    await panel(cleo, "over <t:")
    await stopped(harness, ben)


async def test_after_a_restart_it_goes_on_where_it_was(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(50, TIMEOUT)
    sent = packets(harness, await track_id(harness, "Long"))
    await harness.stop()
    before = (await ben.heard(50, TIMEOUT)).opus
    assert before == sent[: len(before)]
    await harness.start()

    after = await ben.heard(len(before) + 20, TIMEOUT)
    again = after.opus[len(before) + 5 :][:10]
    place = next((at for at in range(len(sent)) if sent[at : at + len(again)] == again), -1)
    assert place >= len(before) - 10, "it began anew, or what was heard is not the track"
    await stopped(harness, ben)


@pytest.mark.parametrize("disk", ["whole", "broken"])
async def test_a_damaged_copy_is_made_anew_once(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, disk: str
) -> None:
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10, TIMEOUT)
    await stopped(harness, ben)
    file = harness.settings.data_dir / opus_name(await track_id(harness, "Long"))
    whole = file.read_bytes()
    third = [found.start() for found in re.finditer(b"OggS", whole)][3]  # after two pages of headers
    damaged = whole[:third] + b"What" + whole[third + 4 :]
    file.write_bytes(damaged)
    if disk == "broken":
        keep = FolderStore.keep

        async def breaks(store: FolderStore, name: str, made: Path) -> None:
            await keep(store, name, made)
            file.write_bytes(damaged)

        monkeypatch.setattr(FolderStore, "keep", breaks)
    try:
        await said(await ben.slash("party start", play="Long"), "I am coming")
        if disk == "whole":
            await ben.heard(100, TIMEOUT)
            assert is_whole(file)
        else:  # it is played up to there
            await said(await ben.slash("party add", play="After"), "in the queue")
            await ben.go(ROOM)
            await panel(ben, "**After**")
    finally:
        file.write_bytes(whole)
    await stopped(harness, ben)


async def test_who_does_not_see_its_channel_does_not_learn_of_it(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    cleo = await harness.member("Cleo", channel="music")
    harness.discord.world.set_permissions(ROOM, "Cleo", deny=["view_channel"])
    try:
        await said(await cleo.slash("party add", play="After"), "no party in this server")
        await said(await cleo.slash("party stop"), "no party in this server")
    finally:
        harness.discord.world.set_permissions(ROOM, "Cleo", allow=["view_channel"])
    await stopped(harness, ben)


async def test_an_album_is_played_in_its_order_and_a_contest_only_when_it_is_over(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await ben.go("music")
    await said(await ben.slash("contest start", theme="Not Yet"), "is open")
    with_these = {one["name"]: one["value"] for one in await ben.suggest("party start", "play", play="")}
    assert not [name for name in with_these if "Not Yet" in name]
    assert harness.bot is not None
    sight = everything_in(int(harness.discord.world.guild("The Porch").id))
    [contest] = await harness.bot.studio.contests.going_on(sight)
    await said(await ben.slash("party start", play=f"contest:{contest.id}"), "None of that can be played")
    await said(await ben.slash("party start", play="album:" + "0" * 20), "album")
    await said(await ben.slash("party start", play="charts"), "I am coming", "tracks")
    await stopped(harness, ben)


async def test_the_panel_counts_votes_and_passes_what_is_deleted(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await ben.go("music")
    message = await made(ben, "Gone Soon", duration=60)
    await said(await ben.slash("party start", play="Gone Soon"), "I am coming")
    await said(await ben.slash("party add", play="After"), "in the queue")
    await ben.go(ROOM)
    shown = await panel(ben, "**Gone Soon**", "♥ 0")
    await ben.press(shown, "♥")
    await panel(ben, "♥ 1")
    await ben.go("music")
    question = await said(await press_more(ben, message, "Delete"), "for everybody?")
    await ben.press(question, "Delete it")
    await ben.go(ROOM)
    await panel(ben, "**After**", "nothing yet")
    await stopped(harness, ben)


async def test_what_can_be_played_is_suggested(harness: Harness) -> None:
    ben = await harness.member("Ben", channel=ROOM)
    await said(await ben.slash("album new", title="Porch Songs"), "Porch Songs")
    names = [one["name"] for one in await ben.suggest("party start", "play", play="")]
    assert names[0] == "The charts of the last 7 days"
    assert "Album Porch Songs" in names
    assert any("Long" in one for one in names)


async def test_play_in_voice_starts_a_party_and_then_adds_to_it(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await ben.go("music")
    message = await made(ben, "Below", duration=30)
    await said(await press_more(ben, message, "Play in voice"), "I am coming")
    await said(await press_more(ben, message, "Play in voice"), "in the queue")
    await stopped(harness, ben)


async def test_a_contests_podium_plays_its_entries_and_nothing_before_the_end(harness: Harness) -> None:
    ada, ben = await listening(harness, "Ada", "Ben")
    for member in (ada, ben):
        await member.go("lounge")
    post = await started(ada, "Fog")
    for member in (ada, ben):
        title = f"Fog of {member.name}"
        await made(member, title, duration=30)
        await said(await member.slash("contest enter", track=title), "is entered")
    early = await ben.press(post, f"party:contest:{contest_id(post)}", forged=True)
    await said(early, "None of that can be played")
    for _phase in range(2):
        await contest_over(harness, post)
    result = await ben.wait_message(lambda one: "The result: Fog" in text_of(one), TIMEOUT)
    await said(await ben.press(result, "Play in voice"), "I am coming", "2 tracks")
    await ben.go(ROOM)
    await panel(ben, "Fog of")
    await stopped(harness, ben)


async def test_moderators_say_who_may_start_one(harness: Harness) -> None:
    ada, ben = await listening(harness, "Ada", "Ben")
    shown = await said(await ada.slash("moderation panel"), "Moderation")
    await ada.press(shown, "More rules")
    await said(shown, "Everybody may start one")
    await ada.submit(await ada.press(shown, "Change parties"), parties="moderators")
    await said(shown, "Only moderators start them")
    await said(await ben.slash("party start", play="Long"), "only moderators")
    await ada.submit(await ada.press(shown, "Change parties"), parties="everybody")
    await said(shown, "Everybody may start one")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await stopped(harness, ada)


async def test_forged_presses_do_nothing(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    dora = await harness.member("Dora", "Rooftop")
    own = await said(await dora.slash("queue"), "Queue")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.go(ROOM)
    shown = await panel(ben, "Long")
    ids = [
        one["custom_id"]
        for row in shown["components"][0]["components"]
        for one in row.get("components", [])
        if one.get("custom_id", "").startswith("party:")
    ]
    for custom_id in ids:
        if ":add:" not in custom_id:
            answer = await dora.press(own, custom_id, forged=True)
            await (below if ":pause:" in custom_id else said)(answer, "no party in this server")
    await stopped(harness, ben)


async def test_without_leave_to_write_it_plays_and_says_so(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    harness.discord.world.set_permissions(ROOM, "bot", deny=["send_messages"])
    try:
        await said(await ben.slash("party start", play="Long"), "there is no panel", "*Send Messages*")
        await ben.heard(10, TIMEOUT)
        await stopped(harness, ben)
    finally:
        harness.discord.world.set_permissions(ROOM, "bot", allow=["send_messages"])

"""/party over a real gateway and real encrypted voice: what is heard is what the track is, bit by bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from bot_harness import TIMEOUT, Harness, below, made, press_more, said
from discord.oggparse import OggStream
from waiting import eventually

from cogs.parties import player, players
from cogs.parties.players import PartyPlayers
from cogs.parties.sound import HEADERS
from cogs.posts.kept_messages import KeptMessages
from rehearsal.discord.entities import VOICE
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from services.storage.audio_store import opus_name
from services.tracks.sight import everything_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {PartyPlayers: 0.1, KeptMessages: 0.1}
ROOM = "Listening Room"


def packets(harness: Harness, track_id: str) -> list[bytes]:
    """What the track is as Opus."""
    path = Path(harness.settings.data_dir) / opus_name(track_id)
    with path.open("rb") as file:
        return list(OggStream(file).iter_packets())[HEADERS:]


async def listening(harness: Harness, *names: str) -> list[Member]:
    """The members, in the voice channel, who look at its chat."""
    harness.discord.faults.clear()
    found = [await harness.member(name, channel=ROOM) for name in names]
    for name in ("Ada", "Ben", "Cleo"):
        await (await harness.member(name, channel=ROOM)).leave_voice()
    for member in found:
        await member.join_voice()
    return found


@pytest_asyncio.fixture(loop_scope="module", scope="module", autouse=True)
async def songs(harness: Harness) -> None:
    """Tracks that are long enough for whatever is done while they play."""
    ben = await harness.member("Ben")
    for title in ("Long", "After"):
        await made(ben, title, duration=60)


async def panel(member: Member, *words: str) -> dict[str, Any]:
    """The panel, once it says all of that."""

    def is_it(message: dict[str, Any]) -> bool:
        text = text_of(message)
        return "Listening together" in text and all(word in text for word in words)

    return await member.wait_message(is_it, TIMEOUT)


async def track_id(harness: Harness, title: str) -> str:
    assert harness.bot is not None
    porch = int(harness.discord.world.guild("The Porch").id)
    return (await harness.bot.studio.search(everything_in(porch), title))[0].id


async def over(harness: Harness) -> None:
    """No party goes on any more, and the bot has left."""
    assert harness.bot is not None
    bot = harness.bot

    async def is_over() -> bool:
        return not await bot.studio.parties.going_on() and not bot.voice_clients

    await eventually(is_over)


async def stopped(harness: Harness, member: Member) -> None:
    await said(await member.slash("party stop"), "over")
    await over(harness)


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
    shown = await panel(cleo, "**Long**", "After")
    await said(await cleo.press(shown, "Skip"), "Noted")
    shown = await panel(cleo, "One more")
    await said(await ada.press(shown, "Skip"), "Skipped")
    await panel(cleo, "**After**", "nothing yet")
    await stopped(harness, ben)
    await panel(cleo, "stopped")


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


async def test_it_says_why_it_may_not_come(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await ben.leave_voice()
    await said(await ben.slash("party start", play="Long"), "Join a voice channel first")
    await ben.join_voice()
    harness.discord.world.set_permissions(ROOM, "bot", deny=["speak"])
    try:
        await said(await ben.slash("party start", play="Long"), "*Speak*")
    finally:
        harness.discord.world.set_permissions(ROOM, "bot", allow=["speak"])


async def test_who_disconnects_the_bot_ends_the_party(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10, TIMEOUT)
    assert harness.bot is not None
    assert harness.bot.user is not None
    harness.discord.voice.disconnect(harness.discord.world.guild("The Porch"), str(harness.bot.user.id))
    await ben.go(ROOM)
    await panel(ben, "disconnected")
    await over(harness)


@pytest.mark.parametrize("fault", ["4006", "4015", "move"])
async def test_what_breaks_the_connection_does_not_end_it(harness: Harness, fault: str) -> None:
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    before = await ben.heard(20, TIMEOUT)
    if fault == "move":
        harness.discord.voice.move()
    else:
        harness.discord.voice.close(int(fault))
    await ben.heard(len(before.opus) + 100, TIMEOUT)
    await stopped(harness, ben)


async def test_who_joins_in_the_middle_hears_it_from_there_on(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(30, TIMEOUT)
    cleo = await harness.member("Cleo", channel=ROOM)
    await cleo.join_voice()
    heard = await cleo.heard(30, TIMEOUT)
    sent = packets(harness, await track_id(harness, "Long"))
    assert heard.opus[5:25] in [sent[at : at + 20] for at in range(len(sent))]
    await stopped(harness, ben)


async def test_what_is_lost_on_the_way_stops_nothing(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    # the first packet asks for the bot's own address; where that is lost, it joins anew 10 s later
    lost = harness.discord.faults.add(Fault("voice_lost", times=20, skip=1))
    await said(await ben.slash("party start", play="Long"), "I am coming")
    heard = await ben.heard(100, TIMEOUT)
    assert lost.hits == 20
    sent = packets(harness, await track_id(harness, "Long"))
    assert heard.opus[-50:] in [sent[at : at + 50] for at in range(len(sent))]
    await stopped(harness, ben)


async def test_it_waits_for_an_endpoint_that_comes_late(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    harness.discord.faults.add(Fault("no_endpoint", seconds=0.5))
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10, TIMEOUT)
    await stopped(harness, ben)


async def test_a_call_that_refuses_it_is_tried_again_and_then_told(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "ATTEMPTS", 2)
    [ben] = await listening(harness, "Ben")
    await ben.go(ROOM)
    refused = harness.discord.faults.add(Fault("voice_refuse", code=4017, times=1))
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10, TIMEOUT)
    assert refused.hits == 1
    await stopped(harness, ben)

    harness.discord.faults.add(Fault("voice_refuse", code=4017, times=None))
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await panel(ben, "did not let me into the call")
    harness.discord.faults.clear()
    await over(harness)


async def test_the_call_ends_for_it_where_it_may_not_come_in_any_more(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await ben.go(ROOM)
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10, TIMEOUT)
    harness.discord.world.set_permissions(ROOM, "bot", deny=["connect"])
    try:
        harness.discord.voice.close(4006)
        await panel(ben, "could not join the channel")
        await over(harness)
    finally:
        harness.discord.world.set_permissions(ROOM, "bot", allow=["connect"])


async def test_who_moves_the_bot_moves_the_party(harness: Harness) -> None:
    ada, ben = await listening(harness, "Ada", "Ben")
    harness.discord.world.add_channel("The Porch", "Stage", kind=VOICE)
    assert harness.bot is not None
    assert harness.bot.user is not None
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(20, TIMEOUT)
    await ben.join_voice("Stage")
    await ada.ask("POST", "voice/drag", {"member": str(harness.bot.user.id), "channel": "Stage"})
    heard = await ben.heard(50, TIMEOUT)
    sent = packets(harness, await track_id(harness, "Long"))
    assert heard.opus[5:25] in [sent[at : at + 20] for at in range(20, len(sent))], "it began anew"
    await ben.go(ROOM)
    await panel(ben, "goes on there")
    await ben.go("Stage")
    await panel(ben, "**Long**")
    await ben.go(ROOM)
    await stopped(harness, ada)


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


async def test_without_leave_to_write_it_plays_and_says_so(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    harness.discord.world.set_permissions(ROOM, "bot", deny=["send_messages"])
    try:
        await said(await ben.slash("party start", play="Long"), "there is no panel", "*Send Messages*")
        await ben.heard(10, TIMEOUT)
        await stopped(harness, ben)
    finally:
        harness.discord.world.set_permissions(ROOM, "bot", allow=["send_messages"])


async def test_it_leaves_when_nobody_listens(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "ALONE", 0.3)
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10, TIMEOUT)
    for name in ("Ada", "Ben", "Cleo"):
        await (await harness.member(name)).leave_voice()
    await ben.go(ROOM)
    await panel(ben, "Nobody was listening")
    await over(harness)


async def test_play_in_voice_starts_a_party_and_then_adds_to_it(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await ben.go("music")
    message = await made(ben, "Below", duration=30)
    await said(await press_more(ben, message, "Play in voice"), "I am coming")
    await said(await press_more(ben, message, "Play in voice"), "in the queue")
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

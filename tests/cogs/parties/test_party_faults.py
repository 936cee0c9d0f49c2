"""What goes wrong around a party: calls that break, channels that are closed, nobody who listens."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import pytest
import pytest_asyncio
from bot_harness import TIMEOUT, Harness, blinking, said
from partying import OFTEN, ROOM, compose_songs, listening, over, packets, panel, put_out, stopped, track_id
from waiting import eventually

from cogs.parties import player, players, voice
from cogs.parties.sound import PACKET
from rehearsal.discord.entities import VOICE
from rehearsal.discord.faults import Fault, Kind

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = OFTEN


@pytest_asyncio.fixture(loop_scope="module", scope="module", autouse=True)
async def songs(harness: Harness) -> None:
    await compose_songs(harness)


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
    put_out(harness)
    await ben.go(ROOM)
    await panel(ben, "disconnected")
    await over(harness)


@pytest.mark.parametrize(
    ("kind", "code"), [("voice_close", 4006), ("voice_close", 4015), ("voice_move", 0), ("voice_garbled", 0)]
)
async def test_what_breaks_the_connection_does_not_end_it(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, kind: Kind, code: int
) -> None:
    monkeypatch.setattr(player, "JOINING", 10 * TIMEOUT)
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    before = await ben.heard(20, TIMEOUT)
    harness.discord.faults.add(Fault(kind, code=code))
    await ben.heard(len(before.opus) + 100, TIMEOUT)
    cleo = await harness.member("Cleo", channel=ROOM)
    await cleo.join_voice()  # for whom the call is encrypted anew
    await cleo.heard(20, TIMEOUT)
    await stopped(harness, ben)


async def test_presses_are_followed_while_discord_does_not_take_the_songs_name(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    named = harness.discord.faults.add(Fault("hang", "PUT", "/channels/*/voice-status", times=None))
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await said(await ben.slash("party add", play="After"), "in the queue")
    await eventually(lambda: asyncio.sleep(0, named.hits > 0))
    await said(await ben.slash("party skip"), "Skipped")
    assert harness.bot is not None
    [party] = await harness.bot.studio.parties.going_on()
    player_here = harness.bot.part(players.PartyPlayers).player(party.id)
    assert player_here is not None
    await eventually(lambda: asyncio.sleep(0, player_here.played(1) is not None))
    await stopped(harness, ben)
    harness.discord.faults.clear()


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


async def test_who_leaves_counts_no_more_also_where_the_database_is_away_just_then(harness: Harness) -> None:
    ada, ben, cleo = await listening(harness, "Ada", "Ben", "Cleo")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await said(await ben.slash("party add", play="After"), "in the queue")
    await ben.go(ROOM)
    await cleo.go(ROOM)
    own = await panel(cleo, "**Long**", "After")  # not that of a party before, which may not say its end yet
    await said(await cleo.press(own, "Skip"), "Noted")
    assert harness.bot is not None
    with blinking(harness.bot.studio.parties, "listeners_changed"):
        await ada.leave_voice()  # now it is one of two
        await panel(ben, "**After**")
    await stopped(harness, ben)


async def test_who_comes_back_before_the_database_does_is_counted(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, _cleo = await listening(harness, "Ada", "Ben", "Cleo")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    assert harness.bot is not None
    parties = harness.bot.studio.parties
    count, back = parties.listeners_changed, asyncio.Event()
    tried, counted = [asyncio.Queue[tuple[asyncio.Task[Any] | None, int]]() for _ in range(2)]

    async def away(party_id: str, listeners: Collection[int]) -> None:
        tried.put_nowait((asyncio.current_task(), len(listeners)))
        if not back.is_set():
            raise ConnectionError("the database is away")
        await count(party_id, listeners)
        counted.put_nowait((asyncio.current_task(), len(listeners)))

    monkeypatch.setattr(parties, "listeners_changed", away)
    async with asyncio.timeout(TIMEOUT):
        await ada.leave_voice()
        while (of_who_left := await tried.get())[1] != 2:
            pass  # those who had come before are still counted
        await ada.join_voice()
        while (again := await tried.get())[1] != 3 or again[0] is not of_who_left[0]:
            pass
        back.set()
        while (last := await counted.get())[0] is not of_who_left[0]:
            pass
    assert last[1] == 3
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


async def test_nothing_is_played_into_a_call_that_is_not_encrypted(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "ATTEMPTS", 2)
    monkeypatch.setattr(player, "SEALING", 0.5)
    [ben] = await listening(harness, "Ben")
    await ben.go(ROOM)
    opened = harness.discord.faults.add(Fault("voice_open", times=1))
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10, TIMEOUT)
    assert opened.hits == 1
    await stopped(harness, ben)

    harness.discord.faults.add(Fault("voice_open", times=None))
    listener = harness.discord.voice.latest[ben.id]
    before = listener.heard, listener.unreadable
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await panel(ben, "not encrypted from end to end")
    harness.discord.faults.clear()
    await over(harness)
    assert (listener.heard, listener.unreadable) == before


@pytest.mark.parametrize("how", ["put out", "not let in", "open to others"])
async def test_the_next_one_begins_at_once_where_the_one_before_was_ended_for_it(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """What it has left already it does not leave again, and wait for Discord to say so."""
    monkeypatch.setattr(player, "JOINING", 10 * TIMEOUT)
    monkeypatch.setattr(player, "ATTEMPTS", 1)
    monkeypatch.setattr(player, "SEALING", 0.5)
    [ben] = await listening(harness, "Ben")
    if how == "open to others":
        harness.discord.faults.add(Fault("voice_open", times=None))
    before = await ben.heard(0, TIMEOUT)
    await said(await ben.slash("party start", play="Long"), "I am coming")
    if how != "open to others":
        before = await ben.heard(len(before.opus) + 10, TIMEOUT)
    if how == "put out":
        put_out(harness)
    elif how == "not let in":
        harness.discord.world.set_permissions(ROOM, "bot", deny=["connect"])
        harness.discord.voice.close(4006)
    await over(harness)
    harness.discord.world.set_permissions(ROOM, "bot", allow=["connect"])
    harness.discord.faults.clear()
    before = await ben.heard(0, TIMEOUT)
    await said(await ben.slash("party start", play="Long"), "I am coming")
    assert len((await ben.heard(len(before.opus) + 10, TIMEOUT)).opus) >= len(before.opus) + 10
    await stopped(harness, ben)


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
    assert not set(heard.opus) & set(sent[:15]), "it began anew"
    await ben.go(ROOM)
    await panel(ben, "goes on there")
    await ben.go("Stage")
    await panel(ben, "**Long**")
    await ben.go(ROOM)
    await stopped(harness, ada)


async def test_one_that_begins_while_another_still_leaves_is_not_put_out_with_it(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    before = await ben.heard(10, TIMEOUT)
    harness.discord.faults.add(Fault("slow", "PUT", "/channels/*/voice-status", seconds=0.5))
    await said(await ben.slash("party stop"), "over")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(len(before.opus) + 100, TIMEOUT)
    await stopped(harness, ben)


async def test_it_ends_where_it_is_moved_to_a_channel_without_parties(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    world = harness.discord.world
    here, there = world.channel(ROOM), world.add_channel("The Porch", "Quiet Room", kind=VOICE)
    assert harness.bot is not None
    assert harness.bot.user is not None
    porch = int(world.guild("The Porch").id)
    await harness.bot.studio.rules.change(porch, 1, party_channels=(int(here.id),))
    try:
        await said(await ben.slash("party start", play="Long"), "I am coming")
        await ben.heard(10, TIMEOUT)
        await ben.go(ROOM)
        await ben.ask("POST", "voice/drag", {"member": str(harness.bot.user.id), "channel": there.id})
        await panel(ben, "moderators want no parties")
        await over(harness)
        await ben.join_voice("Quiet Room")
        await said(await ben.slash("party start", play="Long"), f"<#{here.id}>", "Join one of them")
    finally:
        await harness.bot.studio.rules.change(porch, 1, party_channels=())


async def test_it_leaves_when_nobody_listens(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "ALONE", 0.3)
    monkeypatch.setattr(players.PartyPlayers, "calm", 0.2)
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10, TIMEOUT)
    for name in ("Ada", "Ben", "Cleo"):
        await (await harness.member(name)).leave_voice()
    await ben.go(ROOM)
    await panel(ben, "Nobody was listening")
    await over(harness)


@pytest.mark.parametrize("playing", [False, True], ids=["from the start", "in the middle"])
async def test_an_endpoint_that_never_comes_ends_it_and_the_next_one_is_let_in(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, playing: bool
) -> None:
    monkeypatch.setattr(player, "ATTEMPTS", 2)
    monkeypatch.setattr(player, "JOINING", 1.0)
    [ben] = await listening(harness, "Ben")
    await ben.go(ROOM)
    if playing:
        await said(await ben.slash("party start", play="Long"), "I am coming")
        await ben.heard(10, TIMEOUT)
    nowhere = harness.discord.faults.add(Fault("no_endpoint", seconds=600, times=None))
    if playing:
        harness.discord.voice.close(4006)
    else:
        await said(await ben.slash("party start", play="Long"), "I am coming")
    await panel(ben, "I am joining the channel")
    await panel(ben, "did not let me into the call")
    await over(harness)
    assert nowhere.hits >= 2
    harness.discord.faults.clear()
    before = await ben.heard(0, TIMEOUT)
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(len(before.opus) + 10, TIMEOUT)
    await stopped(harness, ben)


@pytest.mark.parametrize("told", [True, False], ids=["all are put out", "nobody says so"])
async def test_a_voice_channel_that_is_deleted_ends_its_party(harness: Harness, told: bool) -> None:
    [ben] = await listening(harness, "Ben")
    world = harness.discord.world
    cellar = world.add_channel("The Porch", f"Cellar {told}", kind=VOICE)
    await ben.join_voice(cellar.name)
    await said(await ben.slash("party start", play="Long"), "I am coming")
    before = await ben.heard(10, TIMEOUT)
    world.delete_channel(cellar.id)
    if told:
        put_out(harness)
        harness.discord.voice.disconnect(world.guild("The Porch"), ben.id)
    await over(harness)
    await ben.join_voice()
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10 if told else len(before.opus) + 10, TIMEOUT)
    await stopped(harness, ben)


async def test_at_a_stop_nothing_is_heard_while_the_database_is_slow(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(20, TIMEOUT)
    bot = harness.bot
    assert bot is not None
    note, noted = bot.studio.parties.note_played, list[int]()

    async def slow(party_id: str, place: int, played: int) -> None:
        assert not any(one.is_playing() for one in bot.voice_clients if isinstance(one, voice.Voice))
        await note(party_id, place, played)
        noted.append(played)

    monkeypatch.setattr(bot.studio.parties, "note_played", slow)
    await harness.stop()
    assert noted
    assert abs(noted[-1] - len((await ben.heard(20, TIMEOUT)).opus) * PACKET) <= PACKET
    await harness.start()
    await stopped(harness, ben)


async def test_it_leaves_also_while_discord_cannot_be_asked(harness: Harness) -> None:
    [ben] = await listening(harness, "Ben")
    await said(await ben.slash("party start", play="Long"), "I am coming")
    await ben.heard(10, TIMEOUT)
    status = harness.discord.faults.add(Fault("cut", "PUT", "/channels/*/voice-status", times=None))
    await stopped(harness, ben)
    assert status.hits

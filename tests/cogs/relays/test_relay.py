"""A relay as members write it: a line each, only the last one shown, sung once; also across restarts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, below, blinking, delete, made, said
from waiting import eventually

from cogs.posts.kept_messages import KeptMessages
from cogs.relays.keeper import RelayKeeper
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of, walk
from services.relays.relay import Phase, Relay
from services.storage.database import now
from services.storage.tables import relays as table

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {RelayKeeper: 0.05, KeptMessages: 0.05}


async def gathered(harness: Harness, channel: str, *names: str) -> list[Member]:
    """These members, in a channel of the test's own."""
    harness.discord.world.add_channel("The Porch", channel)
    return [await harness.member(name, channel=channel) for name in names]


async def opened(member: Member, theme: str, **options: Any) -> dict[str, Any]:
    """The post of a relay that the member opened."""
    await said(await member.slash("relay start", theme=theme, **options), "is open", "first seat")
    return await sees(member, f"A line each: {theme}", "Seats 1 of")


async def sees(member: Member, *words: str) -> dict[str, Any]:
    return await member.wait_message(lambda one: all(word in text_of(one) for word in words), TIMEOUT)


async def writes(member: Member, line: str, *, after: str = "") -> Answer:
    """Writes the line from the message that mentions the member, whose form shows the last line alone."""
    turn = await sees(member, f"<@{member.id}>, it is your line")
    form = await member.press(turn, "Write my line")
    assert form.modal, form.text
    assert (f"“{after}”" if after else "you begin") in str(form.modal)
    return await said(await member.submit(form, line=line), "Your line is written")


async def relay_of(harness: Harness, post: dict[str, Any]) -> Relay:
    assert harness.bot is not None
    own_id = next(one["custom_id"].split(":")[2] for one in walk(post["components"]) if one.get("custom_id"))
    relay = await harness.bot.studio.relays.find(own_id)
    assert relay is not None
    return relay


async def overdue(harness: Harness, relay: Relay) -> None:
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        late = table.update().where(table.c.id == relay.id)
        await connection.execute(late.values(due_at=now() - timedelta(seconds=1)))


async def is_over(harness: Harness, relay: Relay) -> bool:
    assert harness.bot is not None
    found = await harness.bot.studio.relays.find(relay.id)
    return found is not None and found.phase is Phase.ENDED


async def nobody_is_called(member: Member) -> bool:
    return not [one for one in await member.messages() if "it is your line" in one["content"]]


async def restarted(harness: Harness) -> None:
    await harness.stop()
    await harness.start()


async def test_three_write_a_line_each_and_it_is_sung_once_across_restarts(harness: Harness) -> None:
    ben, cleo, ada = await gathered(harness, "rainy", "Ben", "Cleo", "Ada")
    post = await opened(ben, "Rainy Porch", seats=3, rounds=1)
    await restarted(harness)
    await cleo.press(post, "Take a seat / Leave")
    await sees(ada, "Rainy Porch", "Seats 2 of 3")
    await ada.press(post, "Take a seat / Leave")
    await sees(ben, "Rainy Porch", f"Line 1 of 3 is <@{ben.id}>'s turn")
    await said(await cleo.press(post, "Write my line"), "It is not your line")
    await writes(ben, "The gutters sing")
    await restarted(harness)
    shown = await sees(ada, "Rainy Porch", f"Line 2 of 3 is <@{cleo.id}>'s turn")
    assert "gutters" not in text_of(shown)
    await writes(cleo, "And we hum along", after="The gutters sing")
    await said(await writes(ada, "Until the cat comes in", after="And we hum along"), "it was your last")
    voting = await sees(ben, "The gutters sing · <@", "And we hum along · <@", "What does it sound like?")
    await eventually(lambda: nobody_is_called(ben))
    await restarted(harness)
    for member, tags in ((ben, ["ska"]), (cleo, ["ska", "brass"])):
        await member.press(voting, "Vote on what it sounds like …", tags)
    await sees(ben, "Rainy Porch", "ska 2 · brass 1")
    await below(await cleo.press(voting, "Sing it now"), "Only who started the relay")
    await ben.press(voting, "Sing it now")
    ended = await sees(ada, "The gutters sing · <@", "“Rainy Porch”", "listen", "ska, brass")
    assert ended["id"] == post["id"]
    relay = await relay_of(harness, voting)
    assert harness.bot is not None
    track = await harness.bot.studio.get(relay.track_id or "")
    assert track is not None
    assert track.lyrics == "[verse]\nThe gutters sing\nAnd we hum along\nUntil the cat comes in"
    assert [name for _id, name in track.credited] == ["Ben", "Cleo", "Ada"]
    assert (track.member_id, track.tags) == (int(ben.id), "ska, brass")
    async with harness.bot.studio.database.write() as connection:  # as if killed once it was asked for
        asked = table.update().where(table.c.id == relay.id)
        await connection.execute(asked.values(phase=Phase.MAKING))
    await eventually(lambda: is_over(harness, relay))
    assert sum("Rainy Porch" in str(one["embeds"]) for one in await ben.messages()) == 1


async def test_who_sleeps_is_passed_and_what_must_not_be_said_is_given_back(harness: Harness) -> None:
    ben, cleo = await gathered(harness, "sleepy", "Ben", "Cleo")
    post = await opened(ben, "Sleepy", seats=2, rounds=1)
    await cleo.press(post, "Take a seat / Leave")
    turn = await sees(ben, f"<@{ben.id}>, it is your line")
    form = await ben.press(turn, "Write my line")
    await said(await ben.submit(form, line="hid\u202eden"), "could not take this line", "hid")
    long = await ben.submit(form, forged=True, line="x" * 3000)
    await said(long, "could not take this line", "in an attached file")
    await said(await ben.submit(form, line="   "), "nothing in this line")
    await overdue(harness, await relay_of(harness, post))
    turn = await sees(cleo, f"<@{cleo.id}>, it is your line")
    await said(await ben.submit(form, line="The porch is asleep"), "came too late", "The porch is asleep")
    await below(await ben.press(turn, "Pass"), "It is not your line")
    await cleo.press(turn, "Pass")
    await sees(ben, "Sleepy", "It is over, and was not sung")


async def test_a_song_that_is_refused_says_why_and_can_be_asked_for_again(harness: Harness) -> None:
    ben, cleo, ada = await gathered(harness, "dear", "Ben", "Cleo", "Ada")
    post = await opened(ben, "Too Dear", seats=2, rounds=1)
    await cleo.press(post, "Take a seat / Leave")
    await writes(ben, "We sing for nothing")
    await writes(cleo, "And nothing it will cost", after="We sing for nothing")
    await said(await ada.slash("moderation budget", daily=0.0001), "limits are set")
    voting = await sees(ben, "Too Dear", "What does it sound like?")
    await overdue(harness, await relay_of(harness, voting))
    refused = await sees(ben, "Too Dear", "It is not sung yet", "$")
    await said(await ada.slash("moderation budget", daily=5), "limits are set")
    await ben.press(refused, "Try again")
    await sees(ben, "“Too Dear”", "listen")


async def test_what_is_its_starters_own_affair_is_not_told_to_all(harness: Harness) -> None:
    ben, cleo, ada = await gathered(harness, "barred", "Ben", "Cleo", "Ada")
    post = await opened(ben, "Barred", seats=2, rounds=1)
    await cleo.press(post, "Take a seat / Leave")
    await writes(ben, "We sing until we are told")
    await writes(cleo, "That we no longer may", after="We sing until we are told")
    voting = await sees(ben, "Barred", "What does it sound like?")
    await made(ben, "Spent Before")
    await said(await ada.slash("moderation budget", member=0.005), "limits are set")
    try:
        await overdue(harness, await relay_of(harness, voting))
        refused = await sees(
            cleo, "It is not sung yet", f"It costs $0.005, which <@{ben.id}>, who started it"
        )
        assert "$0.00" not in text_of(refused).replace("$0.005", "")
        await said(await ada.slash("moderation budget", member=0.0001), "limits are set")
        await ada.press(refused, "Try again")
        refused = await sees(cleo, "It is not sung yet", f"more than <@{ben.id}>", "can raise that limit")
    finally:
        await said(await ada.slash("moderation budget", member=5), "limits are set")
    banned = await ada.slash("moderation member ban", member="Ben", reason="Sang too loud")
    await said(banned, "may not make tracks")
    try:
        await ada.press(refused, "Try again")
        refused = await sees(
            cleo, "It is not sung yet", "may not make tracks in this server now", "can end it"
        )
        assert "Sang too loud" not in text_of(refused)
        await overdue(harness, await relay_of(harness, refused))
        await sees(ben, "Barred", "It is over, and was not sung")
    finally:
        await said(await ada.slash("moderation member pardon", member="Ben"), "may make tracks again")


async def test_nobody_waits_for_who_is_banned(harness: Harness) -> None:
    ben, cleo, ada = await gathered(harness, "barred turn", "Ben", "Cleo", "Ada")
    post = await opened(ben, "Barred Turn", seats=2, rounds=1)
    await cleo.press(post, "Take a seat / Leave")
    await sees(ben, f"<@{ben.id}>, it is your line")
    try:
        await said(await ada.slash("moderation member ban", member="Ben", reason="Loud"), "not make tracks")
        await writes(cleo, "We go on without")
    finally:
        await said(await ada.slash("moderation member pardon", member="Ben"), "may make tracks again")
    await ada.press(await sees(cleo, "Barred Turn", "We go on without"), "End it")


async def test_its_post_comes_back_when_it_is_asked_for(harness: Harness) -> None:
    ben, cleo = await gathered(harness, "swept", "Ben", "Cleo")
    post = await opened(ben, "Swept Away")
    delete(harness, post)
    await said(await cleo.slash("relay start", theme="Second"), "goes on in this channel already")
    again = await cleo.wait_message(
        lambda one: one["id"] != post["id"] and "Swept Away" in text_of(one), TIMEOUT
    )
    await ben.press(again, "End it")
    await sees(ben, "Swept Away", "It is over")


async def test_without_its_post_or_its_channel_there_is_none(harness: Harness) -> None:
    (ben,) = await gathered(harness, "shut", "Ben")
    harness.discord.faults.add(Fault("refuse", "POST", "/channels/*/messages", code=50013))
    await said(await ben.slash("relay start", theme="Nowhere"), "No relay was opened")
    post = await opened(ben, "Torn Down", seats=2)
    relay = await relay_of(harness, post)
    assert harness.bot is not None
    with blinking(harness.bot.studio.relays, "give_up"):
        harness.discord.world.delete_channel(post["channel_id"])
        await eventually(lambda: is_over(harness, relay))


async def test_a_channel_that_went_while_the_bot_was_away_ends_its_relay(harness: Harness) -> None:
    ada, cleo = await gathered(harness, "asleep", "Ada", "Cleo")
    post = await opened(ada, "Fast Asleep", seats=2, rounds=1)
    await cleo.press(post, "Take a seat / Leave")
    await sees(ada, f"<@{ada.id}>, it is your line")
    relay = await relay_of(harness, post)
    await harness.stop()
    harness.discord.world.delete_channel(post["channel_id"])
    await harness.start()
    await overdue(harness, relay)  # the next one's turn, of two
    await eventually(lambda: is_over(harness, relay))


async def test_others_neither_begin_nor_end_it_and_moderators_do(harness: Harness) -> None:
    ben, cleo, ada = await gathered(harness, "yours", "Ben", "Cleo", "Ada")
    dora = await harness.member("Dora", "Rooftop")
    post = await opened(ben, "Not Yours", seats=4)
    await said(await cleo.slash("relay start", theme="Second"), "goes on in this channel already")
    for label in ("Begin", "End it"):
        await below(await cleo.press(post, label), "Only who started the relay")
    relay = await relay_of(harness, post)
    for verb in ("sit", "begin", "sing", "end"):
        on = await said(await dora.slash("queue"), "Queue")
        await below(await dora.press(on, f"relay:{verb}:{relay.id}", forged=True), "no such relay")
    await below(await ben.press(post, "Begin"), "Nobody writes a relay alone")
    await ada.press(post, "End it")
    await sees(ben, "Not Yours", "It is over")
    await below(await ben.press(post, f"relay:sit:{relay.id}", forged=True), "no such relay")


async def test_who_is_erased_as_its_song_is_asked_for_neither_signs_nor_pays_and_it_is_sung(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.discord.world.add_member("The Porch", "Gus")
    gus, cleo = await gathered(harness, "just then", "Gus", "Cleo")
    post = await opened(gus, "Just Then", seats=2, rounds=1)
    await cleo.press(post, "Take a seat / Leave")
    await writes(gus, "Gus sings")
    await writes(cleo, "And is gone", after="Gus sings")
    assert harness.bot is not None
    studio = harness.bot.studio
    approve = studio.requests.approve

    async def erased_meanwhile(*asked: Any) -> Any:
        approved = await approve(*asked)
        await studio.privacy.erase(int(gus.id))
        return approved

    monkeypatch.setattr(studio.requests, "approve", erased_meanwhile)
    await gus.press(await sees(gus, "Just Then", "What does it sound like?"), "Sing it now")
    relay = await relay_of(harness, post)
    await eventually(lambda: is_over(harness, relay))
    relay = await relay_of(harness, post)
    track = await studio.get(relay.track_id or "")
    assert track is not None
    assert (track.member_id, track.makers) == (int(cleo.id), (int(cleo.id),))
    assert "And is gone" in track.lyrics
    assert "Gus sings" not in track.lyrics


async def test_erased_words_go_from_its_post(harness: Harness) -> None:
    harness.discord.world.add_member("The Porch", "Finn")
    ben, finn = await gathered(harness, "erased", "Ben", "Finn")
    post = await opened(finn, "Finn's Theme", seats=2, rounds=1)
    await ben.press(post, "Take a seat / Leave")
    await writes(finn, "Finn's very own line")
    await writes(ben, "Ben's line stays", after="Finn's very own line")
    voting = await sees(ben, "Finn's very own line", "Ben's line stays")
    question = await said(await finn.slash("privacy delete"))
    assert question.message
    erase = next(one["label"] for one in walk(question.message["components"]) if one.get("label"))
    await finn.press(question, erase)

    async def gone() -> bool:
        text = text_of(next(one for one in await ben.messages() if one["id"] == voting["id"]))
        return "Finn" not in text and "Ben's line stays" in text

    await eventually(gone)
    relay = await relay_of(harness, voting)
    assert (relay.theme, relay.phase) == ("", Phase.VOTING)

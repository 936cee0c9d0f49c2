"""/voice, *Use as my voice*, *Sing it yourself*: from the sentence to the song, and never with another's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from bot_harness import (
    TIMEOUT,
    VOICES,
    Harness,
    below,
    blinking,
    delete,
    followups,
    made,
    press_more,
    rule,
    said,
    track_of,
)
from mutagen.id3 import ID3
from sounds import tone
from voicing import SONG, recorded, spoken
from waiting import eventually

from cogs.posts.kept_messages import KeptMessages
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {KeptMessages: 0.2}


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    return VOICES


async def source(member: Member, title: str, **options: Any) -> dict[str, Any]:
    return await made(member, title, duration=20, **options)


async def asked_for_song(member: Member, message: dict[str, Any], words: str, **more: Any) -> Answer:
    """The proposal, by the button below their track."""
    form = await press_more(member, message, "Sing it yourself")
    return await said(await member.submit(form, lyrics=words, **more), "Sing it yourself", "$0.35")


def songs(harness: Harness) -> list[dict[str, Any]]:
    """The inputs of all that was sent to be sung."""
    return [one.json for one in harness.wave.requests if one.path.endswith(SONG)]


# switched on ----------------------------------------------------------------------------------------------


async def test_moderators_switch_it_on_and_until_then_nobody_sings(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await source(ben, "Off Here")
    await said(await ben.slash("voice record"), "In this server no songs are sung")
    more = await said(await ben.press(message, "More …"), "What to do")
    assert "Sing it yourself" not in str(more.message)
    track_id = message["components"][0]["components"][0]["custom_id"].split(":")[-1]
    await said(await ben.press(message, f"track:sing:{track_id}", forged=True), "In this server no songs")
    panel = await said(await ada.slash("moderation panel"), "Moderation")
    rest = await ada.press(panel, "More rules")
    await said(rest, "Off: no songs are sung with members' own voices")
    await said(await ada.press(rest, "Switch voices on"), "Saved: Own voices is on.")
    await said(await ben.slash("voice record"), "Say this aloud", "Ben", "The Porch", "$0.35")
    await said(await ada.slash("moderation log"), "Own voices", "off → on")


# given ----------------------------------------------------------------------------------------------------


async def test_a_voice_message_becomes_the_voice_and_is_sung_with(harness: Harness) -> None:
    await rule(harness, own_voices=True)
    ben = await harness.member("Ben")
    instrumental = await source(ben, "No Singer", lyrics="[inst]")
    asked = await said(await ben.slash("voice record"), "Say this aloud")
    first = re.search(r"recording are ([\d, ]+)\.", asked.text)
    again = await said(await ben.slash("voice record"), "Say this aloud")
    second = re.search(r"recording are ([\d, ]+)\.", again.text)
    assert first
    assert second
    assert first[1] != second[1]  # made for this one time
    await said(await ben.context("Use as my voice", await spoken(ben, 16)), "I have your recording")
    proposal = await asked_for_song(ben, instrumental, "Oh my own words", title="Own Song")
    before = len(songs(harness))
    assert before == 0  # nothing is asked for before it is confirmed
    confirm = (proposal.message or {})["components"][0]["components"][0]["custom_id"]
    await said(await ben.press(proposal, "Sing it"), "is finished")
    (sent,) = songs(harness)
    assert set(sent) == {"lyrics", "voice", "instrumental", "bitrate", "sample_rate"}
    message = await track_of(ben, "Own Song")
    shown = text_of(message)
    assert "Sung with the maker's cloned voice" in shown
    assert "“No Singer”, sung with a cloned voice" in shown
    assert "· seed" not in shown
    await below(await ben.press(proposal, confirm, forged=True), "You have confirmed that already")
    assert len(songs(harness)) == 1
    mp3 = await ben.attachment(message)
    folder = Path(harness.settings.data_dir)
    file = folder / "own-song.mp3"
    file.write_bytes(mp3)
    assert "cloned voice" in str(ID3(file).getall("COMM"))
    assert "cloned voice" in str(ID3(file).getall("TXXX:card"))


async def test_a_file_is_given_in_a_form_and_a_sung_track_is_taken_after(harness: Harness) -> None:
    await rule(harness, own_voices=True)
    cleo = await harness.member("Cleo")
    await source(cleo, "With Singer", lyrics="Some words to sing")
    asked = await said(await cleo.slash("voice record"), "Say this aloud")
    form = await cleo.press(asked, "Give a file")
    short = await cleo.submit(form, files={"recording": [("me.mp3", tone(9))]})
    await said(short, "plays 9.0 seconds; I need at least 15")
    form = await cleo.press(asked, "Give a file")
    await said(await cleo.submit(form, files={"recording": [("me.mp3", tone(17))]}), "I have your recording")
    form = await cleo.press(asked, "Give a file")  # a sentence is answered once
    await said(form, "There is no sentence")
    proposal = await cleo.slash(
        "rework voice", track="With Singer", words="One line\\nanother line", title="Anew"
    )
    await said(proposal, "in the way of", "$0.35", "One line\nanother line")
    await said(await cleo.press(proposal, "Sing it"), "is finished")
    assert {"song", "voice"} <= set(songs(harness)[-1])
    assert songs(harness)[-1]["lyrics"] == "One line\nanother line"


async def test_what_cannot_be_sung_is_given_back_with_a_way_on(harness: Harness) -> None:
    await rule(harness, own_voices=True)
    dora = await harness.member("Dora", "Rooftop")  # nobody there has switched it on
    await said(await dora.slash("voice record"), "In this server no songs")
    ben = await harness.member("Ben")
    await source(ben, "To Sing Over")
    await recorded(ben, 18)
    long = await ben.slash("rework voice", track="To Sing Over", words="a" * 351)
    await said(long, "351 characters; a voice sings 350 at the most")
    form = await ben.press(long, "Edit")
    await said(await ben.submit(form, lyrics="Shorter words"), "Sing it yourself")
    short = await made(ben, "Too Short", duration=10)
    form = await press_more(ben, short, "Sing it yourself")
    await said(await ben.submit(form, lyrics="Words"), "Choose a track of at least 16 s")


async def test_nobody_gives_anothers_recording(harness: Harness) -> None:
    await rule(harness, own_voices=True)
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    old = await spoken(cleo, 19)
    await said(await cleo.slash("voice record"), "Say this aloud")
    await said(await ben.slash("voice record"), "Say this aloud")
    bens = await spoken(ben, 20)
    await said(await cleo.context("Use as my voice", bens), "That is not your own message")
    await said(await cleo.context("Use as my voice", old), "recorded before I showed you the sentence")
    words = await cleo.say("no recording here")
    await said(await cleo.context("Use as my voice", words), "There is no recording with that message")
    await said(await ben.context("Use as my voice", bens), "I have your recording")
    copied = await spoken(cleo, 20)  # the same file, downloaded and posted by her
    await said(await cleo.context("Use as my voice", copied), "Somebody else has given me this")


async def test_nobody_sings_with_anothers_voice_whatever_they_forge(harness: Harness) -> None:
    await rule(harness, own_voices=True)
    ben, ada = await harness.member("Ben"), await harness.member("Ada")
    message = await source(ben, "Bens Own")
    await recorded(ben, 21)
    proposal = await asked_for_song(ben, message, "Mine alone", title="Bens Song")
    custom_id = (proposal.message or {})["components"][0]["components"][0]["custom_id"]
    adas = await said(await ada.slash("queue"), "Queue")
    before = len(songs(harness))
    for forged in (custom_id, custom_id.replace(":voice:track:", ":voice:file:")):
        answer = await ada.press(adas, forged, forged=True)
        await answer.until(lambda now: now.text or now.followups, TIMEOUT)
    more = await said(await ada.press(message, "More …"), "What to do")
    assert "Sing it yourself" not in str(more.message)
    await said(
        await ada.press(
            message,
            custom_id.split(":voice:")[0].split(":")[0] and f"track:sing:{custom_id.split(':')[-1]}",
            forged=True,
        ),
        "You can sing over your own tracks only",
    )
    assert len(songs(harness)) == before
    await said(await ben.press(proposal, "Sing it"), "is finished")
    song = await track_of(ben, "Bens Song")
    for verb in ("again", "variations"):
        track_id = song["components"][0]["components"][0]["custom_id"].split(":")[-1]
        await said(
            await ada.press(song, f"track:{verb}:{track_id}", forged=True), "sung with a member's own voice"
        )
    answer = await ada.slash("rework lyrics", track="Bens Song", lyrics_file=None)
    await said(answer, "only that member can make something else of its sound")
    assert len(songs(harness)) == before + 1


# heard first ----------------------------------------------------------------------------------------------


async def test_where_they_review_moderators_hear_it_first(harness: Harness) -> None:
    world = harness.discord.world
    room = world.add_channel("The Porch", "mods") if hasattr(world, "add_channel") else None
    assert room is not None
    await rule(harness, own_voices=True, review_channel_id=int(room.id))
    try:
        ada, cleo = await harness.member("Ada", channel="mods"), await harness.member("Cleo")
        await harness.member("Cleo")
        asked = await said(await cleo.slash("voice record"), "a moderator hears the recording first")
        assert asked
        await said(
            await cleo.context("Use as my voice", await spoken(cleo, 22)), "A moderator hears it first"
        )
        heard = await ada.wait_message(lambda one: "wants to have songs sung" in text_of(one), TIMEOUT)
        assert heard["attachments"][0]["filename"] == "voice.mp3"
        assert f"<@{cleo.id}>" in heard["content"]
        assert "my own voice" in heard["content"]
        assert not heard["mentions"]  # nobody is pinged
        refused = await cleo.press(heard, "Let it through", forged=False)
        await said(refused, "Only moderators")
        assert harness.bot is not None
        with blinking(harness.bot.studio.notices, "leave"):
            await said(await ada.press(heard, "Let it through"), "can have songs sung")

        async def gone() -> bool:
            return heard["id"] not in {one["id"] for one in await ada.messages()}

        await eventually(gone)  # the recording is in no message any more
        await below(await cleo.slash("queue"), "A moderator has heard your recording")
        await said(await cleo.context("Use as my voice", await spoken(cleo, 23)), "There is no sentence")
    finally:
        await rule(harness, review_channel_id=None)


@pytest.mark.parametrize("what", ["message", "channel"])
async def test_what_no_moderator_can_hear_any_more_is_forgotten(harness: Harness, what: str) -> None:
    room = harness.discord.world.add_channel("The Porch", f"ears-{what}")
    await rule(harness, own_voices=True, review_channel_id=int(room.id))
    try:
        ada, cleo = await harness.member("Ada", channel=room.name), await harness.member("Cleo")
        await said(await cleo.slash("voice record"), "Say this aloud")
        given = await cleo.context("Use as my voice", await spoken(cleo, 24 + len(what)))
        await said(given, "A moderator hears it first")
        heard = await ada.wait_message(lambda one: "wants to have songs sung" in text_of(one), TIMEOUT)
        assert harness.bot is not None
        voices = harness.bot.studio.own_voices

        async def forgotten() -> bool:
            return await voices.recordings_of(int(cleo.id)) == []

        with blinking(voices, "lost"):
            if what == "message":
                delete(harness, heard)
            else:
                harness.discord.world.delete_channel(room.id)
            await eventually(forgotten)
        await below(await cleo.slash("queue"), "No moderator will hear the recording", "`/voice record`")
    finally:
        await rule(harness, review_channel_id=None)


@pytest.mark.parametrize(
    ("press", "told"), [("Do not let it through", "did not let"), ("Let it through", "A moderator has heard")]
)
async def test_who_gave_it_is_told_also_where_the_moderator_cannot_be(
    harness: Harness, press: str, told: str
) -> None:
    room = harness.discord.world.add_channel("The Porch", f"told-{len(press)}")
    await rule(harness, own_voices=True, review_channel_id=int(room.id))
    try:
        ada, cleo = await harness.member("Ada", channel=room.name), await harness.member("Cleo")
        await said(await cleo.slash("voice record"), "Say this aloud")
        given = await cleo.context("Use as my voice", await spoken(cleo, 25))
        await said(given, "A moderator hears it first")
        heard = await ada.wait_message(
            lambda one: one["channel_id"] == room.id and "wants to have songs sung" in text_of(one), TIMEOUT
        )
        answers: Any = {"method": "PATCH", "path": "/webhooks/*"}
        refused = harness.discord.faults.add(Fault("refuse", code=50027, times=2, **answers))
        await ada.press(heard, press)

        async def is_refused() -> bool:
            return refused.hits == 2  # and then the try to say that it was

        await eventually(is_refused)
        then = await cleo.slash("queue")

        async def is_told() -> bool:  # after that command, or still after the one before
            return told in followups(await given.refresh()) + followups(await then.refresh())

        await eventually(is_told)
    finally:
        await rule(harness, review_channel_id=None)


# gone ------------------------------------------------------------------------------------------------------


async def test_forgetting_erases_it_here_and_what_the_provider_made_with_it(harness: Harness) -> None:
    assert harness.bot is not None
    await rule(harness, own_voices=True)
    ben = await harness.member("Ben")
    message = await source(ben, "Before Forgetting")
    await recorded(ben, 24)
    proposal = await asked_for_song(ben, message, "The last words", title="The Last Song")
    await said(await ben.press(proposal, "Sing it"), "is finished")
    exported = await said(await ben.slash("privacy export"), "tracks")
    names = [one["filename"] for one in (exported.message or {})["attachments"]]
    assert names == ["jamboree-my-data.json", f"my-voice-{ben.guild['id']}.mp3"]
    asked = await said(await ben.slash("voice forget"), "Forget your voice?")
    await said(await ben.press(asked, "Forget it"), "Your recording is erased")
    form = await press_more(ben, message, "Sing it yourself")
    await said(form, "I have no recording of your voice")
    await harness.bot.studio.own_voices.clean()
    last = [one for one in harness.wave.predictions.values() if one.inputs.get("lyrics") == "The last words"]
    assert [one.status for one in last] == ["deleted"]
    asked = await said(await ben.slash("voice forget"), "Forget your voice?")
    await below(await ben.press(asked, "Forget it"), "I have no recording of your voice")

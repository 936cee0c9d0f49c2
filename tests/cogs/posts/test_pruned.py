"""Audio that is in its channel's message alone: what goes, what stays, and who has it back."""

from __future__ import annotations

import hashlib
import io
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, gone, made, said, track_of
from jamming import ends, join, panel_of, recap_of, start, two_rounds, writes
from mutagen.id3 import ID3
from waiting import eventually

from rehearsal.discord.attachments import Attachments
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from services.delivery import DeliveryUnavailable
from services.storage.files import mp3_path
from services.tracks import tracks

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAYS = 30
READING: dict[str, Any] = {"method": "GET", "path": "/channels/*/messages/*"}


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    return {"keep_audio_days": DAYS}


def id_of(message: dict[str, Any]) -> str:
    return message["components"][0]["components"][0]["custom_id"].split(":")[-1]


def path_of(harness: Harness, message: dict[str, Any]) -> Path:
    return mp3_path(harness.settings.data_dir, id_of(message))


def age(harness: Harness, message: dict[str, Any]) -> None:
    """Nobody has used the track's MP3 for longer than it is kept."""
    then = time.time() - (DAYS + 1) * 86400
    os.utime(path_of(harness, message), (then, then))


async def look(harness: Harness) -> None:
    assert harness.bot is not None
    await harness.bot.studio.pruning.prune()


async def prune(harness: Harness, *messages: dict[str, Any]) -> None:
    for message in messages:
        age(harness, message)
    await look(harness)
    assert not any(path_of(harness, message).exists() for message in messages)


async def only_kept(harness: Harness, message: dict[str, Any]) -> None:
    """The provider keeps its output no longer."""
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        await tracks.change(connection, id_of(message), output_url=None)


def take_away(harness: Harness, message: dict[str, Any]) -> None:
    """A moderator deletes the message by hand."""
    found = harness.discord.world.find_message(message["id"])
    assert found is not None
    harness.discord.world.delete_message(found)


async def heard(member: Member, answer: Answer) -> bytes:
    assert answer.message is not None
    return await member.attachment(answer.message)


def readings(harness: Harness) -> int:
    """How often the bot has read a message."""
    return sum(one.method == "GET" and "/messages/" in one.path for one in harness.discord.requests)


async def test_a_pruned_track_is_looked_up_and_reworked_from_the_same_audio(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Old Days")
    data = await ben.attachment(message)
    assert path_of(harness, message).read_bytes() == data
    await prune(harness, message)
    assert await heard(ben, await said(await ben.slash("library track", track="Old Days"), ".mp3")) == data

    await only_kept(harness, message)
    await prune(harness, message)
    await said(
        await ben.slash("rework restyle", track="Old Days", tags="polka", title="New Days"), "is finished"
    )
    await track_of(ben, "New Days")
    assert harness.wave.sources.get(hashlib.sha256(data).hexdigest()) == data, "what was uploaded"
    assert path_of(harness, message).stat().st_mode & 0o077 == 0


async def test_what_its_message_no_longer_has_or_does_not_show_stays(harness: Harness) -> None:
    ben = await harness.member("Ben")
    deleted, closed = await made(ben, "By Hand"), await made(ben, "Closed")
    take_away(harness, deleted)
    age(harness, deleted)
    await look(harness)
    assert path_of(harness, deleted).exists()

    age(harness, closed)
    harness.discord.world.set_permissions("music", "bot", deny=["read_message_history"])
    try:
        await look(harness)
    finally:
        harness.discord.world.set_permissions("music", "bot")
    assert path_of(harness, closed).exists()


@pytest.mark.parametrize("kind", ["down", "rate_limited", "cloudflare", "cut"])
async def test_while_discord_does_not_answer_nothing_goes(harness: Harness, kind: Any) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, f"Away {kind.replace('_', ' ')}")
    age(harness, message)
    asked = readings(harness)
    harness.discord.faults.add(Fault(kind, status=503, times=None, retry_after=30, **READING))
    try:
        await look(harness)
    finally:
        harness.discord.faults.clear()
    assert readings(harness) > asked or kind == "cut"
    assert path_of(harness, message).exists()
    await prune(harness, message)


async def test_what_is_nowhere_any_more_is_said_and_costs_nothing(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Lost")
    await only_kept(harness, message)
    await prune(harness, message)
    take_away(harness, message)
    shown = await said(
        await ben.slash("library track", track="Lost"), "Its audio is no longer kept.", "funk, brass"
    )
    assert ".mp3" not in shown.text
    before = len(harness.wave.bill)
    answer = await ben.slash("rework restyle", track="Lost", tags="polka", title="Never")
    await said(answer, "is no longer kept", "Choose another", "nothing was charged")
    assert len(harness.wave.bill) == before


async def test_one_word_that_a_message_is_gone_costs_no_rework_and_no_recap_its_sound(
    harness: Harness,
) -> None:
    ben = await harness.member("Ben")
    panel = await start(ben, "Blinked", tags="ska", duration=5)
    await ben.press(panel, "Make it now")
    message = await track_of(ben, "Blinked")
    await panel_of(ben, "Blinked", "Listen, and vote")
    await only_kept(harness, message)
    refusal: dict[str, Any] = {"status": 404, "code": 10008, "times": 1, **READING}

    await prune(harness, message)
    fault = harness.discord.faults.add(Fault("refuse", **refusal))
    await said(
        await ben.slash("rework restyle", track="Blinked", tags="polka", title="Anew"), "is finished", "Anew"
    )
    assert fault.hits == 1

    await prune(harness, message)
    fault = harness.discord.faults.add(Fault("refuse", **refusal))
    await ends(ben, "Blinked")
    recap = await recap_of(ben, "Blinked")
    assert fault.hits == 1
    assert "No longer kept" not in text_of(recap)
    assert [one["filename"] for one in recap["attachments"] if one["filename"].endswith(".zip")]


async def test_what_discord_does_not_give_now_is_said_and_had_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Later")
    data = await ben.attachment(message)
    await prune(harness, message)
    harness.discord.faults.add(Fault("down", status=503, times=None, **READING))
    try:
        await said(await ben.slash("library track", track="Later"), "just now", "a few minutes")
    finally:
        harness.discord.faults.clear()

    half = tmp_path / "half"
    half.write_bytes(data[: len(data) // 2])

    def broken(*_: object) -> Path:
        raise OSError

    answers = {broken: "just now", lambda *_: half: "just now", lambda *_: None: "just now"}
    for serve, words in answers.items():
        with monkeypatch.context() as storage:
            storage.setattr(Attachments, "_path", serve)
            await said(await ben.slash("library track", track="Later"), words)
        assert not path_of(harness, message).exists()
    assert await heard(ben, await said(await ben.slash("library track", track="Later"), ".mp3")) == data


async def test_for_whoever_may_not_hear_it_nothing_is_fetched(harness: Harness) -> None:
    ben, dora = await harness.member("Ben"), await harness.member("Dora", "Rooftop")
    message = await made(ben, "Porch Music")
    await prune(harness, message)
    asked = readings(harness)
    await said(await dora.slash("library track", track=id_of(message)), "no such track")
    await said(
        await dora.slash("rework restyle", track=id_of(message), tags="polka", title="x"), "no such track"
    )
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        await tracks.change(connection, id_of(message), explicit=True)
    shown = await said(await ben.slash("library track", track="Porch Music"), "Porch Music")
    assert ".mp3" not in shown.text
    assert readings(harness) == asked
    assert not path_of(harness, message).exists()


async def test_moderators_hear_what_they_took_down_and_publish_the_same(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Noisy")
    data = await ben.attachment(message)
    await prune(harness, message)
    done = await said(
        await ada.submit(await ada.context("Withhold track", message), reason="noise"), "[Publish]"
    )
    await gone(ben, message)
    assert await heard(ada, await said(await ada.slash("library track", track="Noisy"), ".mp3")) == data
    asked = readings(harness)
    await said(await ben.slash("library track", track="Noisy"), "withheld")
    assert readings(harness) == asked
    await said(await ada.press(done, "Publish"), "on its way")

    def anew(one: dict[str, Any]) -> bool:
        return bool(one["id"] != message["id"] and one["attachments"] and "Noisy" in text_of(one))

    assert await ben.attachment(await ben.wait_message(anew, TIMEOUT)) == data


async def test_who_takes_the_only_copy_down_unread_is_told_before_that_it_is_lost(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Sealed")
    form = await ada.context("Withhold track", message)
    assert "the record stays" in form.text
    await only_kept(harness, message)
    await prune(harness, message)
    harness.discord.world.set_permissions("music", "bot", deny=["read_message_history"])
    try:
        await eventually(lambda: _closed(harness))
        form = await ada.context("Withhold track", message)
        assert "only MP3 goes with its message" in form.text
        done = await said(await ada.submit(form, reason="noise"), "its only MP3 with it")
        assert "can publish it again" not in done.text

        async def gone() -> bool:
            return harness.discord.world.find_message(message["id"]) is None

        await eventually(gone)
    finally:
        harness.discord.world.set_permissions("music", "bot")


async def _closed(harness: Harness) -> bool:
    """Whether the bot knows that it may not read #music."""
    assert harness.bot is not None
    channel: Any = harness.bot.get_channel(int(harness.discord.world.channel("music").id))
    return not channel.permissions_for(channel.guild.me).read_message_history


# jams ------------------------------------------------------------------------------------------------------


async def test_a_recap_has_what_was_pruned_and_says_what_is_gone(harness: Harness) -> None:
    ben = await harness.member("Ben")
    first, second = await two_rounds(ben, "Long Jam")
    await prune(harness, first, second)
    take_away(harness, first)
    await ends(ben, "Long Jam")
    recap = await recap_of(ben, "Long Jam")
    assert "No longer kept: the audio of #" in text_of(recap)
    assert "too large" not in text_of(recap)
    with zipfile.ZipFile(io.BytesIO(await ben.attachment(recap))) as archive:
        (name,) = archive.namelist()
        assert archive.read(name) == await ben.attachment(second)


@pytest.mark.parametrize("trouble", ["no sight of it", "said to be gone"])
async def test_who_erases_themselves_goes_from_a_pruned_tracks_file_too(
    harness: Harness, trouble: str
) -> None:
    """What Ben's name is in waits while Discord does not give it, and is not taken from Cleo."""
    theme = f"Both of Us, {trouble}"
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, theme, tags="folk", duration=5)
    await join(cleo, theme)
    await writes(ben, panel, "New: Verse", "A line of mine")
    await ben.press(await panel_of(ben, theme, "1. Verse"), "Make it now")
    message = await track_of(ben, theme)
    await panel_of(ben, theme, "Listen, and vote")
    await ends(ben, theme)
    await prune(harness, message)
    if trouble == "said to be gone":
        fault = harness.discord.faults.add(Fault("refuse", status=404, code=10008, times=1, **READING))
    else:
        fault = None
        harness.discord.world.set_permissions("music", "bot", deny=["read_message_history"])
    question = await said(await ben.slash("privacy delete"), "your name, your votes")
    await said(await ben.press(question, "Delete my data"), "Your data is deleted")
    assert harness.bot is not None
    if fault is None:
        assert not await harness.bot.studio.privacy.clean()
    else:
        await eventually(lambda: _met(fault))
    found = harness.discord.world.find_message(message["id"])
    assert found is not None
    assert any(one["filename"].endswith(".mp3") for one in found.data["attachments"])
    harness.discord.world.set_permissions("music", "bot")
    await eventually(harness.bot.studio.privacy.clean)
    message = await cleo.wait_message(
        lambda one: one["id"] == message["id"] and f"<@{ben.id}>" not in text_of(one), TIMEOUT
    )
    data = await cleo.attachment(message)
    assert str(ID3(io.BytesIO(data))["TPE1"]) == "Cleo"
    jams = harness.bot.studio.jams

    async def recaps_told() -> bool:  # which uses the MP3, and so makes it young
        return not await jams.without_recap()

    await eventually(recaps_told)
    await prune(harness, message)
    assert (
        await heard(cleo, await said(await cleo.slash("library track", track=id_of(message)), ".mp3")) == data
    )


async def _met(fault: Fault) -> bool:
    return fault.hits > 0


async def test_a_long_outage_ends_a_look_early(harness: Harness) -> None:
    ben = await harness.member("Ben")
    old = [await made(ben, f"Outage {number}") for number in range(4)]
    for message in old:
        age(harness, message)
    harness.discord.faults.add(Fault("down", status=503, times=None, **READING))
    try:
        with pytest.raises(DeliveryUnavailable):
            await look(harness)
    finally:
        harness.discord.faults.clear()
    await prune(harness, *old)

"""Reworks in the studio: what is sent and charged, where the provider hears the sound, what goes wrong."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from reworking import GIVEN, LYRICS, from_file, original, own, pieces, rework, uploads
from sounds import tone
from studio_harness import FakeDelivery, NewStudio, StudioHarness, no_files
from waiting import eventually

from cogs.texts.formatting import done_to
from cogs.texts.outcomes import failure_sentence
from cogs.texts.prompts.faults import said_of
from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.audio.mastered import Flaw
from services.guilds.settings import next_number
from services.pipeline import sources
from services.pipeline import uploads as own_files
from services.pipeline.kept_audio import KeptAudio
from services.pipeline.sources import SourceNotKept
from services.pipeline.uploads import FileGone, NotUsable
from services.privacy.erasure import Privacy
from services.prompts.prompt import PromptError
from services.prompts.rework import Kind, Rework
from services.prompts.rework_prompt import Source, parse_rework
from services.storage.audio_store import FolderStore
from services.storage.database import Database, now
from services.storage.files import mp3_path
from services.tracks import tracks
from services.tracks.request_refusals import AskedAlready
from services.tracks.sight import everything_in
from services.tracks.track import Failure, State

EITHER_SHAPE = True
TOLD = {
    Kind.RESTYLE: "restyled: +polka, \N{MINUS SIGN}brass",
    Kind.LYRICS: "sung with other words",
    Kind.EXTEND: "extended 2 s before and 3 s after",
    Kind.REPAINT: "repainted 1\N{EN DASH}4 s",
}
CHARGED = {Kind.RESTYLE: 6, Kind.LYRICS: 6, Kind.EXTEND: 5, Kind.REPAINT: 3}
LENGTH = {Kind.RESTYLE: 6, Kind.LYRICS: 6, Kind.EXTEND: 11, Kind.REPAINT: 6}


def sent(wave: WaveSpeedStandIn) -> list[dict[str, Any]]:
    """The bodies of all submissions that name a sound."""
    return [one.json for one in wave.requests if one.endpoint == "submit" and "audio" in (one.json or {})]


def price(kind: Kind, shape: str) -> int:
    """Micro-dollars: of the whole as it is documented, of what is new as it was observed."""
    return 200 * (LENGTH if shape == "documented" else CHARGED)[kind]


@pytest.mark.parametrize("kind", GIVEN)
async def test_each_is_made_from_its_source_and_charged_for_what_is_generated(
    new_studio: NewStudio, wave: WaveSpeedStandIn, shape: str, kind: Kind
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        queued = await rework(harness, kind, source)
        track = await harness.settled(queued.id)
        assert track.state is State.DELIVERED, track.failure
        assert track.seconds == pytest.approx(LENGTH[kind], abs=0.1)
        assert track.price == price(kind, shape)
        assert track.parent_id == source.id
        assert track.rework is not None
        assert done_to(track.rework, track.tags) == TOLD[kind]
        (body,) = sent(wave)
        assert body["audio"] == source.output_url
        assert uploads(wave) == 0
        found = await harness.studio.books.reconcile()
        assert found.differences == []
        assert found.ledger == found.bill


async def test_what_is_sent_says_what_is_to_change_and_what_the_source_was(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        for kind in GIVEN:
            await harness.settled((await rework(harness, kind, source)).id)
        restyle, lyrics, extend, repaint = sent(wave)
    assert (restyle["edit_mode"], restyle["original_tags"]) == ("remix", "funk, brass")
    assert restyle["tags"] == "funk, polka"
    assert restyle["lyrics"] == restyle["original_lyrics"] == LYRICS
    assert (lyrics["edit_mode"], lyrics["original_lyrics"], lyrics["lyrics"]) == (
        "lyrics",
        LYRICS,
        "[verse]\nLet it go",
    )
    assert lyrics["tags"] == lyrics["original_tags"] == "funk, brass"
    assert (extend["extend_before_duration"], extend["extend_after_duration"]) == (2, 3)
    assert (repaint["start_time"], repaint["end_time"], repaint["tags"]) == (1, 4, "strings")


async def test_a_source_that_the_provider_no_longer_keeps_is_uploaded(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        monkeypatch.setattr(sources, "now", lambda: now() + timedelta(days=8))
        track = await harness.settled((await rework(harness, Kind.EXTEND, source)).id)
        assert track.state is State.DELIVERED
        assert uploads(wave) == 1
        assert track.source_url != source.output_url
        assert track.source_url in [body["audio"] for body in sent(wave)]
        found = await harness.studio.books.reconcile()
        assert found.ledger == found.bill


async def test_one_that_it_dropped_early_is_uploaded_after_it_said_so(
    new_studio: NewStudio, wave: WaveSpeedStandIn, shape: str
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        async with harness.database.write() as connection:
            await tracks.change(connection, source.id, output_url=f"{wave.url}/outputs/gone.mp3")
        track = await harness.settled((await rework(harness, Kind.REPAINT, source)).id)
        assert track.state is State.DELIVERED
        assert [body["audio"] for body in sent(wave)] == [f"{wave.url}/outputs/gone.mp3", track.source_url]
        assert uploads(wave) == 1
        made_once = [1200, price(Kind.REPAINT, shape)]  # what was refused was not billed
        assert [entry.micro for entry in wave.bill] == made_once


async def test_a_refusal_for_another_reason_is_not_repeated_for_ever(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        fault = wave.faults.add(Fault("refused", times=None))
        track = await harness.settled((await rework(harness, Kind.RESTYLE, source)).id)
        fault.release()
        assert (track.state, track.failure) == (State.FAILED, Failure.REFUSED)
        assert len(sent(wave)) == 2
        assert await harness.kinds(track.id) == ["reserve", "release"]


async def test_a_lost_answer_is_looked_up_and_not_sent_again(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(lost_answer_patience=30) as harness:
        source = await original(harness)
        wave.faults.add(Fault("lost_after"))
        track = await harness.settled((await rework(harness, Kind.EXTEND, source)).id)
        assert track.state is State.DELIVERED
        assert wave.submits[track.seed] == 1
        assert len(sent(wave)) == 1


@pytest.mark.parametrize("what", ["deleted", "withheld"])
async def test_a_source_that_is_gone_when_its_turn_comes_costs_nothing(
    new_studio: NewStudio, wave: WaveSpeedStandIn, what: str
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        await harness.studio.queue.pause(1)
        waiting = await rework(harness, Kind.EXTEND, source)
        if what == "deleted":
            await harness.studio.delete(everything_in(1), source.id, 7, moderator=False)
        else:
            await harness.studio.review.withhold(everything_in(1), source.id, 5, "no")
        await harness.studio.queue.resume(1)
        track = await harness.settled(waiting.id)
        assert (track.state, track.failure) == (State.FAILED, Failure.SOURCE_GONE)
        assert sent(wave) == []
        assert await harness.kinds(track.id) == ["reserve", "release"]


async def test_a_longer_track_has_all_its_words_and_can_be_reworked_in_turn(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        longer = await harness.settled(
            (await rework(harness, Kind.EXTEND, source, lyrics="[outro]\nGood night")).id
        )
        assert longer.words == f"{LYRICS}\n\n[outro]\nGood night"
        again = await harness.settled((await rework(harness, Kind.REPAINT, longer)).id)
        assert again.state is State.DELIVERED
        assert again.rework is not None
        assert again.rework.old_lyrics == longer.words


# what is wrong ------------------------------------------------------------------------------------------

SOURCE = Source(100.02, "Old", "funk, brass", "funk, brass", LYRICS)


@pytest.mark.parametrize(
    ("kind", "given", "fields"),
    [
        (Kind.RESTYLE, {"tags": ""}, ["tags"]),
        (Kind.RESTYLE, {"tags": "funk, brass", "title": "x" * 200}, ["tags", "title"]),
        (Kind.LYRICS, {"lyrics": ""}, ["lyrics"]),
        (Kind.LYRICS, {"lyrics": LYRICS}, ["lyrics"]),
        (Kind.EXTEND, {}, ["after"]),
        (Kind.EXTEND, {"before": "1", "after": "140"}, ["after"]),
        (Kind.EXTEND, {"before": "-1", "after": "241"}, ["before", "after"]),
        (Kind.EXTEND, {"after": "soon"}, ["after"]),
        (Kind.REPAINT, {"from": "10"}, ["to"]),
        (Kind.REPAINT, {"from": "101", "to": "102"}, ["from"]),
        (Kind.REPAINT, {"from": "10", "to": "102"}, ["to"]),
        (Kind.REPAINT, {"from": "10", "to": "10", "lyrics": "a" * 9000}, ["lyrics", "to"]),
        (Kind.REPAINT, {"from": "1e9", "to": "99999999999", "tags": "<@1>"}, ["tags", "from", "to"]),
    ],
)
def test_every_fault_is_told_at_once(kind: Kind, given: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(PromptError) as refusal:
        parse_rework(kind, SOURCE, given)
    assert sorted(fault.field for fault in refusal.value.faults) == sorted(fields)
    assert all(all(said_of(fault)) for fault in refusal.value.faults)


def test_what_is_left_out_stays_and_the_end_may_be_rounded() -> None:
    longer = replace(SOURCE, length=100.62)
    prompt = parse_rework(Kind.REPAINT, longer, {"from": "90", "to": "1:41"})
    assert (prompt.tags, prompt.title, prompt.duration) == ("funk, brass", "Old", 101)
    assert prompt.rework is not None
    assert prompt.rework.charged == pytest.approx(10.62)
    silent = Source(20, tags="ska", sound="ska", words="[inst]", title="T")
    assert parse_rework(Kind.EXTEND, silent, {"after": "5"}).lyrics == "[inst]"
    idea = Source(20, sound="A rainy evening", title="T")
    prompt = parse_rework(Kind.EXTEND, idea, {"after": "5"})
    assert prompt.rework is not None
    assert (prompt.tags, prompt.rework.old_tags) == ("", "A rainy evening")


# members' own files -------------------------------------------------------------------------------------


def kept(harness: StudioHarness, file_id: str) -> Path:
    """Where a file of a member's own is, while it is kept."""
    return harness.settings.data_dir / "own" / file_id


async def test_a_members_own_file_is_uploaded_and_gone_when_its_track_has_ended(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        file = await own(harness)
        assert (file.kind, round(file.seconds)) == ("mp3", 6)
        track = await harness.settled((await from_file(harness, file)).id)
        assert track.state is State.DELIVERED, track.failure
        assert uploads(wave) == 1
        assert track.parent_id is None
        for gone in (kept(harness, file.id), kept(harness, f"{file.id}.png")):
            await eventually(lambda gone=gone: asyncio.to_thread(lambda: not gone.exists()))
        with pytest.raises(FileGone):
            await from_file(harness, file)
        exported = await exported_files(harness)
        assert [(one["name"], one["statement"]) for one in exported] == [("demo.mp3", "It is mine.")]
        await harness.studio.privacy.erase(7)
        assert await exported_files(harness) == []


async def exported_files(harness: StudioHarness) -> list[dict[str, Any]]:
    from services.privacy.export import export

    async with harness.database.read() as connection:
        return (await export(connection, 7))["your_own_files"]


async def test_a_file_that_nobody_confirmed_goes_after_an_hour(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(launch=False) as harness:
        files = harness.studio.uploads
        file = await own(harness)
        await files.clean()
        assert (await files.find(1, 7, file.id)).name == "demo.mp3"
        for guild, member in ((2, 7), (1, 8)):
            with pytest.raises(FileGone):
                await files.find(guild, member, file.id)
        monkeypatch.setattr(own_files, "now", lambda: now() + timedelta(hours=2))
        await files.clean()
        assert not kept(harness, file.id).exists()
        with pytest.raises(FileGone):
            await files.find(1, 7, file.id)


async def test_a_file_that_a_kill_left_before_it_was_written_down_goes_after_an_hour(
    new_studio: NewStudio,
) -> None:
    async with new_studio() as harness:
        files = harness.studio.uploads
        young, old = await own(harness), await own(harness)
        left = kept(harness, tracks.new_id())
        there = left, kept(harness, f"{left.name}.png"), left.with_name(f"{left.name}.part")
        await asyncio.to_thread(lambda: [path.write_bytes(b"half a song") for path in there])
        await files.clean()
        assert await asyncio.to_thread(left.exists)  # it may be on its way
        await asyncio.to_thread(lambda: [os.utime(path, (0, 0)) for path in (*there, kept(harness, old.id))])
        await files.clean()
        remaining = await asyncio.to_thread(lambda: {path.name for path in left.parent.iterdir()})
        assert remaining == {name for one in (young, old) for name in (one.id, f"{one.id}.png")}


async def test_of_files_that_a_member_did_not_confirm_the_newest_three_are_kept(
    new_studio: NewStudio,
) -> None:
    async with new_studio(launch=False) as harness:
        files = [await own(harness, name=f"{number}.mp3") for number in range(4)]
        with pytest.raises(FileGone):
            await harness.studio.uploads.find(1, 7, files[0].id)
        for file in files[1:]:
            assert (await harness.studio.uploads.find(1, 7, file.id)).name == file.name
        assert not await asyncio.to_thread(kept(harness, files[0].id).exists)


async def test_words_of_a_source_go_with_its_makers_on_either_database(database: Database) -> None:
    reworded = Rework(Kind.LYRICS, 6, old_tags="hush", old_lyrics="mine")
    async with database.write() as connection:
        ids: list[str] = []
        for number, (member, parent) in enumerate([(7, None), (8, 0), (8, 0)]):
            number, _guild = await next_number(connection, 1)
            kept = None if parent is None else reworded.kept
            track = await tracks.add(
                connection, id=tracks.new_id(), guild_id=1, number=number, guild_name="G", channel_id=2,
                member_id=member, member_name="M", model="m", title="T", tags="own", lyrics="own", duration=6,
                seed=1, parent_id=None if parent is None else ids[parent], price=1, turn=0, rework=kept,
                state=State.WAITING if number == 3 else State.DELIVERED, created_at=now(),
            )  # fmt: skip
            ids.append(track.id)
    nowhere = FolderStore(Path("nowhere"))
    privacy = Privacy(database, nowhere, FakeDelivery(), no_files, KeptAudio(FakeDelivery(), nowhere))
    await privacy.erase(7)
    async with database.read() as connection:
        ended, waiting = [await tracks.get(connection, one) for one in ids[1:]]
    assert ended is not None
    assert waiting is not None
    assert ended.rework == Rework(Kind.LYRICS, 6)
    assert ended.lyrics == "own"
    assert waiting.rework == reworded


@pytest.mark.parametrize("data", [b"", b"<html>", b"ID3" + b"\0" * 999, "short"])
async def test_a_file_that_is_no_usable_sound_is_not_kept(new_studio: NewStudio, data: bytes | str) -> None:
    async with new_studio(launch=False) as harness:
        given = tone(2) if isinstance(data, str) else data
        with pytest.raises(NotUsable) as refusal:
            await harness.studio.uploads.take(1, 7, "x.mp3", pieces(given))
        assert refusal.value.flaw in (Flaw.EMPTY, Flaw.WEB_PAGE, Flaw.NO_SOUND, Flaw.TOO_SHORT)
        folder = harness.settings.data_dir / "own"
        assert list(folder.iterdir()) == []


async def test_asking_twice_with_one_id_is_asking_once(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        file = await own(harness)
        track_id = tracks.new_id()
        await from_file(harness, file, id=track_id)
        with pytest.raises(AskedAlready):
            await from_file(harness, file, id=track_id)
        assert (await harness.settled(track_id)).state is State.DELIVERED


async def test_a_source_whose_audio_is_nowhere_cannot_be_uploaded_and_costs_nothing(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        assert source.message_id is not None
        harness.delivery.without_audio.add(source.message_id)
        path: Path = mp3_path(harness.settings.data_dir, source.id)
        monkeypatch.setattr(sources, "now", lambda: now() + timedelta(days=8))
        await harness.studio.queue.pause(1)
        waiting = await rework(harness, Kind.EXTEND, source)
        await asyncio.to_thread(path.unlink)
        before = await harness.money()
        with pytest.raises(SourceNotKept):
            await rework(harness, Kind.EXTEND, source, tags="ska")
        assert await harness.money() == before
        await harness.studio.queue.resume(1)
        track = await harness.settled(waiting.id)
        assert track.failure is Failure.SOURCE_NOT_KEPT
        assert "no longer kept" in failure_sentence(track)
        assert await harness.kinds(track.id) == ["reserve", "release"]

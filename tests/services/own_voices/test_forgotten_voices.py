"""A voice that is taken back is sung with no more, here and at the provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from own_voice_studio import given, opened, rows, sing, source
from postgresql import new_postgresql
from sounds import tone
from studio_harness import NewStudio

from rehearsal.wavespeed import Fault
from services.own_voices.voices import NoVoice, State
from services.pipeline.step_base import StepBase
from services.prompts.prompt import INSTRUMENTAL
from services.storage.database import Database
from services.storage.tables import own_voices
from services.tracks.sight import Sight
from services.tracks.track import Failure, Track
from services.tracks.track import State as TrackState


async def test_what_is_forgotten_is_erased_at_once_and_deleted_at_the_provider(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        own = harness.studio.own_voices
        await given(harness)
        track = await source(harness)
        sung = await harness.settled((await sing(harness, track)).id)
        await own.forget(1, 7)
        (row,) = await rows(harness)
        assert (row.sealed, row.digest, row.sentence) == ("", "", "")
        with pytest.raises(NoVoice):
            await sing(harness, track)
        with pytest.raises(NoVoice):
            await own.forget(1, 7)
        down = harness.wave.faults.add(Fault("down", "delete", times=None))
        await own.clean()
        assert await rows(harness)  # the provider is away: it is still to be done
        harness.wave.faults.rules.remove(down)
        for status in (400, 404):
            page = harness.wave.faults.add(Fault("garbage", "delete", status=status))
            await own.clean()
            assert await rows(harness)  # nor is it done because a page says so
            assert page.hits == 1
        await own.clean()
        assert not await rows(harness)
        assert harness.wave.predictions[sung.prediction_id or ""].status == "deleted"
        assert harness.wave.predictions[track.prediction_id or ""].status == "completed"
        assert harness.mp3(sung) is not None  # the song itself is its maker's to keep


async def test_what_another_version_calls_a_recording_is_forgotten_too(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        own = harness.studio.own_voices
        await given(harness)
        async with harness.database.write() as connection:
            await connection.execute(own_voices.update().values(state="asleep"))
        assert len(await own.recordings_of(7)) == 1
        await own.forget(1, 7)
        (row,) = await rows(harness)
        assert (row.state, row.sealed) == (State.FORGOTTEN, "")


async def test_a_song_that_has_not_begun_when_its_voice_is_forgotten_is_not_made(
    new_studio: NewStudio,
) -> None:
    async with opened(new_studio) as harness:
        await given(harness)
        track = await source(harness)
        await harness.studio.queue.pause(1)
        waiting = await sing(harness, track)
        await harness.studio.own_voices.forget(1, 7)
        await harness.studio.own_voices.clean()
        await harness.studio.queue.resume(1)
        ended = await harness.settled(waiting.id)
        assert (ended.failure, await harness.kinds(ended.id)) == (Failure.VOICE_GONE, ["reserve", "release"])
        assert not any(entry.model == "minimax/music-01" for entry in harness.wave.bill)


@pytest.mark.parametrize(
    ("failure", "otherwise"), [(Failure.VOICE_GONE, "forgotten"), (Failure.VOICE_OFF, "switched off")]
)
async def test_a_voice_that_is_taken_back_after_it_was_handed_over_is_not_sung_with(
    new_studio: NewStudio, failure: Failure, otherwise: str
) -> None:
    async with opened(new_studio) as harness:
        await given(harness)
        track = await source(harness)
        quoted = harness.wave.faults.add(Fault("hold", "price"))
        asked = await sing(harness, track)
        await quoted.reached()
        assert (await harness.track(asked.id)).voice_url is not None
        if otherwise == "forgotten":
            await harness.studio.own_voices.forget(1, 7)
        else:
            await harness.studio.rules.change(1, 99, own_voices=False)
        quoted.release()
        ended = await harness.settled(asked.id)
        assert (ended.failure, await harness.kinds(ended.id)) == (failure, ["reserve", "release"])
        assert not any(entry.model == "minimax/music-01" for entry in harness.wave.bill)
        await harness.studio.own_voices.clean()
        kept = (await harness.track(asked.id)).voice_url  # the address of a forgotten recording is not kept
        assert (kept is None) == (otherwise == "forgotten")


async def test_a_voice_that_is_forgotten_while_the_intent_is_written_down_is_not_sung_with(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the database was away, or somebody else's turn was before that."""
    intend = StepBase.intend

    async def after_its_owner(steps: StepBase, track: Track) -> Track:
        if track.voice_id is not None:
            await harness.studio.own_voices.forget(1, 7)
        return await intend(steps, track)

    monkeypatch.setattr(StepBase, "intend", after_its_owner)
    async with opened(new_studio) as harness:
        await given(harness)
        asked = await sing(harness, await source(harness))
        ended = await harness.settled(asked.id)
        assert (ended.failure, await harness.kinds(ended.id)) == (Failure.VOICE_GONE, ["reserve", "release"])
        assert harness.wave.submits[ended.seed] == 0
        assert not any(entry.model == "minimax/music-01" for entry in harness.wave.bill)


async def test_what_a_kill_left_of_a_recording_is_deleted_and_what_is_being_given_is_not(
    new_studio: NewStudio,
) -> None:
    async with opened(new_studio) as harness:
        folder, voices = harness.settings.data_dir / "voices", harness.studio.own_voices
        for cluster in ("0", "1"):  # another one's may be in use
            (folder / cluster).mkdir(parents=True)
            for name in ("0" * 20, f"{'0' * 20}.part"):
                (folder / cluster / name).write_bytes(b"a voice")
        come, given_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield recording[:1000]
            come.set()
            await given_on.wait()
            yield recording[1000:]

        recording = await asyncio.to_thread(tone, 16.0)
        giving = asyncio.create_task(voices.take(await voices.ask(1, 7, "I am member 7."), slowly()))
        await come.wait()
        await voices.clean()
        assert not (folder / "0" / ("0" * 20)).exists()
        assert sorted(one.name for one in (folder / "1").iterdir()) == ["0" * 20, f"{'0' * 20}.part"]
        given_on.set()
        assert (await giving).state == State.READY
        assert list((folder / "0").iterdir()) == []


async def test_a_voice_that_is_forgotten_while_the_process_waits_for_its_place_is_not_sung_with(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(new_studio) as harness:
        await given(harness)
        over = await source(harness)

        async def after_its_owner(_database: Database) -> None:
            with suppress(NoVoice):
                await harness.studio.own_voices.forget(1, 7)

        monkeypatch.setattr(Database, "ensure_place", after_its_owner)
        ended = await harness.settled((await sing(harness, over)).id)
        assert (ended.failure, await harness.kinds(ended.id)) == (Failure.VOICE_GONE, ["reserve", "release"])
        assert ended.voice_url is not None  # it had come as far as the POST
        assert not any(entry.model == "minimax/music-01" for entry in harness.wave.bill)


async def test_erasing_oneself_erases_ones_voice_everywhere_and_nobody_elses(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        await harness.studio.rules.change(2, 99, own_voices=True)
        await given(harness)
        await given(harness, guild=2)
        await given(harness, 8, seconds=18)
        sung = await harness.settled((await sing(harness, await source(harness))).id)
        exported = await harness.studio.privacy.export(7, Sight(1, frozenset({51}), 7))
        assert [one["sentence"] for one in exported["your_voice"]] == ["I am member 7."] * 2
        assert "voice_url" not in exported["tracks"][0]
        await harness.studio.privacy.erase(7)
        kept = await rows(harness)
        assert {row.member_id for row in kept if row.sealed} == {8}
        assert not any(row.member_id == 7 for row in kept)
        assert (await harness.track(sung.id)).voice_url is None
        await harness.studio.own_voices.clean()
        assert harness.wave.predictions[sung.prediction_id or ""].status == "deleted"


async def test_a_lost_answer_to_a_song_is_found_again_and_not_paid_twice(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        await given(harness)
        track = await source(harness)
        harness.wave.faults.add(Fault("lost_after", "submit", tags="Oh my voice"))
        sung = await harness.settled((await sing(harness, track)).id)
        assert sung.state is TrackState.DELIVERED
        assert sum(entry.model == "minimax/music-01" for entry in harness.wave.bill) == 1


async def test_the_same_on_postgresql(new_studio: NewStudio) -> None:
    async with opened(new_studio, database_url=new_postgresql()) as harness:
        voice = await given(harness)
        sung = await harness.settled((await sing(harness, await source(harness, INSTRUMENTAL))).id)
        assert (sung.state, sung.voice_id) == (TrackState.DELIVERED, voice.id)
        await harness.studio.own_voices.forget(1, 7)
        await harness.studio.own_voices.clean()
        assert not await rows(harness)

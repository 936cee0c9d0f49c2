"""A sound that ends its worker is that track's misfortune, and no other's."""

from __future__ import annotations

import asyncio
import io

import crashing_jobs
import pytest
from mutagen.id3 import ID3
from studio_harness import NewStudio, StudioHarness
from test_life import made
from waiting import PATIENCE, eventually

from rehearsal.wavespeed import WaveSpeedStandIn
from services.delivery import TrackUnworkable
from services.pipeline import mastering
from services.pipeline.mastering import Unworkable
from services.storage.audio_store import card_name
from services.tracks import tracks
from services.tracks.track import Failure, State, Track
from services.workers import jobs

# a sound that ends its worker ---------------------------------------------------------------------------


@pytest.fixture
def crashing_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sound of a track called Deadly aborts who works on it; that of one called Endless never ends."""
    monkeypatch.setattr(jobs, "master", crashing_jobs.master)
    monkeypatch.setattr(mastering, "SETTLING", 0.01)


def told_of(harness: StudioHarness) -> list[tuple[str, str]]:
    """Which tracks the host was told of, and how they ended their workers."""
    told = (news for news in harness.delivery.host if isinstance(news, TrackUnworkable))
    return [(news.track.id, str(news.ended)) for news in told]


async def given_up(harness: StudioHarness, track_id: str) -> Track:
    """Waits until the track was given up, its maker told and its money settled."""
    track = await harness.settled(track_id)
    assert (track.state, track.failure) == (State.FAILED, Failure.UNWORKABLE)
    assert track.worker_deaths == mastering.MOST_DEATHS
    assert await harness.kinds(track.id) == ["reserve", "spend"], "it was rendered, and billed"
    async with asyncio.timeout(PATIENCE), harness.delivery.news:
        await harness.delivery.news.wait_for(lambda: ("failed", track.id) in harness.delivery.told)
    return track


@pytest.mark.usefixtures("crashing_sound")
async def test_a_sound_that_ends_its_worker_twice_is_given_up_and_the_others_go_on(
    new_studio: NewStudio,
) -> None:
    async with new_studio() as harness:
        first, *others = [(await harness.compose(title)) for title in ("Deadly", "Mild", "Meek")]
        await given_up(harness, first.id)
        for track in [await harness.settled(one.id) for one in others]:
            assert (track.state, track.worker_deaths) == (State.DELIVERED, 0)
        assert told_of(harness) == [(first.id, "its process ended (SIGABRT)")]
        assert list((harness.settings.data_dir / "tracks").glob(f"{first.id}*")) == []


@pytest.mark.usefixtures("crashing_sound")
async def test_a_sound_that_is_never_done_is_given_up_as_well(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MASTERING", 1.0)
    async with new_studio() as harness:
        track = await given_up(harness, (await harness.compose("Endless")).id)
        ((told, how),) = told_of(harness)
        assert told == track.id
        assert how.startswith("it was not done after")


@pytest.mark.usefixtures("crashing_sound")
async def test_deaths_are_counted_over_a_restart(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await made(harness, "Mild")
        async with harness.database.write() as connection:
            assert await tracks.count_worker_death(connection, track.id) == 1
            await tracks.change(connection, track.id, title="Deadly")
    async with new_studio() as harness:
        kept = harness.mp3(track)
        assert kept is not None
        with pytest.raises(Unworkable):
            await harness.studio.steps.mastering.make(await harness.track(track.id), kept)
        assert (await harness.track(track.id)).worker_deaths == mastering.MOST_DEATHS
        assert [how for _, how in told_of(harness)] == ["its process ended (SIGABRT)"]
        with pytest.raises(Unworkable):  # and is not tried a third time
            await harness.studio.steps.mastering.make(await harness.track(track.id), kept)
        assert len(told_of(harness)) == 1


@pytest.mark.usefixtures("crashing_sound")
async def test_what_ends_with_the_whole_bot_is_no_death_of_the_tracks(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        endless = await harness.compose("Endless")
        await eventually(lambda: asyncio.sleep(0, harness.studio.workers.pids))
        await harness.until(endless.id, State.MASTERING)
    async with new_studio(launch=False) as harness:
        assert (await harness.track(endless.id)).worker_deaths == 0


@pytest.mark.usefixtures("crashing_sound")
async def test_credits_that_cannot_be_written_anew_are_taken_out(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await made(harness, "Together")
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, title="Deadly", member_name="Ada")
        await harness.studio.steps.mastering.label_anew(await harness.track(track.id))
        path = harness.mp3(track)
        assert path is not None
        data = await asyncio.to_thread(path.read_bytes)
        assert b"Member 7" not in data
        published = harness.delivery.published[0][1]
        assert data == published[ID3(io.BytesIO(published)).size :], "the sound stays"
        assert not (harness.settings.data_dir / card_name(track.id)).exists()

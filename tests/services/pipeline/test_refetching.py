"""Paid songs that could not be had are fetched again, for as long as the provider keeps them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from studio_harness import NewStudio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.pipeline import steps
from services.pipeline.refetching import NotToBeFetched, can_be_fetched, next_fetch
from services.storage.database import now
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import Failure, NoSuchTrack, NotYours, State

PRICE = 5 * 200  # micro-dollars
MAKER, OTHER = 7, 8


async def test_an_output_that_becomes_whole_is_fetched_again_at_once(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    broken = wave.faults.add(Fault("garbage", "download", times=2))
    async with new_studio(fetch_patience=60) as harness:
        track = await harness.compose()
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert broken.hits == 2


async def test_whoever_made_it_has_it_fetched_again_and_pays_nothing_more(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    broken = wave.faults.add(Fault("garbage", "download", times=None))
    async with new_studio() as harness:
        track = await harness.compose()
        failed = await harness.settled(track.id)
        assert failed.failure is Failure.NOT_AUDIO
        assert can_be_fetched(failed)
        wave.faults.remove(broken)
        fetch = harness.studio.refetching.fetch
        with pytest.raises(NoSuchTrack):
            await fetch(everything_in(2), track.id, MAKER, moderator=True)
        with pytest.raises(NotYours):
            await fetch(everything_in(1), track.id, OTHER, moderator=False)
        await fetch(everything_in(1), track.id, MAKER, moderator=False)
        delivered = await harness.until(track.id, State.DELIVERED)
        assert delivered.failure is None
        assert len(harness.delivery.published) == 1
        assert await harness.kinds(track.id) == ["reserve", "spend"]
        assert (await harness.money())["host day"] == (0, PRICE)
        with pytest.raises(NotToBeFetched):
            await fetch(everything_in(1), track.id, MAKER, moderator=False)


async def test_it_is_fetched_by_itself_when_its_time_has_come(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    held = wave.faults.add(Fault("render_held", times=None))
    async with new_studio(render_patience=0.2) as harness:
        track = await harness.compose()
        failed = await harness.settled(track.id)
        assert failed.failure is Failure.RENDER_TIMEOUT
        assert failed.fetch_at is not None
        held.release()
        wave.faults.clear()
        await harness.studio.refetching.fetch_due()
        assert (await harness.track(track.id)).state is State.FAILED, "its time has not come"
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, fetch_at=now())
        await harness.studio.refetching.fetch_due()
        assert (await harness.until(track.id, State.DELIVERED)).fetch_at is None
        (made,) = wave.predictions.values()
        learnt = harness.studio.steps.render_times.render_seconds(track.duration, track.model)
        assert learnt == pytest.approx(made.ends_at - made.starts_at, abs=0.001), "the provider's own word"
        assert wave.submits[track.seed] == 1


async def test_what_was_never_made_or_is_kept_no_longer_is_not_fetched(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("render_failed"))
    async with new_studio() as harness:
        track = await harness.compose()
        failed = await harness.settled(track.id)
        assert failed.failure is Failure.RENDER_FAILED
        assert failed.fetch_at is None
        with pytest.raises(NotToBeFetched):
            await harness.studio.refetching.fetch(everything_in(1), track.id, MAKER, moderator=False)
        for age, soon in ((timedelta(minutes=10), True), (timedelta(days=6, hours=23), False)):
            async with harness.database.write() as connection:
                await tracks.change(connection, track.id, started_at=now() - age)
            assert (next_fetch(await harness.track(track.id), Failure.NOT_AUDIO) is not None) is soon


async def test_an_output_that_no_line_leads_to_is_given_up_when_it_is_kept_no_longer(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    down = wave.faults.add(Fault("down", "download", times=None))
    async with new_studio() as harness:
        track = await harness.until((await harness.compose()).id, State.MASTERING)
        await wave.wait_for("download", 3, answered=True)
        assert (await harness.track(track.id)).state is State.MASTERING
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, started_at=now() - timedelta(days=7))
    async with new_studio() as harness:
        given_up = await harness.settled(track.id)
        assert (given_up.failure, given_up.fetch_at) == (Failure.GONE, None)
        assert down.hits > 3
        assert await harness.kinds(track.id) == ["reserve", "spend"]


async def test_one_that_cannot_be_read_keeps_no_other_from_being_fetched(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    broken = wave.faults.add(Fault("garbage", "download", times=None))
    async with new_studio() as harness:
        failed = [await harness.settled((await harness.compose()).id) for _ in range(3)]
        wave.faults.remove(broken)
        async with harness.database.write() as connection:
            for one in failed:
                await tracks.change(connection, one.id, fetch_at=now())
            for one in failed[::2]:  # the first, in whatever order they come
                await tracks.change(connection, one.id, put_off="unheard of")
        await harness.studio.refetching.fetch_due()
        assert (await harness.until(failed[1].id, State.DELIVERED)).failure is None


@pytest.mark.parametrize(
    ("kind", "failure", "by_itself"),
    [("trickle", Failure.TOO_SLOW, True), ("without_end", Failure.OVERSIZED, False)],
)
async def test_an_output_that_never_comes_to_its_end_is_given_up_for_what_it_is(
    new_studio: NewStudio,
    wave: WaveSpeedStandIn,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    failure: Failure,
    by_itself: bool,
) -> None:
    monkeypatch.setattr(steps, "LARGEST_OUTPUT", 2**20)
    wave.faults.add(Fault(kind, "download", times=None, seconds=0.01))
    async with new_studio(download_patience=0.3, fetch_patience=0.5) as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.state, track.failure) == (State.FAILED, failure)
        assert (track.fetch_at is not None) is by_itself
        wave.faults.clear()
        await harness.studio.refetching.fetch(everything_in(1), track.id, MAKER, moderator=False)
        await harness.until(track.id, State.DELIVERED)

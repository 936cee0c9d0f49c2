"""A submission without an answer that turns up after it was given up: it is delivered, and POSTed once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from studio_harness import NewStudio, StudioHarness

from cogs.texts.outcomes import failure_sentence
from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from rehearsal.wavespeed.predictions import Prediction
from services.settings import Settings
from services.storage.database import now
from services.tracks import tracks
from services.tracks.fetchable import KEPT
from services.tracks.sight import everything_in
from services.tracks.track import Failure, State, Track

BOTH_SHAPES = True
PRICE = 5 * 200  # micro-dollars


async def given_up(harness: StudioHarness) -> Track:
    """A track whose answer was lost, and which the history did not have before it was given up."""
    harness.wave.faults.add(Fault("lost_after"))
    harness.wave.faults.add(Fault("history_late", seconds=3600))
    return await harness.settled((await harness.compose()).id)


def turns_up(wave: WaveSpeedStandIn) -> Prediction:
    """Lets the history have, from now on, the one prediction that was made."""
    (made,) = wave.predictions.values()
    made.listed_at = 0
    return made


async def looked(harness: StudioHarness, track: Track) -> None:
    """Its time has come, and it is looked for."""
    async with harness.database.write() as connection:
        await tracks.change(connection, track.id, fetch_at=now())
    await harness.studio.refetching.fetch_due()


async def test_what_the_history_tells_too_late_is_delivered_and_charged_then(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        track = await given_up(harness)
        assert track.failure is Failure.ANSWER_LOST
        assert await harness.kinds(track.id) == ["reserve", "release"]
        assert "Nothing was charged" in failure_sentence(track)
        assert "for 7 days" in failure_sentence(track)
        await looked(harness, track)
        assert (await harness.track(track.id)).state is State.FAILED
        assert (await harness.track(track.id)).fetch_at is not None
        made = turns_up(wave)
        await looked(harness, track)
        assert (await harness.until(track.id, State.DELIVERED)).prediction_id == made.id
        assert await harness.kinds(track.id) == ["reserve", "release", "correct"]
        assert (await harness.money())["host day"] == (0, PRICE)
        assert wave.submits[track.seed] == 1


async def test_what_the_history_could_not_tell_counts_as_spent_and_is_delivered_later(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after"))
    blind = wave.faults.add(Fault("history_missing", times=None))
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose()).id)
        assert track.failure is Failure.ANSWER_UNKNOWN
        assert "Nothing was charged" not in failure_sentence(track)
        await looked(harness, track)
        assert (await harness.track(track.id)).state is State.FAILED
        wave.faults.remove(blind)
        await looked(harness, track)
        await harness.until(track.id, State.DELIVERED)
        assert await harness.kinds(track.id) == ["reserve", "spend"]
        assert (await harness.money())["host day"] == (0, PRICE)
        assert wave.submits[track.seed] == 1


@pytest.mark.parametrize("erased", [False, True])
async def test_what_is_deleted_or_erased_while_it_is_looked_for_is_not_made(
    new_studio: NewStudio, wave: WaveSpeedStandIn, *, erased: bool
) -> None:
    async with new_studio() as harness:
        track = await given_up(harness)
        turns_up(wave)
        held = wave.faults.add(Fault("hold", "history"))
        looking = asyncio.create_task(looked(harness, track))
        await held.reached()
        if erased:
            await harness.studio.privacy.erase(track.member_id)
        else:
            await harness.studio.delete(everything_in(1), track.id, track.member_id, moderator=False)
        held.release()
        await looking
        left = await harness.track(track.id)
        assert (left.state, left.fetch_at, left.prediction_id) == (State.FAILED, None, None)
        assert await harness.kinds(track.id) == ["reserve", "release"]


async def test_what_turns_up_late_passes_no_limit_and_waits_for_the_host(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after"))
    wave.faults.add(Fault("history_late", seconds=3600, times=1))
    async with new_studio(guild_daily_limit=PRICE / 1e6, member_daily_limit=PRICE / 1e6) as harness:
        late = await harness.settled((await harness.compose()).id)
        assert late.failure is Failure.ANSWER_LOST
        other = await harness.compose("Another")
        await harness.settled(other.id)
        (lost,) = [one for one in wave.predictions.values() if one.listed_at]
        lost.listed_at = 0
        await looked(harness, late)
        assert (await harness.track(late.id)).state is State.FAILED
        assert (await harness.track(late.id)).fetch_at is not None
        assert (await harness.money())["guild:1 day"] == (0, PRICE)
        books = harness.studio.books
        await books.correct((await books.reconcile()).differences)
        await looked(harness, late)
        await harness.until(late.id, State.DELIVERED)
        assert await harness.kinds(late.id) == ["reserve", "release", "correct"]


async def test_what_turns_up_late_and_fails_after_all_is_given_back(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("render_failed"))
    async with new_studio() as harness:
        track = await given_up(harness)
        turns_up(wave)
        await looked(harness, track)
        failed = await harness.until(track.id, State.FAILED)
        await harness.database.until(lambda: _gave_back(harness, track))
        assert failed.failure is Failure.RENDER_FAILED
        assert await harness.kinds(track.id) == ["reserve", "release", "correct", "correct"]
        assert (await harness.money())["host day"] == (0, 0)


async def _gave_back(harness: StudioHarness, track: Track) -> bool:
    return len(await harness.kinds(track.id)) == 4


async def test_what_nobody_can_tell_apart_is_nobodys(new_studio: NewStudio, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("without_inputs", times=None))
    async with new_studio() as harness:
        track = await given_up(harness)
        turns_up(wave)
        await looked(harness, track)
        assert (await harness.track(track.id)).prediction_id is None
        assert wave.submits[track.seed] == 1


def test_the_patience_is_longer_than_a_history_may_lag() -> None:
    assert Settings.model_fields["lost_answer_patience"].default >= 600


@pytest.mark.parametrize(("fault", "failure"), [("rate_limited", Failure.BUSY), ("refused", Failure.REFUSED)])
async def test_what_was_refused_before_it_was_made_is_not_looked_for(
    new_studio: NewStudio, wave: WaveSpeedStandIn, fault: str, failure: Failure
) -> None:
    wave.faults.add(Fault(fault, "submit", times=None))
    async with new_studio(provider_patience=0.5) as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.failure, track.fetch_at) == (failure, None)


async def test_what_was_sent_before_the_history_begins_counts_as_spent(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    """A bot that comes back after more days than WaveSpeed keeps its history for: it knows of no task, and
    that says nothing."""
    async with new_studio(launch=False) as harness:
        track = await harness.compose()
        async with harness.database.write() as connection:
            sent = {"state": State.SUBMITTING, "intent_at": now() - KEPT - timedelta(hours=1)}
            await tracks.change(connection, track.id, **sent)
    async with new_studio() as harness:
        ended = await harness.settled(track.id)
        assert ended.failure is Failure.ANSWER_UNKNOWN
        assert await harness.kinds(track.id) == ["reserve", "spend"]
        assert wave.count("submit") == 0


@pytest.mark.parametrize("made", [True, False])
async def test_a_redirect_in_place_of_an_answer_has_it_looked_for_before_it_is_sent_again(
    new_studio: NewStudio, wave: WaveSpeedStandIn, made: bool
) -> None:
    wave.faults.add(Fault("down", "submit", status=302, when="after" if made else "before"))
    async with new_studio() as harness:
        track = await harness.until((await harness.compose()).id, State.DELIVERED)
        assert wave.submits[track.seed] == (1 if made else 2)
        assert [track.prediction_id] == list(wave.predictions)
        assert (await harness.money())["host day"] == (0, PRICE)

"""How a track is handed to the provider: one of a seed at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from reworking import original, rework, uploads
from studio_harness import FakeDelivery, NewStudio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.prompts.rework import Kind
from services.settings import Settings
from services.tracks import tracks
from services.tracks.track import Failure, State, Track
from services.wavespeed.responses import LONGEST_RETRY_AFTER

SEED = 5


async def test_of_two_with_one_seed_the_second_waits_for_the_firsts_answer(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    """Else a lost answer could be either's: the history tells them apart by the seed alone."""
    held = wave.faults.add(Fault("hold", "submit", seed=SEED, when="after"))
    async with new_studio() as harness:
        first = await harness.compose("First", seed=SEED)
        await held.reached()
        second = await harness.compose("Second", seed=SEED)
        await harness.until(second.id, State.SUBMITTING)
        later = await harness.compose("Another Seed", seed=SEED + 1)
        assert (await harness.settled(later.id)).state is State.DELIVERED
        assert wave.submits[SEED] == 1
        assert (await harness.track(second.id)).intent_at is None
        held.release()
        made = [await harness.settled(one.id) for one in (first, second)]
        assert [track.state for track in made] == [State.DELIVERED] * 2
        assert len({track.prediction_id for track in made}) == wave.submits[SEED] == 2


async def test_who_may_have_lost_the_place_while_connecting_sends_nothing(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    """A process that was frozen with the intent written: the order is sent when the place is sure again."""
    async with new_studio() as harness:
        harness.database.unsure = 2
        track = await harness.compose("Thawed", seed=SEED)
        made = await harness.settled(track.id)
        assert made.state is State.DELIVERED
        assert harness.database.unsure < 0
        assert wave.submits[SEED] == wave.count("submit") == 1


@pytest.mark.parametrize("retry_after", [90_000, 9_999_999])
async def test_an_absurd_wait_neither_fails_a_track_at_once_nor_outlasts_its_patience(
    new_studio: NewStudio, wave: WaveSpeedStandIn, retry_after: float
) -> None:
    wave.faults.add(Fault("rate_limited", "submit", times=1, retry_after=retry_after))
    async with new_studio(provider_patience=3) as harness:
        track = await harness.settled((await harness.compose("Later", seed=SEED)).id)
        assert (track.state, wave.count("submit")) == (State.DELIVERED, 2)
    wave.faults.add(Fault("rate_limited", "submit", times=None, retry_after=retry_after))
    async with new_studio(provider_patience=1) as harness:
        track = await harness.settled((await harness.compose("Never", seed=SEED + 1)).id)
        assert (track.failure, await harness.kinds(track.id)) == (Failure.BUSY, ["reserve", "release"])


def test_a_wait_that_is_asked_for_is_a_small_part_of_the_patience() -> None:
    assert Settings.model_fields["provider_patience"].default > 10 * LONGEST_RETRY_AFTER


@dataclass
class Hesitating(FakeDelivery):
    """Takes for ever over a track called Unsent, which is about to be handed over then."""

    hesitates: asyncio.Event = field(default_factory=asyncio.Event)

    async def moved(self, track: Track) -> None:
        if track.title == "Unsent" and track.intent_at is not None:
            self.hesitates.set()
            await asyncio.Event().wait()


async def test_a_stop_takes_back_the_intent_of_what_was_not_sent_and_of_nothing_else(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    """The next start need not look for it, and sends it at once; for the other one it looks."""
    delivery, unanswered = Hesitating(), wave.faults.add(Fault("hang", "submit"))
    async with new_studio(delivery) as harness:
        sent = await harness.compose("Sent", seed=SEED)
        await unanswered.reached()
        unsent = await harness.compose("Unsent", seed=SEED + 1)
        await delivery.hesitates.wait()
        assert (await harness.track(unsent.id)).intent_at is not None
        await harness.studio.close(grace=0)
        assert (await harness.track(sent.id)).intent_at is not None
        assert (await harness.track(unsent.id)).intent_at is None
    assert wave.count("submit") == 1


OF_A_FAILED_TASK = [
    (1200, Failure.MODERATED),
    (1400, Failure.NOT_ACCEPTED),
    (1401, Failure.NOT_ACCEPTED),
    (1403, Failure.RENDER_FAILED),
]


@pytest.mark.parametrize(("code", "failure"), OF_A_FAILED_TASK)
@pytest.mark.parametrize("made", [False, True])
async def test_a_failed_tasks_code_as_the_answer_is_told_and_paid_as_it_was(
    new_studio: NewStudio, wave: WaveSpeedStandIn, code: int, failure: Failure, made: bool
) -> None:
    """Whether a task was made is not documented; the history says it."""
    wave.faults.add(Fault("error_in_200", status=code, when="after" if made else "before", seed=SEED))
    wave.faults.add(Fault("render_failed", code=code))
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose(seed=SEED)).id)
        assert (track.failure, track.prediction_id is not None) == (failure, made)
        kept = made and failure is Failure.NOT_ACCEPTED
        assert await harness.kinds(track.id) == ["reserve", "spend" if kept else "release"]
        assert wave.submits[SEED] == wave.count("submit") == 1


@pytest.mark.parametrize(
    ("code", "failure"),
    [(1400, Failure.NOT_ACCEPTED), (1200, Failure.ANSWER_UNKNOWN), (1403, Failure.ANSWER_UNKNOWN)],
)
async def test_where_the_history_does_not_say_it_counts_as_paid_for(
    new_studio: NewStudio, wave: WaveSpeedStandIn, code: int, failure: Failure
) -> None:
    wave.faults.add(Fault("error_in_200", status=code, when="after", seed=SEED))
    wave.faults.add(Fault("history_missing", times=None))
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose(seed=SEED)).id)
        assert track.failure is failure
        assert await harness.kinds(track.id) == ["reserve", "spend"]
        assert wave.count("submit") == 1


@pytest.mark.parametrize("code", [1401, 1402])
async def test_a_sound_that_was_not_heard_so_is_uploaded(
    new_studio: NewStudio, wave: WaveSpeedStandIn, code: int
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        wave.faults.add(Fault("error_in_200", status=code))
        track = await harness.settled((await rework(harness, Kind.EXTEND, source)).id)
        assert (track.state, uploads(wave)) == (State.DELIVERED, 1)
        assert len(wave.predictions) == 2


@pytest.mark.parametrize("code", [1401, 1402])
async def test_nor_is_it_uploaded_and_sent_again_where_it_may_have_been_made(
    new_studio: NewStudio, wave: WaveSpeedStandIn, code: int
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        wave.faults.add(Fault("error_in_200", status=code, when="after"))
        wave.faults.add(Fault("history_missing", times=None))
        track = await harness.settled((await rework(harness, Kind.EXTEND, source)).id)
        assert (track.state, uploads(wave), wave.count("submit")) == (State.FAILED, 0, 2)
        assert await harness.kinds(track.id) == ["reserve", "adjust", "spend"]


async def test_an_answer_with_another_tracks_prediction_is_lost_and_sent_once(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        first = await harness.settled((await harness.compose("First", seed=SEED)).id)
        del wave.tasks.by_id[first.prediction_id or ""]
        held = wave.faults.add(Fault("hold", "submit", when="after"))
        second = await harness.compose("Second", seed=SEED)
        await held.reached()
        (answered,) = wave.predictions
        async with harness.database.write() as connection:
            await tracks.change(connection, first.id, prediction_id=answered)
        held.release()
        ended = await harness.settled(second.id)
        assert (ended.failure, wave.count("submit")) == (Failure.ANSWER_LOST, 2)

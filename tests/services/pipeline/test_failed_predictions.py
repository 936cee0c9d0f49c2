"""A prediction's code says why it failed: so does the track; its money follows what is refunded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from studio_harness import NewStudio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.pipeline.rendering import failure_of
from services.prompts.models import ACE_STEP, ACE_STEP_15, MODELS
from services.tracks.track import Failure, State
from services.wavespeed.predictions import Prediction


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        ("failed", 1200, Failure.MODERATED),
        ("failed", 1400, Failure.NOT_ACCEPTED),
        ("failed", 1401, Failure.NOT_ACCEPTED),
        ("failed", 1402, Failure.NOT_HEARD),
        ("failed", 1403, Failure.RENDER_FAILED),
        ("failed", 5000, Failure.RENDER_FAILED),
        ("failed", 5004, Failure.PROVIDER_TIMEOUT),
        ("failed", None, Failure.RENDER_FAILED),
        ("timeout", None, Failure.PROVIDER_TIMEOUT),
        ("cancelled", None, Failure.RENDER_FAILED),
        ("deleted", None, Failure.GONE),
    ],
)
def test_the_code_says_why(status: str, code: int | None, failure: Failure) -> None:
    assert failure_of(Prediction("p1", "", status, code=code)) is failure


@pytest.mark.parametrize(
    ("fault", "failure", "charged"),
    [
        (Fault("moderated"), Failure.MODERATED, False),
        (Fault("render_failed", code=1401), Failure.NOT_ACCEPTED, True),
        (Fault("render_failed", code=1402), Failure.NOT_HEARD, False),
        (Fault("timeout"), Failure.PROVIDER_TIMEOUT, False),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else str(value),
)
async def test_what_is_not_known_to_be_refunded_stays_spent(
    new_studio: NewStudio, wave: WaveSpeedStandIn, fault: Fault, failure: Failure, charged: bool
) -> None:
    wave.faults.add(fault)
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.state, track.failure) == (State.FAILED, failure)
        assert await harness.kinds(track.id) == ["reserve", "spend" if charged else "release"]


TOLD_WITHOUT_IT = {
    "moderation": (Fault("error_in_200", "result", status=1200), Failure.MODERATED, "release"),
    "it cannot be shown": (Fault("refused", "result", status=422), Failure.UNTOLD, "spend"),
    "a parameter of the call": (Fault("error_in_200", "result", status=1401), Failure.UNTOLD, "spend"),
    "an error of its own": (Fault("down", "result", status=500), Failure.UNTOLD, "spend"),
}


@pytest.mark.parametrize(("fault", "failure", "money"), TOLD_WITHOUT_IT.values(), ids=TOLD_WITHOUT_IT)
async def test_an_error_in_a_results_place_holds_neither_place_nor_reservation(
    new_studio: NewStudio, wave: WaveSpeedStandIn, fault: Fault, failure: Failure, money: str
) -> None:
    wave.faults.add(replace(fault, times=None, seed=5))
    async with new_studio(render_patience=1, fetch_patience=0.5) as harness:
        track = await harness.settled((await harness.compose(seed=5)).id)
        assert (track.state, track.failure) == (State.FAILED, failure)
        assert (track.fetch_at is not None) == (failure is Failure.UNTOLD)
        assert await harness.kinds(track.id) == ["reserve", money]
        assert (await harness.settled((await harness.compose(seed=6)).id)).state is State.DELIVERED


async def test_what_is_not_told_of_any_track_is_waited_for(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    down = wave.faults.add(Fault("down", "result", times=None))
    async with new_studio(render_patience=0.1, fetch_patience=0.1) as harness:
        track = await harness.compose()
        await wave.wait_for("result", 12, answered=True)
        assert (await harness.track(track.id)).state is State.RENDERING
        wave.faults.remove(down)
        assert (await harness.settled(track.id)).state is State.DELIVERED


class Silent:
    """A track that has everything but words."""

    tags, lyrics, idea, sound, source_url = "funk", "", "an idea", "funk", "https://cdn.example/x"
    duration, seed, instrumental = 5, 7, False

    class rework:  # noqa: N801
        edit_mode, old_tags, old_lyrics, start, end, before, after = "remix", "funk", "", 0, 1, 0, 1


def test_a_model_that_wants_words_is_told_that_there_are_none() -> None:
    assert ACE_STEP_15.inputs(Silent())["lyrics"] == "[inst]"
    assert ACE_STEP.inputs(Silent())["lyrics"] == ""
    for model in MODELS.values():
        if not model.writes_words:
            assert model.inputs(Silent())["lyrics"]

"""A prediction's code says why it failed: so does the track; its money follows what is refunded."""

from __future__ import annotations

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

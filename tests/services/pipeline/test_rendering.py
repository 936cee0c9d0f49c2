"""What is learnt from a render, whoever looked at it and when."""

from __future__ import annotations

import asyncio

import pytest
from studio_harness import NewStudio
from waiting import eventually

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.pipeline.render_time import ENOUGH
from services.pipeline.rendering import LOOKS_PER_SECOND, Watched
from services.wavespeed.predictions import Prediction


def posted(seconds_ago: float, first_pause: float = 0.0) -> Watched:
    return Watched(asyncio.get_running_loop().time() - seconds_ago, first_pause)


def completed(inference_ms: float | None = None) -> Prediction:
    return Prediction("p1", "", "completed", ("https://cdn.example/1.mp3",), inference_ms=inference_ms)


async def test_the_providers_word_counts_however_late_it_was_heard() -> None:
    assert posted(3600).took(completed(12_000)) == 12


async def test_a_word_that_cannot_be_true_counts_for_nothing() -> None:
    watched = posted(10)
    watched.saw(Prediction("p1", "", "processing"))
    assert watched.took(completed(3_600_000)) == pytest.approx(10, abs=0.1)


async def test_without_its_word_the_look_that_came_too_early_counts() -> None:
    watched = posted(10)
    watched.saw(Prediction("p1", "", "processing"))
    watched.posted -= 300  # the bot was down, or busy, until it looked again
    assert watched.took(completed()) == pytest.approx(10, abs=0.1)


async def test_waiting_for_its_turn_at_the_provider_is_no_rendering() -> None:
    watched = posted(100)
    watched.saw(Prediction("p1", "", "created"))
    watched.posted -= 20
    watched.saw(Prediction("p1", "", "processing"))
    assert watched.took(completed()) == pytest.approx(20, abs=0.1)


async def test_a_completed_one_that_names_no_output_yet_has_ended_all_the_same() -> None:
    watched = posted(10)
    watched.saw(Prediction("p1", "", "completed"))
    assert watched.took(completed(4_000)) == 4


async def test_one_that_was_done_at_the_first_look_makes_the_next_look_earlier() -> None:
    assert posted(10, first_pause=8).took(completed()) == 4
    assert posted(300).took(completed()) == 0, "of one that was looked at late nothing is known"


async def test_a_worker_is_there_before_a_render_has_ended(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        held = wave.faults.add(Fault("render_held", times=None))
        track = await harness.compose()

        async def there() -> bool:
            return harness.studio.workers.idle == 1

        await eventually(there)
        held.release()
        wave.faults.clear()
        await harness.settled(track.id)


async def test_many_renders_share_so_many_looks_a_second(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        turn = harness.studio.steps.rendering._turn  # pyright: ignore[reportPrivateUsage]
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*(turn() for _ in range(41)))
        assert loop.time() - began >= 40 / LOOKS_PER_SECOND


async def test_a_provider_that_does_not_answer_is_not_asked_as_often_as_one_that_is_about_to(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(poll_interval=0.4) as harness:
        first = await harness.settled((await harness.compose()).id)
        for _ in range(ENOUGH):
            harness.studio.steps.render_times.learn(first.duration, 0.02, first.model)
        wave.faults.add(Fault("down", "result", times=2))
        track = await harness.compose()
        await harness.settled(track.id)
        down = [one.at for one in wave.requests if one.endpoint == "result" and one.status == 503]
        assert down[1] - down[0] >= 0.4

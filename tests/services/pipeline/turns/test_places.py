"""An account's places are for what the provider renders: whatever else a track waits for, it holds none."""

from __future__ import annotations

import asyncio

import pytest
from reworking import original, rework
from studio_harness import NewStudio
from waiting import PATIENCE

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.delivery import DeliveryUnavailable
from services.prompts.rework import Kind
from services.settings import Settings
from services.storage.files import mp3_path
from services.tracks.track import Failure, State, Track


@pytest.fixture(autouse=True)
def one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account on which one track is rendered at a time."""
    monkeypatch.setattr(Settings, "concurrency", property(lambda _self: 1))


async def test_a_sound_that_cannot_be_had_now_holds_no_place(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        mp3_path(harness.settings.data_dir, source.id).unlink()
        harness.delivery.refusals = [DeliveryUnavailable("the CDN does not answer")] * 1000
        wave.faults.add(Fault("refused", "submit", status=400, tags="polka"))  # it cannot hear its output
        waits = await rework(harness, Kind.RESTYLE, source)
        other = await harness.compose("Another")
        assert (await harness.settled(other.id)).state is State.DELIVERED
        assert (await harness.track(waits.id)).state is State.SUBMITTING
        harness.delivery.refusals.clear()
        assert (await harness.settled(waits.id)).state is State.DELIVERED
        assert await harness.kinds(waits.id) == ["reserve", "spend"]


async def test_a_history_that_does_not_answer_holds_no_place_and_nothing_is_sent_twice(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after", tags="lost"))
    silent = wave.faults.add(Fault("refused", "history", status=403, message="not with this key", times=None))
    async with new_studio() as harness:
        lost = await harness.compose("Lost", tags="lost")
        other = await harness.compose("Another")
        assert (await harness.settled(other.id)).state is State.DELIVERED
        assert (await harness.track(lost.id)).state is State.SUBMITTING
    async with new_studio() as harness:  # a restart finds it again
        wave.faults.remove(silent)
        assert (await harness.settled(lost.id)).state is State.DELIVERED
        assert wave.submits[lost.seed] == 1
        assert await harness.kinds(lost.id) == ["reserve", "spend"]


async def test_who_cannot_be_told_now_holds_no_place(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave.faults.add(Fault("render_failed", tags="fails"))
    async with new_studio() as harness:
        told, away = harness.delivery.failed, asyncio.Event()

        async def failed(track: Track) -> None:
            if not away.is_set():
                raise DeliveryUnavailable("Discord does not answer")
            await told(track)

        monkeypatch.setattr(harness.delivery, "failed", failed)
        untold = await harness.compose("Untold", tags="fails")
        other = await harness.compose("Another")
        assert (await harness.settled(untold.id)).failure is Failure.RENDER_FAILED
        assert (await harness.settled(other.id)).state is State.DELIVERED
        assert ("failed", untold.id) not in harness.delivery.told
        away.set()
        async with asyncio.timeout(PATIENCE), harness.delivery.news:
            await harness.delivery.news.wait_for(lambda: ("failed", untold.id) in harness.delivery.told)

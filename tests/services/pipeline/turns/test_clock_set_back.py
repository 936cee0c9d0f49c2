"""The machine's clock is set back by an hour: what was written down lies ahead, and holds nobody up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from studio_harness import NewStudio, StudioHarness

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.storage.tables import tracks
from services.tracks.track import Failure, State

AN_HOUR = timedelta(hours=1)


async def set_back(harness: StudioHarness) -> None:
    """As if that had been: whatever has begun, begins in an hour."""
    async with harness.database.write() as connection:
        for track in await connection.execute(sa.select(tracks).where(tracks.c.started_at.is_not(None))):
            at = {"started_at": track.started_at, "intent_at": track.intent_at}
            later = {name: moment + AN_HOUR for name, moment in at.items() if moment is not None}
            await connection.execute(tracks.update().where(tracks.c.id == track.id).values(later))


async def test_what_was_started_in_the_last_minute_counts_no_longer(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    held = wave.faults.add(Fault("render_held", times=1))
    async with new_studio(account_level="bronze") as harness:
        running = await harness.compose("Running")
        await held.reached()
        others = [await harness.compose() for _ in range(harness.settings.starts_per_minute - 1)]
        for track in others:
            await harness.settled(track.id)
        await set_back(harness)
        track = await harness.compose("After the Clock")
        assert (await harness.studio.queue.outlook(await harness.track(running.id))).ready < 60
        async with asyncio.timeout(20):
            assert (await harness.settled(track.id)).state is State.DELIVERED
        held.release()
        await harness.settled(running.id)


@pytest.mark.parametrize("until_then", ["before the hour is over", "after it"])
@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("inputs", [True, False])
async def test_what_may_be_paid_for_is_not_sent_again(
    new_studio: NewStudio, wave: WaveSpeedStandIn, sent: bool, until_then: str, inputs: bool
) -> None:
    wave.faults.add(Fault("lost_after" if sent else "lost_before", times=1))
    wave.faults.add(Fault("down", "history", times=None))
    async with new_studio(lost_answer_patience=600, shutdown_grace=0) as harness:
        lost = (await harness.compose("Lost")).id
        await wave.wait_for("history", 1, answered=True)
    wave.faults.clear()
    if not inputs:
        wave.faults.add(Fault("without_inputs", times=None))
    over = until_then == "after it"
    async with new_studio(launch=False) as harness:
        if not over:
            await set_back(harness)
        for prediction in wave.predictions.values():  # made an hour before we think
            prediction.created_at -= AN_HOUR.total_seconds() * over
    async with new_studio() as harness:
        track = await harness.settled(lost)
        unknown = not inputs if sent else not over
        assert track.failure == (Failure.ANSWER_UNKNOWN if unknown else None)
        assert await harness.kinds(lost) == ["reserve", "spend"]
        assert len(wave.predictions) == (1 if sent or not unknown else 0)

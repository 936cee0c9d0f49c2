"""The machine's clock is set back by an hour: what was written down lies ahead, and holds nobody up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import sqlalchemy as sa
from studio_harness import NewStudio, StudioHarness

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.storage.tables import tracks
from services.tracks.track import State

AN_HOUR = timedelta(hours=1)


async def set_back(harness: StudioHarness) -> None:
    """As if that had been: whatever has begun, begins in an hour."""
    async with harness.database.write() as connection:
        for track in await connection.execute(sa.select(tracks).where(tracks.c.started_at.is_not(None))):
            later = tracks.update().where(tracks.c.id == track.id)
            await connection.execute(later.values(started_at=track.started_at + AN_HOUR))


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

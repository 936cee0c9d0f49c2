"""What an older version left: DBOS started its tracks from a queue, and each had several workflows."""

from __future__ import annotations

import sqlite3

import pytest
from dbos import DBOS, SetWorkflowID
from studio_harness import NewStudio
from waiting import eventually, nothing_due

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.pipeline import dispatch, workflow
from services.tracks import tracks
from services.tracks.track import State


async def test_what_stood_on_its_queue_goes_on_and_the_queue_is_gone(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        await harness.studio.queue.pause(1)
        track = await harness.compose("Queued")
        await DBOS.register_queue_async("tracks", polling_interval_sec=3600, on_conflict="always_update")
        with SetWorkflowID(f"{track.id}.0"):
            await DBOS.enqueue_workflow_async("tracks", workflow.render_track, track.id, 0)
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, pauses=1)  # as the migration has it
    async with new_studio() as harness:
        await harness.studio.queue.resume(1)
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert wave.submits[track.seed] == 1

        async def gone() -> bool:
            return not await DBOS.list_queues_async()

        await eventually(gone)


async def test_what_it_had_rendered_is_finished_by_the_workflow_that_it_had_begun(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    held = wave.faults.add(Fault("hold", "download", times=None))
    async with new_studio() as harness:
        track = await harness.compose("Rendered")
        await held.reached()
        await workflow.stop_running()
        await workflow.begin(f"{track.id}.0.finish", workflow.finish_track, track.id)
        with sqlite3.connect(harness.settings.data_dir / "queue.sqlite") as queue:
            ended = "UPDATE workflow_status SET status = 'SUCCESS' WHERE workflow_uuid = ?"
            queue.execute(ended, [track.workflow_id])
    held.release()
    wave.faults.clear()
    async with new_studio() as harness:
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert [one for one, _ in harness.delivery.published] == [track.id]
        assert wave.submits[track.seed] == 1
        await eventually(nothing_due)


async def test_what_it_had_begun_and_a_kill_put_back_on_its_queue_goes_on(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "EVERY", 0.1)
    held = wave.faults.add(Fault("hold", "download", times=None))
    async with new_studio() as harness:
        begun = [await harness.compose(f"Rendered {number}") for number in range(3)]
        for track in begun:
            await harness.until(track.id, State.MASTERING)
        await workflow.stop_running()
        await DBOS.register_queue_async("tracks", polling_interval_sec=3600, on_conflict="always_update")
        with sqlite3.connect(harness.settings.data_dir / "queue.sqlite") as queue:
            queue.execute("UPDATE workflow_status SET queue_name = 'tracks', status = 'PENDING'")
    held.release()
    wave.faults.clear()
    async with new_studio() as harness:
        for track in begun:
            assert (await harness.settled(track.id)).state is State.DELIVERED
            assert wave.submits[track.seed] == 1

"""Who begins a track, and who goes on with one: of several processes, and of what a look finds twice."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from dbos import DBOS
from studio_harness import NewStudio, StudioHarness
from waiting import eventually

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.pipeline import dispatch, workflow
from services.pipeline.turns import line
from services.storage.database import now
from services.storage.tables import clusters
from services.tracks import tracks
from services.tracks.track import State, Track

OTHER = "cluster-7.3"


async def other_cluster(harness: StudioHarness) -> None:
    """Another one has its place in this database."""
    async with harness.database.write() as connection:
        values = {"cluster_id": 7, "epoch": 3, "expires_at": now()}
        await connection.execute(clusters.insert().values(values))


async def taken_over(harness: StudioHarness) -> None:
    async with harness.database.write() as connection:
        await connection.execute(clusters.update().values(epoch=4, taken_by=0))


async def looked(harness: StudioHarness, times: int) -> None:
    """So many looks have been, with the time between that it takes to miss something for good."""
    for _ in range(times):
        await asyncio.sleep(dispatch.EVERY)  # what is asserted is that nothing happens in it
        await harness.studio.dispatch.revive_lost()


async def test_what_another_process_has_begun_is_its_own_until_it_is_gone(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "EVERY", 0.05)
    async with new_studio() as harness:
        await other_cluster(harness)
        await harness.studio.queue.pause(1)
        track = await harness.compose("Another's")
        begun = {"state": State.SUBMITTING, "started_at": now(), "intent_at": now(), "process": OTHER}
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, **begun)
        await looked(harness, 4)
        assert (await harness.track(track.id)).pauses == 0
        await taken_over(harness)
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert (await harness.track(track.id)).pauses == 1
        assert wave.submits[track.seed] == 1


async def test_a_track_starts_elsewhere_only_once_its_member_has_surely_been_told(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(launch=False) as harness:
        await harness.compose("Being Told")

        async def started(process: str) -> list[Track]:
            async with harness.database.read() as connection:
                found = await line.start(connection, harness.settings, harness.studio.wakeup, process)
            return found.tracks

        async with harness.database.write() as connection:
            await connection.execute(tracks.tracks.update().values(process=OTHER))
        assert not await started("cluster-0.1")
        assert not await started("cluster-70.1")
        assert await started(OTHER)
        assert await started("cluster-7.4")  # the same that began anew, and has asked about what was left
        monkeypatch.setattr(line, "UNTIL_TOLD", line.MINUTE * 0)
        assert await started("cluster-0.1")


async def test_what_is_asked_for_while_others_are_started_waits_until_its_member_was_told(
    new_studio: NewStudio,
) -> None:
    async with new_studio(launch=False) as harness:
        wakeup = harness.studio.wakeup
        async with harness.database.read() as connection:
            starting = line.start(connection, harness.settings, wakeup)
            track = await harness.compose("Being Told")
            with wakeup.holding([track.id]):
                assert (await starting).tracks == []
            assert [one.id for one in (await line.start(connection, harness.settings, wakeup)).tracks] == [
                track.id
            ]


async def test_what_another_workflow_has_by_now_is_not_posted(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    limited = wave.faults.add(Fault("rate_limited", "submit", times=1, seconds=1))
    async with new_studio() as harness:
        track = await harness.compose("Begun Anew Meanwhile")
        await limited.reached()
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, pauses=1)
        await eventually(lambda: _ended(track.workflow_id))
        assert wave.submits[track.seed] == 1  # the one that was refused
        assert (await harness.track(track.id)).prediction_id is None


async def test_an_order_that_dbos_has_not_got_yet_is_not_missed(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, begin = asyncio.Event(), workflow.begin

    async def later(*arguments: object) -> None:
        await slow.wait()
        await begin(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(dispatch, "EVERY", 0.05)
    monkeypatch.setattr(workflow, "begin", later)
    async with new_studio() as harness:
        track = await harness.compose("Slow Order")
        await harness.until(track.id, State.SUBMITTING)
        await looked(harness, 4)
        slow.set()
        done = await harness.settled(track.id)
        assert (done.state, done.pauses, wave.submits[track.seed]) == (State.DELIVERED, 0, 1)


async def test_two_looks_right_after_one_another_revive_nothing(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio() as harness:
        monkeypatch.setattr(harness.studio.dispatch, "run", lambda _track: None)
        track = await harness.compose("Just Begun")
        await harness.until(track.id, State.SUBMITTING)
        await asyncio.gather(*(harness.studio.dispatch.revive_lost() for _ in range(4)))
        assert (await harness.track(track.id)).pauses == 0


async def test_a_lost_workflow_of_a_track_that_has_ended_is_found_and_run_again(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "EVERY", 0.05)
    monkeypatch.setattr(dispatch, "THOROUGH", 3)
    async with new_studio() as harness:
        track = await harness.compose("Told")
        await harness.settled(track.id)
        told = f"{track.id}.told"
        await workflow.begin(told, workflow.tell_end, track.id)
        await eventually(lambda: _ended(told))
        with sqlite3.connect(harness.settings.data_dir / "queue.sqlite") as queue:
            lost = "UPDATE workflow_status SET status = 'PENDING', output = NULL WHERE workflow_uuid = ?"
            queue.execute(lost, [told])
        await eventually(lambda: _ended(told))


async def _ended(workflow_id: str) -> bool:
    status = await DBOS.get_workflow_status_async(workflow_id)
    return status is not None and status.status == "SUCCESS"

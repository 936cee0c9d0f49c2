"""What is away makes a track wait and never fail: databases, disks, locks, and the provider's outputs."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy.exc
from full_disk import fill, small_disk
from postgresql import OwnServer
from studio_harness import FakeDelivery, NewStudio, StudioHarness, make_studio
from waiting import eventually

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.pipeline import dispatch, workflow
from services.pipeline.turns import line
from services.storage import sqlite
from services.storage.outages import is_away
from services.tracks.track import ENDED, State

PRICE = 5 * 200  # micro-dollars


def of_sqlite(words: str) -> Exception:
    return sqlalchemy.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError(words))


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (of_sqlite("database is locked"), True),
        (of_sqlite("database or disk is full"), True),
        (of_sqlite("unable to open database file"), True),
        (of_sqlite("disk I/O error"), True),
        (of_sqlite("attempt to write a readonly database"), True),
        (of_sqlite("no such column: colour"), False),
        (sqlite3.DatabaseError("database disk image is malformed"), True),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), False),
        (sqlalchemy.exc.InterfaceError("", {}, psycopg.InterfaceError("the connection is closed")), True),
        (sqlalchemy.exc.OperationalError("", {}, psycopg.errors.AdminShutdown()), True),
        (sqlalchemy.exc.InternalError("", {}, psycopg.errors.ReadOnlySqlTransaction()), True),
        (sqlalchemy.exc.InternalError("", {}, psycopg.errors.TransactionTimeout()), True),
        (sqlalchemy.exc.ProgrammingError("", {}, psycopg.errors.UndefinedColumn()), False),
        (sqlalchemy.exc.IntegrityError("", {}, psycopg.errors.UniqueViolation()), False),
        (sqlalchemy.exc.TimeoutError(), True),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EROFS, "Read-only file system"), True),
        (FileExistsError(errno.EEXIST, "in the folder's place"), True),
        (FileNotFoundError(errno.ENOENT, "gone"), False),
        (ConnectionResetError(), True),
        (MemoryError(), True),
        (RuntimeError("can't start new thread"), True),
        (RuntimeError("a mistake of ours"), False),
        (ValueError("a mistake of ours"), False),
    ],
    ids=repr,
)
def test_what_is_away_is_told_from_what_is_wrong(error: Exception, away: bool) -> None:
    assert is_away(error) is away


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    server = OwnServer()
    yield server
    server.close()


async def everywhere(harness: StudioHarness, wave: WaveSpeedStandIn) -> list[str]:
    """Tracks in each state of their life: delivering, rendering, submitting and waiting."""
    harness.delivery.closed_for = 10**6
    delivering = (await harness.compose("Delivering")).id
    await harness.until(delivering, State.DELIVERING)
    held = wave.faults.add(Fault("render_held", times=None))
    rendering = (await harness.compose("Rendering")).id
    await harness.until(rendering, State.RENDERING)
    slow = wave.faults.add(Fault("rate_limited", "submit", times=None))
    submitting = (await harness.compose("Submitting")).id
    await harness.until(submitting, State.SUBMITTING)
    await harness.studio.queue.pause(9)
    waiting = (await harness.compose("Waiting", guild=9)).id
    harness.delivery.closed_for = 0
    for fault in (held, slow):
        fault.release()
        wave.faults.remove(fault)
    return [delivering, rendering, submitting, waiting]


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param((0.4, 0.4, 0.4), id="blinks"),
        pytest.param((2.0,), id="stopped"),
        pytest.param((60.0,), id="a minute", marks=pytest.mark.soak),
    ],
)
async def test_a_database_that_is_away_fails_no_track(
    new_studio: NewStudio, wave: WaveSpeedStandIn, server: OwnServer, seconds: tuple[float, ...]
) -> None:
    delivery = FakeDelivery()
    async with new_studio(delivery, database_url=server.url) as harness:
        ids = await everywhere(harness, wave)
        for away in seconds:
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(away)  # that long it is away
            await asyncio.to_thread(server.start)
        await harness.studio.queue.resume(9)
        for track_id in ids:
            await eventually(lambda track_id=track_id: ended(harness, track_id), patience=90)
        states = {(await harness.track(track_id)).state for track_id in ids}
        assert states == {State.DELIVERED}
        assert sorted(track_id for track_id, _ in delivery.published) == sorted(ids)
        for track_id in ids:
            assert await harness.kinds(track_id) == ["reserve", "spend"]
        assert all(count == 1 for count in billed_by_seed(wave).values())


async def ended(harness: StudioHarness, track_id: str) -> bool:
    try:
        return (await harness.track(track_id)).state in ENDED and len(await harness.kinds(track_id)) > 1
    except sqlalchemy.exc.DBAPIError:
        return False


def billed_by_seed(wave: WaveSpeedStandIn) -> dict[int, int]:
    """How many tasks each seed has at the provider."""
    counts: dict[int, int] = {}
    for prediction in wave.predictions.values():
        seed = prediction.inputs["seed"]
        counts[seed] = counts.get(seed, 0) + 1
    return counts


@pytest.mark.parametrize("there", ["a link that leads nowhere", "a file"])
async def test_a_folder_that_leads_to_a_disk_which_is_not_mounted_fails_no_track(
    new_studio: NewStudio, tmp_path: Path, there: str
) -> None:
    folder, disk = tmp_path / "tracks", tmp_path / "disk"
    async with new_studio() as harness:
        await harness.settled((await harness.compose("Before")).id)
        folder.rename(disk)
        if there == "a file":
            folder.touch()
        else:
            folder.symlink_to(tmp_path / "not mounted")
        track = await harness.compose("Meanwhile")
        await harness.until(track.id, State.MASTERING)
        await asyncio.sleep(3)  # longer than a step may break of itself
        folder.unlink()
        folder.symlink_to(disk)
        assert (await harness.settled(track.id)).state is State.DELIVERED


async def test_a_locked_database_fails_no_track(
    new_studio: NewStudio, wave: WaveSpeedStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    async with new_studio() as harness:
        ids = await everywhere(harness, wave)
        await harness.studio.queue.resume(9)
        file = tmp_path / "jamboree.sqlite"
        lock = sqlite3.connect(file, isolation_level=None, timeout=60, check_same_thread=False)
        await asyncio.to_thread(lock.execute, "BEGIN IMMEDIATE")  # who writes now needs the loop to end
        late = asyncio.create_task(harness.compose("Asked for meanwhile"))
        await asyncio.sleep(1.5)  # that long it is locked
        lock.execute("ROLLBACK")
        lock.close()
        ids.append((await late).id)
        for track_id in ids:
            assert (await harness.settled(track_id)).state is State.DELIVERED
        assert all(count == 1 for count in billed_by_seed(wave).values())


async def test_what_dbos_let_go_of_is_found_and_run_again(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "EVERY", 0.1)
    held = wave.faults.add(Fault("render_held", times=None))
    async with new_studio() as harness:
        both = [(await harness.compose(title)) for title in ("Pending", "Ended")]
        for track in both:
            await harness.until(track.id, State.RENDERING)
        await workflow.stop_running()  # as when a task is lost: DBOS takes both to be running
        with sqlite3.connect(harness.settings.data_dir / "queue.sqlite") as queue:
            ended = "UPDATE workflow_status SET status = 'ERROR' WHERE workflow_uuid = ?"
            queue.execute(ended, [both[1].workflow_id])
        held.release()
        wave.faults.clear()
        for track in both:
            assert (await harness.settled(track.id)).state is State.DELIVERED
            assert wave.submits[track.seed] == 1


async def test_what_dbos_was_never_told_of_is_begun_by_a_look_and_sent_once(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_arguments: Any) -> None:
        raise RuntimeError("an order of which nothing comes")

    monkeypatch.setattr(dispatch, "EVERY", 0.1)
    async with new_studio() as harness:
        with monkeypatch.context() as patched:
            patched.setattr(workflow, "begin", breaks)
            track = await harness.compose("Lost Order")
            await harness.until(track.id, State.SUBMITTING)
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert wave.submits[track.seed] == 1


async def test_what_was_about_to_be_sent_at_a_stop_is_not_looked_for_at_the_next_start(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(lost_answer_patience=600) as harness:
        monkeypatch.setattr(harness.studio.dispatch, "run", lambda _track: None)
        track = await harness.compose("About To Be Sent")
        begun = await harness.until(track.id, State.SUBMITTING)
        assert begun.intent_at is not None
    async with new_studio(launch=False) as harness:
        assert (await harness.track(track.id)).intent_at is None
    monkeypatch.setattr(dispatch, "EVERY", 3600.0)  # nor is the second of two looks waited for
    async with new_studio(lost_answer_patience=600) as harness:
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert wave.submits[track.seed] == 1


async def test_what_a_stop_finds_just_started_is_not_looked_for_at_the_next_start_either(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed, go_on = asyncio.Event(), asyncio.Event()
    async with new_studio() as harness:
        write = harness.database.write_in_one_go

        async def slow(act: Any, *, patient: bool = False) -> Any:
            done = await write(act, patient=patient)
            if getattr(act, "func", None) is line.start and done.tracks:
                committed.set()
                await go_on.wait()
            return done

        monkeypatch.setattr(harness.database, "write_in_one_go", slow)
        track = await harness.compose("Just Started")
        await committed.wait()
        closing = asyncio.create_task(harness.studio.dispatch.close())
        await asyncio.wait({closing}, timeout=0.1)
        go_on.set()
        await closing
        await harness.studio.dispatch.forget_unsent()
        assert (await harness.track(track.id)).intent_at is None


async def test_a_result_and_an_output_that_are_not_there_yet_are_waited_for(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(fetch_patience=60) as harness:
        for endpoint in ("result", "download"):
            missing = wave.faults.add(Fault("missing", endpoint, times=7))
            track = await harness.compose(endpoint)
            assert (await harness.settled(track.id)).state is State.DELIVERED
            assert missing.hits == 7


async def test_a_page_in_place_of_a_result_does_not_say_that_there_is_none(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(fetch_patience=0.05) as harness:
        page = wave.faults.add(Fault("garbage", "result", status=404, times=7))
        assert (await harness.settled((await harness.compose()).id)).state is State.DELIVERED
        assert page.hits == 7


async def test_a_lost_answer_waits_for_the_history_while_a_page_stands_before_all_of_it(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(balance_interval=3600) as harness:
        await wave.wait_for("balance", 2, answered=True)  # the watch's first looks
        wave.faults.add(Fault("lost_after", "submit"))
        pages = [
            wave.faults.add(Fault("garbage", endpoint, status=404, times=None))
            for endpoint in ("history", "balance", "result")
        ]
        track = await harness.compose()

        async def given_up_or_put_off() -> bool:
            found = await harness.track(track.id)
            return found.state in ENDED or found.put_off is not None

        await harness.database.until(given_up_or_put_off)
        for page in pages:
            wave.faults.remove(page)
        made = await harness.settled(track.id)
        assert (made.state, made.failure, wave.submits[made.seed]) == (State.DELIVERED, None, 1)


async def test_a_full_disk_fails_no_track(wave: WaveSpeedStandIn, tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        await until_there_is_room(wave, disk)


async def until_there_is_room(wave: WaveSpeedStandIn, disk: Path) -> None:
    delivery = FakeDelivery()
    async with make_studio(disk, wave, delivery) as harness:
        ids = await everywhere(harness, wave)
        filler = disk / "filler"
        await asyncio.to_thread(fill, filler)
        delivery.closed_for = 1
        await asyncio.sleep(2)  # that long it is full
        assert not all([await ended(harness, track_id) for track_id in ids])
        await asyncio.to_thread(filler.unlink)
        await harness.studio.queue.resume(9)
        for track_id in ids:
            assert (await harness.settled(track_id)).state is State.DELIVERED
        assert sorted(track_id for track_id, _ in delivery.published) == sorted(ids)
        assert all(count == 1 for count in billed_by_seed(wave).values())

"""Worker processes that are killed for real: whatever a job does, it is the misfortune of that one job."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import crashing_jobs
import pytest
from soak.variants import few_of
from waiting import PATIENCE, eventually, state_of

from services.workers import pool as module
from services.workers.pool import NoWorker, TookTooLong, WorkerDied, Workers

ROOT = Path(__file__).parents[3]
PLENTY = 60.0  # seconds that a job may take which takes none


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(2)
    yield workers
    await workers.close()


def is_alive(pid: int) -> bool:
    return state_of(pid) not in ("", "Z")


async def gone(*pids: int) -> None:
    async def none_is() -> bool:
        return not any(map(is_alive, pids))

    await eventually(none_is)


async def test_what_a_worker_makes_is_its_accounts_alone(workers: Workers) -> None:
    assert await workers.run(PLENTY, os.umask, 0o077) == 0o077


async def test_a_worker_gives_way_to_the_bot(workers: Workers) -> None:
    assert await workers.run(PLENTY, os.nice, 0) > os.nice(0)


# the end of a worker ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "how"),
    few_of(
        2,
        [
            (crashing_jobs.crash, "SIGSEGV"),
            (crashing_jobs.eat_memory, "SIGABRT"),
            (crashing_jobs.abort, "SIGABRT"),
            (crashing_jobs.leave, "exit code 3"),
        ],
    ),
)
async def test_a_worker_that_dies_is_told_of_and_replaced(
    workers: Workers, job: Callable[[], None], how: str
) -> None:
    before = await workers.run(PLENTY, crashing_jobs.pid)
    with pytest.raises(WorkerDied, match=how):
        await workers.run(PLENTY, job)
    assert not is_alive(before)
    assert await workers.run(PLENTY, crashing_jobs.pid) not in (before, os.getpid())


async def test_a_job_that_does_not_end_is_ended(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await workers.run(PLENTY, crashing_jobs.pid)
    with monkeypatch.context() as patient:
        patient.setattr(module, "CLOCK", 600)
        with pytest.raises(TookTooLong, match="not done after 1 s of processor time"):
            await workers.run(1.0, crashing_jobs.loop)
    await gone(before)
    with pytest.raises(TookTooLong, match=r"not done after 2 s$"):
        await workers.run(0.4, crashing_jobs.sleep, 600)
    assert await workers.run(PLENTY, crashing_jobs.pid) != before


async def test_a_death_is_nothing_to_the_job_beside_it(workers: Workers) -> None:
    beside = asyncio.create_task(workers.run(PLENTY, crashing_jobs.sleep, 1.5))
    for _ in range(2):
        with pytest.raises(WorkerDied):
            await workers.run(PLENTY, crashing_jobs.abort)
    pid = await beside
    assert is_alive(pid)


async def test_what_takes_too_much_memory_is_refused_it_and_the_worker_goes_on(workers: Workers) -> None:
    before = await workers.run(PLENTY, crashing_jobs.pid)
    with pytest.raises(MemoryError):
        await workers.run(PLENTY, crashing_jobs.hold_memory, 160 * 2**20)
    assert await workers.run(PLENTY, crashing_jobs.hold_memory, 100 * 2**20) == 100 * 2**20
    assert await workers.run(PLENTY, crashing_jobs.pid) == before


async def test_a_jobs_own_error_arrives_as_it_is(workers: Workers) -> None:
    with pytest.raises(LookupError, match="not found"):
        await workers.run(PLENTY, crashing_jobs.raise_it, "not found")


async def test_what_stops_a_worker_from_outside_is_not_the_jobs_doing(
    workers: Workers, tmp_path: Path
) -> None:
    marker = tmp_path / "begun"
    job = asyncio.create_task(workers.run(PLENTY, crashing_jobs.once, marker))

    async def begun() -> bool:
        return await asyncio.to_thread(lambda: marker.exists() and marker.read_text() != "")

    await eventually(begun)
    first = int(marker.read_text())
    os.kill(first, signal.SIGTERM)
    assert await job not in (0, first)


async def test_a_worker_that_was_killed_while_it_had_no_job_is_replaced(workers: Workers) -> None:
    before = await workers.run(PLENTY, crashing_jobs.pid)
    os.kill(before, signal.SIGKILL)
    await gone(before)
    assert await workers.run(PLENTY, crashing_jobs.pid) != before


# coming and leaving -------------------------------------------------------------------------------


async def test_workers_come_when_they_are_needed_and_leave_when_they_are_not() -> None:
    workers = Workers(2, idle=0.3)
    assert workers.pids == []
    pids = await asyncio.gather(*(workers.run(PLENTY, crashing_jobs.sleep, 0.3) for _ in range(4)))
    assert len(set(pids)) == 2, "no more than there are places for"
    await gone(*pids)
    assert workers.pids == []
    pid = await workers.run(PLENTY, crashing_jobs.pid)
    assert pid not in pids
    await workers.close()
    await gone(pid)


async def test_one_that_is_prepared_is_there_for_the_next_job(workers: Workers) -> None:
    workers.prepare()
    workers.prepare()
    pid = await workers.run(PLENTY, crashing_jobs.pid)
    assert workers.pids == [pid]
    assert workers.idle == 1


async def test_one_that_is_prepared_again_stays_for_longer(workers: Workers) -> None:
    pid = await workers.run(PLENTY, crashing_jobs.pid)
    ((_, timer),) = workers._idle
    workers.prepare()
    ((_, later),) = workers._idle
    assert timer.cancelled()
    assert later.when() > timer.when()
    assert workers.pids == [pid]


async def test_closing_ends_one_that_is_being_prepared(workers: Workers) -> None:
    workers.prepare()
    job = asyncio.create_task(workers.run(PLENTY, crashing_jobs.pid))

    async def started() -> bool:
        return bool(workers.pids)

    await eventually(started)
    (pid,) = workers.pids
    await workers.close()
    with pytest.raises((NoWorker, asyncio.CancelledError)):
        await job
    await gone(pid)
    assert workers.pids == []


async def test_closing_leaves_none_that_is_yet_to_be_prepared(workers: Workers) -> None:
    workers.prepare()
    await workers.close()
    await asyncio.sleep(0)  # in which it would begin
    assert workers._all == set()


async def test_closing_waits_for_no_job(workers: Workers, tmp_path: Path) -> None:
    job = asyncio.create_task(workers.run(PLENTY, crashing_jobs.once, tmp_path / "begun"))

    async def begun() -> bool:
        return await asyncio.to_thread((tmp_path / "begun").exists)

    await eventually(begun)
    (pid,) = workers.pids
    async with asyncio.timeout(PATIENCE):
        await workers.close()
    with pytest.raises(asyncio.CancelledError):
        await job
    await gone(pid)
    with pytest.raises(NoWorker):
        await workers.run(PLENTY, crashing_jobs.pid)


SCRIPT = """
import asyncio, pathlib, sys
print("started", flush=True)
import crashing_jobs
from services.workers.pool import Workers

async def main():
    workers = Workers(1)
    await workers.run(60, crashing_jobs.once, pathlib.Path(sys.argv[1]))

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_a_worker_outlives_no_bot_and_does_not_run_its_file_again(tmp_path: Path) -> None:
    script, marker = tmp_path / "bot.py", tmp_path / "begun"
    script.write_text(SCRIPT)
    bot = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(marker),
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert bot.stdout is not None
    try:
        assert await bot.stdout.readline() == b"started\n"
        await eventually(lambda: asyncio.to_thread(lambda: marker.exists() and marker.read_text()))
        pid = int(marker.read_text())
        assert is_alive(pid)
    finally:
        bot.kill()
        said, _ = await bot.communicate()
    await gone(pid)
    assert said == b"", "the worker ran the script's first lines too"


async def test_a_worker_holds_nothing_of_the_bots(workers: Workers) -> None:
    assert await workers.run(PLENTY, crashing_jobs.loaded) == []


async def test_the_bot_holds_nothing_of_the_workers() -> None:
    code = "import bot, sys; print([m for m in ('av', 'numpy', 'PIL', 'mutagen') if m in sys.modules])"
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"

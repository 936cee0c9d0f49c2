"""A track's life as durable workflows; DBOS finds them by name after a restart, as functions of this module.

The rule: a workflow only says what comes after what; what a step does, and that it may be killed anywhere and
run again, is in `services.life`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import structlog
from dbos import DBOS, SetWorkflowID

from services.life import TrackLife
from services.steps import Stopped
from services.tracks import Failure

log = structlog.get_logger(__name__)

_life: TrackLife | None = None
_running: set[asyncio.Task[Any]] = set()


def set_life(life: TrackLife) -> None:
    """Says whose steps the workflows of this process run."""
    global _life
    _life = life


def life() -> TrackLife:
    """Whose steps the workflows of this process run."""
    assert _life is not None, "set_life comes before DBOS.launch"
    return _life


@DBOS.step()
async def submit(track_id: str, pauses: int) -> Failure | None:
    return await life().submit(track_id, pauses)


@DBOS.step()
async def render(track_id: str) -> Failure | None:
    return await life().render(track_id)


@DBOS.step()
async def master(track_id: str) -> Failure | None:
    return await life().master(track_id)


@DBOS.step()
async def deliver(track_id: str, decided: bool = False) -> None:
    await life().deliver(track_id, decided=decided)


@DBOS.step()
async def settle(track_id: str) -> None:
    await life().settle(track_id)


@DBOS.step()
async def fail(track_id: str, failure: Failure) -> None:
    await life().fail(track_id, failure)


@DBOS.step()
async def tell(track_id: str, decided: bool = False) -> None:
    await life().tell(track_id, decided=decided)


@DBOS.workflow(max_recovery_attempts=None)
async def render_track(track_id: str, pauses: int) -> None:
    """From the queue to the provider's finished audio; holds one of the account's places while it runs."""
    with stoppable():
        try:
            failure = await submit(track_id, pauses) or await render(track_id)
        except Stopped:
            return
        except Exception:
            log.exception("a track's workflow broke", track=track_id)
            failure = Failure.INTERNAL
        if failure is None:
            with SetWorkflowID(f"{track_id}.finish"):
                await DBOS.start_workflow_async(finish_track, track_id)
        else:
            await fail(track_id, failure)
            await tell(track_id)


@DBOS.workflow(max_recovery_attempts=None)
async def finish_track(track_id: str) -> None:
    """From the provider's audio to the channel; holds no place of the account's."""
    with stoppable():
        try:
            failure = await master(track_id)
            if failure is None:
                await deliver(track_id)
        except Exception:
            log.exception("a track's workflow broke", track=track_id)
            failure = Failure.INTERNAL
        if failure is None:
            await settle(track_id)
        else:
            await fail(track_id, failure)
        await tell(track_id)


@DBOS.workflow(max_recovery_attempts=None)
async def tell_end(track_id: str) -> None:
    """How a track ended without a workflow of its own."""
    with stoppable():
        await tell(track_id)


@contextmanager
def stoppable() -> Generator[None]:
    """Keeps the workflow's task where `stop_running` finds it."""
    task = asyncio.current_task()
    assert task is not None
    _running.add(task)
    try:
        yield
    finally:
        _running.discard(task)


async def stop_running() -> None:
    """Interrupts every workflow of this process; DBOS leaves them pending, the next launch resumes them."""
    tasks = list(_running)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

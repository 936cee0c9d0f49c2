"""A track's life as durable workflows; DBOS finds them by name after a restart, as functions of this module.

The rule: a workflow only says what comes after what, so each step can be run again from anywhere. Who knows
that a step is done, `services.pipeline` says; what a step does is in `services.pipeline.steps`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from typing import Any

from dbos import DBOS, SetWorkflowID

from services.pipeline.step_base import PutOff, Stopped
from services.pipeline.steps import TrackLife
from services.tracks.track import Failure, Track

_life: TrackLife | None = None
_running: dict[str, asyncio.Task[Any]] = {}


def set_life(life: TrackLife) -> None:
    """Says whose steps the workflows of this process run."""
    global _life
    _life = life


def life() -> TrackLife:
    """Whose steps the workflows of this process run."""
    assert _life is not None, "set_life comes before DBOS.launch"
    return _life


@DBOS.workflow(max_recovery_attempts=None)
async def render_track(track_id: str, pauses: int) -> None:
    """From the queue to the provider's finished audio; holds one of the account's places while it runs.

    So it waits for nobody but the provider: for anything else, workflows do that hold none.
    """
    async with stoppable() as workflow_id:
        steps = life()
        try:
            done = await steps.through(track_id, lambda: steps.submit(track_id, pauses))
            if isinstance(done, Track):
                done = await steps.from_here(done, steps.render)
        except Stopped:
            with suppress(Stopped):
                await _tell_apart(workflow_id, track_id)  # where a kill came between its end and the telling
            return
        except PutOff:
            await steps.through(track_id, lambda: begin(f"{workflow_id}.later", come_back, track_id, pauses))
            return
        if isinstance(done, Track):
            await steps.through(track_id, lambda: begin(f"{workflow_id}.finish", finish_track, track_id))
        else:
            await _fail(track_id, done)
            await _tell_apart(workflow_id, track_id)


@DBOS.workflow(max_recovery_attempts=None)
async def come_back(track_id: str, pauses: int) -> None:
    """Waits for what a track was put off for, and puts it on the queue again; holds no place."""
    async with stoppable():
        with suppress(Stopped):
            await life().through(track_id, lambda: life().come_back(track_id, pauses))


@DBOS.workflow(max_recovery_attempts=None)
async def finish_track(track_id: str) -> None:
    """From the provider's audio to the channel; holds no place of the account's."""
    async with stoppable():
        steps = life()
        try:
            done = await master_and_deliver(track_id)
        except Stopped:
            return
        if isinstance(done, Track):
            done = await steps.from_here(done, steps.settle)
        else:
            await _fail(track_id, done)
        if isinstance(done, Track):
            await steps.from_here(done, steps.tell)
        else:
            await tell(track_id)


@DBOS.workflow(max_recovery_attempts=None)
async def tell_end(track_id: str) -> None:
    """How a track ended without a workflow of its own."""
    async with stoppable():
        await tell(track_id)


async def master_and_deliver(track_id: str, *, decided: bool = False) -> Track | Failure:
    """Makes the track's MP3, and posts or withholds it; decided: as a moderator has it."""
    steps = life()
    done = await steps.through(track_id, lambda: steps.get(track_id))
    if isinstance(done, Track):
        done = await steps.from_here(done, steps.master)
    if isinstance(done, Track):
        done = await steps.from_here(done, lambda track: steps.deliver(track, decided=decided))
    return done


async def tell(track_id: str, *, decided: bool = False) -> None:
    """Lets whoever has to know hear how the track ended."""
    steps = life()

    async def once() -> None:
        await steps.tell(await steps.get(track_id), decided=decided)

    await steps.through(track_id, once)


async def _tell_apart(workflow_id: str, track_id: str) -> None:
    """The same in a workflow of its own, where the track has ended."""

    async def tell_if_ended() -> None:
        if (await life().get(track_id)).state.ended:
            await begin(f"{workflow_id}.told", tell_end, track_id)

    await life().through(track_id, tell_if_ended)


async def _fail(track_id: str, failure: Failure) -> None:
    await life().through(track_id, lambda: life().fail(track_id, failure))


Workflow = Callable[..., Coroutine[Any, Any, None]]


async def begin(workflow_id: str, function: Workflow, *arguments: Any) -> None:
    """Starts a workflow of that id, nobody's child; nothing where it runs or has ended."""

    async def start() -> None:
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(function, *arguments)

    # In a context of its own: DBOS finds a child again by its place among its parent's steps.
    await asyncio.create_task(start(), context=Context())


@asynccontextmanager
async def stoppable() -> AsyncGenerator[str]:
    """Keeps the workflow's task where `stop_running` finds it; gives the workflow's id.

    One that runs here already is waited for: its second run then finds everything done.
    """
    task, workflow_id = asyncio.current_task(), DBOS.workflow_id
    assert task is not None
    assert workflow_id is not None
    while (first := _running.get(workflow_id)) is not None:
        await asyncio.wait({first})
    _running[workflow_id] = task
    try:
        yield workflow_id
    finally:
        del _running[workflow_id]


def running() -> set[str]:
    """The ids of the workflows that run in this process."""
    return set(_running)


async def stop_running() -> None:
    """Interrupts every workflow of this process; DBOS leaves them pending, the next launch resumes them."""
    tasks = list(_running.values())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

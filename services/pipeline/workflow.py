"""A track's life as durable workflows; DBOS finds them by name after a restart, as functions of this module.

The rule: a workflow only says what comes after what, so each step can be run again from anywhere. Who knows
that a step is done, `services.pipeline` says; what a step does is in `services.pipeline.steps`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from functools import partial
from typing import Any

from dbos import DBOS, SetWorkflowID
from structlog.contextvars import bind_contextvars

from services.pipeline.step_base import NotNow, Stopped
from services.pipeline.steps import PipelineSteps
from services.tracks.track import AUDIBLE, ENDED, Failure, Track

_steps: PipelineSteps | None = None
_running: dict[str, asyncio.Task[Any]] = {}


def set_steps(steps: PipelineSteps) -> None:
    """Says whose steps the workflows of this process run."""
    global _steps
    _steps = steps


def pipeline_steps() -> PipelineSteps:
    """Whose steps the workflows of this process run."""
    assert _steps is not None, "set_steps comes before DBOS.launch"
    return _steps


async def launch() -> None:
    """Has DBOS go on with what is unfinished, on this loop.

    It asks its database meanwhile, for as long as that takes, on a thread that holds up neither the loop nor
    the end of the process. Cancelled, it leaves that thread to itself. Raises what DBOS does.
    """
    loop = asyncio.get_running_loop()
    launched = Future[None]()
    launched.set_running_or_notify_cancel()

    def launch_as_if_here() -> None:
        asyncio._set_running_loop(loop)  # DBOS takes the one that it is launched on for the workflows' own
        try:
            DBOS.launch()
        finally:
            asyncio._set_running_loop(None)  # else Python 3.14 takes this thread for the loop's own

    def on_its_own() -> None:
        try:
            launched.set_result(launch_as_if_here())
        except Exception as error:  # noqa: BLE001 (it is raised where it is awaited)
            launched.set_exception(error)

    threading.Thread(target=on_its_own, daemon=True, name="launch").start()
    await asyncio.wrap_future(launched)


@DBOS.workflow(max_recovery_attempts=None)
async def render_track(track_id: str, pauses: int) -> None:
    """A track's life from its start on: all of it, or until it goes back into the line."""
    async with stoppable(track_id):
        await _live(track_id, pauses)


@DBOS.workflow(max_recovery_attempts=None)
async def come_back(track_id: str, pauses: int) -> None:
    """The same, as an older version had begun it, of a track that was put off."""
    async with stoppable(track_id):
        await _live(track_id, pauses)


@DBOS.workflow(max_recovery_attempts=None)
async def finish_track(track_id: str) -> None:
    """The same, as an older version had begun it, of a track that was rendered."""
    async with stoppable(track_id):
        await _live(track_id, None)


async def _live(track_id: str, pauses: int | None) -> None:
    steps = pipeline_steps()
    try:
        try:
            done = await steps.through(lambda: steps.submit(track_id, pauses))
        except NotNow:
            ended = await steps.through(lambda: steps.come_back(track_id))
            if ended is None or ended is Failure.INTERNAL:  # of the latter a search finds that it goes on
                return
            done = ended
        done = await _onwards(done, render=steps.render, master=steps.master, deliver=steps.deliver)
        steps.note_end(done)
        if isinstance(done, Failure):
            await _fail(track_id, done)
            await tell(track_id)
        else:
            await steps.moved(done)
            await steps.through(steps.tell, done)
    except Stopped:
        with suppress(Stopped):
            await _end(track_id)  # a kill may have come between its end and the telling


async def _onwards(
    done: Track | Failure, **steps: Callable[[Track], Awaitable[Track | Failure]]
) -> Track | Failure:
    """Takes one step after the other, for as long as none fails, and notes how long it took."""
    clock, pipeline = asyncio.get_running_loop().time, pipeline_steps()
    for name, step in steps.items():
        if isinstance(done, Track):
            track, begun = done, clock()
            done = await pipeline.through(step, track)
            if done is not track:  # else it was taken before
                pipeline.metrics.took(name, clock() - begun)
    return done


@DBOS.workflow(max_recovery_attempts=None)
async def tell_end(track_id: str) -> None:
    """How a track ended without a workflow of its own."""
    async with stoppable(track_id):
        await tell(track_id)


async def master_and_deliver_decided(track_id: str) -> Track | Failure:
    """Makes the MP3 of a track on which a moderator has decided, and posts or withholds it."""
    steps = pipeline_steps()
    done = await steps.through(lambda: steps.get(track_id))
    return await _onwards(done, master=steps.master, deliver=partial(steps.deliver, decided=True))


async def tell(track_id: str, *, decided: bool = False) -> None:
    """Lets whoever has to know hear how the track ended."""
    steps = pipeline_steps()

    async def once() -> None:
        await steps.tell(await steps.get(track_id), decided=decided)

    await steps.through(once)


async def _end(track_id: str) -> None:
    """Lets whoever has to know hear of it, where the track has ended."""
    steps = pipeline_steps()

    async def once() -> None:
        track = await steps.get(track_id)
        if track.state in AUDIBLE:
            track = await steps.settle(track)
        if track.state in ENDED:
            await steps.tell(track)

    await steps.through(once)


async def _fail(track_id: str, failure: Failure) -> None:
    steps = pipeline_steps()
    await steps.through(lambda: steps.fail(track_id, failure))


Workflow = Callable[..., Coroutine[Any, Any, None]]


async def begin(workflow_id: str, function: Workflow, *arguments: Any) -> None:
    """Starts a workflow of that id, nobody's child; nothing where it runs or has ended."""

    async def start() -> None:
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(function, *arguments)

    # In a context of its own: DBOS finds a child again by its place among its parent's steps.
    await asyncio.create_task(start(), context=Context())


@asynccontextmanager
async def stoppable(track_id: str) -> AsyncGenerator[None]:
    """Keeps the workflow's task where `stop_running` finds it. Its lines in the log have the track's id.

    One that runs here already is waited for: its second run then finds everything done.
    """
    task, workflow_id = asyncio.current_task(), DBOS.workflow_id
    assert task is not None
    assert workflow_id is not None
    bind_contextvars(track=track_id)
    while (first := _running.get(workflow_id)) is not None:
        await asyncio.wait({first})
    if pipeline_steps().closing:  # it was begun too late for `stop_running` to find it
        raise asyncio.CancelledError
    _running[workflow_id] = task
    try:
        yield
    finally:
        del _running[workflow_id]


def running() -> set[str]:
    """The ids of the workflows that run in this process."""
    return set(_running)


def runs(workflow_id: str) -> bool:
    """Whether that workflow runs in this process."""
    return workflow_id in _running


async def stop_running() -> None:
    """Interrupts every workflow of this process; DBOS leaves them pending, the next launch resumes them."""
    tasks = list(_running.values())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

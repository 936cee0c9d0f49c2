"""Starting what is due, and seeing to it that what has begun goes on.

The rule: our own tables say what waits and what is unfinished. Whatever makes room, or adds to what waits,
wakes the dispatch of its process, which takes tracks out of the line and has DBOS run their workflows. What
was lost in between, or let go of while a database or a disk was away, is found by a search that repeats.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from dbos import DBOS, WorkflowStatus
from sqlalchemy.ext.asyncio import AsyncConnection

from services.backoff import Backoff
from services.pipeline import workflow
from services.pipeline.turns import line
from services.pipeline.turns.wakeup import Wakeup
from services.settings import Settings
from services.storage.database import Database
from services.storage.leases import Lease, LeaseLost
from services.storage.outages import is_away, until_back
from services.tracks import tracks
from services.tracks.track import Track

log = structlog.get_logger(__name__)

EVERY = 5.0  # seconds between two searches for what was let go of
THOROUGH = 12  # every so many searches, also for workflows of tracks that have ended
REVIVALS = 5  # of one track in one process: more is no misfortune, but a fault of ours
AT_ONCE = 4  # orders to DBOS
CLOSING = 1.0  # seconds that a stop waits for tracks which are just being started
CHUNK = 500  # workflows asked for at once
OLD_QUEUES = "tracks", "own bronze", "own silver", "own gold", "own ultra"  # of DBOS, until 0.9

Order = tuple[str, Callable[[], Awaitable[None]]]  # the id of the workflow, and how it is begun

ALIVE = ["ENQUEUED", "DELAYED", "PENDING"]


class Missed:
    """What is found missing. What is missing once may be on its way; what still is `EVERY` later is not."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}  # by id; the clock's seconds

    def __bool__(self) -> bool:
        return bool(self._since)

    def for_long(self, missing: Collection[str]) -> list[str]:
        """Those that are missing now, and have been for so long; they are asked for anew after it."""
        clock = time.monotonic()
        self._since = {one: self._since.get(one, clock) for one in missing}
        found = [one for one, since in self._since.items() if clock - since >= EVERY * 0.9]
        for one in found:
            del self._since[one]
        return found


class Dispatch:
    """Has DBOS run the workflows of tracks: starts those that are due, goes on with those that were lost.

    One in a process, as DBOS is.
    """

    def __init__(self, settings: Settings, database: Database, wakeup: Wakeup) -> None:
        self._wakeup = wakeup
        self._settings = settings
        self._database = database
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._ordered: set[str] = set()  # ids of workflows of which DBOS is still to be told
        self._tasks: list[asyncio.Task[None]] = []
        self._starting: asyncio.Task[float | None] | None = None
        self._without = Missed()  # ids of tracks that no workflow works on
        self._idle = Missed()  # ids of workflows that nobody runs
        self._revived: dict[str, int] = {}
        self._searches = 0
        self._searching = asyncio.Lock()
        self.searched_at: float | None = None
        """When what is unfinished was last gone through, on the monotonic clock; None before it is open."""

    async def open(self) -> None:
        """Begins to start what is due, to carry out orders and to search for what was let go of."""
        self._tasks = [asyncio.create_task(self._carry_out()) for _ in range(AT_ONCE)]
        self._tasks += [
            asyncio.create_task(self._keep_starting()),
            asyncio.create_task(self._keep_reviving()),
        ]
        self.searched_at = time.monotonic()

    async def close(self) -> None:
        """Starts nothing more; what was not carried out, the next start's search finds."""
        self.searched_at = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._starting is not None:  # what it has taken out of the line is noted before it is let go of
            await asyncio.wait({self._starting}, timeout=CLOSING)
            self._starting.cancel()

    @property
    def ended(self) -> bool:
        """Whether one of its tasks is no more, which only a fault of ours can bring about."""
        return self.searched_at is not None and any(task.done() for task in self._tasks)

    async def forget_unsent(self) -> None:
        """Takes back the intents of which nothing came before this process stopped."""
        if unsent := self._wakeup.unsent:
            with suppress(LeaseLost):  # whoever took them over has asked the history by now, or will
                async with self._database.write() as connection:
                    await tracks.forget_intents(connection, unsent)

    # what is due ----------------------------------------------------------------------------------

    async def _keep_starting(self) -> None:
        backoff, wait = Backoff(0.1, EVERY), None
        while True:
            await self._wakeup.due(wait)
            try:
                self._starting = asyncio.create_task(self._start_due())
                wait = await asyncio.shield(self._starting)
                backoff.reset()
            except Exception as error:
                log.warning("nothing could be started just now", exc_info=not is_away(error))
                wait = backoff.pause()

    async def _start_due(self) -> float | None:
        """Starts as many tracks as may; the seconds until a further one may, None until something changes."""
        wakeup = self._wakeup
        if wakeup.room <= 0:
            wakeup.left = True
            return None
        start = partial(line.start, settings=self._settings, wakeup=wakeup, process=self._database.process)
        started = await self._database.write_in_one_go(start, patient=True)
        wakeup.unreadable.update(started.unreadable)
        for track in started.tracks:
            if track.intent_at == track.started_at:
                wakeup.on_their_way[track.id] = track
            self.run(track)
        wakeup.left = started.left or not self._database.sqlite  # of what others left nobody knows
        wakeup.changes += len(started.tracks)
        return started.wait

    # orders ---------------------------------------------------------------------------------------

    def run(self, track: Track) -> None:
        """Has DBOS run the workflow of a track that has begun; nothing comes of it where it does."""
        self.begin(track.workflow_id, workflow.render_track, track.id, track.pauses)

    def begin(self, workflow_id: str, function: workflow.Workflow, *arguments: Any) -> None:
        """Has a workflow of that id started; nothing comes of it where it runs or has ended."""
        self._ordered.add(workflow_id)
        self._orders.put_nowait((workflow_id, partial(workflow.begin, workflow_id, function, *arguments)))

    async def _carry_out(self) -> None:
        while True:
            workflow_id, order = await self._orders.get()
            try:
                await until_back(order)
            except Exception:
                log.exception("DBOS was not told; the next search sees to it", workflow=workflow_id)
            finally:
                self._ordered.discard(workflow_id)

    # what was let go of ---------------------------------------------------------------------------

    async def _keep_reviving(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.revive_lost()
                self.searched_at = time.monotonic()
            except Exception:
                log.warning("what is unfinished could not be gone through; I try again", exc_info=True)

    async def revive_lost(self, *, at_once: bool = False) -> None:
        """Goes on with tracks that have begun and no workflow works on, and workflows that nobody runs.

        at_once: also with those of which nobody knows yet whether that lasts; before this process begins any.
        """
        async with self._searching:
            thorough = self._searches % THOROUGH == 0
            begun, none_in_line = await self._database.read_in_one_go(self._look)
            if not none_in_line:
                self._wakeup.wake()  # another process may have left a place free, or a track in line
            in_hand = self._in_hand()
            doubtful = {track_id: pauses for track_id, pauses in begun if track_id not in in_hand}
            statuses = await self._workflows_of(doubtful)
            await self._take_off_old_queues(statuses, delete=thorough)
            alive = {status.workflow_id.split(".")[0] for status in statuses}
            without = doubtful.keys() - alive
            for track_id in without if at_once else self._without.for_long(without):
                if not self._works_on(track_id, doubtful[track_id]):
                    await self._revive(track_id, doubtful[track_id])
            if thorough or self._idle:
                statuses += await self._run_by(self._executor)
            pending = {
                status.workflow_id
                for status in statuses
                if status.status == "PENDING" and status.executor_id == self._executor
            }
            for workflow_id in self._idle.for_long(pending - workflow.running()):
                log.warning("a workflow that nobody runs is run again", workflow=workflow_id)
                await DBOS.resume_workflow_async(workflow_id)
            self._searches += 1

    async def _look(self, connection: AsyncConnection) -> tuple[list[tuple[str, int]], bool]:
        """What `tracks.begun` finds, and whether nothing stands in line."""
        begun = await tracks.begun(connection, self._database.process)
        return begun, await line.is_empty(connection)

    @property
    def _executor(self) -> str:
        return executor_id(self._settings, self._database.lease)

    def _in_hand(self) -> set[str]:
        """The ids of tracks on which a workflow of this process works, or is about to."""
        return {workflow_id.split(".")[0] for workflow_id in (*workflow.running(), *self._ordered)}

    def _works_on(self, track_id: str, pauses: int) -> bool:
        """Whether a workflow works on the track by now, or is about to."""
        return any(name in self._ordered or workflow.runs(name) for name in _names_of(track_id, pauses))

    async def _take_off_old_queues(self, statuses: Collection[WorkflowStatus], *, delete: bool) -> None:
        """Has those run at once that stand on an older version's queues: nobody takes them from there now.

        A kill of that version puts them back there whenever DBOS finds them, so they are looked for always.
        """
        for status in statuses:
            if status.status == "ENQUEUED" and status.queue_name in OLD_QUEUES:
                await DBOS.resume_workflow_async(status.workflow_id)
        if delete:
            for queue in await DBOS.list_queues_async():
                if queue.name in OLD_QUEUES:
                    await DBOS.delete_queue_async(queue.name)

    async def _run_by(self, executor: str) -> list[WorkflowStatus]:
        """The workflows that DBOS takes to be running in that process."""
        return await DBOS.list_workflows_async(
            status="PENDING", executor_id=executor, load_input=False, load_output=False
        )

    async def _workflows_of(self, doubtful: dict[str, int]) -> list[WorkflowStatus]:
        """The workflows that work on those tracks or will; doubtful: pauses by id."""
        names = [name for track_id, pauses in doubtful.items() for name in _names_of(track_id, pauses)]
        found: list[WorkflowStatus] = []
        for first in range(0, len(names), CHUNK):
            found += await DBOS.list_workflows_async(
                workflow_ids=names[first : first + CHUNK],
                status=ALIVE,
                load_input=False,
                load_output=False,
            )
        return found

    async def _revive(self, track_id: str, pauses: int) -> None:
        """Gives an unfinished track whose workflow has ended another one."""
        self._wakeup.answered(track_id)  # nobody is about to POST it any more
        tries = self._revived[track_id] = self._revived.get(track_id, 0) + 1
        if tries > REVIVALS:
            return
        process = self._database.process
        async with self._database.write() as connection:
            revived = await tracks.begin_again(connection, track_id, pauses, process=process)
        if revived is not None:
            log.warning(
                "an unfinished track had no workflow", track=track_id, state=revived.state, time=tries
            )
            self.run(revived)


def _names_of(track_id: str, pauses: int) -> tuple[str, ...]:
    """The ids that a workflow of the track may have; all but the first: of an older version."""
    begun = f"{track_id}.{pauses}"
    return begun, f"{begun}.later", f"{begun}.finish", f"{track_id}.finish"


def executor_id(settings: Settings, lease: Lease | None) -> str:
    """The name by which DBOS knows this process; without a lease, whoever starts next has the same."""
    return lease.executor_id if lease else f"cluster-{settings.cluster_id}"

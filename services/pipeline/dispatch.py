"""Telling DBOS what is due, and seeing to it that what is due is done.

The rule: our own tables say what is unfinished. DBOS is told of it after each transaction and in the
background, so nobody who asked waits for that or hears of its failing. What it lost, or let go of while a
database or a disk was away, is found by a look that repeats, and told again; telling it twice does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Generator, Iterable
from contextlib import contextmanager
from typing import Any

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, WorkflowStatus

from services.money import accounts
from services.pipeline import workflow
from services.settings import LEVELS, Settings
from services.storage.database import Database
from services.storage.leases import Lease
from services.storage.outages import done_later, until_back
from services.tracks import tracks
from services.tracks.track import State, Track

log = structlog.get_logger(__name__)

QUEUE = "tracks"  # of those that the host pays for
OWN_QUEUE = "own {}"  # by level, of those that guilds pay for; a partition is one guild's account
EVERY = 5.0  # seconds between two looks for what DBOS has let go of
THOROUGH = 12  # every so many looks, also among what DBOS was told of and has not begun
REVIVALS = 5  # of one track in one process: more is no misfortune, but a fault of ours
AT_ONCE = 4  # orders to DBOS
CHUNK = 500  # workflows asked for at once

Order = Callable[[], Awaitable[None]]

_ALIVE = {"ENQUEUED", "DELAYED", "PENDING"}


class Dispatch:
    """What DBOS is told. One in a process, as DBOS is."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._told: set[str] = set()  # ids of workflows that DBOS has surely been told of
        self._missed: set[str] = set()  # ids of workflows that the last look found nowhere
        self._revived: dict[str, int] = {}
        self._not_yet: set[str] = set()  # ids of tracks whose member is still being told of them
        self._looks = 0

    async def open(self) -> None:
        """Sets the accounts' limits, and begins to carry out orders and to look for what was let go of."""
        polled: dict[str, Any] = {
            "polling_interval_sec": self._settings.queue_poll_interval,
            "on_conflict": "always_update",
        }
        await DBOS.register_queue_async(
            QUEUE,
            global_concurrency=self._settings.concurrency,
            limiter={"limit": self._settings.starts_per_minute, "period": 60},
            **polled,
        )
        if self._settings.guild_keys_secret is not None:
            for level, (at_once, per_minute) in LEVELS.items():
                await DBOS.register_queue_async(
                    OWN_QUEUE.format(level),
                    partition_concurrency=at_once,
                    partition_limiter={"limit": per_minute, "period": 60},
                    **polled,
                )
        with done_later():
            await self.look()
        self._tasks = [asyncio.create_task(self._carry_out()) for _ in range(AT_ONCE)]
        self._tasks.append(asyncio.create_task(self._keep_looking()))

    async def close(self) -> None:
        """Carries out nothing more; what was not, the next start's look finds."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # orders ---------------------------------------------------------------------------------------

    def enqueue(self, track: Track) -> None:
        """Has the track's workflow put on its queue; nothing comes of it where it is there or has begun."""
        if track.id in self._not_yet:
            return  # whoever tells its member does so then
        self._orders.put_nowait(lambda: self._enqueue(track))

    def dequeue(self, track: Track) -> None:
        """Has the track's workflow taken off its queue, so that it uses up none of a minute's starts."""
        self._told.discard(track.workflow_id)
        self._orders.put_nowait(lambda: DBOS.cancel_workflow_async(track.workflow_id))

    @contextmanager
    def not_yet(self, track_ids: Collection[str]) -> Generator[None]:
        """Puts none of those tracks on a queue meanwhile."""
        self._not_yet.update(track_ids)
        try:
            yield
        finally:
            self._not_yet.difference_update(track_ids)

    def begin(self, workflow_id: str, function: workflow.Workflow, *arguments: Any) -> None:
        """Has a workflow of that id started; nothing comes of it where it runs or has ended."""
        self._orders.put_nowait(lambda: workflow.begin(workflow_id, function, *arguments))

    async def _carry_out(self) -> None:
        while True:
            order = await self._orders.get()
            try:
                await until_back(order)
            except Exception:
                log.exception("DBOS was not told; the next look sees to it")

    async def _enqueue(self, track: Track) -> None:
        queue, partition = QUEUE, None
        if track.key_id is not None:
            async with self._database.read() as connection:
                level = (await accounts.levels(connection)).get(track.key_id, "bronze")
            queue, partition = OWN_QUEUE.format(level), f"key {track.key_id}"
        options = SetEnqueueOptions(priority=track.turn, queue_partition_key=partition)
        with SetWorkflowID(track.workflow_id), options:
            await DBOS.enqueue_workflow_async(queue, workflow.render_track, track.id, track.pauses)
        self._told.add(track.workflow_id)

    # what was let go of ---------------------------------------------------------------------------

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except Exception:
                log.warning("what is unfinished could not be looked through; I look again", exc_info=True)

    async def look(self) -> None:
        """Finds unfinished tracks that no workflow works on, and workflows that nobody runs.

        What is found missing once may be on its way; twice in a row it is not.
        """
        missed: set[str] = set()
        for status in await self._ours():
            if status.workflow_id not in workflow.running():
                missed.add(status.workflow_id)
                if status.workflow_id in self._missed:
                    log.warning("a workflow that nobody runs is run again", workflow=status.workflow_id)
                    await DBOS.resume_workflow_async(status.workflow_id, queue_name=status.queue_name)
        doubtful = await self._doubtful()
        alive, ended = await self._workflows_of(doubtful)
        for track in doubtful:
            if track.id in alive:
                if track.state is State.WAITING:
                    self._told.add(track.workflow_id)
            elif track.id not in ended:
                await self._enqueue(track)
            else:
                missed.add(track.workflow_id)
                if track.workflow_id in self._missed:
                    await self._revive(track)
        self._missed = missed
        self._looks += 1

    async def _ours(self) -> list[WorkflowStatus]:
        """The workflows that DBOS takes to be running in this process."""
        mine = executor_id(self._settings, self._database.lease)
        return await DBOS.list_workflows_async(
            status="PENDING", executor_id=mine, load_input=False, load_output=False
        )

    async def _doubtful(self) -> list[Track]:
        """Unfinished tracks that do not run here, nor stand where they are known to: by their turns."""
        here = {workflow_id.split(".")[0] for workflow_id in workflow.running()}
        thorough = self._looks % THOROUGH == 0
        async with self._database.read() as connection:
            stopped = await accounts.stopped(connection)
            left = await tracks.unfinished(connection)
        self._told.intersection_update(track.workflow_id for track in left)  # what has ended needs no more
        return [
            track
            for track in left
            if track.id not in here | self._not_yet
            and track.reviewed_by is None  # a moderator's decision has a workflow of its own
            and (
                track.state is not State.WAITING
                or ((thorough or self._is_doubtful(track.workflow_id)) and not stopped(track))
            )
        ]

    def _is_doubtful(self, workflow_id: str) -> bool:
        return workflow_id not in self._told or workflow_id in self._missed

    async def _workflows_of(self, doubtful: Iterable[Track]) -> tuple[set[str], set[str]]:
        """The ids of those tracks that a workflow works on or will, and of those of which one has ended."""
        names = [
            name
            for track in doubtful
            for name in (
                track.workflow_id,
                f"{track.workflow_id}.later",
                f"{track.workflow_id}.finish",
                f"{track.id}.finish",
            )
        ]
        alive: set[str] = set()
        ended: set[str] = set()
        for start in range(0, len(names), CHUNK):
            found = await DBOS.list_workflows_async(
                workflow_ids=names[start : start + CHUNK], load_input=False, load_output=False
            )
            for status in found:
                (alive if status.status in _ALIVE else ended).add(status.workflow_id.split(".")[0])
        return alive, ended

    async def _revive(self, track: Track) -> None:
        """Gives an unfinished track whose workflow has ended another one."""
        tries = self._revived[track.id] = self._revived.get(track.id, 0) + 1
        if tries > REVIVALS:
            return
        log.warning("an unfinished track had no workflow", track=track.id, state=track.state, time=tries)
        async with self._database.write() as connection:
            revived = await tracks.begin_again(connection, track.id, track.pauses)
        if revived is not None:
            await self._enqueue(revived)


def executor_id(settings: Settings, lease: Lease | None) -> str:
    """The name by which DBOS knows this process; without a lease, whoever starts next has the same."""
    return lease.executor_id if lease else f"cluster-{settings.cluster_id}"

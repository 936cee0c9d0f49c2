"""What clusters leave behind that are gone is taken over by one that is there.

The rule: a cluster is gone when its lease has run out; one other counts its epoch up, which fences it.
Whatever then still runs under an old epoch goes back to the queue, where any cluster takes it up: DBOS lets
each workflow be claimed once, and whoever ran it before records nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import sqlalchemy as sa
import structlog
from dbos import DBOS

from services.periodic_tasks import PeriodicTasks
from services.storage.database import Database
from services.storage.leases import Lease, executor_of
from services.storage.tables import clusters

log = structlog.get_logger(__name__)

REMEMBERED = 50  # epochs of a cluster in which a late process of it may still have claimed something


class Takeover:
    """Looks for clusters that are gone. take_up: begins what they wrote down and did not begin."""

    def __init__(self, database: Database, lease: Lease, take_up: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._lease = lease
        self._take_up = take_up
        self._taken_up: set[tuple[int, int]] = set()
        self._tasks = PeriodicTasks()

    def start(self) -> None:
        """Begins at once, for what earlier lives of this very cluster left.

        Whatever holds up going on with one cluster's work, the next one's place is taken.
        """
        for task in (self.take_places, self.resume_all):
            self._tasks.begin(self._lease.renewal, task)

    async def stop(self) -> None:
        """Takes over nothing more."""
        await self._tasks.stop()

    async def resume_all(self) -> None:
        """Puts what runs under an old epoch back on the queue, and begins what was only written down."""
        async with self._database.read() as connection:
            places = (await connection.execute(clusters.select())).all()
        await self._put_back([(place.cluster_id, place.epoch) for place in places])
        gone = {(place.cluster_id, place.epoch) for place in places if place.taken_by is not None}
        if gone - self._taken_up:
            await self._take_up()
            self._taken_up |= gone

    async def take_places(self) -> None:
        """Fences those whose lease has run out; each by one of those who try.

        Not where our own was renewed too late lately: a database that was away for all is nobody's end.
        """
        if not self._lease.steady:
            return
        columns = clusters.c
        clock = sa.extract("epoch", sa.func.clock_timestamp()) * 1_000_000
        run_out = sa.and_(
            columns.cluster_id != self._lease.cluster_id,
            columns.taken_by.is_(None),
            sa.type_coerce(columns.expires_at, sa.BigInteger) < clock,
        )
        # One that is locked is in the hands of another process, or of a transaction of its own that must end.
        free = sa.select(columns.cluster_id).where(run_out).with_for_update(skip_locked=True)
        taking = clusters.update().where(columns.cluster_id.in_(free))
        values = {"epoch": columns.epoch + 1, "taken_by": self._lease.cluster_id}
        async with self._database.write() as connection:
            taken = await connection.scalars(taking.values(values).returning(columns.cluster_id))
            ids = sorted(taken)
        for cluster_id in ids:
            log.warning("a cluster is gone; its work is taken over", cluster=cluster_id)

    async def _put_back(self, places: list[tuple[int, int]]) -> None:
        past = [f"cluster-{cluster_id}" for cluster_id, _ in places]  # before there were epochs
        for cluster_id, epoch in places:
            past += [executor_of(cluster_id, old) for old in range(max(1, epoch - REMEMBERED), epoch)]
        left = await DBOS.list_workflows_async(
            executor_id=past, status="PENDING", load_input=False, load_output=False
        )
        if left:
            owners = sorted({one.executor_id for one in left if one.executor_id})
            log.info("going on with what was left", workflows=len(left), of=owners)
            await asyncio.to_thread(DBOS._recover_pending_workflows, owners)  # pyright: ignore[reportPrivateUsage]

"""This process's place among the clusters of one bot on PostgreSQL.

The rule: who starts as a cluster counts its epoch up, and with an older one nothing more is written
(`check`). A lease, renewed by the database's clock, says that the cluster lives; what must not be done twice
outside the database is done only while this process's own clock says that the lease surely holds (`ensure`).

A cluster whose lease has run out may be taken over (services.pipeline.takeover), which counts its epoch up
as well. It then ends at once, whatever it was doing: a process that was frozen, or cut off from the database,
finds out at its next renewal or its next write, and starts afresh.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.tables import clusters

log = structlog.get_logger(__name__)

LOCKS = 0x4A414D42  # what the advisory locks are of; the second number is the cluster's
LOCK_PATIENCE = 3.0  # seconds in which PostgreSQL notices that the process before this one is gone
AGAIN = 0.5  # seconds until the database is asked again that did not answer

_LOCK = "SELECT pg_try_advisory_lock(%(locks)s, %(cluster)s)"
_END_HOLDER = """
SELECT bool_or(pg_terminate_backend(pid)) FROM pg_locks
WHERE locktype = 'advisory' AND classid = %(locks)s AND objid = %(cluster)s AND objsubid = 2 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_RUNNING = sa.text("""
SELECT min(CAST(CAST(objid AS text) AS bigint)) FROM pg_locks
WHERE locktype = 'advisory' AND CAST(CAST(classid AS text) AS bigint) = :locks AND objsubid = 2 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")
_END_OWN = f"{_END_HOLDER} AND pid = %(process)s"
_KNOWN = "SELECT to_regclass('clusters') IS NOT NULL"
_RUN_OUT = """
SELECT true FROM clusters
WHERE cluster_id = %(cluster)s AND expires_at < extract(epoch FROM clock_timestamp()) * 1000000
"""
_ACQUIRE = """
INSERT INTO clusters (cluster_id, epoch, expires_at)
VALUES (%(cluster)s, 1, extract(epoch FROM clock_timestamp()) * 1000000 + %(duration)s)
ON CONFLICT (cluster_id) DO UPDATE
SET epoch = clusters.epoch + 1, expires_at = excluded.expires_at, taken_by = NULL
RETURNING epoch
"""
_RENEW = """
UPDATE clusters SET expires_at = extract(epoch FROM clock_timestamp()) * 1000000 + %(duration)s
WHERE cluster_id = %(cluster)s AND epoch = %(epoch)s RETURNING true
"""
# A renewal may pass it (it changes no key column), a takeover may not (it changes the epoch, which is one):
# whatever was begun under this epoch is committed before it ends.
_FENCE = sa.text("SELECT true FROM clusters WHERE cluster_id = :cluster AND epoch = :epoch FOR KEY SHARE")


class PlaceTaken(Exception):
    """Another process runs as that cluster."""


class LeaseLost(asyncio.CancelledError):
    """Somebody else has this cluster's place: nothing more is to be done. Leaves workflows as they are."""


def now_here() -> float:
    """Seconds on a clock that no one sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def executor_of(cluster_id: int, epoch: int) -> str:
    """As whom that cluster runs workflows, in that epoch."""
    return f"cluster-{cluster_id}.{epoch}"


def other_processes(mine: str | None) -> sa.Select[str]:
    """As whom the other clusters run that nobody has taken over; mine: as whom this one does."""
    cluster_id, epoch = (sa.cast(column, sa.Text) for column in (clusters.c.cluster_id, clusters.c.epoch))
    name = sa.literal("cluster-") + cluster_id + "." + epoch  # as `executor_of` has it
    return sa.select(name).where(clusters.c.taken_by.is_(None), name != (mine or ""))


def running_on(connection: sa.Connection) -> int | None:
    """The first cluster that has its place in that database now; None where none has."""
    return connection.scalar(_RUNNING, {"locks": LOCKS})


class Lease:
    """One process's. `lock`, then `acquire`; from then on it is renewed until `release`.

    duration: seconds for which a renewal holds; renewal: seconds between two. lost: is told, once, why the
    place is lost; it should end the process.
    """

    def __init__(
        self, url: str, cluster_id: int, *, duration: float, renewal: float, lost: Callable[[str], None]
    ) -> None:
        self.cluster_id = cluster_id
        self.duration = duration
        self.renewal = renewal
        self.epoch = 0
        self._address = make_url(url).set(drivername="postgresql+psycopg")
        self._lost = lost
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._process = 0  # of the server's, the one that serves the connection
        self._sure_until = self._renewed_at = self._steady_since = now_here()
        self._over = False
        self._renewed = asyncio.Condition()
        self._keeping: asyncio.Task[None] | None = None
        self._abandoned: set[asyncio.Task[None]] = set()

    @property
    def executor_id(self) -> str:
        """As whom this process runs workflows."""
        return executor_of(self.cluster_id, self.epoch)

    @property
    def idle_limit(self) -> float:
        """Seconds after which PostgreSQL ends a transaction in which nothing happens.

        Well below `duration`: a process that is frozen in a transaction blocks nobody by the time at which
        it is taken over.
        """
        return self.duration / 2

    # the place --------------------------------------------------------------------------------------

    async def lock(self) -> None:
        """Makes sure that no other process runs as this cluster. Raises PlaceTaken, psycopg.Error.

        One that holds the lock and let its lease run out is frozen, or its machine is gone: its connection
        is ended.
        """
        connection = await self._connect()
        give_up = now_here() + LOCK_PATIENCE
        while not await self._ask(connection, _LOCK):
            if await self._ask(connection, _KNOWN) and await self._ask(connection, _RUN_OUT):
                await self._end(connection, _END_HOLDER)
            if now_here() > give_up:
                await connection.close()
                raise PlaceTaken
            await asyncio.sleep(0.1)
        await self._use(connection)

    async def acquire(self) -> None:
        """Takes the place: from now on whoever had it before is fenced.

        Where the connection is gone that has the lock, it is locked again the next time. Raises PlaceTaken,
        psycopg.Error.
        """
        if self._connection is None:
            await self.lock()
        assert self._connection is not None
        began = now_here()
        try:
            self.epoch = int(await self._ask(self._connection, _ACQUIRE))
        except psycopg.Error:
            connection, self._connection = self._connection, None
            await connection.close()
            raise
        self._steady_since = self._renewed_at = now_here()
        self._sure_until = began + self._surely
        self._keeping = asyncio.create_task(self._keep())

    async def release(self) -> None:
        """Leaves the place to the next start, which has `duration` seconds before it is taken over."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        connection, self._connection, self._sure_until = self._connection, None, 0.0
        if connection is None:
            return
        try:
            async with asyncio.timeout(AGAIN):
                if self.epoch:
                    await self._ask(connection, _RENEW)
                await connection.close()
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.info("lease not renewed at the end", error=type(error).__name__)

    # what it is asked -------------------------------------------------------------------------------

    @property
    def surely_held(self) -> bool:
        """Whether nobody can have taken the place yet, by this machine's clock."""
        return not self._over and now_here() < self._sure_until

    @property
    def steady(self) -> bool:
        """Whether every renewal of late has come in time; if not, others may have had the same trouble.

        A gap in which another's lease can run out (`duration` less `renewal`) is longer than half of it;
        after one, others have three renewals to come back.
        """
        return self.surely_held and now_here() - self._steady_since > 3 * self.renewal + 2 * AGAIN

    async def ensure(self) -> None:
        """Waits until the lease surely holds: comes right before what must not be done twice.

        Raises LeaseLost.
        """
        if not self.surely_held:
            async with self._renewed:
                await self._renewed.wait_for(lambda: self.surely_held or self._over)
        if self._over:
            raise LeaseLost

    async def check(self, connection: AsyncConnection) -> None:
        """Lets a transaction that writes go on, and the place not be taken before it ends.

        Raises LeaseLost.
        """
        mine = {"cluster": self.cluster_id, "epoch": self.epoch}
        if await connection.scalar(_FENCE, mine) is None:
            await self._lose("its place was taken")
            raise LeaseLost

    # renewing ---------------------------------------------------------------------------------------

    @property
    def _surely(self) -> float:
        """Seconds from asking for a renewal for which it is relied upon; clocks run at different speeds."""
        return self.duration * 0.85

    async def _keep(self) -> None:
        """Renews, and gets the connection and its lock back when they are gone."""
        while not self._over:
            renewing = asyncio.create_task(self._renew())
            try:
                await asyncio.wait({renewing}, timeout=max(1.0, self.renewal))
                if not renewing.done():
                    raise TimeoutError
                renewing.result()
                await self._rest()
            except asyncio.CancelledError:
                self._abandon(renewing)
                raise
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning("lease not renewed", error=type(error).__name__)
                self._connection, self._sure_until = None, 0.0
                self._abandon(renewing)
                await asyncio.sleep(AGAIN)

    async def _renew(self) -> None:
        """Raises psycopg.Error."""
        connection = self._connection or await self._back()
        if self._over:
            return
        began = now_here()
        if await self._ask(connection, _RENEW) is None:
            await self._lose("its lease ran out and its place was taken")
            return
        async with self._renewed:
            if now_here() - self._renewed_at > self.duration / 2:
                self._steady_since = now_here()
            self._renewed_at = now_here()
            self._sure_until = began + self._surely
            self._renewed.notify_all()

    async def _rest(self) -> None:
        """Until it is time again. Raises psycopg.OperationalError at once where the connection breaks."""
        if self._connection is not None:
            async for _ in self._connection.notifies(timeout=self.renewal, stop_after=1):
                pass

    async def _back(self) -> psycopg.AsyncConnection[Any]:
        """A new connection with the lock; where another process has that, the place is lost.

        Raises psycopg.Error.
        """
        connection = await self._connect()
        give_up = now_here() + LOCK_PATIENCE
        while not await self._ask(connection, _LOCK):
            await self._end(connection, _END_OWN)  # the server may not know yet that the old one is gone
            if now_here() > give_up:
                await self._lose("another process has its place")
                return connection
            await asyncio.sleep(0.1)
        return await self._use(connection)

    def _abandon(self, renewing: asyncio.Task[None]) -> None:
        """Waits for it no longer: on a network that is cut, its end may take as long as an answer."""
        self._abandoned.add(renewing)
        renewing.add_done_callback(self._abandoned.discard)
        renewing.add_done_callback(lambda task: task.cancelled() or task.exception())
        renewing.cancel()

    async def _lose(self, why: str) -> None:
        async with self._renewed:
            told, self._over = self._over, True
            self._renewed.notify_all()
        if not told:
            self._lost(why)

    # the connection ---------------------------------------------------------------------------------

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        options: dict[str, Any] = {
            "connect_timeout": 5,
            "tcp_user_timeout": round(self.duration * 1000),  # milliseconds; then a dead network is given up
            **self._address.get_dialect()().create_connect_args(self._address)[1],
        }
        return await psycopg.AsyncConnection.connect(autocommit=True, **options)

    async def _use(self, connection: psycopg.AsyncConnection[Any]) -> psycopg.AsyncConnection[Any]:
        self._connection, self._process = connection, connection.info.backend_pid
        return connection

    async def _end(self, connection: psycopg.AsyncConnection[Any], whose: str) -> None:
        try:
            await self._ask(connection, whose)
        except psycopg.errors.InsufficientPrivilege:
            log.warning("the connection of a cluster that is gone may not be ended by this database user")

    async def _ask(self, connection: psycopg.AsyncConnection[Any], query: str) -> Any:
        """The first value of the first row; None where there is none."""
        values = {
            "locks": LOCKS,
            "cluster": self.cluster_id,
            "epoch": self.epoch,
            "duration": round(self.duration * 1_000_000),
            "process": self._process,
        }
        row = await (await connection.execute(query.encode(), values)).fetchone()
        return row[0] if row else None

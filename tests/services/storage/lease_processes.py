"""What leases' tests share: processes that have a place on a database, and what ends one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from waiting import eventually

from services.guilds.settings import next_number
from services.storage.database import Database
from services.storage.leases import Lease, now_here

LONG, SHORT = 60.0, 2.0  # seconds that a lease holds: through a test; until it is waited for


@dataclass
class Process:
    """What one process has of it."""

    lease: Lease
    database: Database
    lost: list[str] = field(default_factory=list)

    async def write(self) -> None:
        async with self.database.write() as connection:
            await next_number(connection, 5)

    async def freeze(self) -> None:
        """It renews nothing any more, not even what it has begun to; its connection stays."""
        assert self.lease._keeping is not None
        self.lease._keeping.cancel()
        await asyncio.wait({self.lease._keeping})
        await asyncio.gather(*self.lease._abandoned, return_exceptions=True)

    def thaw(self) -> None:
        """It renews again, or hears that it cannot."""
        self.lease._keeping = asyncio.create_task(self.lease._keep())


@asynccontextmanager
async def process(
    url: str, cluster_id: int = 0, duration: float = LONG, renewal: float = 0.1
) -> AsyncIterator[Process]:
    lost: list[str] = []
    lease = Lease(url, cluster_id, duration=duration, renewal=renewal, lost=lost.append)
    one = Process(lease, Database(url, lease), lost)
    try:
        await lease.lock()
        await one.database.migrate()
        await lease.acquire()
        yield one
    finally:
        await one.database.close()
        await lease.release()


async def run_out(*processes: Process) -> None:
    """Waits until their leases have run out, by their own clocks: that a clock goes on has no event."""
    await eventually(
        lambda: is_so(all(now_here() > one.lease._renewed_at + one.lease.duration for one in processes))
    )


async def end_lease(url: str, cluster_id: int) -> None:
    """By the database's clock it has run out, though nobody has waited for that."""
    async with Database(url).write() as connection:
        ending = sa.text("UPDATE clusters SET expires_at = 0 WHERE cluster_id = :cluster")
        await connection.execute(ending, {"cluster": cluster_id})


async def is_so(value: object) -> bool:
    return bool(value)

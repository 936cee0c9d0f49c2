"""What was learnt of the provider's speed, kept in the database, so that a start foretells as before.

The rule: it is a help and no more; what cannot be read is learnt anew, and nothing waits for it.
"""

from __future__ import annotations

import structlog

from services.periodic_tasks import PeriodicTasks
from services.pipeline.render_time import RenderTimes
from services.storage import host_state
from services.storage.database import Database
from services.storage.host_state import Value

log = structlog.get_logger(__name__)

EVERY = 300.0  # seconds; a kill loses what was learnt in these


class KeptRenderTimes:
    """Reads it at a start, and writes it every so often and at the end."""

    def __init__(self, database: Database, times: RenderTimes) -> None:
        self._database = database
        self._times = times
        self._kept = ""
        self._tasks = PeriodicTasks()

    async def recall(self) -> None:
        """Goes on with what an earlier process learnt."""
        async with self._database.read() as connection:
            kept = await host_state.read(connection, Value.PACE)
        try:
            self._times.recall(kept or "{}")
        except ValueError:
            log.warning("what was learnt of the provider's speed cannot be read; it is learnt anew")
        self._kept = self._times.kept

    def start(self) -> None:
        """Keeps it from now on."""
        self._tasks.begin(EVERY, self.keep)

    async def stop(self) -> None:
        """Keeps it no more, until `keep` is called once more."""
        await self._tasks.stop()

    async def keep(self) -> None:
        """Writes what has been learnt since the last time."""
        learnt = self._times.kept
        if learnt == self._kept:
            return
        async with self._database.write() as connection:
            await host_state.write(connection, Value.PACE, learnt)
        self._kept = learnt

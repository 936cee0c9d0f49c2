"""SQLite on a thread of its own (aiosqlite), asked once for each statement.

The rule: a statement runs, its rows are fetched and its cursor is closed in one go on that thread. As
SQLAlchemy and aiosqlite do it by themselves, each of these is a way there and back, which costs more than
what most statements do; and a task that is cancelled in between leaves a statement open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite

ITER_CHUNK_SIZE = 64  # rows; aiosqlite's own, of a way to fetch that is not used here


async def open_sqlite(path: str, timeout: float) -> Connection:
    """Opens it. timeout: seconds in which another connection's write is waited for. Raises sqlite3.Error."""
    connection = Connection(partial(sqlite3.connect, path, timeout=timeout), ITER_CHUNK_SIZE)
    await connection
    return connection


class Connection(aiosqlite.Connection):
    """What SQLAlchemy's adapter takes for aiosqlite's, but for its cursors."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        self._thread.daemon = True  # as SQLAlchemy has it: one that hangs must not keep the process

    def cursor(self) -> Cursor:  # pyright: ignore[reportIncompatibleMethodOverride]  (one that needs no awaiting)
        """A cursor for one statement."""
        return Cursor(self)

    async def on_its_thread(self, act: Callable[[sqlite3.Connection], None]) -> None:
        """Does it there. Raises what it raises, ValueError where the connection is closed."""
        await self._execute(act, self._conn)  # pyright: ignore[reportUnknownMemberType]


class Cursor:
    """What SQLAlchemy's adapter asks of a cursor (sqlalchemy.connectors.asyncio.AsyncIODBAPICursor)."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> None:
        """Runs the statement and fetches what it gives. Raises sqlite3.Error."""
        run = partial(self._run, lambda cursor: cursor.execute(operation, parameters))
        await self._connection.on_its_thread(run)

    async def executemany(self, operation: str, parameters: Iterable[Any]) -> None:
        """Runs the statement once for each of the parameters. Raises sqlite3.Error."""
        run = partial(self._run, lambda cursor: cursor.executemany(operation, parameters))
        await self._connection.on_its_thread(run)

    async def fetchall(self) -> list[Any]:
        """The rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """There is nothing left to close."""

    def _run(self, statement: Callable[[sqlite3.Cursor], object], connection: sqlite3.Connection) -> None:
        cursor = connection.cursor()
        try:
            statement(cursor)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

"""Transactions on SQLite, each on the thread of its connection.

The rules: one transaction at a time writes, in turn, and those that read never wait for it. What is asked of
a connection happens on its thread in one go, a statement with all its rows; and whoever is cancelled
meanwhile goes only when it is over, so that nothing stays open behind them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import copy_context
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

BUSY_SECONDS = 30  # how long SQLite waits for another process that writes
READERS = 14  # transactions that read at once
FREE_SECONDS = 30  # how long one waits until it may be among them

T = TypeVar("T")


class Sqlite:
    """A database in a file. url: `sqlite:///path`."""

    def __init__(self, url: sa.URL) -> None:
        engine = sa.create_engine(
            url,
            pool_size=READERS + 1,
            max_overflow=0,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},  # whoever is next may use it
            hide_parameters=True,  # an error's text goes into the log; what members wrote does not
        )
        event.listen(engine, "connect", _prepare)
        self._engine = engine
        self._readers: asyncio.LifoQueue[_Thread] = asyncio.LifoQueue()
        for _ in range(READERS):
            self._readers.put_nowait(_Thread(engine, "BEGIN"))
        self._writer = _Thread(engine, "BEGIN IMMEDIATE")
        self._turn, self._patient = asyncio.Lock(), asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction that only reads. Raises TimeoutError where too many others do for too long."""
        async with asyncio.timeout(FREE_SECONDS):
            reader = await self._readers.get()
        try:
            async with reader.transaction() as connection:
                yield connection
        finally:
            self._readers.put_nowait(reader)

    @asynccontextmanager
    async def write(self, *, patient: bool = False) -> AsyncGenerator[AsyncConnection]:
        """One transaction that writes: all of it or, on any exception, nothing.

        patient: of those that are, one at a time stands in the line for the turn to write, so that however
        many there are, the others wait for one of them at most.
        """
        async with (
            self._patient if patient else nullcontext(),
            self._turn,
            self._writer.transaction(commit=True) as connection,
        ):
            yield connection

    def change_schema(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """One transaction that changes the tables themselves."""
        return self.write()

    async def write_in_one_go(
        self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]], *, patient: bool = False
    ) -> T:
        """What `act` returns, done in a `write()` that is on the thread from its begin to the commit.

        So a busy event loop does not stand between one statement and the next while others wait for their
        turn. `act` awaits nothing but the connection, which answers at once.
        """
        async with self._patient if patient else nullcontext(), self._turn:
            return await self._writer.in_one_go(act)

    async def close(self) -> None:
        """Ends the threads, and closes every connection."""
        while not self._readers.empty():
            await self._readers.get_nowait().end()
        await self._writer.end()
        self._engine.dispose()


class _Thread:
    """A thread, and the transaction that is open on it. begin: the statement that opens one."""

    def __init__(self, engine: sa.Engine, begin: str) -> None:
        self._engine, self._begin = engine, begin
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._connection: sa.Connection | None = None

    @asynccontextmanager
    async def transaction(self, *, commit: bool = False) -> AsyncGenerator[AsyncConnection]:
        """One that is committed at its end, if that is wanted, and undone on any exception."""
        try:
            yield cast(AsyncConnection, _OnThread(await self.do(self._open), self))
        except BaseException:
            await self.do(self._undo)
            raise
        await self.do(self._commit if commit else self._undo)

    async def in_one_go(self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """What `act` returns, in a transaction that never leaves the thread."""
        context = copy_context()

        def whole() -> T:
            with self._open() as connection:
                result = context.run(_finish, act(cast(AsyncConnection, _AtOnce(connection))))
                connection.commit()
            return result

        return await self.do(whole)

    async def do(self, act: Callable[[], T]) -> T:
        """What `act` returns, on the thread."""
        work = asyncio.get_running_loop().run_in_executor(self._thread, act)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise

    async def end(self) -> None:
        """Ends it."""
        await asyncio.to_thread(self._thread.shutdown)

    def _open(self) -> sa.Connection:
        self._connection = self._engine.connect()
        self._connection.exec_driver_sql(self._begin)
        return self._connection

    def _commit(self) -> None:
        assert self._connection is not None
        with self._connection as connection:
            connection.commit()

    def _undo(self) -> None:
        if self._connection is not None:
            self._connection.close()


class _AtOnce:
    """What our transactions use of AsyncConnection; awaiting it never waits."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    async def execute(self, *statement: Any, **options: Any) -> sa.Result[Any]:
        """As AsyncConnection.execute."""
        return self._connection.execute(*statement, **options)

    async def scalar(self, *statement: Any) -> Any:
        """As AsyncConnection.scalar."""
        return self._connection.scalar(*statement)

    async def scalars(self, *statement: Any) -> sa.ScalarResult[Any]:
        """As AsyncConnection.scalars."""
        return self._connection.scalars(*statement)


class _OnThread:
    """The same for who is on the event loop."""

    def __init__(self, connection: sa.Connection, thread: _Thread) -> None:
        self._connection, self._thread = connection, thread
        self.dialect = connection.dialect

    async def execute(self, *statement: Any, **options: Any) -> sa.Result[Any]:
        """As AsyncConnection.execute."""
        return await self._thread.do(lambda: _fetched(self._connection.execute(*statement, **options)))

    async def scalar(self, *statement: Any) -> Any:
        """As AsyncConnection.scalar."""
        return await self._thread.do(lambda: self._connection.scalar(*statement))

    async def scalars(self, *statement: Any) -> sa.ScalarResult[Any]:
        """As AsyncConnection.scalars."""
        return (await self.execute(*statement)).scalars()

    async def run_sync(self, act: Callable[..., T], *more: Any) -> T:
        """As AsyncConnection.run_sync."""
        return await self._thread.do(lambda: act(self._connection, *more))


def _fetched(result: sa.CursorResult[Any]) -> sa.Result[Any]:
    """The same with its rows in memory, where it has any."""
    return result.freeze()() if result.returns_rows else result


def _finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs one that never waits. Raises RuntimeError where it does."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("a transaction in one go may await its connection only")


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_Thread` does
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # money: a committed line survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()

"""Transactions on SQLite, each on the thread of its connection.

The rules: one transaction at a time writes, in turn, and those that read never wait for it. What is asked of
a connection happens on its thread in one go, a statement with all its rows or a whole transaction; and
whoever is cancelled meanwhile goes only when it is over, so that nothing stays open behind them. Nobody waits
for what only read to be put away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import copy_context
from functools import partial
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

BUSY_SECONDS = 30  # how long SQLite waits for another process that writes
READERS = 14  # transactions that read at once
FREE_SECONDS = 30  # how long one waits until it may be among them
READS, WRITES = "BEGIN", "BEGIN IMMEDIATE"  # how a transaction begins

T = TypeVar("T")


class Sqlite:
    """A database in a file. url: `sqlite:///path`. writing: SQLAlchemy's engine for what writes, whose events
    tell what is asked there. commit_lost: is never set; no line is between.
    """

    def __init__(self, url: sa.URL) -> None:
        self.commit_lost = asyncio.Event()
        self._engine = sa.create_engine(
            url,
            pool_size=READERS + 1,
            max_overflow=0,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},  # whoever is next may use it
            hide_parameters=True,  # an error's text goes into the log; what members wrote does not
        )
        self.writing = self._engine.execution_options()
        event.listen(self._engine, "connect", _prepare)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._readers: asyncio.LifoQueue[ThreadPoolExecutor] = asyncio.LifoQueue()
        for _ in range(READERS):
            self._readers.put_nowait(ThreadPoolExecutor(1, thread_name_prefix="sqlite-reader"))
        self._turn, self._patient = asyncio.Lock(), asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction that only reads. Raises TimeoutError where too many others do for too long."""
        async with asyncio.timeout(FREE_SECONDS):
            reader = await self._readers.get()
        transaction = _Transaction(self._engine, reader, READS)
        try:
            yield cast(AsyncConnection, transaction)
        finally:
            self._readers.put_nowait(reader)
            reader.submit(transaction.undo)  # before whatever is asked of that thread next

    async def read_in_one_go(self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """What `act` returns, done in a `read()` that is on the thread from its begin to its end."""
        async with asyncio.timeout(FREE_SECONDS):
            reader = await self._readers.get()
        try:
            return await _on_thread(reader, _AtOnce(self._engine, READS, act).whole)
        finally:
            self._readers.put_nowait(reader)

    @asynccontextmanager
    async def write(self, *, patient: bool = False) -> AsyncGenerator[AsyncConnection]:
        """One transaction that writes: all of it or, on any exception, nothing.

        patient: of those that are, one at a time stands in the line for the turn to write, so that however
        many there are, the others wait for one of them at most.
        """
        async with self._patient if patient else nullcontext(), self._turn:
            transaction = _Transaction(self.writing, self._writer, WRITES)
            try:
                yield cast(AsyncConnection, transaction)
            except BaseException:
                await _on_thread(self._writer, transaction.undo)
                raise
            await _on_thread(self._writer, transaction.commit)

    def change_schema(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """One transaction that changes the tables themselves."""
        return self.write()

    async def write_in_one_go(
        self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]], *, patient: bool = False
    ) -> T:
        """What `act` returns, done in a `write()` that is on the thread from its begin to the commit.

        So a busy event loop does not stand between one statement and the next while others wait for their
        turn. `act` is called once the turn has come; then it awaits nothing but the connection, which answers
        at once.
        """
        async with self._patient if patient else nullcontext(), self._turn:
            return await _on_thread(self._writer, _AtOnce(self.writing, WRITES, act).whole)

    async def close(self) -> None:
        """Ends the threads, once no transaction is on them any more, and closes every connection.

        One whose thread had ended before it would stay open, and with it the lock to write.
        """
        async with self._turn:
            readers = [await self._readers.get() for _ in range(READERS)]
            for thread in (self._writer, *readers):
                await asyncio.to_thread(thread.shutdown)
        for reader in readers:  # who comes now is told that it is closed
            self._readers.put_nowait(reader)
        self._engine.dispose()


class _Transaction:
    """What our transactions use of AsyncConnection; each statement is one way to the thread and back.

    begin: the statement that opens it, right before the first that it is for.
    """

    def __init__(self, engine: sa.Engine, thread: ThreadPoolExecutor, begin: str) -> None:
        self._engine, self._thread, self._begin = engine, thread, begin
        self._connection: sa.Connection | None = None
        self.dialect = engine.dialect

    async def execute(self, *statement: Any, **options: Any) -> Any:
        """As AsyncConnection.execute; the rows are in memory."""
        asking = partial(self._ask, sa.Connection.execute, *statement, **options)
        return await _on_thread(self._thread, asking)

    async def scalar(self, *statement: Any) -> Any:
        """As AsyncConnection.scalar."""
        return await _on_thread(self._thread, partial(self._ask, sa.Connection.scalar, *statement))

    async def scalars(self, *statement: Any) -> Any:
        """As AsyncConnection.scalars."""
        return (await self.execute(*statement)).scalars()

    async def run_sync(self, act: Callable[..., Any], *more: Any) -> Any:
        """As AsyncConnection.run_sync."""
        return await _on_thread(self._thread, partial(self._ask, act, *more))

    # on the thread --------------------------------------------------------------------------------

    def _ask(self, act: Callable[..., Any], *more: Any, **options: Any) -> Any:
        result = act(self._connection or self._opened(), *more, **options)
        return result.freeze()() if getattr(result, "returns_rows", False) else result

    def _opened(self) -> sa.Connection:
        connection = self._engine.connect()
        try:
            connection.exec_driver_sql(self._begin)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def commit(self) -> None:
        """Ends it; on any exception it is undone."""
        if self._connection is not None:
            with self._connection as connection:
                connection.commit()

    def undo(self) -> None:
        """Ends it as if it had not been."""
        if self._connection is not None:
            self._connection.close()


class _AtOnce(Generic[T]):
    """The same for who is on the thread from begin to end: awaiting it never waits.

    act: is called here, on the event loop; what it returns runs in `whole`.
    """

    def __init__(
        self, engine: sa.Engine, begin: str, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]]
    ) -> None:
        self._engine, self._begin = engine, begin
        self.dialect = engine.dialect
        self._acting, self._context = act(cast(AsyncConnection, self)), copy_context()

    async def execute(self, *statement: Any, **options: Any) -> sa.Result[Any]:
        """As AsyncConnection.execute."""
        return self._connection.execute(*statement, **options)

    async def scalar(self, *statement: Any) -> Any:
        """As AsyncConnection.scalar."""
        return self._connection.scalar(*statement)

    async def scalars(self, *statement: Any) -> sa.ScalarResult[Any]:
        """As AsyncConnection.scalars."""
        return self._connection.scalars(*statement)

    def whole(self) -> T:
        """On the thread: what comes of it, in a transaction. Raises RuntimeError where it waits."""
        try:
            with self._engine.connect() as self._connection:
                self._connection.exec_driver_sql(self._begin)
                try:
                    self._context.run(self._acting.send, None)
                except StopIteration as end:
                    if self._begin == WRITES:
                        self._connection.commit()
                    return end.value
                raise RuntimeError("a transaction in one go may await its connection only")
        finally:
            self._acting.close()


async def _on_thread(thread: ThreadPoolExecutor, act: Callable[[], T]) -> T:
    """What `act` returns, there."""
    work = asyncio.get_running_loop().run_in_executor(thread, act)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_Transaction` does
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # money: a committed line survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()

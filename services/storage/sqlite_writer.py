"""Transactions on SQLite that run on one thread from their first statement to the commit.

SQLAlchemy's asyncio hands each statement to a thread and comes back to the event loop with its rows: where
the loop is busy, a transaction of a dozen statements holds the write lock for a dozen of its turns. Here the
coroutine itself runs on the thread, with a connection that answers at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


class SqliteWriter:
    """One connection of its own, for one transaction at a time.

    url: `sqlite:///path`. timeout: seconds in which another process's write is waited for. Whoever makes it
    says by `engine` how a connection is prepared and a transaction that writes begun.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.engine = sa.create_engine(
            url,
            poolclass=sa.StaticPool,
            connect_args={"timeout": timeout, "check_same_thread": False},  # it is closed by another thread
            execution_options={"write": True},
            hide_parameters=True,
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")

    async def write(self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """What `act` returns, in a transaction: all of it or, where it raises, nothing.

        It is over when this returns, also for who is cancelled meanwhile: it may have been committed.
        """
        transaction = partial(self._transaction, act)
        loop, context = asyncio.get_running_loop(), copy_context()
        work = loop.run_in_executor(self._thread, lambda: context.run(transaction))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise

    async def close(self) -> None:
        """Ends the thread, and closes the connection."""
        await asyncio.to_thread(self._thread.shutdown)
        self.engine.dispose()

    def _transaction(self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        with self.engine.begin() as connection:
            return _finish(act(cast(AsyncConnection, _AnswersAtOnce(connection))))


class _AnswersAtOnce:
    """What our transactions use of AsyncConnection; awaiting it never waits."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    async def execute(self, *statement: Any, **options: Any) -> sa.CursorResult[Any]:
        """As AsyncConnection.execute."""
        return self._connection.execute(*statement, **options)

    async def scalar(self, *statement: Any, **options: Any) -> Any:
        """As AsyncConnection.scalar."""
        return self._connection.scalar(*statement, **options)

    async def scalars(self, *statement: Any, **options: Any) -> sa.ScalarResult[Any]:
        """As AsyncConnection.scalars."""
        return self._connection.scalars(*statement, **options)


def _finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs one that never waits. Raises RuntimeError where it does."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("a transaction in one go may await its connection only")

"""Transactions on PostgreSQL, which clusters share; the ledger's updates lock the rows they touch.

The rule: a process that has lost its place among the clusters writes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.storage.leases import Lease
from services.storage.outages import is_away

# After how long it counts as away when its machine no longer answers: seconds, tcp_user_timeout in ms
# (PostgreSQL, libpq's connection parameters).
LINE = {
    "client_encoding": "utf8",  # whatever the environment or the role would have
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
CONNECTIONS = 15  # to our own tables; no more are opened for a moment, which costs more than what they do

T = TypeVar("T")


class Postgresql:
    """A database. lease: this process's place among the clusters; None where it needs none. writing:
    SQLAlchemy's engine for what writes, whose events tell what is asked there. commit_lost: is set where the
    answer to a COMMIT was lost.
    """

    def __init__(self, url: sa.URL, lease: Lease | None) -> None:
        self._lease = lease
        self.commit_lost = asyncio.Event()
        self._engine = create_async_engine(
            url,
            isolation_level="READ COMMITTED",  # what our locks are made for, whatever the role's default is
            connect_args=LINE,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,  # an error's text goes into the log; what members wrote does not
        )
        event.listen(sa.Engine, "handle_error", _leave_standby)  # DBOS's engine too
        self._writing = self._engine.execution_options()
        self.writing = self._writing.sync_engine
        if lease is not None:
            event.listen(self._engine.sync_engine, "connect", partial(_limit_idling, lease.idle_limit))

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction that only reads."""
        async with self._engine.connect() as connection:
            yield connection

    async def read_in_one_go(self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """What `act` returns, done in one `read()`."""
        async with self.read() as connection:
            return await act(connection)

    @asynccontextmanager
    async def write(self, *, patient: bool = False) -> AsyncGenerator[AsyncConnection]:
        """One transaction that writes; they all do at once, patient or not. Raises LeaseLost."""
        to_commit = False
        try:
            async with self._writing.begin() as connection:
                if self._lease is not None:
                    await self._lease.check(connection)
                yield connection
                to_commit = True
        except Exception as error:
            if to_commit and is_away(error):
                self.commit_lost.set()
            raise

    def change_schema(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """One transaction that changes the tables themselves, of a process that has no place yet."""
        return self._writing.begin()

    async def write_in_one_go(
        self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]], *, patient: bool = False
    ) -> T:
        """What `act` returns, done in one `write()`."""
        async with self.write(patient=patient) as connection:
            return await act(connection)

    async def close(self) -> None:
        """Closes every connection."""
        await self._engine.dispose()


def _leave_standby(error: sa.ExceptionContext) -> None:
    """Closes connections to a server that has become a standby: another one takes writes by now.

    They would stay open for ever where that was no restart, and a failover led new ones elsewhere.
    """
    if isinstance(error.original_exception, psycopg.errors.ReadOnlySqlTransaction):
        error.is_disconnect = True


def _limit_idling(seconds: float, connection: Any, _record: object) -> None:
    """Has PostgreSQL end a transaction, and free what it locked, whose process is frozen or cut off."""
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = {round(seconds * 1000)}")
    cursor.close()
    connection.commit()

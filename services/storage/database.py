"""Our own tables, and transactions on them. The rule: whoever writes does so in one `write()`, start to end.

On SQLite a writing transaction takes the write lock when it begins (`BEGIN IMMEDIATE`) and waits its turn
in a queue of this process, so two of them never see the same sum. On PostgreSQL the ledger's conditional
updates lock the rows they touch.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.storage.leases import Lease
from services.storage.schema import MIGRATIONS, Schema, schema_of
from services.storage.sqlite_connection import open_sqlite
from services.storage.sqlite_writer import SqliteWriter

BUSY_SECONDS = 30  # how long SQLite waits for another process that writes
# After how long PostgreSQL counts as away when its machine no longer answers: seconds, tcp_user_timeout in ms
# (PostgreSQL, libpq's connection parameters).
LINE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
CONNECTIONS = 15  # to our own tables
MIGRATING = 0x4A414D43  # the advisory lock under which one process at a time changes the schema


T = TypeVar("T")


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def insert(connection: AsyncConnection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT; both databases do, each by its own class."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def sync_url(url: str) -> URL:
    """The same database for a program without asyncio."""
    parsed = make_url(url)
    return parsed if parsed.get_backend_name() == "sqlite" else parsed.set(drivername="postgresql+psycopg")


def async_url(url: str) -> URL:
    """`sqlite:///…` or `postgresql://…` with the driver that asyncio needs. Raises ValueError for others."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"{other} is not a database Jamboree knows; use sqlite or postgresql")


class Database:
    """Connections to our own tables.

    url: `sqlite:///path` or `postgresql://…`; raises ValueError for anything else. lease: this process's
    place among a bot's clusters, without which it writes nothing; None where it needs none.
    """

    def __init__(self, url: str, lease: Lease | None = None) -> None:
        self.lease = lease
        self.url = async_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        way: dict[str, Any] = {"connect_args": LINE}
        if self.sqlite:
            way = {"async_creator": partial(open_sqlite, self.url.database or ":memory:", BUSY_SECONDS)}
        if self.url.database not in (None, ":memory:"):
            # No more are opened for a moment: that costs more than what they are opened for.
            way |= {"pool_size": CONNECTIONS, "max_overflow": 0}
        self.engine = create_async_engine(
            self.url,
            **way,
            pool_pre_ping=not self.sqlite,
            hide_parameters=True,  # an error's text goes into the log; what members wrote does not
        )
        self._turn, self._patient = asyncio.Lock(), asyncio.Lock()
        self._writer = SqliteWriter(url, BUSY_SECONDS) if self.sqlite and "pool_size" in way else None
        if self.sqlite:
            for engine in (self.engine.sync_engine, *([self._writer.engine] if self._writer else [])):
                event.listen(engine, "connect", _prepare_sqlite)
                event.listen(engine, "begin", _begin_sqlite)
        elif lease is not None:
            event.listen(self.engine.sync_engine, "connect", partial(_limit_idling, lease.idle_limit))

    async def migrate(self) -> None:
        """Brings the schema up to the newest step; creates SQLite's folder where it is missing.

        Raises UnknownSchema.
        """
        if self.sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        async with self.read() as connection:
            schema = await connection.run_sync(schema_of)
        if schema is Schema.CURRENT:
            return
        async with self.engine.connect() as connection:
            await connection.execution_options(write=True)
            await connection.run_sync(_upgrade)
            await connection.commit()

    @asynccontextmanager
    async def write(self, *, patient: bool = False) -> AsyncGenerator[AsyncConnection]:
        """One transaction that writes: all of it or, on any exception, nothing.

        patient: of those that are, one at a time stands in the line for SQLite's write lock, so that however
        many there are, the others wait for one of them at most. Raises LeaseLost where this process has lost
        its place.
        """
        if not self.sqlite:
            async with self.engine.begin() as connection:
                if self.lease is not None:
                    await self.lease.check(connection)
                yield connection
            return
        async with (
            self._patient if patient else nullcontext(),
            self._turn,
            self.engine.connect() as connection,
        ):
            await connection.execution_options(write=True)
            async with connection.begin():
                yield connection

    async def write_in_one_go(self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """What `act` returns, done in a patient `write()`, for a transaction of many statements.

        On SQLite all of it runs on a thread, so that a busy event loop does not stand between one statement
        and the next while others wait for the write lock. So `act` awaits nothing but the connection.
        """
        if self._writer is None:
            async with self.write(patient=True) as connection:
                return await act(connection)
        async with self._patient, self._turn:
            return await self._writer.write(act)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction that only reads, and never waits for a writer."""
        async with self.engine.connect() as connection:
            yield connection

    @property
    def process(self) -> str | None:
        """As which of several processes this one takes and begins tracks; None: it is the only one."""
        return self.lease.executor_id if self.lease else None

    async def ensure_place(self) -> None:
        """Comes right before what must not be done twice outside the database: a POST, a message.

        Waits while it is not sure that this process still has its place. Raises LeaseLost.
        """
        if self.lease is not None:
            await self.lease.ensure()

    def place_is_sure(self) -> bool:
        """Whether this process surely has its place now: the last look, with the connection in hand."""
        return self.lease is None or self.lease.surely_held

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()
        if self._writer is not None:
            await self._writer.close()


def _limit_idling(seconds: float, connection: Any, _record: object) -> None:
    """Has PostgreSQL end a transaction, and free what it locked, whose process is frozen or cut off."""
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = {round(seconds * 1000)}")
    cursor.close()
    connection.commit()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; _begin_sqlite does
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # money: a committed line survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _upgrade(connection: sa.Connection, step: str = "head") -> None:
    from alembic import command  # here, because to load it takes a tenth of a start, and few need it
    from alembic.config import Config

    if connection.dialect.name == "postgresql":  # clusters start at the same time
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, step)

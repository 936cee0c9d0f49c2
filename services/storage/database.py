"""Our own tables, and transactions on them. The rule: whoever writes does so in one `write()`, start to end.

On SQLite (`sqlite.py`) writing transactions begin with the write lock, in turn, so two of them never see the
same sum. On PostgreSQL (`postgresql.py`) the ledger's conditional updates lock the rows they touch.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.leases import Lease
from services.storage.postgresql import Postgresql
from services.storage.schema import MIGRATIONS, Schema, schema_of
from services.storage.sqlite import Sqlite

MIGRATING = 0x4A414D43  # the advisory lock under which one process at a time changes the schema


T = TypeVar("T")


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def insert(connection: AsyncConnection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT; both databases do, each by its own class."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def driver_url(url: str) -> URL:
    """`sqlite:///…` or `postgresql://…` with the driver that we use. Raises ValueError for others."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return parsed
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"{other} is not a database Jamboree knows; use sqlite or postgresql")


def file_url(file: Path) -> str:
    """`sqlite:///…` of that file, whatever is in its name."""
    return URL.create("sqlite", database=str(file)).render_as_string()


class Database:
    """Connections to our own tables.

    url: `sqlite:///path` or `postgresql://…`; raises ValueError for anything else. lease: this process's
    place among a bot's clusters, without which it writes nothing; None where it needs none.
    """

    def __init__(self, url: str, lease: Lease | None = None) -> None:
        self.lease = lease
        self.url = driver_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.writes = 0  # transactions that this process has begun to write in
        self.written = Counter[str]()  # statements with which it has written, by the table's name
        self._transactions = Sqlite(self.url) if self.sqlite else Postgresql(self.url, lease)
        event.listen(self._transactions.writing, "before_execute", self._note_written)

    async def migrate(self, step: str = "head") -> None:
        """Brings the schema up to a step, the newest by default; creates SQLite's folder where it is missing.

        Raises UnknownSchema.
        """
        if self.sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        async with self.read() as connection:
            schema = await connection.run_sync(schema_of)
        if schema is not Schema.CURRENT:
            async with self._transactions.change_schema() as connection:
                await connection.run_sync(_upgrade, step)

    def _note_written(self, _connection: sa.Connection, statement: object, *_values: object) -> None:
        match statement:
            case sa.UpdateBase(table=sa.Table(name=name)):
                self.written[name] += 1
            case _:
                pass

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """One transaction that only reads, and never waits for a writer."""
        return self._transactions.read()

    async def read_in_one_go(self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """What `act` returns, done in one `read()` in which nothing but the connection is awaited.

        On SQLite all of it runs on a thread: one way there and back, however much it asks.
        """
        return await self._transactions.read_in_one_go(act)

    def write(self, *, patient: bool = False) -> AbstractAsyncContextManager[AsyncConnection]:
        """One transaction that writes: all of it or, on any exception, nothing.

        patient: of those that are, one at a time stands in the line for SQLite's write lock, so that however
        many there are, the others wait for one of them at most. Raises LeaseLost where this process has lost
        its place.
        """
        self.writes += 1
        return self._transactions.write(patient=patient)

    async def write_in_one_go(
        self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]], *, patient: bool = False
    ) -> T:
        """What `act` returns, done in one `write()` in which nothing but the connection is awaited.

        On SQLite all of it runs on a thread, so that a busy event loop does not stand between one statement
        and the next while others wait for the write lock. `act` itself is called on the loop, once its turn
        has come.
        """
        self.writes += 1
        return await self._transactions.write_in_one_go(act, patient=patient)

    @property
    def commit_lost(self) -> asyncio.Event:
        """Is set where the answer to a COMMIT was lost: what raised then may be done all the same."""
        return self._transactions.commit_lost

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
        await self._transactions.close()


def _upgrade(connection: sa.Connection, step: str) -> None:
    from alembic import command  # here, because to load it takes a tenth of a start, and few need it
    from alembic.config import Config

    if connection.dialect.name == "postgresql":  # clusters start at the same time
        for limit in ("idle_in_transaction_session", "statement", "lock"):  # a server's own, of queries
            connection.execute(sa.text(f"SET LOCAL {limit}_timeout = 0"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))  # as its file has it
    config.attributes["connection"] = connection
    command.upgrade(config, step)

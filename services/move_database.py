"""From SQLite to PostgreSQL, once: `python -m services.move_database FROM TO` (`make move-database`).

The rule: all of it or nothing. Our tables and the workflows' are copied in one transaction, while nobody
works on either; what is unfinished goes on after it, as after any restart. When it is done, the files of FROM
are put aside, so that no bot goes on with them by mistake and makes again what the other one makes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from dbos import DBOS
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from services import logs
from services.settings import Settings
from services.settings_source import SettingsError, load_settings
from services.storage.database import Database, driver_url, file_url
from services.storage.file_locks import InUse, this_data_only
from services.storage.leases import LOCKS, running_on
from services.storage.readiness import MOVED
from services.storage.schema import Schema, UnknownSchema, schema_of
from services.storage.tables import clusters, metadata

AT_ONCE = 1000  # rows
DBOS_SCHEMA = "dbos"  # in which DBOS has its tables on PostgreSQL
OURS = [table for table in metadata.sorted_tables if table is not clusters]  # who runs, SQLite has not
NOT_COPIED = {"dbos_migrations", "sqlite_sequence"}


class CannotMove(Exception):
    """One line that says why nothing was moved, and what to do."""


def move(source: Settings, target: Settings) -> int:
    """Copies everything, and puts source's files aside. Returns the number of rows. Blocks.

    Raises CannotMove, and InUse where a bot runs on source; SQLAlchemyError, sqlite3.Error, OSError.
    """
    ours, queue = _files(source)
    if target.sqlite_files:
        raise CannotMove("TO must be a PostgreSQL: postgresql://user:password@host/name")
    with this_data_only(source), ExitStack() as there:
        with _connected(file_url(ours)) as tables, _connected(file_url(queue)) as workflows:
            _check_schema(tables, ours)
            with _connected(target.tracks_database_url) as connection:
                _hold(connection)
                _check_empty(connection)
            asyncio.run(_prepare(target))
            connection = there.enter_context(_connected(target.tracks_database_url))
            _hold(connection)
            _check_empty(connection)
            rows = sum(_copy(tables, connection, one, one) for one in OURS)
            rows += _copy_workflows(workflows, connection)
            _set_sequences(connection)
        with _aside((ours, queue)):
            there.close()  # commits
    return rows


@contextmanager
def _aside(files: Sequence[Path]) -> Generator[None]:
    """Puts them aside before what is done within it, so that no kill leaves both to go on with; back if it
    fails. With what is aside and an empty database, no bot begins."""
    ending = f"{MOVED}{datetime.now(UTC):%Y%m%d-%H%M%S}"
    done: list[tuple[Path, Path]] = []
    try:
        for file in files:
            done.append((file.rename(file.with_name(f"{file.name}{ending}")), file))
        yield
    except BaseException:
        for aside, file in done:
            aside.rename(file)
        raise


def _files(source: Settings) -> Sequence[Path]:
    if not source.sqlite_files:
        raise CannotMove("FROM must be a folder, as DATA_DIR, or sqlite:///file")
    for file in source.sqlite_files:
        if not file.is_file():
            raise CannotMove(f"{file} is not there; FROM must be where the bot keeps its data")
    return source.sqlite_files


def _check_schema(tables: sa.Connection, file: Path) -> None:
    try:
        schema = schema_of(tables)
    except UnknownSchema as error:
        raise CannotMove(f"{file} is a newer Jamboree's (at step {error}); move it with that one") from error
    if schema is not Schema.CURRENT:
        raise CannotMove(f"{file} is an older Jamboree's; start this one on it once, and stop it again")


def _hold(connection: sa.Connection) -> None:
    """Takes the place of the first cluster until the connection ends, so that none starts meanwhile."""
    cluster = running_on(connection)
    if cluster is not None or not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(LOCKS, 0))):
        raise CannotMove("a bot is running on TO; stop it first")


def _check_empty(connection: sa.Connection) -> None:
    """Its tables may be there, as a start of the bot leaves them; what would be lost among others may not."""
    inspector = sa.inspect(connection)
    there = [one for one in OURS if inspector.has_table(one.name)]
    if inspector.has_table("workflow_status", DBOS_SCHEMA):
        there.append(sa.table("workflow_status", schema=DBOS_SCHEMA))  # pyright: ignore[reportArgumentType]
    for table in there:
        if connection.scalar(sa.select(sa.exists(sa.select(sa.literal(1)).select_from(table)))):
            raise CannotMove(f"TO is not empty: {table.name} has something in it; name a new database")


async def _prepare(target: Settings) -> None:
    """Makes the tables, without rows; those that are there stay."""
    database = Database(target.tracks_database_url)
    try:
        await database.migrate()
    finally:
        await database.close()
    await asyncio.to_thread(DBOS.migrate, target.queue_database_url)


def _copy_workflows(workflows: sa.Connection, connection: sa.Connection) -> int:
    before, after = sa.MetaData(), sa.MetaData()
    before.reflect(workflows)
    after.reflect(connection, schema=DBOS_SCHEMA)
    rows = 0
    for table in after.sorted_tables:
        if table.name not in NOT_COPIED and table.name in before.tables:
            rows += _copy(workflows, connection, before.tables[table.name], table)
    unknown = before.tables.keys() - {table.name for table in after.tables.values()} - NOT_COPIED
    for name in sorted(unknown):
        if workflows.scalar(sa.select(sa.func.count()).select_from(before.tables[name])):
            raise CannotMove(f"this version of DBOS has no table {name} on PostgreSQL")
    return rows


def _copy(source: sa.Connection, target: sa.Connection, before: sa.Table, after: sa.Table) -> int:
    """All rows in the order in which they were written, what refers to a row of its own table after that one.

    Returns how many. Raises CannotMove where one has a value that has no place there, or one does not arrive.
    """
    columns = [one for one in before.columns if one.name in after.columns]
    as_json = [one.name for one in after.columns if isinstance(one.type, sa.JSON) and before is not after]
    for lost in (one for one in before.columns if one.name not in after.columns):
        if source.scalar(sa.select(sa.func.count(lost))):
            raise CannotMove(f"{before.name} has a column {lost.name} that PostgreSQL's has not")
    rows = 0
    for part in source.execute(sa.select(*columns).order_by(sa.text("rowid"))).mappings().partitions(AT_ONCE):
        values = [dict(row) for row in part]
        for row in values:
            row |= {name: json.loads(row[name]) for name in as_json if isinstance(row.get(name), str)}
        target.execute(after.insert(), values)
        rows += len(values)
    arrived = target.scalar(sa.select(sa.func.count()).select_from(after))
    if arrived != rows:
        raise CannotMove(f"of {rows} rows of {before.name}, {arrived} arrived")
    return rows


def _set_sequences(connection: sa.Connection) -> None:
    """The next row that is made gets a number that none has."""
    for table in metadata.sorted_tables:
        for column in table.primary_key.columns:
            if column.autoincrement is True:
                newest = sa.select(sa.func.max(column)).scalar_subquery()
                sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
                following = sa.func.setval(sequence, sa.func.coalesce(newest, 1), newest.is_not(None))
                connection.execute(sa.select(following))


@contextmanager
def _connected(url: str) -> Generator[sa.Connection]:
    """One transaction there; nothing stays open."""
    engine = sa.create_engine(driver_url(url), hide_parameters=True)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _settings(place: str) -> Settings:
    """What is set, with the data at that place: a folder or a database's address. Raises SettingsError."""
    alone: dict[str, Any] = {"without_secrets": True, "cluster_count": 1, "cluster_id": 0}
    if "://" in place:
        return load_settings(**alone, database_url=SecretStr(place))
    return load_settings(**alone, database_url=None, data_dir=Path(place))


def main() -> int:
    """Returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.move_database", description=__doc__)
    parser.add_argument("source", metavar="FROM", help="the bot's folder (DATA_DIR), or sqlite:///file")
    parser.add_argument("target", metavar="TO", help="postgresql://user:password@host/name, a new database")
    given = parser.parse_args()
    logs.configure("console", "CRITICAL", ())
    try:
        rows = move(_settings(given.source), _settings(given.target))
    except (
        CannotMove,
        InUse,
        SettingsError,
        SQLAlchemyError,
        OSError,
        sqlite3.Error,
        psycopg.Error,
    ) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        print(f"Nothing was moved: {first}", file=sys.stderr)  # noqa: T201
        return 1
    print(  # noqa: T201
        f"Moved: {rows} rows. Set DATABASE_URL to TO and start the bot; it goes on where it was. Keep "
        f"DATA_DIR, because the music stays there. The old files have {MOVED} in their names now."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Whether the databases can be used, before anything is asked of them.

The rule: one that is away (not started yet, out of connections, locked, on a full disk) is waited for, and
each time a line says so; one that cannot be used as it is ends the start, with one line that names it.
"""

from __future__ import annotations

import asyncio
import glob
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
import sqlalchemy.exc
import structlog
from sqlalchemy.engine import make_url

from services.backoff import Backoff
from services.settings import Settings
from services.storage.database import Database, driver_url
from services.storage.disk import is_full
from services.storage.outages import is_away
from services.storage.postgresql import LINE
from services.storage.schema import Schema, UnknownSchema, schema_of
from services.storage.tables import tracks

log = structlog.get_logger(__name__)

FIRST_PAUSE = 1.0  # seconds between two tries; at most `services.backoff.LONGEST`
PATIENCE = 15.0  # seconds for one question to a server
LOOKED_THROUGH = 2.0  # seconds for which a file is looked through
READING = 5.0  # seconds for a file that another process writes
NOT_OURS_TO_WAIT_FOR = re.compile(  # what PostgreSQL says of a wrong setting, as libpq passes it on
    r"password authentication failed|no password supplied|does not exist|no pg_hba\.conf entry|"
    r"is not permitted to log in|authentication failed|permission denied|"
    r"invalid (dsn|connection option|port)",
    re.IGNORECASE,
)
PASSES = re.compile(r"locked|busy|disk is full|disk I/O error|interrupted", re.IGNORECASE)  # SQLite's words
_BACKEND = sa.text("SELECT pg_backend_pid()")
ANY_TRACK = sa.select(sa.exists(sa.select(tracks.c.id)))
MOVED = ".moved-"  # and when, behind the name of a file whose content is on PostgreSQL now
DBOS_SQLITE = (3, 42, 0)  # dbos asks SQLite for unixepoch('subsec') on Python 3.12 and newer


class Unusable(Exception):
    """One line that names the database, and what is wrong with it."""


class Away(Exception):
    """It cannot be used at this moment."""


async def until_usable(database: Database, queue_url: str) -> None:
    """Returns once both databases answer and ours has its newest schema. Raises Unusable."""
    if database.sqlite:
        for url in (database.url.render_as_string(hide_password=False), queue_url):
            await _until(lambda url=url: asyncio.to_thread(_look_at_file, Path(make_url(url).database or "")))
    await _until(lambda: _migrate(database))


async def check_nothing_left(database: Database, settings: Settings) -> None:
    """Raises Unusable where the database has no track, and the file in DATA_DIR whose place it takes has:
    the bot would begin anew, and nobody would go on with what is unfinished there."""

    async def ask() -> None:
        async with database.read() as connection:
            begins = not await connection.scalar(ANY_TRACK)
        if begins:
            await asyncio.to_thread(_check_replaced, settings)

    await until_answered(database, ask)


async def until_room(act: Callable[[], None]) -> None:
    """Does it, and again for as long as the disk that it makes files on is full. Raises OSError."""

    async def once() -> None:
        try:
            act()
        except OSError as error:
            if not is_full(error):
                raise
            raise Away(f"{error.filename or 'the disk'}: {error.strerror}") from error

    await _until(once, "a disk with room")


async def until_fit(database: Database) -> None:
    """Returns once a PostgreSQL has said that all can be kept in it. Raises Unusable."""
    if not database.sqlite:
        await until_answered(database, lambda: asyncio.to_thread(_look_at_server, database.url))


async def until_answered(database: Database, ask: Callable[[], Awaitable[None]]) -> None:
    """Asks a PostgreSQL something until it answers. Raises Unusable."""

    async def once() -> None:
        try:
            await ask()
        except (sqlalchemy.exc.SQLAlchemyError, psycopg.Error) as error:
            raise of_database(database, error) from error
        except OSError as error:
            raise Away(f"the database does not answer ({str(error) or type(error).__name__})") from error

    await _until(once)


async def _until(usable: Callable[[], Awaitable[None]], what: str = "the database") -> None:
    backoff = Backoff(FIRST_PAUSE)
    while True:
        try:
            return await usable()
        except Away as reason:
            wait = backoff.pause()
            log.warning(f"waiting for {what}", reason=str(reason), again_in=round(wait, 1))
        await asyncio.sleep(wait)


def _look_at_server(url: sa.URL) -> None:
    """Looks whether its encoding has every letter, and whether a connection is ours from end to end. Blocks.

    Raises Unusable, SQLAlchemyError.
    """
    engine = sa.create_engine(url, connect_args=LINE, hide_parameters=True)
    try:
        with engine.connect() as one, engine.connect() as other:
            encoding = one.scalar(sa.text("SELECT current_setting('server_encoding')"))
            backends: list[int | None] = []
            for connection in (one, one, other):  # whose turn comes after another's shows whoever takes turns
                backends.append(connection.scalar(_BACKEND))
                connection.rollback()
    finally:
        engine.dispose()
    if encoding != "UTF8":
        raise Unusable(
            f"DATABASE_URL: the database's encoding is {encoding}, which has not every letter that members "
            "write; make one WITH ENCODING 'UTF8' TEMPLATE template0"
        )
    mine, still_mine, others = backends
    if mine != still_mine or mine == others:
        raise Unusable(
            "DATABASE_URL: what stands before PostgreSQL gives a connection to somebody else after each "
            "transaction; it has to wait for the session's end (PgBouncer: pool_mode = session)"
        )


def _look_at_file(path: Path) -> None:
    """Looks whether it is a whole SQLite database that can be written. Blocks for some seconds at most."""
    if not path.exists():
        return _check_not_moved(path)
    try:
        with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("CREATE TABLE can_be_written (one)")  # one that is read-only lets all else
            connection.execute("ROLLBACK")
            _look_through(connection, path)
    except sqlite3.Error as error:
        raise _of_file(path, error) from error


def _check_not_moved(path: Path) -> None:
    """Raises Unusable where `make move-database` put it aside: with an empty one, all would seem lost."""
    for aside in sorted(path.parent.glob(f"{glob.escape(path.name)}{MOVED}*")):
        raise Unusable(
            f"DATABASE_URL: what was in {path} is on PostgreSQL now; set it to that database, or, to go back "
            f"to the file, rename {aside} and the one beside it again"
        )


def _look_through(connection: sqlite3.Connection, path: Path) -> None:
    """Looks for damage, for as long as there is time. Raises Unusable, sqlite3.Error."""
    end = time.monotonic() + LOOKED_THROUGH
    connection.set_progress_handler(lambda: time.monotonic() > end, 1000)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        if "interrupted" not in str(error):
            raise
        return  # so far it is whole
    finally:
        connection.set_progress_handler(None, 0)
    if found != "ok":
        raise Unusable(f"{path} is damaged ({' '.join(str(found).split())}); put a backup in its place")


def _tracks_in(file: Path) -> int:
    """How many that SQLite file has; 0 where it is not there, or cannot be read. Blocks."""
    try:
        with closing(_read_only(file)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM tracks").fetchone()
            return count
    except (OSError, sqlite3.Error):
        return 0


def _check_replaced(settings: Settings) -> None:
    """Raises Unusable where an empty database takes the place of a file that has tracks, also of one that is
    put aside. Blocks."""
    file, ours = settings.replaced_file, settings.sqlite_files
    if ours and ours[0].resolve() == file.resolve():
        return
    aside = sorted(file.parent.glob(f"{glob.escape(file.name)}{MOVED}*"))
    found = next(((one, tracks_in) for one in (file, *aside) if (tracks_in := _tracks_in(one))), None)
    if found is None:
        return
    there, number = found
    if there != file:
        advice = (
            "set it to that to which they were moved, or, to move them once more, rename it and the one "
            "beside it again"
        )
    elif ours:
        advice = "take DATABASE_URL out to go on with it, or, to begin anew, rename it"
    else:
        advice = (
            f"take them over with make move-database FROM={settings.data_dir} TO=…, or, to begin anew, "
            "rename it"
        )
    count = "1 track" if number == 1 else f"{number} tracks"
    raise Unusable(f"DATABASE_URL: that database is empty, and {there} has {count}; {advice}")


def check_library(database: Database) -> None:
    """Raises Unusable where this Python's SQLite is too old for it."""
    if database.sqlite and sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < DBOS_SQLITE:
        raise Unusable(
            f"Python {sys.version_info.major}.{sys.version_info.minor} needs SQLite 3.42 and here is "
            f"{sqlite3.sqlite_version}; use Python 3.11, or PostgreSQL with DATABASE_URL"
        )


def look(settings: Settings) -> tuple[Schema, str]:
    """How far the tables are, and where they are, without a password; changes nothing.

    Blocks, for a file some seconds. Raises Unusable, Away.
    """
    database = Database(settings.tracks_database_url)
    check_library(database)
    place = database.url.database or ""
    if not database.sqlite:
        place = f"{place} on {database.url.host or 'this machine'}"
    try:
        for file in filter(Path.exists, settings.sqlite_files):
            with closing(_read_only(file)) as connection, _half_written():
                _look_through(connection, file)
        if database.sqlite and not Path(place).exists():
            _check_not_moved(Path(place))
            _check_replaced(settings)
            return Schema.ABSENT, place
        way: dict[str, Any] = {"connect_args": LINE}
        if database.sqlite:
            way = {"creator": lambda: _read_only(Path(place))}
        else:
            _look_at_server(database.url)
        engine = sa.create_engine(driver_url(settings.tracks_database_url), **way, hide_parameters=True)
        try:
            with engine.connect() as connection:
                found = schema_of(connection)
                if found is Schema.ABSENT or not connection.scalar(ANY_TRACK):
                    _check_replaced(settings)
                return found, place
        finally:
            engine.dispose()
    except UnknownSchema as error:
        raise _newer(error) from error
    except (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error) as error:
        raise of_database(database, error) from error


@contextmanager
def _half_written() -> Generator[None]:
    """Lets pass what a kill left half-written: it is undone at the next start, and cannot be read before."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise


def _read_only(file: Path) -> sqlite3.Connection:
    """A connection that makes no file beside it, and reads nothing that somebody is about to write.

    One that has a WAL while it is open, and has none, nobody has open. One that never has any (the
    workflows') is locked while it is written, and to read it without a lock would find it damaged.
    """
    with file.open("rb") as header:
        keeps_wal = header.read(20)[18:19] == b"\x02"  # SQLite's file format: the read version
    nobodys = keeps_wal and not file.with_name(f"{file.name}-wal").exists()
    how = "mode=ro&immutable=1" if nobodys else "mode=ro"
    return sqlite3.connect(f"{file.absolute().as_uri()}?{how}", uri=True, timeout=READING)


def _newer(error: UnknownSchema) -> Unusable:
    return Unusable(
        f"DATABASE_URL: the database is a newer Jamboree's (at step {error}); start that one, or put a "
        "backup from before it in its place"
    )


def _of_file(path: Path, error: sqlite3.Error) -> Unusable | Away:
    if PASSES.search(str(error)) or _is_without_room(path.parent):
        return Away(f"{path}: {error}")
    if path.is_dir():
        return Unusable(f"{path} is a folder and should be a database file")
    return Unusable(f"{path} cannot be used as a database ({error})")


def _is_without_room(folder: Path) -> bool:
    """Whether no file can be made there for want of room; SQLite only says that it cannot open one."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return False
    except OSError as error:
        return is_full(error)


async def _migrate(database: Database) -> None:
    try:
        if not database.sqlite:
            async with asyncio.timeout(PATIENCE), database.read() as connection:
                await connection.execute(sa.text("SELECT 1"))
        await database.migrate()
    except UnknownSchema as error:
        raise _newer(error) from error
    except (sqlalchemy.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        raise of_database(database, error) from error
    except OSError as error:  # TimeoutError too
        raise Away(f"the database does not answer ({str(error) or type(error).__name__})") from error


def of_database(database: Database, error: BaseException) -> Unusable | Away:
    """What an error of the database's is: a reason to wait, or not to start."""
    cause = getattr(error, "orig", None) or error
    reason = " ".join(str(cause).split()) or type(cause).__name__
    if database.sqlite:
        path = database.url.database or ""
        return Away(f"{path}: {reason}") if PASSES.search(reason) else Unusable(f"{path}: {reason}")
    if is_away(error) and not NOT_OURS_TO_WAIT_FOR.search(reason):
        return Away(f"the database does not answer ({reason})")
    return Unusable(f"DATABASE_URL: the database cannot be used ({reason})")

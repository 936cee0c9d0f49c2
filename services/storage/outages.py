"""What is away for a while: a database, a disk, a line.

The rule: what is away makes a track wait and fails nothing; who waits for it begins again by themselves.
"""

from __future__ import annotations

import asyncio
import errno
import math
import sqlite3
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
import sqlalchemy.exc
import structlog

from services.backoff import Backoff

log = structlog.get_logger(__name__)

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between two tries

_DISK_OR_LINE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EROFS,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.EAGAIN,
    errno.EFBIG,
    errno.EACCES,
    errno.EPERM,
    errno.ESTALE,
    errno.ENODEV,
    errno.ENXIO,
    errno.EEXIST,  # in a folder's place is a link to a disk that is not mounted, or something else
    errno.ENOTDIR,
    errno.ELOOP,
    errno.ENOTCONN,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
}
# A mistake in our own statement; SQLite tells these as it tells a disk that is full.
_OUR_MISTAKE = ("no such", "syntax error", "has no column", "already exists")
# PostgreSQL: this server has become a standby; it ended a transaction in which nothing happened for too long,
# or which took too long, because this process stood still (errcodes-appendix).
_NOT_NOW = {"25006", "25P03", "25P04"}


def is_away(error: BaseException) -> bool:
    """Whether the same may succeed later, because what failed is a database, a disk or a line."""
    match error:
        case sqlalchemy.exc.DBAPIError():
            return error.connection_invalidated or (error.orig is not None and is_away(error.orig))
        case sqlalchemy.exc.TimeoutError():  # of the pool of connections
            return True
        case psycopg.Error():
            return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) or (
                error.sqlstate in _NOT_NOW
            )
        case sqlite3.IntegrityError() | sqlite3.ProgrammingError() | sqlite3.DataError():
            return False
        case sqlite3.DatabaseError():  # locked, full, read-only, not to be opened, damaged
            return not any(words in str(error) for words in _OUR_MISTAKE)
        case TimeoutError() | ConnectionError():
            return True
        case OSError():
            return error.errno in _DISK_OR_LINE
        case MemoryError():
            return True
        case RuntimeError():  # Python says it without a number
            return str(error) == "can't start new thread"
        case _:
            return False


@contextmanager
def done_later() -> Generator[None]:
    """For what is done later by itself all the same: that something is away for it now is no failure."""
    try:
        yield
    except Exception as error:
        if not is_away(error):
            raise
        log.warning("something is away; this is done later", kind=type(error).__name__)


async def until_back(
    act: Callable[[], Awaitable[T]],
    again: Callable[[], Awaitable[T]] | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
    patience: float = math.inf,
) -> T:
    """Does it, and again for as long as something it needs is away; it must be fit to be done twice.

    again: done in its place from the second time on. stop: says that nobody waits for it any more;
    CancelledError is raised then. patience: seconds for which somebody does; then what is away is raised.
    """
    backoff: Backoff | None = None
    while True:
        try:
            return await act()
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("something is away", kind=type(error).__name__, error=first_line(error))
            if stop():
                raise asyncio.CancelledError from error
            backoff = backoff or Backoff(FIRST_PAUSE, LONGEST_PAUSE, patience=patience)
            if not await backoff.wait():
                raise
        act = again or act


def first_line(error: BaseException) -> str:
    """Of a database's error, what it says itself: not the statement with its values."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else ""

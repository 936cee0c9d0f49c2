"""Fixtures for the services' tests: see studio_harness.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from keyed_studio import HOST, OTHER, OWN, SECRET, Shops
from migrated import migrated_postgresql, migrated_sqlite
from postgresql import drop_postgresql
from scripted_server import KEY, ScriptedServer, hold
from sounds import tone
from studio_harness import NewStudio, make_studio

from rehearsal.wavespeed import WaveSpeedStandIn
from services import requests
from services.backoff import Backoff
from services.pipeline import kept_audio
from services.storage.database import Database
from services.wavespeed.client import WaveSpeed


@pytest.fixture(autouse=True)
def patience_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds at once wait for one another, on a busy machine longer than members wait for a database."""
    monkeypatch.setattr(requests, "DATABASE_PATIENCE", 600.0)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried again sooner."""
    monkeypatch.setattr(Backoff, "pace", 0.2)
    monkeypatch.setattr(kept_audio, "BETWEEN_ASKS", 0.1)


@pytest.fixture
async def wave(shape: str) -> AsyncIterator[WaveSpeedStandIn]:
    async with WaveSpeedStandIn(
        keys=(HOST, OWN, OTHER),
        render_seconds=0.02,
        level="ultra",
        render=lambda _tags, _lyrics, seconds, _seed: tone(seconds),
        shape=shape,
    ) as wave:
        yield wave


@pytest.fixture
def new_studio(tmp_path: Path, wave: WaveSpeedStandIn) -> NewStudio:
    """Makes studios on one folder, one after the other."""
    return lambda delivery=None, **changes: make_studio(tmp_path, wave, delivery, **changes)


@pytest.fixture
def shops(tmp_path: Path, wave: WaveSpeedStandIn) -> Shops:
    """The same, to which guilds may bring the keys that the stand-in knows."""
    return lambda **changes: make_studio(tmp_path, wave, **{"guild_keys_secret": SECRET, **changes})


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Our own tables on either database, new and empty."""
    if request.param == "postgresql":
        url = migrated_postgresql()
    else:
        path = tmp_path / "db.sqlite"
        migrated_sqlite(path)
        url = f"sqlite:///{path}"
    database = Database(url)
    yield database
    await database.close()
    if request.param == "postgresql":
        drop_postgresql(url)


@pytest.fixture
async def wire() -> AsyncIterator[ScriptedServer]:
    wire = ScriptedServer()
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(wire.serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    yield wire
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def client(request: pytest.FixtureRequest, wire: ScriptedServer) -> AsyncIterator[WaveSpeed]:
    given = getattr(request.node, "callspec", None)
    timeout = 1 if given and hold in given.params.values() else 30  # a held answer is waited out
    async with WaveSpeed(wire.url, KEY, timeout=timeout, attempts=3, backoff=0.01) as client:
        yield client

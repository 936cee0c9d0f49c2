"""Fixtures for the services' tests: see workshop.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from postgresql import new_postgresql
from sounds import tone
from workshop import Workshops, a_workshop

from rehearsal.wavespeed import WaveSpeedStandIn
from services.database import Database


@pytest.fixture
async def wave() -> AsyncIterator[WaveSpeedStandIn]:
    async with WaveSpeedStandIn(
        render_seconds=0.02, level="ultra", render=lambda _tags, _lyrics, seconds, _seed: tone(seconds)
    ) as wave:
        yield wave


@pytest.fixture
def workshops(tmp_path: Path, wave: WaveSpeedStandIn) -> Workshops:
    """Makes workshops on one folder, one after the other."""
    return lambda hall=None, **changes: a_workshop(tmp_path, wave, hall, **changes)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Our own tables on either database, new and empty."""
    url = new_postgresql() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'new' / 'db.sqlite'}"
    database = Database(url)
    await database.migrate()
    yield database
    await database.close()

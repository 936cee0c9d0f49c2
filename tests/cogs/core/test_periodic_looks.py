"""What is done every so often: each time something was written, and rarely while nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from migrated import migrated_sqlite

import cogs.extensions  # noqa: F401  # every cog there is
from cogs.core.periodic_tasks import PeriodicTask
from services.storage.database import Database
from services.storage.tables import bans, hints, metadata


class Looking(PeriodicTask):
    """Counts its looks."""

    interval = 0.005
    calm = 3600.0
    tables = ("hints",)

    def __init__(self, bot: Any) -> None:
        super().__init__(bot, self.look)
        self.looks = 0
        self.breaks = False
        self.goes_on = True
        self.looked = asyncio.Semaphore(0)

    async def look(self) -> bool:
        self.looks += 1
        self.looked.release()
        if self.breaks:
            raise RuntimeError("planted")
        return self.goes_on

    async def rests(self) -> int:
        """How often it has looked, once it would have looked again long ago."""
        await asyncio.sleep(20 * self.interval)
        return self.looks


@pytest.fixture
async def looking(tmp_path: Path) -> AsyncIterator[Looking]:
    path = tmp_path / "db.sqlite"
    migrated_sqlite(path)
    database = Database(f"sqlite:///{path}")
    bot: Any = SimpleNamespace(open=True, studio=SimpleNamespace(database=database))
    task = Looking(bot)
    await task.cog_load()
    yield task
    await task.cog_unload()
    await database.close()


async def written(looking: Looking, *statements: sa.Executable) -> None:
    async with looking.bot.studio.database.write() as connection:
        for statement in statements:
            await connection.execute(statement)


async def test_while_nothing_is_written_it_looks_no_more(looking: Looking) -> None:
    assert await looking.rests() == 2  # at what may have been written as it began


async def test_what_is_written_is_looked_for_twice(looking: Looking) -> None:
    before = await looking.rests()
    await written(looking)
    assert await looking.rests() == before + 2


async def test_where_nothing_goes_on_it_looks_when_its_own_tables_are_written(looking: Looking) -> None:
    looking.goes_on = False
    await written(looking)  # has it look, and find nothing
    before = await looking.rests()
    await written(looking, bans.delete())
    assert await looking.rests() == before
    looking.goes_on = True
    await written(looking, hints.delete())
    assert await looking.rests() == before + 2
    await written(looking, bans.delete())
    assert await looking.rests() == before + 4


def test_the_tables_of_each_are_there() -> None:
    named = [table for task in PeriodicTask.__subclasses__() for table in task.tables]
    assert set(named) <= set(metadata.tables)
    assert len(named) >= 7


async def test_after_a_while_it_looks_all_the_same(looking: Looking) -> None:
    before = await looking.rests()
    looking.calm = 0.0
    async with asyncio.timeout(10):
        while looking.looks < before + 3:
            await looking.looked.acquire()


async def test_one_that_fails_is_done_again(looking: Looking) -> None:
    looking.breaks = True
    before = await looking.rests()
    await written(looking)
    assert await looking.rests() == before + 2

"""Databases that have our tables already: to copy one takes no time, to migrate it as long as many a test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from postgresql import new_postgresql

from services.database import Database


def migrated_sqlite(path: Path) -> None:
    """Puts a new one there, if there is none yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_sqlite(), path)


def migrated_postgresql() -> str:
    """The address of a new one."""
    return new_postgresql(template=_postgresql())


@cache
def _sqlite() -> Path:
    path = Path(tempfile.mkdtemp(prefix="jamboree-migrated-"), "jamboree.sqlite")
    _migrated(f"sqlite:///{path}")
    return path


@cache
def _postgresql() -> str:
    """Its name."""
    url = new_postgresql()
    _migrated(url)
    return url.partition("?")[0].rpartition("/")[2]


def _migrated(url: str) -> None:
    async def migrate() -> None:
        database = Database(url)
        await database.migrate()
        await database.close()

    with ThreadPoolExecutor() as aside:  # a loop may be running here
        aside.submit(asyncio.run, migrate()).result()

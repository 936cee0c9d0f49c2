"""Databases that have their tables already: to copy one takes no time, to migrate it as long as a test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from dbos import DBOS
from postgresql import new_postgresql

from services.storage.database import Database


def prepare() -> None:
    """Has both there that are copied from, for this process and for those that are forked from it."""
    _sqlite()
    _queue()


def migrated_folder(folder: Path) -> None:
    """Puts ours and DBOS's where a bot looks for them in its `DATA_DIR`, if there are none yet."""
    migrated_sqlite(folder / "jamboree.sqlite")
    _copied(_queue(), folder / "queue.sqlite")


def migrated_sqlite(path: Path) -> None:
    """Puts a new one of ours there, if there is none yet."""
    _copied(_sqlite(), path)


def _copied(ready: Path, path: Path) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ready, path)


def migrated_postgresql() -> str:
    """The address of a new one."""
    return new_postgresql(template=_postgresql())


@cache
def _sqlite() -> Path:
    path = Path(tempfile.mkdtemp(prefix="jamboree-migrated-"), "jamboree.sqlite")
    _migrated(f"sqlite:///{path}")
    return path


@cache
def _queue() -> Path:
    path = Path(tempfile.mkdtemp(prefix="jamboree-migrated-"), "queue.sqlite")
    _aside(lambda: DBOS.migrate(f"sqlite:///{path}"))
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

    _aside(lambda: asyncio.run(migrate()))


def _aside(work: Callable[[], None]) -> None:
    """Does it in a thread of its own: a loop may be running here."""
    with ThreadPoolExecutor() as threads:
        threads.submit(work).result()

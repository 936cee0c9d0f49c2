"""Copies of what an object store keeps, in a folder that is this process's alone.

The rule: a copy is used only after the store has said that it is still what is kept; so a copy may be lost at
any time, and none outlives the process. Where they are more than so many bytes, or their disk has little room
left, the oldest go.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from services.storage.disk import LEAST_FREE
from services.storage.files import delete_all, move

IN_USE = 300.0  # seconds for which a copy that was asked for stays, come what may
UNUSED = 3600.0  # seconds after which one goes that nobody asked for


@dataclass(slots=True)
class _Copy:
    version: str
    size: int
    used: float


class AudioCache:
    """Copies in `folder`, of at most so many bytes."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._copies: dict[str, _Copy] = {}  # the one that was not used for longest first
        self._size = 0
        self._emptying: asyncio.Task[None] | None = None

    async def version(self, name: str) -> str | None:
        """Which version of it is here, the store's word for it; None where none is. It counts as used."""
        copy = self._copies.get(name)
        if copy is None or not await asyncio.to_thread(self.path(name).exists):
            return None
        copy.used = time.monotonic()
        self._copies[name] = self._copies.pop(name, copy)
        return copy.version

    def path(self, name: str) -> Path:
        """Where the copy is, if there is one."""
        return self._folder / name

    async def add(self, name: str, version: str, made: Path) -> Path:
        """Moves that file here. Raises OSError."""
        path = self.path(name)
        await self.begin()
        size = (await asyncio.to_thread(made.stat)).st_size
        await asyncio.to_thread(move, made, path)
        self._forget(name)
        self._copies[name] = _Copy(version, size, time.monotonic())
        self._size += size
        await self._shrink()
        return path

    async def begin(self) -> None:
        """Deletes what an earlier process left, the first time; nothing comes here before that is gone."""
        if self._emptying is None:
            left = asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            self._emptying = asyncio.create_task(left)
        await asyncio.shield(self._emptying)

    async def drop(self, names: Iterable[str]) -> None:
        """Deletes those copies, as far as there are any. Raises OSError."""
        gone = list(names)
        for name in gone:
            self._forget(name)
        await asyncio.to_thread(delete_all, [self.path(name) for name in gone])

    async def drop_unused(self) -> None:
        """Deletes what nobody asked for lately, and what there is no room for. Raises OSError."""
        before = time.monotonic() - UNUSED
        await self.drop([name for name, copy in self._copies.items() if copy.used < before])
        await self._shrink()

    async def _shrink(self) -> None:
        before, size, old = time.monotonic() - IN_USE, self._size, list[str]()
        if not self._copies:
            return
        free = (await asyncio.to_thread(shutil.disk_usage, self._folder.parent)).free
        most = min(self._most, size + free - LEAST_FREE)
        for name, copy in [*self._copies.items()][:-1]:  # not the one that was asked for last
            if size <= most or copy.used > before:
                break
            size -= copy.size
            old.append(name)
        await self.drop(old)

    def _forget(self, name: str) -> None:
        copy = self._copies.pop(name, None)
        self._size -= copy.size if copy else 0

"""A process that dies at any statement, commit or call; what database and provider saw of it stays."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from services.storage.database import Database
from services.wavespeed.client import Prediction, WaveSpeed

NEVER = 10**6


class KilledError(BaseException):
    """The process is gone; what was not committed is gone with it."""


class Fuse:
    """Kills the process when so many statements, commits and calls are behind it, or at the call named."""

    dies_at: int | str = NEVER
    _burnt = 0

    def light(self, dies_at: int | str) -> None:
        self.dies_at, self._burnt = dies_at, 0

    def burn(self, point: str = "") -> None:
        self._burnt += 1
        if self.dies_at == point or (isinstance(self.dies_at, int) and self._burnt > self.dies_at):
            self.dies_at = 0  # and whatever else it still tries, it is dead
            raise KilledError


class Connection:
    """A connection that burns the fuse at every statement."""

    def __init__(self, connection: Any, fuse: Fuse) -> None:
        self._connection, self._fuse = connection, fuse

    def __getattr__(self, name: str) -> Any:
        if name in ("execute", "scalar", "scalars"):
            self._fuse.burn()
        return getattr(self._connection, name)


class MortalDatabase(Database):
    """Calls `committed` at each commit, before the fuse burns on."""

    def __init__(self, url: str, fuse: Fuse, committed: Callable[[], Awaitable[None]]) -> None:
        super().__init__(url)
        self._fuse, self._committed = fuse, committed

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Any]:
        async with super().write() as connection:
            yield Connection(connection, self._fuse)
            self._fuse.burn()
        await self._committed()
        self._fuse.burn()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Any]:
        async with super().read() as connection:
            yield Connection(connection, self._fuse)


class MortalWaveSpeed(WaveSpeed):
    """Burns the fuse before a POST leaves, and after its answer came."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url, "rehearsal-key", timeout=30, attempts=2, backoff=0.01)
        self._fuse = fuse

    async def submit(self, model: str, inputs: Mapping[str, Any]) -> Prediction:
        self._fuse.burn("before POST")
        try:
            return await super().submit(model, inputs)
        finally:
            self._fuse.burn("after POST")

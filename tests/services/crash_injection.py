"""A process that dies at any statement, commit or call; what database and provider saw of it stays."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from services.storage.database import Database
from services.wavespeed.client import Prediction, WaveSpeed

T = TypeVar("T")

NEVER = 10**6


class KilledError(BaseException):
    """The process is gone; what was not committed is gone with it."""


class CrashInjector:
    """Kills the process when so many statements, commits and calls are behind it, or at the call named."""

    dies_at: int | str = NEVER
    _steps = 0

    def arm(self, dies_at: int | str) -> None:
        self.dies_at, self._steps = dies_at, 0

    def step(self, point: str = "") -> None:
        self._steps += 1
        if self.dies_at == point or (isinstance(self.dies_at, int) and self._steps > self.dies_at):
            self.dies_at = 0  # and whatever else it still tries, it is dead
            raise KilledError


class Connection:
    """A connection that is a step at every statement."""

    def __init__(self, connection: Any, injector: CrashInjector) -> None:
        self._connection, self._injector = connection, injector

    def __getattr__(self, name: str) -> Any:
        if name in ("execute", "scalar", "scalars"):
            self._injector.step()
        return getattr(self._connection, name)


class CrashingDatabase(Database):
    """Calls `committed` at each commit, before the next step."""

    def __init__(self, url: str, injector: CrashInjector, committed: Callable[[], Awaitable[None]]) -> None:
        super().__init__(url)
        self._injector, self._committed = injector, committed

    @asynccontextmanager
    async def write(self, *, patient: bool = False) -> AsyncGenerator[Any]:
        async with super().write(patient=patient) as connection:
            yield Connection(connection, self._injector)
            self._injector.step()
        await self._committed()
        self._injector.step()

    async def write_in_one_go(
        self, act: Callable[[Any], Coroutine[Any, Any, T]], *, patient: bool = False
    ) -> T:
        if not self.sqlite:  # there it is a `write`
            return await super().write_in_one_go(act, patient=patient)

        async def in_steps(connection: Any) -> T:
            result = await act(Connection(connection, self._injector))
            self._injector.step()
            return result

        result = await super().write_in_one_go(in_steps, patient=patient)
        await self._committed()
        self._injector.step()
        return result

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Any]:
        async with super().read() as connection:
            yield Connection(connection, self._injector)

    async def read_in_one_go(self, act: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        if not self.sqlite:  # there it is a `read`
            return await super().read_in_one_go(act)
        return await super().read_in_one_go(lambda connection: act(Connection(connection, self._injector)))


class CrashingWaveSpeed(WaveSpeed):
    """Takes a step before a POST leaves, and after its answer came."""

    def __init__(self, url: str, injector: CrashInjector) -> None:
        super().__init__(url, "rehearsal-key", timeout=30, attempts=2, backoff=0.01)
        self._injector = injector

    async def submit(self, model: str, inputs: Mapping[str, Any], *, webhook: str = "") -> Prediction:
        self._injector.step("before POST")
        try:
            return await super().submit(model, inputs, webhook=webhook)
        finally:
            self._injector.step("after POST")

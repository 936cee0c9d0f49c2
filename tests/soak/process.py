"""The bot as a process of its own, started anew whenever it ends, as a service manager does.

The rule: every life is written down (when it began, opened and ended, and who ended it), so that it can be
told afterwards what a member may blame on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.bot_process import PARENT_DEATH_GUARD, ROOT

AGAIN = 0.3  # seconds until a process that ended is started anew
AFTER_REFUSAL = 1.0  # the same for one that ended by itself
LOOK = 0.05  # seconds between two looks at whether it has opened


@dataclass
class Life:
    """One process. Moments by time.monotonic(); `asked`: the signal that the campaign ended it with.

    cluster: which of several it was.
    """

    number: int
    pid: int
    started: float
    opened: float | None = None
    ended: float | None = None
    code: int | None = None
    asked: str = ""
    asked_at: float | None = None
    pauses: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    cluster: int = 0

    def open_during(self, begin: float, end: float) -> bool:
        """Whether it took interactions all that time, as far as signals go."""
        if self.opened is None or self.opened > begin:
            return False
        over = min(self.asked_at or end, self.ended or end)
        return over >= end and not any(since <= end and until >= begin for since, until in self.pauses)


class Bot:
    """Keeps `python bot.py` running. `environment`: everything that it finds there; logs go to `logs`.

    Lives are counted over all bots.
    """

    numbers = itertools.count(1)

    def __init__(self, environment: Mapping[str, str], data: Path, logs: Path) -> None:
        self.lives: list[Life] = []
        self._environment = environment
        self._cluster = int(environment.get("CLUSTER_ID", "0"))
        self._health = data / (f"health-{self._cluster}" if "CLUSTER_ID" in environment else "health")
        self._logs = logs
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    @property
    def life(self) -> Life | None:
        """The process that runs now."""
        return self.lives[-1] if self.lives and self.lives[-1].ended is None else None

    @property
    def is_open(self) -> bool:
        return self.life is not None and self.life.opened is not None

    # life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """From now on there is one, always."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> Life | None:
        """Ends it for good, politely; returns the last life."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        life = self.life
        if life is not None:
            self.end(signal.SIGTERM)
            await self._ended(life)
        return life

    async def _keep(self) -> None:
        while True:
            life = await self._begin()
            await self._ended(life)
            await asyncio.sleep(AGAIN if life.asked else AFTER_REFUSAL)

    async def _begin(self) -> Life:
        self._forget_health()
        number = next(self.numbers)
        with (self._logs / f"bot-{number:03}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(PARENT_DEATH_GUARD), str(os.getpid()), str(ROOT / "bot.py"),
                cwd=self._logs, env=dict(self._environment), stdin=asyncio.subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        life = Life(number, process.pid, time.monotonic(), cluster=self._cluster)
        self._process = process
        self.lives.append(life)
        return life

    async def _ended(self, life: Life) -> None:
        assert self._process is not None
        opening = asyncio.create_task(self._watch_opening(life))
        try:
            life.code = await self._process.wait()
        finally:
            opening.cancel()
        life.ended = time.monotonic()
        await self._tell()

    async def _watch_opening(self, life: Life) -> None:
        while life.opened is None:
            if self._health.exists():
                life.opened = time.monotonic()
                await self._tell()
            await asyncio.sleep(LOOK)

    def _forget_health(self) -> None:
        """Its first touch says that the bot is open."""
        with contextlib.suppress(OSError):
            self._health.unlink(missing_ok=True)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def opened(self, timeout: float = 90.0) -> Life:
        """Waits until one is open. Raises TimeoutError."""
        async with asyncio.timeout(timeout), self._news:
            await self._news.wait_for(lambda: self.is_open)
        assert self.life is not None
        return self.life

    # what is done to it -------------------------------------------------------------------------------------

    def end(self, how: signal.Signals, *, whole_group: bool = False) -> None:
        """Sends the process that runs now a signal that ends it; nothing where there is none."""
        life = self.life
        if life is None or life.asked:
            return
        life.asked, life.asked_at = how.name, time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if whole_group else os.kill)(life.pid, how)

    async def over(self, life: Life, timeout: float) -> bool:
        """Waits for the life to end; False where it does not in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait_for(lambda: life.ended is not None)
        return life.ended is not None

    async def pause(self, seconds: float) -> None:
        """Freezes it, as a machine does that has too much to do, and lets it go on."""
        life = self.life
        if life is None:
            return
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(life.pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                life.pauses.append((began, time.monotonic()))
                os.killpg(life.pid, signal.SIGCONT)

    def left_behind(self) -> dict[int, list[str]]:
        """What still runs, as it was called, in process groups of lives that have ended."""
        groups = {life.pid: _running(life.pid) for life in self.lives if life.ended is not None}
        return {group: called for group, called in groups.items() if called}

    def clear_away(self) -> None:
        """Ends whatever is left of any life."""
        for group in self.left_behind():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)


def _running(group: int) -> list[str]:
    """The processes of the group that run; one that has ended and waits to be reaped does not."""
    found: list[str] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found.append((stat.parent / "cmdline").read_text().replace("\0", " "))
    return found

"""Worker processes that outlive a test's studio: to start one takes as long as most tests."""

from __future__ import annotations

from typing import Any

import pebble

from services.workers.pool import Workers, _Worker  # pyright: ignore[reportPrivateUsage]

# Seconds. So often do two threads look after a worker that has nothing to do: 0.1 is 2 ms a second, for each.
pebble.CONSTS.sleep_unit = 0.3

_spare: list[_Worker] = []


class KeptWorkers(Workers):
    """`close` leaves those that have nothing to do to the next, and until then they stay."""

    def __init__(self, places: int, *, idle: float = 600.0, **options: Any) -> None:
        super().__init__(places, idle=idle, **options)

    async def close(self) -> None:
        for worker, timer in self._idle:
            timer.cancel()
            self._all.discard(worker)
            _spare.append(worker)
        self._idle.clear()
        await super().close()

    async def _new_worker(self) -> _Worker:
        while not self._closed and _spare:
            worker = _spare.pop()
            if worker.alive:
                self._all.add(worker)
                return worker
            worker.kill()
        return await super()._new_worker()


def end_all() -> None:
    """Ends those that nobody has taken."""
    while _spare:
        worker = _spare.pop()
        worker.kill()
        worker.clear_away()

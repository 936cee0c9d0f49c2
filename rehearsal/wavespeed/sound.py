"""The audio of finished predictions: made when it is asked for, in a thread, kept while there is room.

The same order gives the same bytes, so nothing that was dropped is lost.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rehearsal.wavespeed.rendering import Order, Render, make
from rehearsal.wavespeed.repertoire import Repertoire

ROOM = 256 * 2**20  # bytes of finished audio that are kept


class Sound:
    """`render` makes an MP3 instead of the composer; `sources`: where sources are; `threads` work at once."""

    def __init__(self, render: Render | None, sources: Path, threads: int = 1) -> None:
        self._sources, self._render = sources, render
        self.repertoire = Repertoire()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="music")
        self._kept: OrderedDict[Order, bytes] = OrderedDict()
        self._size = 0
        self._under_way: dict[Order, asyncio.Future[bytes]] = {}

    async def of(self, order: Order) -> bytes:
        """The file."""
        if order not in self._kept:
            return await asyncio.shield(self._start(order))
        self._kept.move_to_end(order)
        return self._kept[order]

    def prepare(self, order: Order) -> None:
        """Starts to make a file that will be asked for."""
        if order not in self._kept and order.form != "none":
            self._start(order)

    def _start(self, order: Order) -> asyncio.Future[bytes]:
        if order not in self._under_way:
            job = asyncio.get_running_loop().run_in_executor(self._pool, self._made, order)
            self._under_way[order] = job
            job.add_done_callback(lambda job: self._keep(order, job))
        return self._under_way[order]

    def _made(self, order: Order) -> bytes:
        return make(order, self._sources, self._render, self.repertoire)

    def _keep(self, order: Order, job: asyncio.Future[bytes]) -> None:
        del self._under_way[order]
        if job.cancelled() or job.exception():
            return
        self._kept[order] = job.result()
        self._size += len(job.result())
        while self._size > ROOM and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])

    def close(self) -> None:
        """Starts nothing more; what a thread is at, it finishes."""
        self._pool.shutdown(wait=False, cancel_futures=True)

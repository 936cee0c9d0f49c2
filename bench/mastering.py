"""Mastering, in a worker process as the bot does it: how long it takes, and in how much memory."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure
from cogs.texts.files import WORDS
from services.audio.credits import Credits
from services.workers import jobs
from services.workers.pool import Workers

SECONDS = 240  # the longest track there is
TICK = 0.001  # seconds between two looks at the clock
LARGE, SMALL = 10 * 2**20, 2 * 2**20  # bytes: Discord's upload limit, and one that asks for less quality
CREDITS = Credits(
    title="Porch Light",
    maker="Ben",
    tags="funk, brass",
    lyrics="[verse]\nThe porch is full",
    seed=42,
    number=7,
    guild="The Porch",
    created=datetime(2026, 11, 24, tzinfo=UTC),
    comment="measured",
    words=WORDS,
)


async def measure() -> list[Figure]:
    """One MP3 that is kept as it is, and the same one encoded again because it would not fit."""
    from rehearsal import music

    figures: list[Figure] = []
    workers = Workers(1)
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
        source = Path(folder) / "track.download"
        mp3 = await asyncio.to_thread(music.render, "funk, brass", "", SECONDS, 1)
        await asyncio.to_thread(source.write_bytes, mp3)
        began = time.perf_counter()
        idle = await workers.run(jobs.DRAWING, _memory, "VmRSS")
        figures.append(Figure("a worker that was not there is ready", time.perf_counter() - began, "s"))
        figures.append(Figure("a worker without a job", idle, "MiB"))
        for what, allowed in (("kept as it is", LARGE), ("encoded again to fit", SMALL)):
            held: list[float] = []
            await workers.run(jobs.DRAWING, _begin_peak)
            began = time.perf_counter()
            async with _watching(held):
                await workers.run(
                    jobs.MASTERING, jobs.master, source, source.parent, CREDITS, max_bytes=allowed
                )
            took = time.perf_counter() - began
            peak = await workers.run(jobs.DRAWING, _memory, "VmHWM")
            figures += [
                Figure(f"{SECONDS} s of MP3, {what}", took, "s"),
                Figure(f"{SECONDS} s of MP3, {what}: the worker has at most", peak, "MiB"),
                Figure(f"{SECONDS} s of MP3, {what}: loop held for at most", max(held) * 1000, "ms"),
            ]
    await workers.close()
    return figures


def _begin_peak() -> None:
    """In the worker: the peak of its memory begins anew (Linux, proc(5))."""
    Path("/proc/self/clear_refs").write_text("5")


def _memory(name: str) -> float:
    """In the worker: VmRSS, what memory it has now; VmHWM, at most until now. In MiB."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) / 1024


@asynccontextmanager
async def _watching(held: list[float]) -> AsyncGenerator[None]:
    """Notes by how much each of the loop's ticks came late, in seconds."""

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK)
            held.append(time.perf_counter() - before - TICK)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(TICK)
    try:
        yield
        await asyncio.sleep(2 * TICK)
    finally:
        watching.cancel()

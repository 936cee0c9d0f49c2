"""Mastering, in a thread as the bot does it: how long it takes, and how long the event loop is held."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure
from services.audio import Credits, master

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
)


async def measure() -> list[Figure]:
    """One MP3 that is kept as it is, and the same one encoded again because it would not fit."""
    from rehearsal.wavespeed import music

    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
        source = Path(folder) / "track.download"
        mp3 = await asyncio.to_thread(music.render, "funk, brass", "", SECONDS, 1)
        await asyncio.to_thread(source.write_bytes, mp3)
        for what, allowed in (("kept as it is", LARGE), ("encoded again to fit", SMALL)):
            held: list[float] = []
            began = time.perf_counter()
            async with _watching(held):
                await asyncio.to_thread(master, source, source.parent, CREDITS, max_bytes=allowed)
            figures += [
                Figure(f"{SECONDS} s of MP3, {what}", time.perf_counter() - began, "s"),
                Figure(f"{SECONDS} s of MP3, {what}: loop held for at most", max(held) * 1000, "ms"),
            ]
    return figures


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

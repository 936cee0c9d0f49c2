"""Mastering, in a worker process as the bot does it: how long it takes, and in how much memory."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from bench.measuring.figures import Figure
from bench.measuring.processes import begin_peak, memory
from cogs.texts.files import file_words
from services.audio.credits import Credits
from services.workers import jobs
from services.workers.pool import Workers

WORDS = file_words()

SECONDS = 60  # of a track that is measured part by part
LONGEST = 240  # seconds of the longest track there is
ROUNDS = 7  # the median of so many
TICK = 0.001  # seconds between two looks at the clock
LARGE = 10 * 2**20  # bytes: Discord's upload limit
CREDITS = Credits(
    title="Porch Light",
    maker="Ben",
    tags="funk, brass",
    lyrics="[verse]\nThe porch is full\n[chorus]\nEverybody knows\n[verse]\nThe night is long",
    seed=42,
    number=7,
    guild="The Porch",
    created=datetime(2026, 11, 24, tzinfo=UTC),
    comment="measured",
    words=WORDS,
)


async def measure() -> list[Figure]:
    """The longest MP3 as a whole, and a minute by what its time goes into; both keep their sound."""
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
        workers = Workers(1)
        try:
            began = time.perf_counter()
            idle = await workers.run(jobs.DRAWING, memory, "VmRSS")
            return [
                Figure("a worker that was not there is ready", time.perf_counter() - began, "s"),
                Figure("a worker without a job", idle / 2**20, "MiB"),
                *await _longest(workers, await _sound(Path(folder), LONGEST)),
                *await _by_part(workers, await _sound(Path(folder), SECONDS)),
            ]
        finally:
            await workers.close()


async def _sound(folder: Path, seconds: int) -> Path:
    """An MP3 as the provider gives it."""
    from rehearsal import music

    path = folder / f"{seconds}.download"
    path.write_bytes(await asyncio.to_thread(music.render, "funk, brass", "", seconds, 1))
    return path


async def _by_part(workers: Workers, source: Path) -> list[Figure]:
    """Processor time in the worker."""
    rounds = [await workers.run(jobs.MASTERING, _times, source) for _ in range(ROUNDS)]
    what = f"{SECONDS} s of MP3"
    return [
        Figure(f"{what}, processor time: {part}", statistics.median(one[part] for one in rounds) * 1000, "ms")
        for part in rounds[0]
    ]


def _times(source: Path) -> dict[str, float]:
    """In the worker: seconds of processor time for all of the work, and for each part of it by itself."""
    from services.audio.loudness import Meter
    from services.audio.sections import estimate
    from services.audio.sound import opened
    from services.pictures.card import draw_card
    from services.pictures.cover import draw_cover
    from services.pictures.waveform import draw_waveform
    from services.workers.tagging import Label, tag

    marks = [("", time.process_time())]

    def done(part: str) -> None:
        marks.append((part, time.process_time()))

    made = jobs.master(source, source.parent, CREDITS, max_bytes=LARGE)
    done("all of it")
    with opened(source) as sound:
        blocks = list(sound)
        done("decoding")
        meter = Meter(sound.rate, sound.channels)
    for block in blocks:
        meter.add(block)
    loudness = meter.loudness()
    done("loudness and spectra")
    sections = estimate(CREDITS.lyrics, loudness)
    done("sections")
    card = draw_card(loudness, sections, CREDITS)
    done("card")
    cover = draw_cover(loudness, CREDITS)
    done("cover")
    waveform = draw_waveform(loudness, sections, CREDITS).picture
    done("waveform")
    tag(made.path, Label(CREDITS, cover, waveform, card, sections))
    done("tags")
    return {part: at - before for (_, before), (part, at) in pairwise(marks)}


async def _longest(workers: Workers, source: Path) -> list[Figure]:
    held: list[float] = []
    await workers.run(jobs.DRAWING, begin_peak)
    began = time.perf_counter()
    async with _watching(held):
        await workers.run(jobs.MASTERING, jobs.master, source, source.parent, CREDITS, max_bytes=LARGE)
    took = time.perf_counter() - began
    peak = await workers.run(jobs.DRAWING, memory, "VmHWM")
    what = f"{LONGEST} s of MP3"
    return [
        Figure(what, took, "s"),
        Figure(f"{what}: the worker has at most", peak / 2**20, "MiB"),
        Figure(f"{what}: loop held for at most", max(held) * 1000, "ms"),
    ]


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

"""A crowd: how commands are answered, tracks taken and a start goes, with so many tracks rendering."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from bench.figures import Figure, spread
from bench.harness import Harness, make_harness
from bench.processes import cpu_seconds, resident
from rehearsal.discord.interactions import Interaction
from rehearsal.wavespeed import Fault

MOST = int(os.environ.get("CROWD", "3000"))  # tracks in flight
BATCH = 1000  # composes in a row
PER_SECOND = 50
SAMPLES = 300  # of /compose and of /queue each
SECONDS = 10  # of music
MEMBERS = 10
WITHIN = 240.0  # seconds; after that the bench says how far it came


async def measure() -> list[Figure]:
    """/compose at 50 a second until so many render; then commands, a kill and a start, and all that ends."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
        music = _music()
        async with make_harness(
            Path(folder),
            MEMBERS,
            lambda *_: music,
            MEMBER_WAITING_LIMIT="5000",
            MEMBER_DAILY_LIMIT="10000",
        ) as harness:
            held = harness.wave.faults.add(Fault("render_held", times=None))
            await _asked(harness, 20, "queue")  # what is loaded once is not counted
            for reached in range(BATCH, MOST + 1, BATCH):
                figures += await _taken(harness, reached)
            _say(f"{MOST} render")
            before = len(_interactions(harness))
            both = await asyncio.gather(
                _asked(harness, SAMPLES, "queue", PER_SECOND / 2), _composed(harness, SAMPLES, PER_SECOND / 2)
            )
            last = max(both)
            await asyncio.sleep(max(0.0, last + 5 - time.monotonic()))
            figures += _answers(harness, f"{MOST} rendering, {PER_SECOND} commands/s", before, last)
            figures += await _started_again(harness)
            held.release()
            harness.wave.faults.clear()
    return figures


async def _taken(harness: Harness, reached: int) -> list[Figure]:
    """As many more composes as make it so many in flight, and what became of them."""
    pid = harness.bot.pid
    before, cpu, began = len(_interactions(harness)), cpu_seconds(pid), time.monotonic()
    last = await _composed(harness, BATCH, PER_SECOND)
    await _until(lambda: len(harness.wave.predictions) >= reached, harness)
    submitted = time.monotonic() - began
    what = f"{BATCH} x /compose at {PER_SECOND}/s, up to {reached} in flight"
    return [
        *_answers(harness, what, before, last),
        Figure(f"{what}: all submitted after the first", submitted, "s"),
        Figure(f"{what}: processor time each", (cpu_seconds(pid) - cpu) / BATCH * 1000, "ms"),
        Figure(f"{what}: memory", resident(pid) / 2**20, "MiB"),
    ]


async def _started_again(harness: Harness) -> list[Figure]:
    """A kill -9 and a start, until it takes commands and all that render have been asked for again."""
    harness.bot.kill()
    await harness.bot.wait()
    known = {one.id for one in harness.wave.predictions.values()}
    began = time.monotonic()
    async with harness.start():
        opened = time.monotonic() - began
        answer = await harness.members[0].slash("queue")
        answered = time.monotonic() - began
        if answer.acknowledged_after is None:
            answered = float("inf")

        def asked_for() -> set[str]:
            asked = (one for one in harness.wave.requests if one.at > began and one.endpoint == "result")
            return {one.path.split("/")[-2] for one in asked}

        await _until(lambda: known <= asked_for(), harness)
        _say(f"{len(known & asked_for())} of {len(known)} asked for again")
        return [
            Figure(f"start with {len(known)} in flight: open after", opened, "s"),
            Figure(f"start with {len(known)} in flight: first /queue answered after", answered, "s"),
            Figure(
                f"start with {len(known)} in flight: all asked for again after", time.monotonic() - began, "s"
            ),
        ]


async def _composed(harness: Harness, times: int, per_second: float) -> float:
    return await _asked(harness, times, "compose", per_second, tags="slow burn", duration=SECONDS)


async def _asked(
    harness: Harness, times: int, command: str, per_second: float = 50.0, **options: Any
) -> float:
    """Used so many times, evenly, whatever the bot does; when the last one was (the clock's seconds)."""
    began = time.monotonic()
    asking: list[asyncio.Task[object]] = []
    for number in range(times):
        await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        member = harness.members[number % MEMBERS]
        asking.append(asyncio.create_task(member.slash(command, **options)))
    last = time.monotonic()
    await asyncio.gather(*asking)
    return last


def _answers(harness: Harness, what: str, before: int, last: float) -> list[Figure]:
    """How those since then were acknowledged, and when the last of them had its answer."""
    ours = _interactions(harness)[before:]
    tokens = {one.token for one in ours if one.state == "deferred"}
    edited = [
        request.at
        for request in harness.discord.requests
        if request.method == "PATCH" and any(part in tokens for part in request.path.split("/"))
    ]
    latest = max([*edited, *(one.born + (one.acknowledged_after or 0) for one in ours)])
    by_command = {name: [one for one in ours if one.data["name"] == name] for name in ("queue", "compose")}
    return [
        *(
            figure
            for name, asked in by_command.items()
            for figure in spread(f"{what}: /{name}", _acknowledged(asked))
        ),
        Figure(f"{what}: not acknowledged", len(ours) - len(_acknowledged(ours)), "of " + str(len(ours))),
        Figure(f"{what}: the last one's answer after it", max(0.0, latest - last), "s"),
    ]


def _acknowledged(interactions: Sequence[Interaction]) -> list[float]:
    return [one.acknowledged_after for one in interactions if one.acknowledged_after is not None]


def _interactions(harness: Harness) -> list[Interaction]:
    return list(harness.discord.interactions.all.values())


async def _until(there: Callable[[], bool], harness: Harness) -> None:
    try:
        await harness.wave.until(there, WITHIN)
    except TimeoutError:
        _say(f"given up after {WITHIN:.0f} s; {len(harness.wave.predictions)} submitted")


def _say(words: str) -> None:
    print(f"  {words}", file=sys.stderr, flush=True)


@cache
def _music() -> bytes:
    from rehearsal import music

    return music.render("funk, brass", "", SECONDS, 1)

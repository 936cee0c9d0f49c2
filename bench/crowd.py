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

from bench.measuring.figures import Figure, spread
from bench.measuring.growth import power
from bench.measuring.harness import Harness, make_harness
from bench.measuring.processes import cpu_seconds, resident
from rehearsal.discord.interactions import Interaction
from rehearsal.wavespeed import Fault

MOST = int(os.environ.get("CROWD", "3000"))  # tracks in flight
STEPS = tuple(step for step in (100, 1000, 2000, 3000) if step <= MOST)  # in flight
LOOKED_AT = (1000, STEPS[-1])  # where commands are asked, and the bot is killed and started
PLACES = 3000  # of a gold account; what is asked for beyond it stands in line
PER_SECOND = 50
SAMPLES = 200  # of /compose and of /queue each
SECONDS = 10  # of music
MEMBERS = 10
WITHIN = 120.0  # seconds; after that the bench says how far it came
LATEST = 5.0  # seconds after the last command, in which an answer is still waited for


async def measure() -> list[Figure]:
    """/compose at 50 a second until so many render; then commands, and a kill and a start."""
    figures: list[Figure] = []
    each: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
        music = _music()
        began = time.monotonic()
        async with make_harness(
            Path(folder),
            MEMBERS,
            lambda *_: music,
            settings={"MEMBER_WAITING_LIMIT": "5000", "MEMBER_DAILY_LIMIT": "10000"},
        ) as harness:
            figures.append(Figure("start with 0 in flight: open after", time.monotonic() - began, "s"))
            held = harness.wave.faults.add(Fault("render_held", times=None))
            await _asked(harness, 20, "queue")  # what is loaded once is not counted
            for step in STEPS:
                taken = await _taken(harness, step - len(harness.wave.predictions), step)
                figures += taken
                each += [(step, one.value) for one in taken if one.what.endswith("processor time each")]
                _say(f"{step} render")
                if step in LOOKED_AT:
                    figures += await _commands(harness, step)
                    figures += await _started_again(harness, step)
            held.release()
            harness.wave.faults.clear()
    return [*figures, Figure("processor time each grows with this power of those in flight", power(each), "")]


async def _taken(harness: Harness, many: int, step: int) -> list[Figure]:
    """As many more composes as make it so many in flight, and what became of them."""
    pid = harness.bot.pid
    before, cpu, began = len(_interactions(harness)), cpu_seconds(pid), time.monotonic()
    last = await _composed(harness, many, PER_SECOND)
    await _until(lambda: len(harness.wave.predictions) >= step, harness)
    submitted = time.monotonic() - began
    what = f"/compose at {PER_SECOND}/s, up to {step:,} in flight"
    return [
        *_answers(harness, what, before, last),
        Figure(f"{what}: all {many} submitted after the first", submitted, "s"),
        Figure(f"{what}: processor time each", (cpu_seconds(pid) - cpu) / many * 1000, "ms"),
        Figure(f"{what}: memory", resident(pid) / 2**20, "MiB"),
    ]


async def _commands(harness: Harness, step: int) -> list[Figure]:
    """/queue and /compose by turns."""
    before = len(_interactions(harness))
    both = await asyncio.gather(
        _asked(harness, SAMPLES, "queue", PER_SECOND / 2), _composed(harness, SAMPLES, PER_SECOND / 2)
    )
    last = max(both)
    while _unanswered(harness, before) and time.monotonic() < last + LATEST:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    figures = _answers(harness, f"{step:,} rendering, {PER_SECOND} commands/s", before, last)
    # What is killed while it is handed over is looked for in the provider's history, for ten minutes.
    await _until(lambda: len(harness.wave.predictions) >= min(step + SAMPLES, PLACES), harness)
    return figures


async def _started_again(harness: Harness, step: int) -> list[Figure]:
    """A kill -9 and a start, until it takes commands and all that render have been asked for again."""
    await harness.kill()
    known = {one.id for one in harness.wave.predictions.values()}
    began = time.monotonic()
    await harness.start_again()
    opened = time.monotonic() - began
    answer = await harness.members[0].slash("queue")
    answered = float("inf") if answer.acknowledged_after is None else time.monotonic() - began
    asked = set[str]()
    looked = began
    while not known <= asked and time.monotonic() < began + WITHIN:
        await asyncio.sleep(0.2)
        since, looked = looked, time.monotonic()
        for request in reversed(harness.wave.requests):
            if request.at <= since:
                break
            if request.endpoint == "result":
                asked.add(request.path.split("/")[-2])
    if not known <= asked:
        _say(f"only {len(known & asked)} of {len(known)} were asked for again")
    what = f"start with {step:,} in flight"
    return [
        Figure(f"{what}: open after", opened, "s"),
        Figure(f"{what}: first /queue answered after", answered, "s"),
        Figure(f"{what}: not asked for again", len(known - asked), f"of {len(known)}"),
        Figure(f"{what}: all asked for again after", time.monotonic() - began, "s"),
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
    edits = _edits(harness, ours)
    latest = max([*edits.values(), *(one.born + (one.acknowledged_after or 0) for one in ours)])
    by_command = {name: [one for one in ours if one.data["name"] == name] for name in ("queue", "compose")}
    return [
        *(
            figure
            for name, asked in by_command.items()
            for figure in spread(f"{what}: /{name}", _acknowledged(asked))
        ),
        Figure(f"{what}: not answered", _unanswered(harness, before), f"of {len(ours)}"),
        Figure(f"{what}: the last one's answer after it", max(0.0, latest - last), "s"),
    ]


def _unanswered(harness: Harness, before: int) -> int:
    """How many of those since then have no answer yet."""
    ours = _interactions(harness)[before:]
    edits = _edits(harness, ours)
    return sum(
        one.acknowledged_after is None or (one.state == "deferred" and one.token not in edits) for one in ours
    )


def _edits(harness: Harness, ours: Sequence[Interaction]) -> dict[str, float]:
    """By the token of those that were acknowledged first: when they had their answer."""
    tokens = {one.token for one in ours if one.state == "deferred"}
    first: dict[str, float] = {}
    for request in harness.discord.requests:
        if request.method == "PATCH" and (edited := tokens & set(request.path.split("/"))):
            first.setdefault(edited.pop(), request.at)
    return first


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
    print(f"  {time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


@cache
def _music() -> bytes:
    from rehearsal import music

    return music.render("funk, brass", "", SECONDS, 1)

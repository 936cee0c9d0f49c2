"""A long history: how each command is answered with so many tracks that were made before."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from bench.measuring.figures import Figure, spread
from bench.measuring.harness import Harness, make_harness
from bench.measuring.past import write_past
from bench.measuring.processes import family, loop_seconds, thread_seconds
from rehearsal.discord.members.member import Answer
from rehearsal.wavespeed import Fault

TRACKS = tuple(int(one) for one in os.environ.get("HISTORY", "0,10000,1000000").split(","))
SAMPLES = 40  # of each command
AT_LEAST, BUDGET = 3, 2.5  # samples; seconds for a command, after which no further is taken
MEMBERS = 10
SECONDS = 10  # of music
BUDGETS = 30  # times that /budget is used to see what it costs

_COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "/queue": ("queue", {}),
    "/library tracks": ("library tracks", {}),
    "/library tracks by words": ("library tracks", {"text": "river 77"}),
    "/library tracks by tag, most voted": ("library tracks", {"tag": "funk", "order": "voted"}),
    "/library charts": ("library charts", {}),
    "/library charts of all time": ("library charts", {"period": "all"}),
    "/budget": ("budget", {}),
    "/library family": ("library family", {"track": "1"}),
    "/remix-seed": ("remix-seed", {"track": "1"}),
    "/compose": ("compose", {"tags": "slow burn", "duration": SECONDS}),  # the last: it leaves work behind
}


async def measure() -> list[Figure]:
    """Each command one at a time, with nothing else to do; the first use of each after the start apart."""
    return await measured(TRACKS)


async def measured(sizes: Sequence[int], database_url: str = "") -> list[Figure]:
    """The same for each size. database_url: of an empty PostgreSQL, with {} for the size; empty: SQLite."""
    figures: list[Figure] = []
    music = _music()
    for many in sizes:
        with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as name:
            folder = Path(name)
            (folder / "data").mkdir(mode=0o700)
            own = {"DATABASE_URL": database_url.format(many)} if database_url else {}
            began = time.monotonic()
            await write_past(own.get("DATABASE_URL") or f"sqlite:///{folder}/data/jamboree.sqlite", many)
            print(f"  {many} tracks written in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
            async with make_harness(
                folder, MEMBERS, lambda *_: music, settings={"MEMBER_WAITING_LIMIT": "5000", **own}
            ) as harness:
                figures += await _all_asked(harness, f"{many:,} tracks")
                if not many:
                    figures += await _budget_costs(harness)
    return figures


async def _all_asked(harness: Harness, what: str) -> list[Figure]:
    harness.wave.faults.add(Fault("render_held", times=None))
    figures: list[Figure] = []
    firsts: dict[str, float] = {}
    for name, (command, options) in _COMMANDS.items():
        took: list[float] = []
        while len(took) < AT_LEAST or (len(took) < SAMPLES and sum(took) < BUDGET):
            began = time.monotonic()
            answer = await harness.members[len(took) % MEMBERS].slash(command, **options)
            if _answered(answer):
                took.append(answer.acknowledged_after or 0.0)
                continue
            await answer.until(_answered)
            took.append(time.monotonic() - began)
        firsts[name] = took[0]
        figures += spread(f"{what}, {name}", took[1:])
    slowest = max(firsts, key=firsts.__getitem__)
    return [*figures, Figure(f"{what}, slowest first use: {slowest}", firsts[slowest] * 1000, "ms")]


def _answered(answer: Answer) -> bool:
    """Whether there is more than an acknowledgement. Raises RuntimeError where the command failed."""
    if answer.error:
        raise RuntimeError(f"A command was not answered: {answer.error}")
    return bool(answer.text or answer.modal)


async def _budget_costs(harness: Harness) -> list[Figure]:
    """What /budget takes of the processor, with its picture, one after another."""
    bot = harness.bot.pid
    every, loop = sum(map(thread_seconds, family(bot))), loop_seconds(bot)
    for number in range(BUDGETS):
        await (await harness.members[number % MEMBERS].slash("budget")).until(_answered)
    took = sum(map(thread_seconds, family(bot))) - every
    return [
        Figure("/budget: processor time, all processes", took / BUDGETS * 1000, "ms"),
        Figure(
            "/budget: of it on the event loop's thread",
            (loop_seconds(bot) - loop) / BUDGETS * 1000,
            "ms",
        ),
    ]


@cache
def _music() -> bytes:
    from rehearsal import music

    return music.render("funk, brass", "", SECONDS, 1)

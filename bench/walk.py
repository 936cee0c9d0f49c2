"""The way of one /compose through the bot's own code, from typing it to the message with its track."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.measuring.figures import Figure
from bench.measuring.harness import Harness, make_harness

TRACKS = 7  # after a first one, of which each loads what is loaded once
SECONDS = 10  # of music
COUNTED = ("-m", "bench.programs.counted_bot")
IDLE = 15.0  # seconds without a track
WITHIN = 60.0  # seconds; after that the bench says so and gives up
SETTLED = 1.5  # seconds after the message, in which the track's workflow ends
READS = ("get", "seen", "theirs")  # in services/tracks/tracks.py: a track is read by its id
PARSES = ("parse_prompt", "parse_rework")


@dataclass(frozen=True, slots=True)
class Walk:
    """What was counted between two looks: calls from a function to another in a file, statements, commits."""

    calls: list[tuple[str, str, str, int]]
    statements: Counter[str]
    commits: int

    def counted(self, files: tuple[str, ...], names: tuple[str, ...]) -> int:
        """How often functions of these names in these files were called."""
        return sum(times for _, path, name, times in self.calls if path in files and name in names)

    @property
    def figures(self) -> dict[str, int]:
        """By what they count."""
        came = [(caller.partition(":")[0], path, times) for caller, path, _, times in self.calls]
        rooms = [(one.partition("/")[0], other.partition("/")[0], times) for one, other, times in came]
        between = ({"cogs", "services"},)
        return {
            "calls of our functions": sum(times for *_, times in came),
            "files": len({path for _, path, _ in came}),
            "calls into another file": sum(times for one, path, times in came if one not in ("", path)),
            "calls between cogs and services": sum(n for a, b, n in rooms if {a, b} in between),
            "reads of a track by its id": self.counted(("services/tracks/tracks.py",), READS),
            "parses of a prompt": self.counted(
                ("services/prompts/prompt.py", "services/prompts/rework_prompt.py"), PARSES
            ),
            "SQL statements, DBOS's with ours": self.statements.total(),
            "commits": self.commits,
        }


async def measure() -> list[Figure]:
    """Medians of a few tracks, one after another; what the idle bot does meanwhile is taken off."""
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as name:
        folder = Path(name)
        program = (*COUNTED, str(folder), "--calls")
        async with make_harness(folder, 1, lambda *_: _music(), program) as harness:
            await _compose(harness)
            await look(harness, folder)
            idle_from = asyncio.get_running_loop().time()
            await asyncio.sleep(IDLE)
            idle = await look(harness, folder)
            idle_for = asyncio.get_running_loop().time() - idle_from
            found: list[dict[str, float]] = []
            for _ in range(TRACKS):
                began = asyncio.get_running_loop().time()
                asked = len(harness.discord.requests)
                await _compose(harness)
                walk = await look(harness, folder)
                share = (asyncio.get_running_loop().time() - began) / idle_for
                counts: dict[str, float] = {
                    what: count if what == "files" else count - share * idle.figures[what]
                    for what, count in walk.figures.items()
                }
                counts["requests to Discord"] = len(harness.discord.requests) - asked
                found.append(counts)
                _tell(walk)
    return [Figure(what, statistics.median(one[what] for one in found), "a track") for what in found[0]]


async def _compose(harness: Harness) -> None:
    """Asks for a track, and waits until it is in the channel and its workflow has ended."""
    before = _posted(harness)
    await harness.members[0].slash("compose", tags="ska", duration=SECONDS)
    give_up = asyncio.get_running_loop().time() + WITHIN
    while asyncio.get_running_loop().time() < give_up:
        await asyncio.sleep(0.05)
        if _posted(harness) > before:
            await asyncio.sleep(SETTLED)
            return
    raise RuntimeError(f"No track was posted within {WITHIN:.0f} s")


def _posted(harness: Harness) -> int:
    sent = (r for r in harness.discord.requests if r.method == "POST" and r.path.endswith("/messages"))
    return sum(one.status == 200 for one in sent)


async def look(harness: Harness, folder: Path) -> Walk:
    """What was counted since the last look."""
    found: dict[str, Any] = await asyncio.to_thread(_counts_of, harness.bot.pid, folder)
    return Walk([tuple(one) for one in found["calls"]], Counter(found["statements"]), found["commits"])


def _counts_of(process_id: int, folder: Path) -> dict[str, Any]:
    path = folder / f"counts-{len(list(folder.glob('counts-*.json')))}.json"
    os.kill(process_id, signal.SIGUSR1)
    while not path.exists():
        time.sleep(0.02)
    return json.loads(path.read_text())


def _tell(walk: Walk) -> None:
    """With WALK_CALLS=N in the environment: the N calls that are made most, and by whom; and statements."""
    most = int(os.environ.get("WALK_CALLS", "0"))
    for caller, path, name, times in sorted(walk.calls, key=lambda one: -one[3])[:most]:
        print(f"{times:5} {caller or '-'} -> {path}:{name}", file=sys.stderr)
    for statement, times in walk.statements.most_common(most):
        print(f"{times:5} {statement}", file=sys.stderr)


@cache
def _music() -> bytes:
    from rehearsal import music

    return music.render("ska", "", SECONDS, 1)

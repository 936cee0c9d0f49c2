"""Three clusters on one PostgreSQL, beside a single one: taken, submitted and ended, all on this machine."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from bench.measuring.figures import Figure, spread
from bench.measuring.harness import Harness, make_harness
from bench.measuring.processes import family, resident, thread_seconds
from bench.postgresql import server
from rehearsal.discord.members.member import Answer
from rehearsal.wavespeed import Fault

CLUSTERS = (1, 3)
GUILDS = 3  # with three clusters each has one
TRACKS = 300
PER_SECOND = 50
SECONDS = 30  # of music
WITHIN = 180.0  # seconds; after that the bench gives up


async def measure() -> list[Figure]:
    """The same 300 tracks, of three guilds: first asked for, with every render held; then all end at once."""
    music = _music()
    figures: list[Figure] = []
    with server([f"clusters_{many}" for many in CLUSTERS]) as address:
        for many in CLUSTERS:
            with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
                print(f"  {many} in all", file=sys.stderr, flush=True)
                async with make_harness(
                    Path(folder),
                    0,
                    lambda *_: music,
                    guilds=GUILDS,
                    clusters=many,
                    settings={
                        "DATABASE_URL": address.format(f"clusters_{many}"),
                        "MEMBER_WAITING_LIMIT": "5000",
                        "MEMBER_DAILY_LIMIT": "10000",
                    },
                ) as harness:
                    figures += await _measured(harness, f"{many} cluster{'s' * (many > 1)}")
    return figures


async def _measured(harness: Harness, what: str) -> list[Figure]:
    members = [await harness.join(f"Guild {number}") for number in range(GUILDS)]
    for member in members:
        await member.slash("queue")  # what is loaded once is not counted
    held = harness.wave.faults.add(Fault("render_held", times=None))
    used, began = _used(harness), time.monotonic()
    asking: list[asyncio.Task[Answer]] = []
    for number in range(TRACKS):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
        asked = members[number % GUILDS].slash("compose", tags="slow burn", duration=SECONDS)
        asking.append(asyncio.create_task(asked))
    took = [answer.acknowledged_after for one in asking if (answer := await one).error is None]
    await harness.wave.until(lambda: len(harness.wave.predictions) >= len(took), WITHIN)
    submitted, used_to_submit = time.monotonic() - began, _used(harness) - used
    posted = _posted(harness)
    held.release()
    harness.wave.faults.clear()
    used, began = _used(harness), time.monotonic()
    while _posted(harness) < posted + len(took):
        if time.monotonic() > began + WITHIN:
            raise RuntimeError(f"Only {_posted(harness) - posted} tracks were posted within {WITHIN:.0f} s")
        await asyncio.sleep(0.1)
    ended = time.monotonic() - began
    memory = sum(resident(one) for bot in harness.bots for one in family(bot.pid))
    return [
        *spread(f"{what}: /compose acknowledged", [one for one in took if one is not None]),
        Figure(f"{what}: not answered", TRACKS - len(took), f"of {TRACKS}"),
        Figure(f"{what}: all submitted after the first was asked for", submitted, "s"),
        Figure(f"{what}: processor time each, until submitted", used_to_submit / len(took) * 1000, "ms"),
        Figure(f"{what}: ended, all at once", len(took) / ended, "tracks/s"),
        Figure(f"{what}: processor time each, to its end", (_used(harness) - used) / len(took) * 1000, "ms"),
        Figure(f"{what}: memory, all processes", memory / 2**20, "MiB"),
    ]


def _used(harness: Harness) -> float:
    """Processor time of all bots and their workers, in seconds."""
    return sum(thread_seconds(one) for bot in harness.bots for one in family(bot.pid))


def _posted(harness: Harness) -> int:
    """Messages that were posted to channels."""
    sent = (r for r in harness.discord.requests if r.method == "POST" and r.path.endswith("/messages"))
    return sum(one.status == 200 for one in sent)


@cache
def _music() -> bytes:
    from rehearsal import music

    return music.render("funk, brass", "", SECONDS, 1)

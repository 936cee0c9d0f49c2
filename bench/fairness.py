"""A guild with 500 requests, and others that ask for their first: who has to wait for whom.

The bot is the real one, but for the account's places: so many renders at once that there is a line.
"""

from __future__ import annotations

import asyncio
import tempfile
from functools import cache
from pathlib import Path
from statistics import mean

from bench.measuring.figures import Figure
from bench.measuring.harness import Harness, make_harness
from bench.walk import COUNTED
from rehearsal.wavespeed import Fault

REQUESTS = 500
PER_SECOND = 40
NEWCOMERS = 20  # guilds
PLACES = 10
MEMBERS = 10
SECONDS = 10  # of music
CROWD, NEW = "slow burn", "ska"  # tags
RENDER_SECONDS = 0.5
TOLD = 1.0  # second in which what was asked for may be started
WITHIN = 60.0  # seconds; after that the bench gives up


async def measure() -> list[Figure]:
    """In tracks, not in seconds."""
    music = _music()
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as name:
        folder = Path(name)
        program = (*COUNTED, str(folder), "--places", str(PLACES))
        async with make_harness(
            folder,
            MEMBERS,
            lambda *_: music,
            program,
            render_seconds=RENDER_SECONDS,
            guilds=NEWCOMERS,
            settings={"SHUTDOWN_GRACE": "1"},
        ) as harness:
            crowd = list(harness.members)
            held = harness.wave.faults.add(Fault("render_held", times=None))
            asking: list[asyncio.Task[object]] = []
            for number in range(REQUESTS):
                asked = crowd[number % MEMBERS].slash("compose", tags=CROWD, duration=SECONDS)
                asking.append(asyncio.create_task(asked))
                await asyncio.sleep(1 / PER_SECOND)
            await asyncio.gather(*asking)
            newcomers = [await harness.join(f"Guild {number}") for number in range(NEWCOMERS)]
            first = await asyncio.gather(
                *(one.slash("compose", tags=NEW, duration=SECONDS) for one in newcomers)
            )
            await asyncio.gather(*(answer.until(lambda one: one.text) for answer in first))
            await asyncio.sleep(TOLD)
            before = len(_posted(harness))
            held.release()
            harness.wave.faults.clear()
            await harness.wave.until(lambda: _posted(harness).count(NEW) == NEWCOMERS, WITHIN)
            since = _posted(harness)[before:]
    waited = [since[:place].count(CROWD) for place, tags in enumerate(since) if tags == NEW]
    what = f"of the guild with {REQUESTS} requests, started before another guild's first that was asked later"
    return [
        Figure("newcomers' tracks that had begun before a place was free", NEWCOMERS - len(waited), "tracks"),
        Figure(f"{what}: mean of {NEWCOMERS} guilds", mean(waited), "tracks"),
        Figure(f"{what}: most", max(waited), "tracks"),
    ]


def _posted(harness: Harness) -> list[str]:
    """The tags of all that were handed to the provider, in that order."""
    return [one.json["tags"] for one in harness.wave.requests if one.endpoint == "submit"]


@cache
def _music() -> bytes:
    from rehearsal import music

    return music.render("ska", "", SECONDS, 1)

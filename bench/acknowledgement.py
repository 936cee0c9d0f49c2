"""From a member's command to the bot's first answer, as members see it (Discord allows 3 s)."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from bench.measuring.figures import Figure, spread
from bench.measuring.harness import Harness, make_harness
from bench.measuring.processes import cpu_seconds, family, thread_seconds
from rehearsal.wavespeed import Fault

TRACKS = 50
SECONDS = 30  # of music in each
SAMPLES = 60  # of each command
MEMBERS = 5
HELD = "slow burn"
ALONE = 10  # tracks that end alone
FINISHED_WITHIN = 90.0  # seconds; after that the bench says so and gives up


async def measure() -> list[Figure]:
    """/compose and /queue, one at a time: with nothing to do, with tracks that render, with all that end."""
    _music(SECONDS)
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
        held_file = Path(folder) / "held"
        async with make_harness(
            Path(folder),
            MEMBERS,
            lambda _tags, _lyrics, seconds, _seed: _music(seconds),
            ("-m", "bench.programs.held_bot", str(held_file)),
        ) as harness:
            await _ask(harness, "queue", 5)  # what is loaded once is not counted
            figures = spread("nothing to do, /queue", await _ask(harness, "queue", SAMPLES))
            renders = harness.wave.faults.add(Fault("render_held", tags=HELD, times=None))
            together = await asyncio.gather(*(_compose(harness, number) for number in range(TRACKS)))
            figures += spread(f"{TRACKS} x /compose at once", together)
            await harness.wave.until(lambda: len(harness.wave.predictions) >= TRACKS, 30.0)
            figures += spread(f"{TRACKS} tracks rendering, /queue", await _ask(harness, "queue", SAMPLES))
            alone = [await _compose(harness, number) for number in range(SAMPLES)]
            figures += spread(f"{TRACKS} and more rendering, /compose", alone)
            await harness.wave.until(lambda: len(harness.wave.predictions) >= TRACKS + SAMPLES, 30.0)
            renders.release()
            figures += await _while_they_end(harness)
            await _longest_hold(harness, held_file)  # of all before
            figures += spread(
                "one alone, from its end to the channel", [await _alone(harness) for _ in range(ALONE)]
            )
            held = await _longest_hold(harness, held_file)
            figures.append(Figure("one alone: the longest hold of the event loop", held * 1000, "ms"))
    return figures


async def _longest_hold(harness: Harness, file: Path) -> float:
    """Seconds of processor time, since it was asked for the last time."""
    harness.bot.send_signal(signal.SIGUSR1)
    while (held := _taken(file)) is None:  # noqa: ASYNC110  (a signal has no other answer)
        await asyncio.sleep(0.01)
    return held


def _taken(file: Path) -> float | None:
    """What the bot has written, once it has."""
    if not file.exists():
        return None
    held = float(file.read_text())
    file.unlink()
    return held


async def _while_they_end(harness: Harness) -> list[Figure]:
    """All tracks are downloaded, mastered and posted, as fast as the machine can.

    A question every tenth of a second: while the bot is held, fewer are asked, so the longest tells most.
    """
    bot, loop = harness.bot.pid, asyncio.get_running_loop()
    cpu, of_all = cpu_seconds(bot), sum(map(thread_seconds, family(bot)))
    began, asked = loop.time(), list[float]()
    while (posted := _posted(harness)) < TRACKS + SAMPLES:
        if loop.time() - began > FINISHED_WITHIN:
            raise RuntimeError(f"Only {posted} tracks were posted within {FINISHED_WITHIN:.0f} s")
        asked += await _ask(harness, "queue", 1)
        await asyncio.sleep(0.1)
    every = TRACKS + SAMPLES
    return [
        *spread(f"{every} tracks mastered and posted, /queue", asked),
        Figure(
            f"{every} tracks of {SECONDS} s, downloaded to posted", every / (loop.time() - began), "tracks/s"
        ),
        Figure("the same, the bot's own process", (cpu_seconds(bot) - cpu) / every * 1000, "ms/track"),
        Figure(
            "the same, its workers with it",
            (sum(map(thread_seconds, family(bot))) - of_all) / every * 1000,
            "ms/track",
        ),
    ]


async def _alone(harness: Harness) -> float:
    """Seconds from a render's end to the message with its track, with nothing else to do."""
    held = harness.wave.faults.add(Fault("render_held", tags=HELD, times=None))
    before, known = _posted(harness), len(harness.wave.predictions)
    await _compose(harness, 0)
    await harness.wave.until(lambda: len(harness.wave.predictions) > known, 30.0)
    await asyncio.sleep(1.0)  # it is looked at by then
    held.release()
    harness.wave.faults.clear()
    began = asyncio.get_running_loop().time()
    while _posted(harness) == before:  # noqa: ASYNC110  (Discord's stand-in tells no event)
        await asyncio.sleep(0.005)
    return asyncio.get_running_loop().time() - began


def _posted(harness: Harness) -> int:
    """Messages that the bot posted to the channel."""
    sent = (r for r in harness.discord.requests if r.method == "POST" and r.path.endswith("/messages"))
    return sum(one.status == 200 for one in sent)


async def _ask(harness: Harness, command: str, times: int) -> list[float]:
    """One after another, by turns; seconds until each was acknowledged."""
    return [await _acknowledged(harness, number, command) for number in range(times)]


async def _compose(harness: Harness, number: int) -> float:
    return await _acknowledged(harness, number, "compose", tags=HELD, duration=SECONDS)


async def _acknowledged(harness: Harness, number: int, command: str, **options: Any) -> float:
    member = harness.members[number % MEMBERS]
    answer = await member.slash(command, **options)
    if answer.acknowledged_after is None:
        raise RuntimeError(f"/{command} was not answered: {answer.error}")
    return answer.acknowledged_after


@cache
def _music(seconds: float) -> bytes:
    """Real music, made once: what making it costs is WaveSpeed's in life."""
    from rehearsal import music

    return music.render("funk, brass", "", seconds, 1)

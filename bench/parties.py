"""Parties: what playing in twenty voice channels takes, and whether it stutters while tracks are mastered."""

from __future__ import annotations

import asyncio
import tempfile
import time
from functools import cache
from itertools import pairwise
from pathlib import Path

from bench.measuring.figures import Figure, percentile
from bench.measuring.harness import Harness, make_harness
from bench.measuring.processes import family, thread_seconds
from rehearsal import music
from rehearsal.discord.entities import VOICE
from rehearsal.discord.members.member import Json, Member
from rehearsal.discord.voice.listener import Listener

PARTIES = 20  # each in a guild of its own, with one who listens
ROOM = "Hall"
LONG, SHORT = 180, 30  # seconds of what is played, and of each track that is made meanwhile
SETTLING = 3.0  # seconds
SECONDS = 15.0  # over which processor time is taken
MASTERED = 50  # tracks
MEMBERS = 5  # who ask for them
FRAMES = 10_000  # heard meanwhile, in all parties together
WITHIN = 150.0  # seconds


async def measure() -> list[Figure]:
    """Twenty at once, with nothing else to do; then while fifty tracks are made."""
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
        await asyncio.to_thread(_music, LONG)
        await asyncio.to_thread(_music, SHORT)
        async with make_harness(
            Path(folder),
            MEMBERS,
            lambda _tags, _lyrics, seconds, _seed: _music(round(seconds)),
            guilds=PARTIES,
        ) as harness:
            listeners = await _parties(harness)
            await asyncio.sleep(SETTLING)
            share = await _share(harness)
            heard = await _while_mastering(harness, listeners)
    return [share, *heard]


@cache
def _music(seconds: int) -> bytes:
    return music.render("slow burn", "", seconds, 1)


async def _parties(harness: Harness) -> list[Listener]:
    """All of them, once each is heard."""

    async def one(number: int) -> Listener:
        guild, name = f"Guild {number}", f"Listener {number}"  # nobody is in two voice channels at once
        harness.discord.world.add_channel(guild, ROOM, kind=VOICE)
        harness.discord.world.add_member(guild, name)
        member = await harness.join(guild, name)
        await member.slash("compose", tags="slow burn", duration=LONG, title="Played")
        await member.wait_message(_is_a_track, WITHIN)
        await member.join_voice(ROOM)
        await _started(member)
        await member.heard(1, WITHIN)
        return harness.discord.voice.listeners[member.id]

    return list(await asyncio.gather(*map(one, range(PARTIES))))


async def _started(member: Member) -> None:
    """A party, as soon as the track that is posted counts as delivered."""
    async with asyncio.timeout(WITHIN):
        while True:
            answer = await member.slash("party start", play="Played")
            await answer.until(lambda now: now.text, WITHIN)
            if "I am coming" in answer.text:
                return
            await asyncio.sleep(0.5)


def _is_a_track(message: Json) -> bool:
    return bool(message["attachments"])


async def _share(harness: Harness) -> Figure:
    bot, began = harness.bot.pid, time.monotonic()
    before = sum(map(thread_seconds, family(bot)))
    await asyncio.sleep(SECONDS)
    took = sum(map(thread_seconds, family(bot))) - before
    return Figure(f"{PARTIES} parties at once: share of a core", took / (time.monotonic() - began) * 100, "%")


async def _while_mastering(harness: Harness, listeners: list[Listener]) -> list[Figure]:
    """The pauses between frames while tracks are asked for, made and posted, and until enough were heard."""
    already, began = [one.heard for one in listeners], time.time()
    asking = [
        harness.members[number % MEMBERS].slash("compose", tags="slow burn", duration=SHORT)
        for number in range(MASTERED)
    ]
    await asyncio.gather(*asking)
    await asyncio.wait_for(_all_posted(harness.members[0]), WITHIN)
    made = time.time() - began
    missing = FRAMES // PARTIES
    await asyncio.gather(
        *(one.until(before + missing) for one, before in zip(listeners, already, strict=True))
    )
    gaps = [
        later - at
        for one in listeners
        for at, later in pairwise(frame.at for frame in one.frames if frame.at >= began)
    ]
    what = f"while {MASTERED} tracks are mastered"
    return [
        Figure(f"{what}: they are posted after", made, "s"),
        Figure(f"{what}: the longest gap between two frames", max(gaps) * 1000, "ms"),
        Figure(
            f"{what}: gap between two frames", percentile(gaps, 0.5) * 1000, "ms",
            percentile(gaps, 0.99) * 1000, len(gaps),
        ),
        Figure(f"{what}: gaps over 60 ms", sum(gap > 0.06 for gap in gaps), f"of {len(gaps)}"),
    ]  # fmt: skip


async def _all_posted(member: Member) -> None:
    """Once as many tracks are in #music as were asked for."""
    await member.until(
        lambda: sum(map(_is_a_track, member.seen.values())) >= MASTERED,
        WITHIN,
        lambda: "Not all tracks were posted.",
    )

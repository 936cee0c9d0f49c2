"""A bot in a thousand guilds with nothing to do: what it takes of the processor, the database and memory."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.measuring.figures import Figure
from bench.measuring.harness import make_harness
from bench.measuring.processes import family, resident, thread_seconds
from bench.walk import COUNTED, look

GUILDS = 1000
SETTLING = 8.0  # seconds after the start, in which it does what it does once
SECONDS = 25.0


async def measure() -> list[Figure]:
    """Means of so many seconds."""
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as name:
        folder = Path(name)
        program = (*COUNTED, str(folder))
        async with make_harness(folder, 0, lambda *_: b"", program, guilds=GUILDS) as harness:
            await asyncio.sleep(SETTLING)
            await look(harness, folder)
            bot, began = harness.bot.pid, time.monotonic()
            before = sum(map(thread_seconds, family(bot)))
            await asyncio.sleep(SECONDS)
            counted = await look(harness, folder)
            took = time.monotonic() - began
            share = (sum(map(thread_seconds, family(bot))) - before) / took
            memory = [resident(one) / 2**20 for one in family(bot)]
    what = f"{GUILDS:,} guilds"
    return [
        Figure(f"{what}: share of a core", share * 100, "%"),
        Figure(f"{what}: SQL statements", counted.statements.total() / took, "a second"),
        Figure(f"{what}: commits", counted.commits / took, "a second"),
        Figure(f"{what}: memory of the bot's process", memory[0], "MiB"),
        Figure(f"{what}: memory of its {len(memory) - 1} other processes", sum(memory[1:]), "MiB"),
    ]

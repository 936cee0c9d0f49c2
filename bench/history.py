"""A long history: how each command is answered with so many tracks that were made before."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from bench.figures import Figure, spread
from bench.harness import GUILD, Harness, make_harness
from rehearsal.discord.start import first_world
from services.storage.database import Database

TRACKS = tuple(int(one) for one in os.environ.get("HISTORY", "0,10000,1000000").split(","))
SAMPLES = 40  # of each command
MEMBERS = 10
DAYS = 365  # over which they were made, evenly
SECONDS = 10  # of music
HALF = 2  # every second track is of the guild that asks, the others are of a hundred others

_COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "/compose": ("compose", {"tags": "slow burn", "duration": SECONDS}),
    "/queue": ("queue", {}),
    "/tracks": ("tracks", {}),
    "/tracks by words": ("tracks", {"text": "river 77"}),
    "/tracks by tag, most voted": ("tracks", {"tag": "funk", "order": "voted"}),
    "/charts": ("charts", {}),
    "/charts of all time": ("charts", {"period": "all"}),
    "/budget show": ("budget show", {}),
    "/family": ("family", {"track": "1"}),
    "/remix-seed": ("remix-seed", {"track": "1"}),
}

_FILL = """
INSERT INTO tracks (id, guild_id, number, guild_name, channel_id, member_id, member_name, model, title, tags,
    lyrics, duration, seed, price, turn, pauses, state, created_at, started_at, finished_at, intent_at,
    prediction_id, output_url, explicit, lowered, idea, message_channel_id, message_id, seconds, bitrate)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :many)
SELECT printf('h%019d', i), CASE WHEN i % :half THEN 5000 + i % 100 ELSE :guild END, 1 + i / :half, 'Guild',
    :channel, CASE WHEN i % 7 THEN 9000 + i % 1000 ELSE :member END, 'Somebody', 'ace-step',
    'The river ' || i, 'funk, brass', 'A line about the river ' || i || char(10) || 'and the night',
    30, i, 6000, 1, 0, 'delivered', at, at, at + 30000000, at, 'p' || i, 'http://127.0.0.1:1/' || i, 0, 0, '',
    :channel, 1000000000000 + i, 30.0, 192
FROM (SELECT i, :first + i * :apart AS at FROM n)
"""
_WORDS = """
INSERT INTO track_words (track_id, words, tags)
SELECT id, lower(title || ' ' || lyrics), ',funk,brass,' FROM tracks
"""
_VOTES = """
INSERT INTO votes (set_id, member_id, track_id, guild_id, at)
SELECT id, 9000 + number % 1000, id, guild_id, finished_at + 1000000 FROM tracks WHERE number % 10 = 0
"""
_ENTRIES = """
INSERT INTO ledger_entries (track_id, kind, amount, at, note)
SELECT id, kind, price, finished_at, '' FROM tracks CROSS JOIN (SELECT 'reserve' AS kind UNION SELECT 'spend')
"""
_POSTINGS = """
INSERT INTO ledger_postings (track_id, account, period)
SELECT id, 'guild:' || guild_id || ' day', strftime('%Y-%m-%d', finished_at / 1000000, 'unixepoch')
FROM tracks
"""


async def measure() -> list[Figure]:
    """Each command one at a time, with nothing else to do; the first after the start apart."""
    figures: list[Figure] = []
    music = _music()
    for many in TRACKS:
        with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
            began = time.monotonic()
            await _fill(Path(folder) / "data", many)
            print(f"  {many} tracks written in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
            async with make_harness(
                Path(folder), MEMBERS, lambda *_: music, MEMBER_WAITING_LIMIT="5000"
            ) as harness:
                figures += await _asked(harness, f"{many:,} tracks")
    return figures


async def _fill(data: Path, many: int) -> None:
    """So many tracks, with their words, money and, every tenth, a vote."""
    await asyncio.to_thread(data.mkdir, mode=0o700)
    file = data / "jamboree.sqlite"
    database = Database(f"sqlite:///{file}")
    await database.migrate()
    await database.close()
    if not many:
        return
    world = first_world()
    guild = next(one for one in world.guilds.values() if one.name == GUILD)
    channel = next(one for one in guild.channels.values() if one.name == "music")
    values = {
        "many": many,
        "half": HALF,
        "guild": int(guild.id),
        "channel": int(channel.id),
        "member": 1,
        "first": round((time.time() - DAYS * 86_400) * 1_000_000),
        "apart": DAYS * 86_400 * 1_000_000 // many,
    }

    def write() -> None:
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(_FILL, values)
            for statement in (_WORDS, _VOTES, _ENTRIES, _POSTINGS):
                connection.execute(statement)
            connection.execute(
                "INSERT INTO guilds (guild_id, paused, last_number) "
                "SELECT guild_id, 0, max(number) FROM tracks GROUP BY 1"
            )

    await asyncio.to_thread(write)


async def _asked(harness: Harness, what: str) -> list[Figure]:
    figures: list[Figure] = []
    for name, (command, options) in _COMMANDS.items():
        took: list[float] = []
        for number in range(SAMPLES):
            answer = await harness.members[number % MEMBERS].slash(command, **options)
            if answer.state != "deferred" and not answer.error:
                took.append(answer.acknowledged_after or 0.0)
                continue
            began = time.monotonic()
            await answer.until(lambda one: one.text or one.modal)
            took.append((answer.acknowledged_after or 0.0) + time.monotonic() - began)
        figures += [Figure(f"{what}, {name}: the first", took[0] * 1000, "ms")]
        figures += spread(f"{what}, {name}", took[1:])
    return figures


@cache
def _music() -> bytes:
    from rehearsal import music

    return music.render("funk, brass", "", SECONDS, 1)

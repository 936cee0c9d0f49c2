"""A past that never was: tracks that were made before, written into a database at once."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import Any

import psycopg

from bench.measuring.harness import GUILD
from rehearsal.discord.start import first_world
from services.storage.database import Database

DAYS = 365  # over which they were made, evenly

# Every second track is of the guild that asks, the others are of a hundred others.
_TRACKS = """
INSERT INTO tracks (id, guild_id, number, guild_name, channel_id, member_id, member_name, model, title, tags,
    lyrics, duration, seed, price, turn, pauses, state, created_at, started_at, finished_at, intent_at,
    prediction_id, output_url, explicit, lowered, idea, message_channel_id, message_id, seconds, bitrate,
    votes)
WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {many})
SELECT 'h' || (1000000000000000000 + i), CASE i % 2 WHEN 0 THEN {guild} ELSE 5000 + i % 100 END, 1 + i / 2,
    'Guild', {channel}, CASE i % 7 WHEN 0 THEN 1 ELSE 9000 + i % 1000 END, 'Somebody', 'ace-step',
    'The river ' || i, 'funk, brass', 'A line about the river ' || i || ' and the night',
    30, i, 6000, 1, 0, 'delivered', at, at, at + 30000000, at, 'p' || i, 'http://127.0.0.1:1/' || i, FALSE,
    FALSE, '', {channel}, 1000000000000 + i, 30.0, 192, CASE (1 + i / 2) % 10 WHEN 0 THEN 1 ELSE 0 END
FROM (SELECT i, {first} + i * {apart} AS at FROM n) AS made
"""
_REST = (
    """
    INSERT INTO track_words (track_id, words, tags)
    SELECT id, lower(title || ' ' || lyrics), ',funk,brass,' FROM tracks
    """,
    """
    INSERT INTO votes (set_id, member_id, track_id, guild_id, at)
    SELECT id, 9000 + number % 1000, id, guild_id, finished_at + 1000000 FROM tracks WHERE number % 10 = 0
    """,
    """
    INSERT INTO ledger_entries (track_id, kind, amount, at, note)
    SELECT id, kind, price, finished_at, ''
    FROM tracks CROSS JOIN (SELECT 'reserve' AS kind UNION SELECT 'spend') AS kinds
    """,
    """
    INSERT INTO ledger_postings (track_id, account, period)
    SELECT id, 'guild:' || guild_id || ' day', {day} FROM tracks
    """,
    """
    INSERT INTO guilds (guild_id, paused, last_number)
    SELECT guild_id, FALSE, max(number) FROM tracks GROUP BY guild_id
    """,
)
_DAY = {
    "sqlite": "strftime('%Y-%m-%d', finished_at / 1000000, 'unixepoch')",
    "postgresql": "to_char(to_timestamp(finished_at / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
}


async def write_past(url: str, many: int) -> None:
    """So many tracks with their words, money and, every tenth, a vote. url: as in settings."""
    database = Database(url)
    await database.migrate()
    await database.close()
    if many:
        await asyncio.to_thread(_write_sqlite if database.sqlite else _write_postgresql, url, many)


def _write_sqlite(url: str, many: int) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for statement in _statements("sqlite", many):
            connection.execute(statement)


def _write_postgresql(url: str, many: int) -> None:
    with psycopg.connect(url) as connection:
        for statement in _statements("postgresql", many):
            connection.execute(statement.encode())
        connection.execute(b"ANALYZE")  # as its autovacuum does within a minute


def _statements(database: str, many: int) -> list[str]:
    guild = next(one for one in first_world().guilds.values() if one.name == GUILD)
    values: dict[str, Any] = {
        "many": many,
        "guild": int(guild.id),
        "channel": next(int(one.id) for one in guild.channels.values() if one.name == "music"),
        "first": round((time.time() - DAYS * 86_400) * 1_000_000),
        "apart": DAYS * 86_400 * 1_000_000 // many,
        "day": _DAY[database],
    }
    return [statement.format(**values) for statement in (_TRACKS, *_REST)]

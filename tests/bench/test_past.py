"""The past that the bench writes: as the bot itself would have left it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from postgresql import new_postgresql

from bench.measuring.past import write_past
from services.storage.database import Database

MANY = 40


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_a_past_is_whole_on_either_database(database: str, tmp_path: Path) -> None:
    url = new_postgresql() if database == "postgresql" else f"sqlite:///{tmp_path}/jamboree.sqlite"
    await write_past(url, MANY)
    opened = Database(url)
    try:
        async with opened.read() as connection:

            async def count(query: str) -> int:
                return (await connection.execute(sa.text(query))).scalar_one()

            assert await count("SELECT count(*) FROM tracks") == MANY
            assert await count("SELECT count(*) FROM track_words") == MANY
            assert await count("SELECT count(DISTINCT track_id) FROM ledger_entries") == MANY
            assert await count("SELECT count(*) FROM ledger_postings WHERE length(period) = 10") == MANY
            assert await count("SELECT max(last_number) FROM guilds") == MANY // 2
            assert (
                await count("SELECT sum(votes) FROM tracks") == await count("SELECT count(*) FROM votes") > 0
            )
    finally:
        await opened.close()

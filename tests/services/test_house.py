"""Values of the whole house: of several clusters that find the same out at once, one has the news."""

from __future__ import annotations

import asyncio

from services import house
from services.database import Database
from services.house import Value


async def test_what_several_write_at_once_is_news_to_one(database: Database) -> None:
    async def write(value: str | None) -> bool:
        async with database.write() as connection:
            return await house.write(connection, Value.TOLD_BALANCE, value)

    for value in ("low", "held", None):
        assert sorted(await asyncio.gather(*(write(value) for _ in range(5)))) == [False] * 4 + [True], value
    async with database.read() as connection:
        assert await house.read(connection, Value.TOLD_BALANCE) is None

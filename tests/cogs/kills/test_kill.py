"""`kill -9` at every point of a track's life: at the next start it is delivered once and charged once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, track_of
from crash_bot import DANGEROUS, POINTS
from crashing import crashing_bot, opened
from waiting import eventually

from services.storage.database import Database
from services.storage.tables import entries, sums
from services.storage.tables import tracks as track_table

PRICE = 5 * 200  # micro-dollars of each track
NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.mark.parametrize("points", [DANGEROUS, pytest.param(POINTS, marks=pytest.mark.soak)], ids=len)
async def test_killed_at_every_point_each_track_is_delivered_once_and_charged_once(
    new_harness: NewHarness, points: Sequence[str]
) -> None:
    async with new_harness() as harness:
        ben = await harness.member("Ben")
        for number, point in enumerate(points, start=1):
            title = f"Killed {number}"
            async with crashing_bot(harness, point, title) as process:
                await opened(harness)
                lyrics = ("song.txt", f"[verse]\n{title}".encode())
                options: dict[str, Any] = {"tags": "funk", "duration": 5, "title": title}
                asking = asyncio.create_task(ben.slash("compose", files={"lyrics_file": lyrics}, **options))
                assert await asyncio.wait_for(process.wait(), TIMEOUT) == -signal.SIGKILL, point
                await asking

        await harness.start()  # the last one is finished by a bot that nobody kills
        for number in range(1, len(points) + 1):
            await track_of(ben, f"Killed {number}")

        database = Database(harness.settings.tracks_database_url)
        try:
            await eventually(lambda: _settled(database, len(points)))
            async with database.read() as connection:
                for row in await connection.execute(track_table.select()):
                    kinds = await connection.scalars(
                        entries.select().with_only_columns(entries.c.kind)
                        .where(entries.c.track_id == row.id).order_by(entries.c.id)
                    )  # fmt: skip
                    assert list(kinds) == ["reserve", "spend"], row.title
                    assert harness.wave.submits[row.seed] == 1, row.title
                kept = [(row.reserved, row.spent) for row in await connection.execute(sums.select())]
            assert set(kept) == {(0, PRICE * len(points))}
        finally:
            await database.close()
        billed = sum(entry.micro for entry in harness.wave.bill if entry.billing_type == "deduct")
        assert billed == PRICE * len(points)
        titles = [m["embeds"][0].get("title") for m in await ben.messages() if m.get("embeds")]
        assert sorted(titles) == sorted(f"Killed {number}" for number in range(1, len(points) + 1))


async def _settled(database: Database, count: int) -> bool:
    async with database.read() as connection:
        spent = entries.select().where(entries.c.kind == "spend")
        return len((await connection.execute(spent)).all()) == count


@pytest.mark.parametrize("point", ["before answer", "after answer"])
async def test_what_its_member_was_not_told_of_is_not_made(new_harness: NewHarness, point: str) -> None:
    """Discord tells them "The application did not respond", and what it did not take is not done."""
    told = point == "after answer"
    async with new_harness() as harness:
        if not told:
            harness.discord.interactions.deadline = 1.0  # seconds: there will be no answer
        ben = await harness.member("Ben")
        async with crashing_bot(harness, point, "Untold") as process:
            await opened(harness)
            asking = asyncio.create_task(ben.slash("compose", tags="funk", duration=5, title="Untold"))
            assert await asyncio.wait_for(process.wait(), TIMEOUT) == -signal.SIGKILL
            await asking

        bot = await harness.start()

        async def ended() -> bool:
            async with bot.studio.database.read() as connection:
                (row,) = (await connection.execute(track_table.select())).all()
                kinds = await connection.scalars(sa.select(entries.c.kind).order_by(entries.c.id))
            money = "spend" if told else "release"
            return row.state == ("delivered" if told else "cancelled") and list(kinds) == ["reserve", money]

        await eventually(ended)
        assert sum(harness.wave.submits.values()) == told

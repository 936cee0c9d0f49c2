"""`kill -9` around the upload and the submission of a rework: made once, charged once, submitted once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, billed, made, said, track_of
from crash_bot import DANGEROUS_REWORK_POINTS, REWORK_POINTS
from crashing import crashing_bot, opened
from sounds import tone
from test_kill_decisions import stop
from waiting import eventually

from rehearsal.discord.members.member import Answer
from services.storage.database import Database
from services.storage.tables import entries, own_files
from services.storage.tables import tracks as track_table

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.mark.parametrize(
    "points", [DANGEROUS_REWORK_POINTS, pytest.param(REWORK_POINTS, marks=pytest.mark.soak)], ids=len
)
async def test_killed_around_upload_and_submission_each_is_made_once(
    new_harness: NewHarness, points: Sequence[str]
) -> None:
    async with new_harness() as harness:
        ben = await harness.member("Ben")
        bot = await harness.start()
        await made(ben, "Source", duration=6)
        async with bot.studio.database.write() as connection:  # the provider no longer keeps it
            await connection.execute(track_table.update().values(output_url=None))
        await stop(harness)
        billed_before = len(harness.wave.bill)

        proposal: Answer | None = None
        for number, point in enumerate(points, start=1):
            title = f"Killed {number}"
            async with crashing_bot(harness, point, title) as process:
                await opened(harness)
                asked: dict[str, Any] = {"track": "Source", "after": 2, "title": title, "lyrics": title}
                if point == "after PUT":  # one from a member's own file, confirmed
                    del asked["track"]
                    file = {"file": ("mine.mp3", tone(6))}
                    mine = await said(
                        await ben.slash("rework extend", tags="ska", files=file, **asked), "I may use it"
                    )
                    asking = asyncio.create_task(ben.press(mine, "I may use it: make it"))
                else:
                    asking = asyncio.create_task(ben.slash("rework extend", **asked))
                assert await asyncio.wait_for(process.wait(), TIMEOUT) == -signal.SIGKILL, point
                await asking
            if point == "before upload":  # a question asked before a restart is answered after it
                async with crashing_bot(harness, "before nothing", "") as process:
                    await opened(harness)
                    passage = {"from": "1", "to": "3"}
                    asked = {"track": "Source", "title": "Confirmed Late", **passage}
                    proposal = await said(await ben.slash("rework repaint", **asked), "Make it")

        await harness.start()
        assert proposal is not None
        await ben.press(proposal, "Make it")
        titles = [f"Killed {number}" for number in range(1, len(points) + 1)] + ["Confirmed Late"]
        for title in titles:
            await track_of(ben, title)

        prices: list[int] = []
        database = Database(harness.settings.tracks_database_url)
        try:
            await eventually(lambda: _settled(database, len(titles) + 1))
            async with database.read() as connection:
                for row in await connection.execute(
                    track_table.select().where(track_table.c.title.in_(titles))
                ):
                    kinds = await connection.scalars(
                        entries.select().with_only_columns(entries.c.kind)
                        .where(entries.c.track_id == row.id).order_by(entries.c.id)
                    )  # fmt: skip
                    once = [kind for kind in kinds if kind != "adjust"]  # to the provider's quote
                    assert once == ["reserve", "spend"], row.title
                    prices.append(row.price)
                    assert row.price == billed(harness, part=2, whole=row.duration)
                    assert harness.wave.submits[row.seed] == 1, row.title
            await eventually(lambda: _no_files(database))
        finally:
            await database.close()
        assert sorted(line.micro for line in harness.wave.bill[billed_before:]) == sorted(prices)
        posted = [m["embeds"][0].get("title") for m in await ben.messages() if m.get("embeds")]
        assert sorted(one for one in posted if one in titles) == sorted(titles)


async def _settled(database: Database, count: int) -> bool:
    async with database.read() as connection:
        spent = entries.select().where(entries.c.kind == "spend")
        return len((await connection.execute(spent)).all()) == count


async def _no_files(database: Database) -> bool:
    async with database.read() as connection:
        kept = own_files.select().where(own_files.c.deleted_at.is_(None))
        return not (await connection.execute(kept)).all()

"""A backup that was taken under load, put back: the bot goes on, and nothing is paid for or posted twice."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from bot_harness import Harness, made, said, track_of
from waiting import eventually

from rehearsal.wavespeed import Fault
from services import backup
from services.storage.database import Database
from services.storage.tables import entries, sums
from services.storage.tables import tracks as table

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
PRICE = 5 * 200  # micro-dollars of each track
TITLES = [f"Load {number}" for number in range(8)]


async def asked(harness: Harness, titles: list[str]) -> None:
    ben = await harness.member("Ben")
    for title in titles:
        answer = await ben.slash("compose", tags=title.lower(), duration=5, title=title)
        await said(answer, title)


async def posted(harness: Harness) -> Counter[str]:
    """How often each title is in the channel."""
    ben = await harness.member("Ben")
    return Counter(one["embeds"][0].get("title") for one in await ben.messages() if one.get("embeds"))


async def all_delivered(database: Database, count: int) -> bool:
    async with database.read() as connection:
        states = [row.state for row in await connection.execute(table.select())]
    return states == ["delivered"] * count


async def saved_under_load(harness: Harness, target: Path) -> None:
    """One track is there, two are being rendered, the others wait; meanwhile everything is saved."""
    await made(await harness.member("Ben"), "Before")
    held = harness.hold("load")
    await asked(harness, TITLES)
    await eventually(lambda: _submitted(harness, 3))
    await asyncio.to_thread(backup.save, harness.settings, target)
    held.release()


async def _submitted(harness: Harness, count: int) -> bool:
    return len(harness.wave.submits) >= count


async def check(harness: Harness, count: int) -> None:
    """Each track was submitted once, charged once, is posted once, and plays."""
    database = Database(harness.settings.tracks_database_url)
    try:
        await eventually(lambda: all_delivered(database, count))
        await eventually(lambda: _nothing_reserved(database))
        async with database.read() as connection:
            spent = [
                row.track_id
                for row in await connection.execute(entries.select().where(entries.c.kind == "spend"))
            ]
            kept = {row.spent for row in await connection.execute(sums.select())}
            rows = list(await connection.execute(table.select()))
    finally:
        await database.close()
    assert len(spent) == len(set(spent)) == count
    assert kept == {PRICE * count}
    assert {harness.wave.submits[row.seed] for row in rows} == {1}
    assert sum(harness.wave.submits.values()) == count
    assert await posted(harness) == dict.fromkeys(["Before", *TITLES], 1)
    for row in rows:
        assert (harness.settings.data_dir / "tracks" / f"{row.id}.mp3").exists()


async def _nothing_reserved(database: Database) -> bool:
    async with database.read() as connection:
        return not any(row.reserved for row in await connection.execute(sums.select()))


async def back_to(harness: Harness, saved: Path) -> None:
    """The bot has stopped, its disk was lost, and what was saved is put back."""
    await harness.stop()
    await asyncio.to_thread(shutil.rmtree, harness.settings.data_dir)
    await asyncio.to_thread(backup.restore, harness.settings, saved)


async def make_the_rest(harness: Harness) -> None:
    """What was under way when it was saved is made."""
    ben = await harness.member("Ben")
    for title in TITLES:
        await track_of(ben, title)


@pytest.mark.parametrize("went_on", [True, False], ids=["after all was made", "at once"])
async def test_what_was_saved_under_load_goes_on_and_nothing_is_made_twice(
    new_harness: NewHarness, tmp_path: Path, went_on: bool
) -> None:
    data, target = tmp_path / "data", tmp_path / "backup"
    async with new_harness(data_dir=data, member_waiting_limit=20) as harness:
        await harness.start()
        await saved_under_load(harness, target)
        if went_on:
            await make_the_rest(harness)
        await back_to(harness, target)
        await harness.start()
        await check(harness, 1 + len(TITLES))


async def test_a_history_without_inputs_leads_to_no_second_submission(
    new_harness: NewHarness, tmp_path: Path
) -> None:
    """What cannot be told counts as spent; no track takes another's music for its own."""
    data, target = tmp_path / "data", tmp_path / "backup"
    async with new_harness(data_dir=data, member_waiting_limit=20) as harness:
        await harness.start()
        await saved_under_load(harness, target)
        await make_the_rest(harness)
        await back_to(harness, target)
        harness.wave.faults.add(Fault("without_inputs", times=None))
        await harness.start()
        database = Database(harness.settings.tracks_database_url)
        try:
            await eventually(lambda: _all_ended(database))
            async with database.read() as connection:
                rows = list(await connection.execute(table.select()))
                spent = {row.spent for row in await connection.execute(sums.select())}
        finally:
            await database.close()
        assert sum(harness.wave.submits.values()) == 1 + len(TITLES)
        assert set(harness.wave.submits.values()) == {1}
        assert {row.failure for row in rows if row.state == "failed"} == {"answer_unknown"}
        assert spent == {PRICE * len(rows)}
        assert set((await posted(harness)).values()) == {1}


async def _all_ended(database: Database) -> bool:
    async with database.read() as connection:
        states = {row.state for row in await connection.execute(table.select())}
    return states <= {"delivered", "failed"}


async def test_it_is_not_put_over_a_bot_that_runs_nor_over_anything_unasked(
    new_harness: NewHarness, tmp_path: Path
) -> None:
    data, target = tmp_path / "data", tmp_path / "backup"
    async with new_harness(data_dir=data) as harness:
        await harness.start()
        await made(await harness.member("Ben"), "Kept")
        await asyncio.to_thread(backup.save, harness.settings, target)
        with pytest.raises(backup.CannotBackUp, match="there already"):
            await asyncio.to_thread(backup.save, harness.settings, target)
        with pytest.raises(backup.CannotBackUp, match="another Jamboree is running"):
            await asyncio.to_thread(backup.restore, harness.settings, target, replace=True)
        await harness.stop()
        with pytest.raises(backup.CannotBackUp, match="REPLACE=yes"):
            await asyncio.to_thread(backup.restore, harness.settings, target)
        await asyncio.to_thread(backup.restore, harness.settings, target, replace=True)
        assert len(await asyncio.to_thread(_put_aside, data)) == 1
        with pytest.raises(backup.CannotBackUp, match="no backup"):
            await asyncio.to_thread(backup.restore, harness.settings, tmp_path / "nothing", replace=True)
        await harness.start()
        ben = await harness.member("Ben")
        await said(await ben.slash("library track", track="Kept"), ".mp3")
        assert await asyncio.to_thread(_open_to_others, target) == []


def _put_aside(folder: Path) -> list[Path]:
    return list(folder.glob("jamboree.sqlite.before-*"))


def _open_to_others(folder: Path) -> list[Path]:
    kept = [folder, *folder.rglob("*")]
    return [path for path in kept if stat.S_IMODE(path.stat().st_mode) & 0o077]

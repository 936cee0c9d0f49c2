"""The schema that the migrations make is the one that the code uses; a transaction is whole or nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgresql import new_postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from waiting import PATIENCE

from services.guilds.settings import Guild, all_guilds, next_number, read_guild
from services.storage import database as database_module
from services.storage.database import Database, driver_url
from services.storage.schema import MIGRATIONS
from services.storage.tables import guilds, metadata, notices


async def test_the_migrations_make_what_the_code_uses(database: Database) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_each_step_is_in_the_file_of_its_name_and_the_last_is_where_a_database_is(
    database: Database,
) -> None:
    steps = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    assert [path.name[:4] for path in sorted((MIGRATIONS / "versions").glob("*.py"))] == steps[::-1]
    async with database.read() as connection:
        assert await connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == steps[0]


async def test_a_clone_may_be_in_a_folder_of_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "100%").symlink_to(MIGRATIONS.parent)
    monkeypatch.setattr(database_module, "MIGRATIONS", tmp_path / "100%" / "migrations")
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    await database.migrate()
    await database.close()


async def test_a_second_start_migrates_nothing_and_loses_nothing(database: Database) -> None:
    async with database.write() as connection:
        await next_number(connection, 5)
    await database.migrate()
    async with database.write() as connection:
        assert (await next_number(connection, 5))[0] == 2


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_servers_that_made_tracks_before_the_host_was_asked_stay_in(kind: str, tmp_path: Path) -> None:
    database = Database(new_postgresql() if kind == "postgresql" else f"sqlite:///{tmp_path / 'old.sqlite'}")
    await database.migrate("0015")
    async with database.write() as connection:
        for guild_id, made, access in ((1, 3, None), (2, 0, None), (3, 5, "blocked")):
            row = {"guild_id": guild_id, "last_number": made, "access": access, "paused": False}
            await connection.execute(guilds.insert().values(row))
    await database.migrate()
    async with database.read() as connection:
        access = {one.guild_id: one.access for one in await all_guilds(connection)}
    assert access == {1: "allowed", 2: None, 3: "blocked"}
    await database.close()


async def test_numbers_are_given_once_each(database: Database) -> None:
    async def take() -> int:
        async with database.write() as connection:
            return (await next_number(connection, 5))[0]

    assert sorted(await asyncio.gather(*(take() for _ in range(50)))) == list(range(1, 51))


async def test_an_exception_undoes_the_whole_transaction(database: Database) -> None:
    async def take_and_fail() -> None:
        async with database.write() as connection:
            await next_number(connection, 5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await take_and_fail()
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(guilds)) == 0


async def test_a_task_that_is_cancelled_while_it_writes_holds_up_nobody(database: Database) -> None:
    async def write() -> None:
        async with database.write() as connection:
            for _ in range(3):
                await next_number(connection, 5)

    cancelled: list[asyncio.Task[None]] = []  # kept, and with them the frames in which they were cancelled
    for step in range(40):
        cancelled.append(asyncio.create_task(write()))
        await asyncio.sleep(step / 10_000)  # somewhere in it: what a thread does has no event
        cancelled[-1].cancel()
        await asyncio.wait(cancelled[-1:])
        async with asyncio.timeout(PATIENCE):
            await write()
    assert any(task.cancelled() for task in cancelled)


@pytest.mark.parametrize("in_one_go", [True, False])
async def test_who_is_cancelled_while_reading_leaves_the_place_to_others(
    database: Database, in_one_go: bool
) -> None:
    async def look(connection: AsyncConnection) -> None:
        for _ in range(3):
            await read_guild(connection, 5)

    async def read() -> None:
        if in_one_go:
            await database.read_in_one_go(look)
        else:
            async with database.read() as connection:
                await look(connection)

    for step in range(40):  # more than may read at once
        cancelled = asyncio.create_task(read())
        await asyncio.sleep(step / 20_000)  # somewhere in it: what a thread does has no event
        cancelled.cancel()
        await asyncio.wait([cancelled])
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(read() for _ in range(40)))


async def test_of_what_only_reads_nothing_is_kept(database: Database) -> None:
    async with database.read() as connection:
        await next_number(connection, 5)
    assert (await database.read_in_one_go(partial(next_number, guild_id=5)))[0] == 1
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(guilds)) == 0


async def test_what_was_written_is_counted_by_table_and_what_was_read_is_not(database: Database) -> None:
    async with database.write() as connection:
        await next_number(connection, 5)
        await read_guild(connection, 5)
    await database.write_in_one_go(partial(next_number, guild_id=5))
    await database.read_in_one_go(partial(read_guild, guild_id=5))
    async with database.read() as connection:
        await read_guild(connection, 5)
    assert (database.writes, database.written) == (2, {"guilds": 2})


async def test_whoever_is_not_patient_waits_for_one_that_is_at_the_most(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("PostgreSQL has them all write at once")
    order: list[str] = []

    async def write(who: str, *, patient: bool) -> None:
        async with database.write(patient=patient) as connection:
            await next_number(connection, 5)
            order.append(who)

    async with database.write():
        asked = [asyncio.create_task(write("patient", patient=True)) for _ in range(9)]
        await asyncio.sleep(0)  # they stand in line
        asked.append(asyncio.create_task(write("not", patient=False)))
        await asyncio.sleep(0)
    await asyncio.gather(*asked)
    assert order.index("not") == 1


async def test_in_one_go_is_whole_or_nothing_and_in_turn_with_all_others(database: Database) -> None:
    async def take(connection: AsyncConnection) -> int:
        return (await next_number(connection, 5))[0]

    async def take_and_fail(connection: AsyncConnection) -> None:
        await take(connection)
        raise ZeroDivisionError

    async def take_step_by_step() -> int:
        async with database.write() as connection:
            return await take(connection)

    both = (ask() for _ in range(25) for ask in (partial(database.write_in_one_go, take), take_step_by_step))
    numbers = await asyncio.gather(*both)
    with pytest.raises(ZeroDivisionError):
        await database.write_in_one_go(take_and_fail)
    assert sorted(numbers) == list(range(1, 51))
    assert await take_step_by_step() == 51


async def test_in_one_go_needs_no_turn_of_the_event_loop(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("PostgreSQL's driver waits on the event loop")
    began, written = threading.Event(), threading.Event()

    async def write(connection: AsyncConnection) -> None:
        began.set()
        for _ in range(3):
            await next_number(connection, 5)
        written.set()

    writing = asyncio.create_task(database.write_in_one_go(write))
    assert await asyncio.to_thread(began.wait, PATIENCE)
    assert written.wait(PATIENCE)  # the loop stands still meanwhile
    await writing


async def test_in_one_go_it_is_asked_what_to_do_once_its_turn_has_come(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("PostgreSQL has them all write at once")
    order: list[str] = []

    def take(connection: AsyncConnection) -> Coroutine[Any, Any, tuple[int, Guild]]:
        order.append("asked")
        return next_number(connection, 5)

    async with database.write() as connection:
        waiting = asyncio.create_task(database.write_in_one_go(take))
        await next_number(connection, 5)
        order.append("written")
    assert (await waiting)[0] == 2
    assert order == ["written", "asked"]


async def test_in_one_go_nothing_else_is_awaited(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("PostgreSQL's driver waits on the event loop")

    async def wait_in_between(connection: AsyncConnection) -> None:
        await next_number(connection, 5)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="its connection only"):
        await database.write_in_one_go(wait_in_between)
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(guilds)) == 0


async def test_in_one_go_is_over_when_who_asked_is_cancelled(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("PostgreSQL undoes what was not committed")
    began, cancelled = threading.Event(), threading.Event()

    async def write(connection: AsyncConnection) -> None:
        began.set()
        cancelled.wait(PATIENCE)
        await next_number(connection, 5)

    writing = asyncio.create_task(database.write_in_one_go(write))
    assert await asyncio.to_thread(began.wait, PATIENCE)
    writing.cancel()
    asyncio.get_running_loop().call_later(0.01, cancelled.set)  # once it was told
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with database.read() as connection:
        assert (await connection.scalars(sa.select(guilds.c.last_number))).all() == [1]


async def test_it_closes_once_what_was_cancelled_is_undone(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("PostgreSQL undoes it when the connection goes")
    began, closing = threading.Event(), threading.Event()

    def take_long(_connection: sa.Connection) -> None:
        began.set()
        closing.wait(PATIENCE)

    async def write() -> None:
        async with database.write() as connection:
            await next_number(connection, 5)
            await connection.run_sync(take_long)

    writing = asyncio.create_task(write())
    assert await asyncio.to_thread(began.wait, PATIENCE)
    writing.cancel()
    asyncio.get_running_loop().call_later(0.01, closing.set)  # once it closes
    await database.close()
    with pytest.raises(asyncio.CancelledError):
        await writing
    again = Database(str(database.url))
    async with asyncio.timeout(PATIENCE), again.write() as connection:
        assert (await next_number(connection, 5))[0] == 1
    await again.close()


async def test_reading_does_not_wait_for_a_writer(database: Database) -> None:
    async with database.write() as connection:
        await next_number(connection, 5)
        async with asyncio.timeout(PATIENCE), database.read() as reader:
            assert (await read_guild(reader, 5)).daily_limit is None


async def test_moments_come_back_as_they_went_in(database: Database) -> None:
    at = datetime(2026, 2, 28, 23, 59, 59, 123456, tzinfo=UTC)
    async with database.write() as connection:
        await connection.execute(notices.insert().values(guild_id=1, member_id=2, text="…", created_at=at))
    async with database.read() as connection:
        assert await connection.scalar(sa.select(notices.c.created_at)) == at


def test_only_databases_that_we_know() -> None:
    assert driver_url("postgresql://host/name").drivername == "postgresql+psycopg"
    with pytest.raises(ValueError, match="mysql"):
        driver_url("mysql://host/name")

"""A bot's data moved from SQLite to PostgreSQL: the same tracks, entries and sums, and the work goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from kept_logging import kept_logging
from kept_track import a_track
from migrated import migrated_folder
from postgresql import new_postgresql
from pydantic import SecretStr
from soak.variants import few_of
from studio_harness import NewStudio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services import move_database
from services.storage.database import Database, driver_url, now
from services.storage.file_locks import this_data_only
from services.storage.leases import LOCKS
from services.storage.readiness import Unusable, check_nothing_left, until_usable
from services.storage.tables import clusters, metadata
from services.tracks.track import State

ROOT = Path(__file__).parents[2]


def moved(monkeypatch: pytest.MonkeyPatch, source: Path | str, target: str) -> int:
    """The exit code of the command."""
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    monkeypatch.setattr(sys, "argv", ["move_database", str(source), target])
    with kept_logging():
        return move_database.main()


def everything(url: str) -> dict[str, list[Any]]:
    """All rows of all of our tables."""
    engine = sa.create_engine(driver_url(url))
    with engine.connect() as connection:
        wanted = [table for table in metadata.sorted_tables if table is not clusters]
        rows = {one.name: [tuple(row) for row in connection.execute(sa.select(one))] for one in wanted}
    engine.dispose()
    return {name: sorted(found, key=repr) for name, found in rows.items()}


def counted(url: str) -> int:
    """Rows in a PostgreSQL, ours and the workflows'; 0 also where there are no tables."""
    engine = sa.create_engine(driver_url(url))
    with engine.connect() as connection:
        found = sa.MetaData()
        for schema in (None, "dbos"):
            found.reflect(connection, schema=schema)
        wanted = [
            one for one in found.tables.values() if one.name not in ("alembic_version", "dbos_migrations")
        ]
        counts = [connection.scalar(sa.select(sa.func.count()).select_from(one)) or 0 for one in wanted]
    engine.dispose()
    return sum(counts)


async def test_it_goes_on_with_the_same_tracks_entries_and_sums(
    new_studio: NewStudio, wave: WaveSpeedStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = new_postgresql()
    wave.faults.add(Fault("render_failed", tags="broken"))
    held = wave.faults.add(Fault("render_held", tags="slow", times=None))
    async with new_studio() as harness:
        delivered = await harness.compose("Done", tags="funk")
        assert (await harness.settled(delivered.id)).state is State.DELIVERED
        failed = await harness.compose("Broken", tags="broken")
        assert (await harness.settled(failed.id)).state is State.FAILED
        rendering = await harness.compose("Under Way", tags="slow")
        await held.reached()
        await harness.studio.queue.pause(1)
        waiting = await harness.compose("Waiting", tags="ska")
        folder, delivery = harness.settings.data_dir, harness.delivery
        before = f"sqlite:///{folder / 'jamboree.sqlite'}"
    kept = await asyncio.to_thread(everything, before)
    assert len(kept["tracks"]) == 4
    assert kept["ledger_entries"]
    assert await asyncio.to_thread(moved, monkeypatch, folder, target) == 0
    assert await asyncio.to_thread(everything, target) == kept
    names = [path.name for path in await asyncio.to_thread(lambda: list(folder.glob("*.sqlite*")))]
    assert len(names) == len([name for name in names if ".sqlite.moved-" in name or name.endswith(".lock")])
    with pytest.raises(Unusable, match="is on PostgreSQL now"):  # a start that is not told where
        await until_usable(Database(before), before)

    held.release()
    async with new_studio(delivery, database_url=target) as harness:
        assert (await harness.settled(rendering.id)).state is State.DELIVERED
        await harness.studio.queue.resume(1)
        assert (await harness.settled(waiting.id)).state is State.DELIVERED
        new = await harness.compose("New", tags="polka")
        assert (await harness.settled(new.id)).state is State.DELIVERED
        assert new.number == 5
        assert [wave.submits[one.seed] for one in (delivered, rendering, waiting, new)] == [1] * 4
        posted = [track_id for track_id, _ in harness.delivery.published]
        assert sorted(posted) == sorted(one.id for one in (delivered, rendering, waiting, new))


async def with_a_track(folder: Path) -> None:
    database = Database(f"sqlite:///{folder / 'jamboree.sqlite'}")
    await a_track(database)
    await database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bot's data, with one track in it."""
    migrated_folder(tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "jamboree.sqlite")) as database:
        database.execute("INSERT INTO guilds (guild_id, paused, last_number) VALUES (1, 0, 1)")
        database.execute("INSERT INTO notices (guild_id, member_id, text, created_at) VALUES (1, 2, 'a', 3)")
        database.commit()
    return tmp_path / "data"


def left_as_it_was(folder: Path, target: str) -> bool:
    return (
        counted(target) == 0 and (folder / "jamboree.sqlite").exists() and (folder / "queue.sqlite").exists()
    )


def test_the_next_row_has_a_number_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = new_postgresql()
    assert moved(monkeypatch, folder, target) == 0
    with psycopg.connect(target) as connection:
        new = "INSERT INTO notices (guild_id, member_id, text, created_at) VALUES (1, 2, 'b', 3) RETURNING id"
        assert connection.execute(new).fetchone() == (2,)
        new = (
            "INSERT INTO audit (guild_id, actor_id, action, subject, before, after, at) "
            "VALUES (1, 2, '', '', '', '', 3) RETURNING id"
        )
        assert connection.execute(new).fetchone() == (1,)


def test_a_folder_of_any_name(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder.rename(tmp_path / "100%25 ours?")
    target = new_postgresql()
    assert moved(monkeypatch, folder, target) == 0
    assert counted(target) == 2


def test_a_file_by_its_address(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "jamboree.sqlite").rename(tmp_path / "jam.db")
    (folder / "queue.sqlite").rename(tmp_path / "jam.db-queue")
    monkeypatch.setenv("DATA_DIR", str(folder))
    target = new_postgresql()
    assert moved(monkeypatch, f"sqlite:///{tmp_path / 'jam.db'}", target) == 0
    assert counted(target) == 2


@pytest.mark.parametrize("table", ["guilds", "dbos.workflow_status"])
def test_a_target_that_has_something_in_it_is_refused(
    folder: Path,
    tmp_path: Path,
    table: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = new_postgresql()
    assert moved(monkeypatch, folder, target) == 0
    with psycopg.connect(target) as connection:
        connection.execute("TRUNCATE guilds, notices")
        if table == "guilds":
            connection.execute("INSERT INTO guilds (guild_id, paused, last_number) VALUES (9, false, 1)")
        else:
            connection.execute(
                "INSERT INTO dbos.workflow_status (workflow_uuid, created_at, updated_at) VALUES ('x', 1, 1)"
            )
    migrated_folder(folder)
    assert moved(monkeypatch, folder, target) == 1
    assert "TO is not empty" in capsys.readouterr().err
    assert (folder / "jamboree.sqlite").exists()
    assert counted(target) == 1


def test_tables_that_a_start_has_made_are_no_hindrance(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = new_postgresql()

    async def start() -> None:
        database = Database(target)
        await database.migrate()
        async with database.write() as connection:
            await connection.execute(clusters.insert().values(cluster_id=0, epoch=3, expires_at=now()))
        await database.close()

    asyncio.run(start())
    assert moved(monkeypatch, folder, target) == 0
    assert counted(target) == 3


def test_a_bot_that_runs_on_either_side_is_told_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = new_postgresql()
    with this_data_only(move_database._settings(str(folder))):  # pyright: ignore[reportPrivateUsage]
        assert moved(monkeypatch, folder, target) == 1
    assert "another Jamboree is running" in capsys.readouterr().err
    with psycopg.connect(target, autocommit=True) as running:
        running.execute("SELECT pg_advisory_lock(%s, 2)", (LOCKS,))
        assert moved(monkeypatch, folder, target) == 1
    assert "a bot is running on TO" in capsys.readouterr().err
    assert left_as_it_was(folder, target)
    assert moved(monkeypatch, folder, target) == 0


def test_what_breaks_off_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = new_postgresql()
    with closing(sqlite3.connect(folder / "jamboree.sqlite")) as database:
        database.execute("UPDATE notices SET text = char(0)")  # which no PostgreSQL takes
        database.commit()
    assert moved(monkeypatch, folder, target) == 1
    assert capsys.readouterr().err.startswith("Nothing was moved: ")
    assert left_as_it_was(folder, target)
    with closing(sqlite3.connect(folder / "jamboree.sqlite")) as database:
        database.execute("UPDATE notices SET text = 'a'")
        database.commit()
    assert moved(monkeypatch, folder, target) == 0


def test_an_older_schema_is_not_moved(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = new_postgresql()
    with closing(sqlite3.connect(folder / "jamboree.sqlite")) as database:
        database.execute("UPDATE alembic_version SET version_num = '0011'")
        database.commit()
    assert moved(monkeypatch, folder, target) == 1
    assert "is an older Jamboree's; start this one on it once" in capsys.readouterr().err
    assert left_as_it_was(folder, target)


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("nowhere", "postgresql:///x", "nowhere/jamboree.sqlite is not there"),
        ("postgresql://host/x", "postgresql:///x", "FROM must be a folder"),
        ("data", "sqlite:///x", "TO must be a PostgreSQL"),
        ("data", "mysql://me:hunter2@host/x", "DATABASE_URL must look like"),
    ],
)
def test_what_is_no_such_place_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    source: str, target: str, said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(folder.parent)
    assert moved(monkeypatch, source, target) == 1
    printed = capsys.readouterr().err
    assert said in printed
    assert "hunter2" not in printed
    assert printed.count("\n") == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from services import move_database

left, move, close = int(sys.argv.pop(1)), Path.rename, move_database.ExitStack.close

def rename(path, target):
    global left
    if move_database.MOVED in str(target):
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
    return move(path, target)

def commit(stack):
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    close(stack)

Path.rename, move_database.ExitStack.close = rename, commit
sys.exit(move_database.main())
"""


@pytest.mark.parametrize("renamed", few_of(1, [1, 0, 2]))
async def test_a_kill_while_it_ends_leaves_nothing_from_which_two_would_go_on(
    folder: Path, renamed: int
) -> None:
    await with_a_track(folder)
    target = new_postgresql()
    command = [sys.executable, "-c", KILLED, f"{renamed}", str(folder), target]
    killed = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env={"PATH": os.environ["PATH"]})
    assert await killed.wait() == -signal.SIGKILL
    before = move_database._settings(str(folder))  # pyright: ignore[reportPrivateUsage]
    after = before.model_copy(update={"database_url": SecretStr(target)})
    database = Database(target)
    await database.migrate()
    with pytest.raises(Unusable, match="that database is empty"):
        await check_nothing_left(database, after)
    await database.close()
    if renamed:
        with pytest.raises(Unusable, match="is on PostgreSQL now"):
            await until_usable(Database(before.tracks_database_url), before.queue_database_url)


def test_files_that_cannot_be_put_aside_leave_everything_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, move = new_postgresql(), Path.rename

    def rename(path: Path, to: Path) -> Path:
        if path.name == "queue.sqlite":
            raise PermissionError
        return move(path, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        assert moved(patch, folder, target) == 1
    assert left_as_it_was(folder, target)
    assert moved(monkeypatch, folder, target) == 0

"""Starting on databases out of order: damaged ones are named in a line, those that are away waited for."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, between, forked_bot, made, said
from postgresql import new_postgresql, role_with_password
from pydantic import SecretStr
from structlog.testing import capture_logs
from tcp_proxy import proxy_to
from test_front_door import started
from waiting import eventually

from services.storage import readiness

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
FILES = ("jamboree.sqlite", "queue.sqlite")


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "FIRST_PAUSE", 0.05)


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(100_000))


def cut_short(path: Path) -> None:
    """As a full disk or a bad copy leaves it: the first page is whole, the others are not."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE things (words TEXT)")
        database.executemany("INSERT INTO things VALUES (?)", [("x" * 500,)] * 500)
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))


def folder(path: Path) -> None:
    path.mkdir()


def somebody_elses(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE dbos_migrations (other TEXT)")
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
        database.commit()


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("spoil", [garbage, cut_short, folder, somebody_elses])
async def test_a_file_that_is_no_database_of_ours(
    new_harness: NewHarness, tmp_path: Path, file: str, spoil: Callable[[Path], None]
) -> None:
    spoil(tmp_path / file)
    async with new_harness() as harness:
        bot = await forked_bot(tmp_path, **between(harness, tmp_path))
        _out, err = await asyncio.wait_for(bot.communicate(), 4 * TIMEOUT)
    assert bot.returncode == 2
    assert "Traceback" not in err.decode()
    line = err.decode().splitlines()[-1]
    assert line.startswith("Jamboree cannot start: ")
    assert file in line or "newer Jamboree" in line


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Nobody can write it: not even root, who needs a flag of the file system for that."""
    path.chmod(0o400)
    flag = os.geteuid() == 0
    chattr = shutil.which("chattr") or "false"
    if flag and subprocess.run([chattr, "+i", path], capture_output=True, check=False).returncode:
        pytest.skip("root can write every file here: there is no chattr +i")
    try:
        yield
    finally:
        if flag:
            subprocess.run([chattr, "-i", path], check=True)


@pytest.mark.parametrize("file", FILES)
async def test_a_file_that_cannot_be_written(new_harness: NewHarness, tmp_path: Path, file: str) -> None:
    async with new_harness() as harness:
        await harness.start()
        await harness.stop()
        with read_only(tmp_path / file):
            bot = await forked_bot(tmp_path, **between(harness, tmp_path))
            _out, err = await asyncio.wait_for(bot.communicate(), 4 * TIMEOUT)
    assert bot.returncode == 2
    assert file in err.decode().splitlines()[-1]
    assert "readonly" in err.decode().splitlines()[-1]


@pytest.mark.parametrize("file", FILES)
async def test_a_locked_file_is_waited_for(new_harness: NewHarness, tmp_path: Path, file: str) -> None:
    with closing(sqlite3.connect(tmp_path / file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        async with new_harness() as harness:
            with capture_logs() as logs:
                starting = asyncio.create_task(harness.start())
                await eventually(lambda: _waits(logs))
                other.execute("ROLLBACK")
                await starting
            await made(await harness.member("Ben"), "After the Lock")


async def _waits(logs: list[Any]) -> bool:
    return any(entry["event"] == "waiting for the database" for entry in logs)


@pytest.mark.parametrize("how", ["closed", "deaf"])
async def test_a_postgresql_that_is_away_is_waited_for(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 1.0)
    with proxy_to(new_postgresql()) as (proxy, url):
        async with new_harness(database_url=url) as harness:
            proxy.open, proxy.deaf = how != "closed", how == "deaf"
            with capture_logs() as logs:
                starting = asyncio.create_task(harness.start())
                await eventually(lambda: _waits(logs))
                proxy.open, proxy.deaf = True, False
                await starting
            await said(await (await harness.member("Ben")).slash("queue"), "Nothing is running")
            await harness.stop()


async def test_a_postgresql_without_that_database_or_role(new_harness: NewHarness) -> None:
    with proxy_to(new_postgresql()) as (_proxy, url):
        for wrong in (f"{url}_nowhere", url.replace("postgres:", "nobody:")):
            async with new_harness(database_url=wrong) as harness:
                line = await started(harness)
                assert line.startswith("DATABASE_URL")
                assert "does not exist" in line


@pytest.mark.parametrize(("password", "words"), [("guessed", "authentication failed"), ("", "no password")])
async def test_a_postgresql_with_another_password(new_harness: NewHarness, password: str, words: str) -> None:
    url = new_postgresql().replace("postgres:", f"{role_with_password()}:{password}")
    async with new_harness(database_url=url) as harness:
        line = await started(harness)
        assert line.startswith("DATABASE_URL")
        assert words in line
        assert "guessed" not in line


@pytest.mark.parametrize(
    ("kind", "advice"),
    [("postgresql", "take them over with make move-database FROM="), ("sqlite", "take DATABASE_URL out")],
)
async def test_an_empty_database_takes_no_files_place_unasked(
    new_harness: NewHarness, tmp_path: Path, kind: str, advice: str
) -> None:
    async with new_harness(data_dir=tmp_path / "data") as harness:
        await harness.start()
        await made(await harness.member("Ben"), "Kept")
        await harness.stop()
        other = new_postgresql() if kind == "postgresql" else f"sqlite:///{tmp_path / 'other.sqlite'}"
        harness.settings.database_url = SecretStr(other)
        line = await started(harness)
        assert line.startswith("DATABASE_URL: that database is empty, and ")
        assert f"has 1 track; {advice}" in line
        (tmp_path / "data" / "jamboree.sqlite").rename(
            tmp_path / "data" / "old.sqlite"
        )  # the host wants that
        await harness.start()
        await harness.stop()

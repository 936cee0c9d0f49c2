"""Starting where a database or a disk is there, and will not: waited for, or named in a line."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from bot_harness import Harness, made
from full_disk import fill, small_disk
from postgresql import new_postgresql, odd_postgresql, server_account, server_socket
from structlog.testing import capture_logs
from test_front_door import started
from waiting import eventually

from services.storage import readiness

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "FIRST_PAUSE", 0.05)


async def waits_until(harness: Harness, words: str, mend: Callable[[], None]) -> None:
    """The start waits, says for what, and goes on once it is mended."""
    with capture_logs() as logs:
        starting = asyncio.create_task(harness.start())

        async def waits() -> bool:
            assert not starting.done(), starting.exception()
            return any(one["event"].startswith("waiting for") and words in one["reason"] for one in logs)

        await eventually(waits)
        await asyncio.to_thread(mend)
        await starting


@pytest.mark.parametrize("used", [True, False])
async def test_a_server_that_is_a_standby_for_now(new_harness: NewHarness, used: bool) -> None:
    url = new_postgresql()

    def set_standby(value: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            name = url.partition("?")[0].rpartition("/")[2]
            connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}".encode())

    async with new_harness(database_url=url) as harness:
        if used:
            await harness.start()
            await harness.stop()
        set_standby("on")
        await waits_until(harness, "read-only", lambda: set_standby("off"))
        await made(await harness.member("Ben"), "After the Failover")


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
async def test_an_encoding_without_every_letter(new_harness: NewHarness, encoding: str) -> None:
    async with new_harness(database_url=odd_postgresql(encoding)) as harness:
        line = await started(harness)
        assert line.startswith("DATABASE_URL")
        assert encoding in line


@contextmanager
def pooler(folder: Path, mode: str) -> Iterator[str]:
    """A PgBouncer before the tests' server: the address with which it begins."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("needs PgBouncer")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    users = folder / "users.txt"
    users.write_text('"postgres" ""\n')
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={server_socket()}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {users}\n"
        f"pool_mode = {mode}\ndefault_pool_size = 60\n"
    )
    for one in (users, settings):
        shutil.chown(one, server_account())
    for one in (folder, *folder.parents):  # the server's account has to get there
        if not one.stat().st_mode & 0o001:
            one.chmod(one.stat().st_mode | 0o011)
    process = subprocess.Popen([program, "-q", settings], user=server_account(), stderr=subprocess.DEVNULL)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert process.poll() is None, "PgBouncer has ended"
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_a_pooler_has_to_wait_for_the_end_of_a_session(
    new_harness: NewHarness, tmp_path: Path, mode: str
) -> None:
    name = new_postgresql().partition("?")[0].rpartition("/")[2]
    with pooler(tmp_path, mode) as address:
        async with new_harness(database_url=f"{address}/{name}") as harness:
            if mode == "transaction":
                assert "pool_mode = session" in await started(harness)
            else:
                await harness.start()
                await made(await harness.member("Ben"), "By a Pooler")
                await harness.stop()


@pytest.mark.parametrize("of", ["bytes", "names"])
async def test_a_disk_that_is_full_is_waited_for(new_harness: NewHarness, tmp_path: Path, of: str) -> None:
    with small_disk(tmp_path, files=50) as disk:
        fillers = [disk / f"filler{number}" for number in range(50)]
        with contextlib.suppress(OSError):
            for one in fillers:
                fill(one) if of == "bytes" else one.touch()

        def make_room() -> None:
            for one in fillers:
                one.unlink(missing_ok=True)

        async with new_harness(data_dir=disk) as harness:
            await waits_until(harness, str(disk), make_room)
            await made(await harness.member("Ben"), "After the Flood")
            await harness.stop()

"""SIGTERM ends the bot within ten seconds, whatever hangs; what was not done is done after the next start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, between, forked_bot, said, track_of
from postgresql import new_postgresql
from preloaded import BotProcess
from tcp_proxy import Proxy, proxy_to, way_to
from waiting import eventually

from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.wavespeed import Fault

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
GRACE = {"everything": 10.0}  # SHUTDOWN_GRACE, in seconds: its default; for the others
LESS = 6.0
AT_ONCE = 3.0  # what closing takes where nothing has begun


@asynccontextmanager
async def open_bot(harness: Harness, folder: Path, **more: str) -> AsyncIterator[BotProcess]:
    """A bot as its own process, which takes interactions."""
    bot = await forked_bot(
        folder,
        **between(harness, folder),
        POLL_INTERVAL="0.05",
        LOST_ANSWER_PATIENCE="0.5",
        **more,
    )
    assert bot.stderr is not None
    reading = asyncio.create_task(_read(bot.stderr))
    try:
        async with asyncio.timeout(4 * TIMEOUT):
            await eventually(lambda: asyncio.to_thread((folder / "health").exists))
        yield bot
    finally:
        bot.kill()
        await bot.wait()
        reading.cancel()


async def _read(stream: asyncio.StreamReader) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        while await stream.read(65536):
            pass


async def stopped(bot: BotProcess) -> float:
    """Seconds from SIGTERM to the end, without those in which the machine had no processor for the bot."""
    bot.send_signal(signal.SIGTERM)
    began, waited_before, waited = time.monotonic(), _waited(bot), 0.0
    async with asyncio.timeout(3 * TIMEOUT):
        while bot.returncode is None:
            waited = max(waited, _waited(bot) - waited_before)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bot.wait(), 0.05)
    assert bot.returncode == 0
    return time.monotonic() - began - waited


def _waited(bot: BotProcess) -> float:
    """Seconds in which its main thread could have run and was not let (schedstat, proc(5))."""
    try:
        return int(Path(f"/proc/{bot.pid}/schedstat").read_text().split()[1]) / 1e9
    except (FileNotFoundError, ProcessLookupError):  # it has ended, or this kernel does not count
        return 0.0


@pytest.mark.parametrize(
    "hung", ["nothing", "provider", "Discord's API", "gateway", "PostgreSQL", "workers", "everything"]
)
async def test_it_ends_in_time_whatever_hangs(new_harness: NewHarness, tmp_path: Path, hung: str) -> None:
    promised = GRACE.get(hung, LESS)
    more: dict[str, Any] = {"SHUTDOWN_GRACE": str(promised)}
    proxy: Proxy | None = None
    with ExitStack() as stack:
        if hung in ("PostgreSQL", "everything"):
            proxy, more["DATABASE_URL"] = stack.enter_context(proxy_to(new_postgresql()))
        async with new_harness() as harness:
            async with open_bot(harness, tmp_path, **more) as bot:
                ben = await harness.member("Ben")
                await hang(harness, hung, proxy, before=True)
                answer = await ben.slash("compose", tags="ska", duration=5, title="Interrupted")
                if hung != "Discord's API":
                    await said(answer, "Interrupted")
                await under_way(harness, hung)
                await hang(harness, hung, proxy, before=False)
                frozen = await freeze_workers(bot) if hung == "workers" else []
                assert await stopped(bot) < promised
                await eventually(lambda: all_gone(frozen))
            harness.discord.faults.clear()
            harness.wave.faults.clear()
            if proxy is not None:
                proxy.deaf = False
            await asyncio.to_thread((tmp_path / "health").unlink, missing_ok=True)
            async with open_bot(harness, tmp_path, **more):
                await track_of(ben, "Interrupted")
                posted = [m for m in await ben.messages() if m["embeds"]]
                assert len(posted) == 1
                assert list(harness.wave.submits.values()) == [1]


class DeafAtLaunch(Proxy):
    """Swallows everything from when the bot first asks for something of its workflows'."""

    async def _pipe(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        async def watched() -> bytes:
            data = await read(65536)
            self.deaf = self.deaf or b"application_versions" in data
            return data

        read = source.read
        with contextlib.suppress(ConnectionError):
            while data := await watched():
                if not self.deaf:
                    target.write(data)
        target.close()


async def test_a_start_that_a_database_holds_up_ends_at_once(new_harness: NewHarness, tmp_path: Path) -> None:
    with way_to(new_postgresql(), DeafAtLaunch) as (proxy, url):
        async with new_harness() as harness:
            bot = await forked_bot(tmp_path, **between(harness, tmp_path), DATABASE_URL=url)
            assert bot.stderr is not None
            reading = asyncio.create_task(_read(bot.stderr))
            try:
                await eventually(lambda: _is_so(lambda: proxy.deaf))
                assert await stopped(bot) < AT_ONCE
            finally:
                reading.cancel()


async def test_it_ends_in_time_where_there_is_no_memory_for_a_thread(
    new_harness: NewHarness, tmp_path: Path
) -> None:
    async with new_harness() as harness, open_bot(harness, tmp_path, SHUTDOWN_GRACE=str(LESS)) as bot:
        ben = await harness.member("Ben")
        held = harness.hold("ska")
        await ben.slash("compose", tags="ska", duration=5, title="Rendering")
        await held.reached()
        resource.prlimit(bot.pid, resource.RLIMIT_AS, (2**20, resource.RLIM_INFINITY))
        assert await stopped(bot) < LESS


async def hang(harness: Harness, hung: str, proxy: Proxy | None, *, before: bool) -> None:
    """Before the track is asked for, and while it is made."""
    if before:
        if hung in ("provider", "everything"):
            harness.wave.faults.add(Fault("hang", when="after"))
        if hung == "Discord's API":
            harness.discord.faults.add(DiscordFault("hang", "POST", "/channels/*/messages", times=None))
            harness.discord.faults.add(DiscordFault("hang", "PATCH", "/webhooks/*", times=None))
        return
    if hung in ("gateway", "everything"):
        harness.discord.faults.add(DiscordFault("deaf"))
    if hung == "everything":
        harness.discord.faults.add(DiscordFault("hang", times=None))
    if proxy is not None:
        proxy.deaf = True


def workers_of(bot: BotProcess) -> list[Path]:
    """In /proc; any of the bot's threads may have started them."""
    listed = [one.read_text().split() for one in Path(f"/proc/{bot.pid}/task").glob("*/children")]
    children = [Path("/proc", child) for some in listed for child in some]
    return [one for one in children if b"spawn_main" in (one / "cmdline").read_bytes()]


async def freeze_workers(bot: BotProcess) -> list[Path]:
    """Stops the worker that makes the MP3, in the middle of it."""
    await eventually(lambda: asyncio.to_thread(workers_of, bot))
    workers = await asyncio.to_thread(workers_of, bot)
    for worker in workers:
        os.kill(int(worker.name), signal.SIGSTOP)
    return workers


async def _is_so(what: Callable[[], bool]) -> bool:
    return what()


async def all_gone(processes: list[Path]) -> bool:
    return not any(one.exists() for one in processes)


async def under_way(harness: Harness, hung: str) -> None:
    """Waits until what hangs was reached."""

    async def reached() -> bool:
        if hung in ("provider", "everything"):
            return bool(harness.wave.submits)
        if hung == "Discord's API":
            return any(fault.hits for fault in harness.discord.faults.rules if fault.method == "POST")
        return True

    await eventually(reached)

"""The whole bot, asked from outside: off by default, before it is ready, and with its gateway gone."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from bot_harness import TIMEOUT, Harness, between, forked_bot, identify_at_once, made
from structlog.testing import capture_logs
from waiting import eventually

import bot as front_door
from cogs.core import client
from cogs.core.client import Jamboree
from rehearsal.discord.faults import Fault
from services.monitoring import shared_probe

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
DELIVERED = 'jamboree_tracks_ended_total{failure="none",outcome="delivered"}'


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_probe, "FRESH", 0.0)


@pytest.fixture
def port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def ask(port: int, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text()


def opened(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except FileNotFoundError:  # closed meanwhile
        return ""


def listening(pid: int) -> list[str]:
    """The addresses on which the process listens, as Linux writes them."""
    held = {opened(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    known = "".join(Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6"))
    rows = [row.split() for row in known.splitlines()]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in held]


async def open_bot(harness: Harness, folder: Path, **settings: str) -> Any:
    """A bot of its own process that takes interactions."""
    bot = await forked_bot(folder, **between(harness, folder), **settings)
    assert bot.stderr is not None
    async with asyncio.timeout(TIMEOUT):
        while line := await bot.stderr.readline():
            if re.search(rb"\[info +\] open\b", line):
                break
    return bot


async def test_by_default_no_port_is_open(new_harness: NewHarness, tmp_path: Path, port: int) -> None:
    async with new_harness() as harness:
        for settings, open_ports in (({}, []), ({"METRICS_ADDRESS": str(port)}, [f"0100007F:{port:04X}"])):
            bot = await open_bot(harness, tmp_path, **settings)
            assert listening(bot.pid) == open_ports
            bot.terminate()
            await bot.communicate()


async def test_an_address_that_is_taken_stops_the_start_with_a_sentence(
    new_harness: NewHarness, port: int
) -> None:
    with socket.create_server(("127.0.0.1", port)):
        async with new_harness(metrics_address=str(port)) as harness:
            with pytest.raises(front_door.CannotStart) as refusal:
                await harness.start()
    assert str(refusal.value).startswith(f"METRICS_ADDRESS: cannot listen on 127.0.0.1:{port} (")


async def test_a_bot_that_waits_for_discord_answers_before_it_is_ready(
    new_harness: NewHarness, port: int
) -> None:
    async with new_harness(metrics_address=str(port)) as harness:
        away = harness.discord.faults.add(Fault("down", path="/users/@me", status=503, times=None))
        starting = asyncio.create_task(harness.start())

        async def asked_for() -> bool:
            return away.hits > 0

        await eventually(asked_for)
        status, said = await ask(port, "/healthz")
        assert status == 503
        assert "gateway: not connected to Discord yet\n" in said
        assert "queue: no track is started: the bot is starting" in said
        assert await ask(port, "/livez") == (200, "ok\n")
        harness.discord.faults.clear()
        await starting
        assert await ask(port, "/healthz") == (200, "ok\n")


async def test_a_gateway_that_goes_is_told_of_until_it_is_back(
    new_harness: NewHarness, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jamboree, "before_identify_hook", identify_at_once)
    async with new_harness(metrics_address=str(port), shard_count=2) as harness:
        await harness.start()
        assert "jamboree_gateway_connected_shards 2.0\n" in (await ask(port, "/metrics"))[1]
        harness.discord.faults.add(Fault("down", path="/gateway", status=503, times=None))
        harness.discord.faults.add(Fault("disconnect", shard=1))

        async def says(status: int) -> bool:
            return (await ask(port, "/healthz"))[0] == status

        await eventually(lambda: says(503))
        assert "shards not connected to Discord: 1 of 2" in (await ask(port, "/healthz"))[1]
        assert (await ask(port, "/livez"))[0] == 200
        assert "jamboree_gateway_connected_shards 1.0\n" in (await ask(port, "/metrics"))[1]
        harness.discord.faults.clear()
        await eventually(lambda: says(200))


async def test_what_discord_answers_is_counted(new_harness: NewHarness, port: int) -> None:
    async with new_harness(metrics_address=str(port)) as harness:
        await harness.start()
        ben = await harness.member("Ben")
        limited = Fault("rate_limited", "POST", "/channels/*/messages", retry_after=0.05)
        harness.discord.faults.add(limited)
        await made(ben, "Counted")
        _status, said = await ask(port, "/metrics")
        assert f"{DELIVERED} 1.0\n" in said
        assert 'jamboree_discord_requests_total{status="429"} 1.0\n' in said
        assert "jamboree_gateway_latency_seconds" in said


async def test_a_health_file_that_cannot_be_touched_is_touched_later(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "HEARTBEAT", 0.05)
    async with new_harness() as harness:
        target = harness.settings.data_dir / "later" / "file"
        harness.settings.health_file.symlink_to(target)
        await harness.start()
        with capture_logs() as logs:
            await eventually(lambda: _in(logs, "the health file was not touched"))
        target.parent.mkdir()
        await eventually(lambda: asyncio.to_thread(target.exists))


async def _in(logs: list[Any], event: str) -> bool:
    return any(one["event"] == event for one in logs)

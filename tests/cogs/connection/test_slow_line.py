"""A line to Discord that is slow, or dead: what goes on is waited for, what stands still is not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from aiohttp import ClientTimeout
from bot_harness import Harness, said, track_of

from cogs.connection import patience
from rehearsal.discord.faults import Fault
from services import sockets

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
QUIET = 3.0  # seconds
PIECE = 16 * 1024  # bytes
MESSAGES = "/channels/*/messages"


@asynccontextmanager
async def line(port: int, bytes_per_second: float) -> AsyncIterator[int]:
    """The port of a line to that one, which carries so much there, and all there is back."""

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, pause: float) -> None:
        while data := await source.read(PIECE):
            target.write(data)
            await target.drain()
            await asyncio.sleep(len(data) * pause)
        target.close()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        ways = carry(reader, forth, 1 / bytes_per_second), carry(back, writer, 0)
        await asyncio.gather(*ways, return_exceptions=True)

    with socket.create_server(("127.0.0.1", 0)) as door:
        # Else the system itself takes all of it at once.
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        async with await asyncio.start_server(lead, sock=door, limit=PIECE):
            yield door.getsockname()[1]


async def test_what_goes_on_is_posted_once_and_what_stands_still_is_asked_again(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "QUIET", ClientTimeout(total=None, sock_connect=10, sock_read=QUIET))
    monkeypatch.setattr(sockets, "AHEAD", PIECE)
    async with new_harness() as harness:
        port = int(harness.discord.url.rpartition(":")[2])
        async with line(port, 240_000) as slow:
            harness.settings.discord_api_url = harness.settings.discord_api_url.replace(f"{port}", f"{slow}")
            await harness.start()
            ben = await harness.member("Ben")
            harness.discord.faults.add(Fault("hang", "POST", MESSAGES, times=1))
            await said(await ben.slash("compose", tags="ska", duration=60, title="Still"), "Still")
            await track_of(ben, "Still")
            posts = [one.path for one in harness.discord.requests if one.method == "POST"]
            assert sum(path.endswith("/messages") for path in posts) == 2
            await harness.stop()

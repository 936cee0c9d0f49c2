"""What is sent to somebody who takes nothing of it any more breaks off."""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import pytest

from services import sockets
from services.sockets import new_socket


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such option")
async def test_a_line_by_which_nothing_arrives_any_more_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "DEAD", 0.5)
    taken = asyncio.Event()

    async def take_a_little(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await taken.wait()

    connector = aiohttp.TCPConnector(socket_factory=new_socket)
    async with (
        await asyncio.start_server(take_a_little, "127.0.0.1", 0, limit=1) as server,
        aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout()) as session,
        asyncio.timeout(30),
    ):
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(aiohttp.ClientOSError):
            await session.post(f"http://127.0.0.1:{port}/", data=bytes(16 * 2**20))
        taken.set()

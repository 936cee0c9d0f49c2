"""A port on this machine to which nobody may come: whoever does has followed an address that they must not.

The rule: every hostile address leads here, so that a client without its guards is counted, and reaches
nothing else. What a client must refuse in a rehearsal too is not loopback by its letters, and leads here all
the same: 0.0.0.0, an IPv4 address within IPv6, a number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from aiohttp import web

from rehearsal.wavespeed.hostile import FORBIDDEN

ADDRESSES = (
    "http://0.0.0.0:{trap}/song.mp3",
    "https://0.0.0.0:{trap}/song.mp3",
    "https://somebody:secret@0.0.0.0:{trap}/song.mp3",
    "http://[::ffff:127.0.0.1]:{trap}/song.mp3",
    "https://[::ffff:127.0.0.1]:{trap}/song.mp3",
    "http://127.1:{trap}/song.mp3",
    "https://0:{trap}/song.mp3",
    "https://2130706433:{trap}/song.mp3",
    "ftp://127.0.0.1:{trap}/song.mp3",
    "ws://127.0.0.1:{trap}/song.mp3",
    "//0.0.0.0:{trap}/song.mp3",
    "file:///etc/hostname",
    "data:audio/mpeg;base64,AAAA",
    "https://[",
    "https://127.0.0.1:99999/song.mp3",
)
"""Where no output is to be fetched from and no sound is to be put. {trap}: its port."""
NEVER = frozenset({"authorization", "cookie", "evil"})  # headers of a request for a file
PATIENCE = 2.0  # seconds in which whoever came says what they want


class Trap:
    """Counts who comes, and hangs up. `caught`: what each said first, or brought along that must not be.

    changed: is called when somebody is caught.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.caught: list[str] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    def look_at(self, request: web.Request) -> None:
        """Catches a request for a file, or with one, that brings along what no ticket may ask for."""
        told = {name.lower(): value for name, value in request.headers.items()}
        forbidden = [name for name, value in FORBIDDEN.items() if told.get(name.lower()) == value]
        self.caught += [f"{request.method} with {name}" for name in {*forbidden, *(NEVER & told.keys())}]

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = len(self.caught)
        self.caught.append("a connection")
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                self.caught[place] = repr(await reader.read(2048))
        self._changed()
        writer.close()

"""A way to a server over TCP that can be closed or slow, or swallow what is sent.

It lives in a thread, because what blocks a test's loop must not hold it up.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit


class Proxy:
    """Connections to a port of its own go to the server while it is open and not deaf."""

    def __init__(self, server: str | int) -> None:
        """server: its Unix socket's path, or its port on this machine."""
        self.target, self.open, self.deaf = server, True, False
        self.pace = 0.0  # seconds for each 64 KiB
        self.refused = 0
        self.ends: set[asyncio.StreamWriter] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        begun = asyncio.start_server(self._lead, "127.0.0.1", 0)
        self.server = asyncio.run_coroutine_threadsafe(begun, self.loop).result()
        self.port = self.server.sockets[0].getsockname()[1]

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.ends.add(writer)
        if self.open and not self.deaf:
            back, forth = await (
                asyncio.open_connection("127.0.0.1", self.target)
                if isinstance(self.target, int)
                else asyncio.open_unix_connection(self.target)
            )
            self.ends.add(forth)
            await asyncio.gather(self._pipe(reader, forth), self._pipe(back, writer))
        elif not self.deaf:
            self.refused += 1
            writer.close()

    async def _pipe(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                await asyncio.sleep(self.pace * len(data) / 65536)
                if not self.deaf:
                    target.write(data)
        target.close()

    def cut(self) -> None:
        """Ends what is open and lets nothing more through, until `open` is set again."""
        self.open = False
        for end in list(self.ends):
            self.loop.call_soon_threadsafe(end.transport.abort)

    async def _end(self) -> None:
        self.server.close()
        for end in self.ends:
            end.transport.abort()
        mine = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(mine, timeout=1) if mine else None
        self.loop.call_soon(self.loop.stop)

    def close(self) -> None:
        """Cuts what is open, and ends."""
        asyncio.run_coroutine_threadsafe(self._end(), self.loop)
        self.thread.join()
        self.loop.close()


AProxy = TypeVar("AProxy", bound=Proxy)


def proxy_to(url: str) -> AbstractContextManager[tuple[Proxy, str]]:
    """Yields the way, and the database's address over it."""
    return way_to(url, Proxy)


@contextmanager
def way_to(url: str, kind: type[AProxy]) -> Iterator[tuple[AProxy, str]]:
    """The same over a proxy of that kind."""
    parts = urlsplit(url)
    proxy = kind(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432")
    try:
        yield proxy, f"postgresql://{parts.username}:@127.0.0.1:{proxy.port}{parts.path}"
    finally:
        proxy.close()

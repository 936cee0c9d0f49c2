"""How frames leave a gateway: in order, as plain text or as one compressed stream over the whole connection.

Source: https://discord.com/developers/docs/events/gateway#transport-compression
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import zlib
from collections.abc import Callable
from typing import Any

from aiohttp import web

try:  # Python 3.14 brings Zstandard; discord.py then asks for it
    from compression import zstd  # pyright: ignore
except ImportError:
    zstd = None

Encode = Callable[[str], str | bytes]


def encoder(compress: str | None) -> Encode:
    """The writer of one connection, for the `compress` of its address."""
    if compress == "zlib-stream":
        packer = zlib.compressobj()
        return lambda text: packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
    if compress == "zstd-stream" and zstd is not None:
        stream = zstd.ZstdCompressor()
        return lambda text: stream.compress(text.encode(), mode=stream.FLUSH_BLOCK)
    return lambda text: text


class Outgoing:
    """What leaves one socket, in the order in which it was put: objects as JSON, bytes as they are.

    encode: writes the text of an object. pumping: the task that sends, to be cancelled at the socket's end.
    """

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, encode: Encode = str) -> None:
        self.socket = socket
        self._transport = request.transport
        self._encode = encode
        self._queue: asyncio.Queue[dict[str, Any] | bytes | int | None] = asyncio.Queue()
        self.pumping = asyncio.create_task(self._pump())

    def put(self, frame: dict[str, Any] | bytes) -> None:
        """Sends it after what was put before."""
        self._queue.put_nowait(frame)

    def close(self, code: int) -> None:
        """Closes with a code, after what was put before."""
        self._queue.put_nowait(code)

    def cut(self) -> None:
        """Cuts the connection without a closing handshake, as a broken network does."""
        self._queue.put_nowait(None)

    async def _pump(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                frame = await self._queue.get()
                if frame is None:
                    if self._transport:
                        self._transport.abort()
                    return
                if isinstance(frame, int):
                    await self.socket.close(code=frame, drain=False)
                    return
                data: str | bytes = frame if isinstance(frame, bytes) else self._encode(_text(frame))
                await (self.socket.send_str(data) if isinstance(data, str) else self.socket.send_bytes(data))


def _text(frame: dict[str, Any]) -> str:
    return json.dumps(frame, separators=(",", ":"))

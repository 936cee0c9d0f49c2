"""Connections and bodies for what must not be sent twice.

Getting a connection takes a while, and a process that was frozen in it must not go on to send what another
has taken over: so whether it may is asked with the connection in hand; and, of what costs money, once more
where the first byte is written (aiohttp keeps the headers until then).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from services.sockets import new_socket


class MayNotSendError(aiohttp.ClientConnectionError):
    """The connection is there, and nothing was sent by it."""


class SureConnector(aiohttp.TCPConnector):
    """Gives a connection for what must not be sent twice only while it may be sent. Raises MayNotSendError.

    may_send: is asked at the last moment. ending: of the paths of POSTs that it concerns; "" for all POSTs.
    limit: of open connections, 0 for none. force_close: none is used again.
    """

    def __init__(
        self,
        may_send: Callable[[], bool],
        ending: str,
        *,
        limit: int = 0,
        force_close: bool = False,
    ) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            limit=limit, force_close=force_close, socket_factory=new_socket
        )
        self._may_send = may_send
        self._ending = ending

    async def connect(self, req: aiohttp.ClientRequest, *rest: Any, **others: Any) -> Any:
        """A connection, once it is sure that this process may still send. Raises MayNotSendError."""
        connection = await super().connect(req, *rest, **others)
        concerned = req.method == "POST" and req.url.path.endswith(self._ending)
        if concerned and not self._may_send():
            connection.close()
            raise MayNotSendError
        return connection


class SureBody(aiohttp.BytesPayload):
    """JSON that is written only while it may be sent. Nothing was sent where that raises MayNotSendError."""

    def __init__(self, value: bytes, may_send: Callable[[], bool]) -> None:
        super().__init__(value, content_type="application/json")
        self._may_send = may_send

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Writes the body, where this process may still send. Raises MayNotSendError."""
        if not self._may_send():
            raise MayNotSendError
        await super().write_with_length(writer, content_length)

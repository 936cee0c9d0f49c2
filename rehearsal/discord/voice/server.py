"""One voice server, an endpoint of its own: the gateway over TLS, and UDP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING, Self

from aiohttp import WSCloseCode, web

from rehearsal.discord.voice.certificate import server_context
from rehearsal.discord.voice.connection import AUTHENTICATION_FAILED, SESSION_INVALID, Connection, Socket
from rehearsal.discord.voice.rtp import ssrc_of

if TYPE_CHECKING:
    from rehearsal.discord.voice.voice import Voice

LARGEST_DATAGRAM, LARGEST_NOTES = 2048, 64  # bytes
DISCOVERY = struct.Struct(">HHI64sH")  # type, length, ssrc, address, port
DISCOVERY_ASKED, DISCOVERY_ANSWERED, DISCOVERY_LENGTH = 1, 2, 70
RECEIVE_BUFFER = 4 * 2**20  # bytes; what arrives while the loop is held waits here
# The kernel notes when a packet arrived, however late we come to read it.
TIMESTAMP = 35 if sys.platform == "linux" else None  # SO_TIMESTAMPNS, which Python does not name
TIMESPEC = struct.Struct("@qq")


class VoiceServer:
    def __init__(self, voice: Voice, host: str) -> None:
        self.voice, self.host = voice, host
        self.port = self.udp_port = 0
        self.connections: dict[int, Connection] = {}  # by ssrc
        self.lost = 0  # packets that a fault made lost
        self._sockets: set[Socket] = set()
        self._runner: web.AppRunner | None = None
        self._udp: socket.socket | None = None

    @property
    def endpoint(self) -> str:
        return f"{self.host}:{self.port}"

    async def start(self) -> Self:
        app = web.Application()
        app.router.add_get("/", self._talk)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, 0, ssl_context=server_context()).start()
        self.port = self._runner.addresses[0][1]
        self._udp = _udp_socket(self.host)
        self.udp_port = self._udp.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._udp, self._read_udp)
        return self

    async def stop(self) -> None:
        for one in list(self._sockets):
            one.close(WSCloseCode.GOING_AWAY)
        if self._udp:
            asyncio.get_running_loop().remove_reader(self._udp)
            self._udp.close()
        if self._runner:
            await self._runner.cleanup()

    # ---- connections -----------------------------------------------------------------------------------

    def connect(self, token: str, session_id: str) -> Connection:
        """A new connection. Raises LookupError with the code to close with."""
        own = self.voice.passes.get(token)
        if own is None:
            raise LookupError(AUTHENTICATION_FAILED)
        if own.session_id != session_id:
            raise LookupError(SESSION_INVALID)
        before = self.found(token, session_id)
        if before:
            self.forget(before)
        ssrc = self.voice.next_ssrc()
        self.connections[ssrc] = Connection(own, self.voice.call(own.channel_id), ssrc)
        return self.connections[ssrc]

    def found(self, token: str, session_id: str) -> Connection | None:
        """A connection that can be resumed."""
        return next(
            (c for c in self.connections.values() if (c.own.token, c.own.session_id) == (token, session_id)),
            None,
        )

    def forget(self, connection: Connection) -> None:
        """It cannot be resumed any more."""
        self.connections.pop(connection.ssrc, None)
        connection.over = True
        connection.call.leave(connection)

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=2**16)
        await socket.prepare(request)
        one = Socket(self, socket, request)
        self._sockets.add(one)
        try:
            await one.talk()
        finally:
            self._sockets.discard(one)
            mine = one.connection
            if mine and mine.socket is one:
                mine.socket = None
            if mine and mine.socket is None:
                self.voice.left(self, mine)
        return socket

    # ---- sound -----------------------------------------------------------------------------------------

    def _read_udp(self) -> None:
        assert self._udp
        with contextlib.suppress(BlockingIOError):
            while True:
                data, notes, _, address = self._udp.recvmsg(LARGEST_DATAGRAM, LARGEST_NOTES)
                if self.voice.loses():
                    self.lost += 1
                elif len(data) == DISCOVERY.size and int.from_bytes(data[:2], "big") == DISCOVERY_ASKED:
                    self._udp.sendto(_discovered(data, address), address)
                else:
                    self._receive(data, _arrival(notes))

    def _receive(self, data: bytes, at: float) -> None:
        connection = self.connections.get(ssrc_of(data) or 0)
        packet = connection.opened(data) if connection else None
        if connection and packet and self.voice.may_speak(connection.own):
            connection.call.forward(connection.user_id, packet.payload, at)


def _udp_socket(host: str) -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if TIMESTAMP:
        udp.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
    udp.bind((host, 0))
    return udp


def _discovered(asked: bytes, address: tuple[str, int]) -> bytes:
    _, _, ssrc, _, _ = DISCOVERY.unpack(asked)
    host, port = address
    return DISCOVERY.pack(DISCOVERY_ANSWERED, DISCOVERY_LENGTH, ssrc, host.encode(), port)


def _arrival(notes: list[tuple[int, int, bytes]]) -> float:
    for _, kind, data in notes:
        if kind == TIMESTAMP:
            seconds, nanoseconds = TIMESPEC.unpack(data[: TIMESPEC.size])
            return seconds + nanoseconds / 1e9
    return time.time()

"""One socket of the bot's at the voice gateway, version 8: from hello to the last frame.

Source: https://docs.discord.com/developers/topics/voice-connections
"""

from __future__ import annotations

import json
import os
from collections import deque
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from rehearsal.discord.transport import Outgoing
from rehearsal.discord.voice.call import Call, Json, Op
from rehearsal.discord.voice.rtp import MODES, NoSoundError, Packet, opened

if TYPE_CHECKING:
    from rehearsal.discord.voice.server import VoiceServer
    from rehearsal.discord.voice.voice import Pass

KEPT_MESSAGES = 500  # of a connection, for its resume
SEQUENCES = 2**16
HEARTBEAT_MS = 13_750
# Close codes
DECODE_FAILED, NOT_AUTHENTICATED, AUTHENTICATION_FAILED, ALREADY_AUTHENTICATED = 4002, 4003, 4004, 4005
SESSION_INVALID, UNKNOWN_PROTOCOL, UNKNOWN_MODE, DAVE_REQUIRED = 4006, 4012, 4016, 4017


class Connection:
    """What a client and the gateway have agreed on. It outlives its socket, for a resume."""

    def __init__(self, own: Pass, call: Call, ssrc: int) -> None:
        self.own, self.call, self.ssrc = own, call, ssrc
        self.user_id = own.user_id
        self.speaking = 0
        self.mode = ""
        self.secret = b""
        self.socket: Socket | None = None
        self.over = False  # what a client still says on it counts no more
        self._sequence = -1
        self._sent: deque[tuple[int, Json | bytes]] = deque(maxlen=KEPT_MESSAGES)

    # ---- as a participant of the call ------------------------------------------------------------------

    def tell(self, op: Op, data: Json) -> None:
        number = self._next()
        self._put(number, {"op": op, "d": data, "seq": number})

    def hand(self, op: Op, payload: bytes) -> None:
        number = self._next()
        self._put(number, number.to_bytes(2, "big") + bytes([op]) + payload)

    def hear(self, sender: str, payload: bytes, at: float) -> None:
        """The bot listens to nobody."""

    def _next(self) -> int:
        self._sequence = (self._sequence + 1) % SEQUENCES
        return self._sequence

    def _put(self, number: int, frame: Json | bytes) -> None:
        self._sent.append((number, frame))
        if self.socket:
            self.socket.put(frame)

    # ---- a client's messages ---------------------------------------------------------------------------

    def select(self, mode: str, dave_version: int) -> None:
        """The transport is agreed on; the client is in the call from now on."""
        self.mode, self.secret = mode, os.urandom(32)
        session = {"mode": mode, "secret_key": list(self.secret), "dave_protocol_version": dave_version}
        self.tell(
            Op.SESSION_DESCRIPTION, {"audio_codec": "opus", "media_session_id": self.own.token, **session}
        )
        self.call.join(self)

    def resume(self, socket: Socket, sequence: int) -> None:
        """What was missed is sent again."""
        self.socket = socket
        numbers = [number for number, _ in self._sent]
        missed = numbers.index(sequence) + 1 if sequence in numbers else 0
        for _, frame in list(self._sent)[missed:]:
            socket.put(frame)

    def opened(self, data: bytes) -> Packet | None:
        """A packet of its sound; None where it is not sealed as agreed."""
        try:
            return opened(data, self.mode, self.secret) if self.mode else None
        except NoSoundError:
            return None


class Socket(Outgoing):
    """One socket of the bot's, and what it has agreed on there."""

    def __init__(self, server: VoiceServer, socket: web.WebSocketResponse, request: web.Request) -> None:
        super().__init__(socket, request)
        self._server = server
        self.connection: Connection | None = None

    async def talk(self) -> None:
        """Until it is closed."""
        self._say(Op.HELLO, {"v": 8, "heartbeat_interval": HEARTBEAT_MS})
        try:
            async for message in self.socket:
                if message.type is WSMsgType.BINARY:
                    self._receive_bytes(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._receive(message.data)
        finally:
            self.pumping.cancel()

    def _say(self, op: Op, data: object) -> None:
        """What has no number: a resume does not repeat it."""
        self.put({"op": op, "d": data})

    def _receive(self, text: str) -> None:
        try:
            frame = json.loads(text)
            op, data = frame["op"], frame["d"]
            self._obey(op, data)
        except (ValueError, KeyError, TypeError):
            self.close(DECODE_FAILED)

    def _obey(self, op: int, data: Json) -> None:
        mine = self.connection
        match op:
            case Op.HEARTBEAT:
                self._say(Op.HEARTBEAT_ACK, {"t": data["t"]})
            case Op.IDENTIFY | Op.RESUME if mine:
                self.close(ALREADY_AUTHENTICATED)
            case Op.IDENTIFY:
                self._identify(data)
            case Op.RESUME:
                self._resume(data)
            case _ if mine is None:
                self.close(NOT_AUTHENTICATED)
            case _ if mine.over:
                pass
            case Op.SELECT_PROTOCOL if data["protocol"] != "udp":
                self.close(UNKNOWN_PROTOCOL)
            case Op.SELECT_PROTOCOL if data["data"]["mode"] not in MODES:
                self.close(UNKNOWN_MODE)
            case Op.SELECT_PROTOCOL:
                mine.select(data["data"]["mode"], self._server.voice.dave_version())
            case Op.SPEAKING:
                mine.speaking = data["speaking"]
            case Op.TRANSITION_READY:
                mine.call.ready(mine.user_id, data["transition_id"])
            case Op.INVALID_COMMIT_WELCOME:
                mine.call.invalid(mine.user_id)
            case _:
                pass

    def _receive_bytes(self, data: bytes) -> None:
        if not data or self.connection is None:
            return self.close(NOT_AUTHENTICATED)
        mine = self.connection
        match data[0]:
            case _ if mine.over:
                pass
            case Op.KEY_PACKAGE:
                mine.call.key_package(mine.user_id, data[1:])
            case Op.COMMIT_WELCOME:
                mine.call.commit(mine.user_id, data[1:])
            case _:
                pass
        return None

    def _identify(self, data: Json) -> None:
        refused = self._server.voice.refusal()
        if not refused and not data.get("max_dave_protocol_version"):
            refused = DAVE_REQUIRED
        if refused:
            return self.close(refused)
        try:
            self.connection = self._server.connect(data["token"], data["session_id"])
        except LookupError as error:
            return self.close(error.args[0])
        self.connection.socket = self
        place = {"ip": self._server.host, "port": self._server.udp_port, "modes": list(MODES)}
        return self.connection.tell(Op.READY, {"ssrc": self.connection.ssrc, **place, "experiments": []})

    def _resume(self, data: Json) -> None:
        refused = self._server.voice.refusal()
        known = self._server.found(data["token"], data["session_id"])
        if refused or known is None:
            return self.close(refused or SESSION_INVALID)
        if known.socket:
            known.socket.cut()
        self.connection = known
        known.resume(self, data.get("seq_ack", -1))
        return self._say(Op.RESUMED, None)

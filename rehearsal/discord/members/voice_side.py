"""The members' side of voice: they join, leave, and hear what was sent, decrypted by their own session."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, web

from rehearsal.discord.entities import Channel
from rehearsal.discord.members.client import NotSentError
from rehearsal.discord.members.origin import FOREIGN, is_foreign
from rehearsal.discord.voice.listener import Listener
from rehearsal.discord.voice.voice import CannotJoinError

if TYPE_CHECKING:
    from rehearsal.discord.server import DiscordStandIn

LEFT = b"You are no longer in this voice channel."
LONGEST_WAIT = 60.0  # seconds that one question for frames is held open


class VoiceSide:
    def __init__(self, stand_in: DiscordStandIn) -> None:
        self._stand_in = stand_in

    @property
    def routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("POST", "/voice/join", self._join),
            ("POST", "/voice/leave", self._leave),
            ("POST", "/voice/drag", self._drag),
            ("GET", "/voice/frames", self._frames),
        ]

    async def _join(self, request: web.Request) -> Any:
        await self._go(request, self._stand_in.voice.join)
        return {}

    async def _drag(self, request: web.Request) -> Any:
        """A moderator moves somebody, the bot too."""
        await self._go(request, self._stand_in.voice.drag)
        return {}

    async def _go(self, request: web.Request, how: Callable[[str, Channel], object]) -> None:
        body, world = await request.json(), self._stand_in.world
        channel = world.channel(str(body["channel"]), body.get("guild"))
        try:
            how(world.user(str(body["member"])).id, channel)
        except CannotJoinError as error:
            raise NotSentError(str(error)) from None

    async def _leave(self, request: web.Request) -> Any:
        body = await request.json()
        self._stand_in.voice.leave(self._stand_in.world.user(str(body["member"])).id)
        return {}

    async def be_there(self, request: web.Request) -> web.WebSocketResponse:
        """A page's member joins, hears each frame as it comes (its Opus, alone), and leaves with the page.

        It is closed, with the reason, when they may not join, or are no longer there.
        """
        if is_foreign(request):
            raise web.HTTPForbidden(text=FOREIGN)
        world, voice = self._stand_in.world, self._stand_in.voice
        user = world.user(request.query["member"])
        socket = web.WebSocketResponse(heartbeat=30.0)
        await socket.prepare(request)
        try:
            listener = voice.join(user.id, world.channel(request.query["channel"]))
        except CannotJoinError as error:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=str(error).encode())
            return socket
        sending = asyncio.create_task(_send_frames(socket, listener))
        try:
            async for _ in socket:
                pass
        finally:
            sending.cancel()
            if voice.listeners.get(user.id) is listener:
                voice.leave(user.id)
        return socket

    async def _frames(self, request: web.Request) -> Any:
        """What they heard since they joined; with `least` as soon as there are so many."""
        user = self._stand_in.world.user(request.query["member"])
        listener = self._stand_in.voice.latest.get(user.id)
        if listener is None:
            raise NotSentError("You were in no voice channel yet.")
        wait = min(float(request.query.get("wait", 0)), LONGEST_WAIT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await listener.until(int(request.query.get("least", 0)))
        return {
            "unreadable": listener.unreadable,
            "frames": [
                [frame.sender, base64.b64encode(frame.opus).decode(), frame.at] for frame in listener.frames
            ],
        }


async def _send_frames(socket: web.WebSocketResponse, listener: Listener) -> None:
    with contextlib.suppress(ConnectionError, RuntimeError):
        async for frame in listener.follow():
            await socket.send_bytes(frame.opus)
        await socket.close(message=LEFT, drain=False)

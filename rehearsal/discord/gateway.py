"""The gateway: sessions that outlive their sockets, so that a bot which comes back misses nothing.

Source: https://discord.com/developers/docs/events/gateway
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, WSMsgType, web

from rehearsal.discord import shapes
from rehearsal.discord.api.errors import ApiError
from rehearsal.discord.api.http import answer
from rehearsal.discord.entities import Event
from rehearsal.discord.faults import CutError, PageError
from rehearsal.discord.permissions import Permission, in_guild
from rehearsal.discord.snowflake import shard_of
from rehearsal.discord.transport import Outgoing, encoder

if TYPE_CHECKING:
    from rehearsal.discord.server import DiscordStandIn

GUILDS, GUILD_MEMBERS, PRESENCES, GUILD_MESSAGES = 1 << 0, 1 << 1, 1 << 8, 1 << 9
VOICE_STATES = 1 << 7
DIRECT_MESSAGES, MESSAGE_CONTENT, SCHEDULED_EVENTS, AUTO_MODERATION = 1 << 12, 1 << 15, 1 << 16, 1 << 20
PRIVILEGED = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT
KEPT_EVENTS = 2000  # of a session, for its resume
# Seconds until a heartbeat is answered, as over the internet. discord.py notes that it sent one only after it
# did; an answer that is there before counts for the heartbeat before, and it warns of being 41 s behind.
ANSWER_SECONDS = 0.1


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11
    REQUEST_SOUNDS = 31


class Session:
    """One shard of one bot process. `socket` is None while it is cut off; events wait in `sent`."""

    def __init__(self, shard: int, shards: int, intents: int) -> None:
        self.id = secrets.token_hex(16)
        self.shard, self.shards, self.intents = shard, shards, intents
        self.seq = 0
        self.sent: deque[tuple[int, str, dict[str, Any]]] = deque(maxlen=KEPT_EVENTS)
        self.link: Link | None = None
        self.left_at = 0.0

    def carries(self, guild: str | None) -> bool:
        return shard_of(guild, self.shards) == self.shard if guild else self.shard == 0

    def dispatch(self, name: str, data: dict[str, Any]) -> None:
        self.seq += 1
        self.sent.append((self.seq, name, data))
        if self.link:
            self.link.put({"op": Op.DISPATCH, "t": name, "s": self.seq, "d": data})


class Link(Outgoing):
    """One socket of the bot's."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        super().__init__(socket, request, encoder(request.query.get("compress")))
        self.deaf = False
        self.handler: asyncio.Task[Any] = asyncio.current_task()  # pyright: ignore[reportAttributeAccessIssue]


class Gateway:
    def __init__(
        self,
        stand_in: DiscordStandIn,
        *,
        heartbeat: float = 41.25,
        session_lifetime: float = 120.0,
        privileged_intents: bool = False,
    ) -> None:
        self._stand_in = stand_in
        self._heartbeat = heartbeat  # seconds
        self._session_lifetime = session_lifetime  # seconds that a session without a socket is kept
        self._allowed = ~0 if privileged_intents else ~PRIVILEGED
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        self.resumes = 0
        self._links: set[Link] = set()
        stand_in.world.listeners.append(self._hear)

    @property
    def connected(self) -> int:
        """How many shards are connected now."""
        return sum(session.link is not None for session in self.sessions.values())

    # ---- on demand -----------------------------------------------------------------------------------------

    def close(self, code: int, shard: int | None = None) -> None:
        """Closes sockets with a code (4000 to 4014, 1000 …)."""
        for link in self._chosen(shard):
            link.close(code)

    def cut(self, shard: int | None = None) -> None:
        """Cuts sockets without a word."""
        for link in self._chosen(shard):
            link.cut()

    def go_deaf(self, shard: int | None = None) -> None:
        """Leaves sockets open without hearing anything more on them."""
        for link in self._chosen(shard):
            link.deaf = True
            link.pumping.cancel()
            link.handler.cancel()

    def reconnect(self, shard: int | None = None) -> None:
        """Asks to reconnect and resume (op 7)."""
        for link in self._chosen(shard):
            link.put({"op": Op.RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False, shard: int | None = None) -> None:
        """Invalidates the session (op 9); not resumable ones are forgotten."""
        links = self._chosen(shard)
        if not resumable:
            self.forget(shard)
        for link in links:
            link.put({"op": Op.INVALID_SESSION, "d": resumable})

    def forget(self, shard: int | None = None) -> None:
        """Forgets sessions: their next resume gets op 9, not resumable."""
        self.sessions = {k: s for k, s in self.sessions.items() if shard not in (None, s.shard)}

    def _chosen(self, shard: int | None) -> list[Link]:
        return [s.link for s in self.sessions.values() if s.link and shard in (None, s.shard)]

    # ---- a socket's life -----------------------------------------------------------------------------------

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One socket of the bot's, or what a fault makes of it."""
        faults = self._stand_in.faults
        fault = faults.choose("GET", "/gateway")
        try:
            if fault:
                await faults.before(fault)
        except ApiError as error:
            return answer(error.body, error.status, error.headers)
        except PageError as page:
            return page.response()
        except CutError:
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        return await self._talk(request, mute=fault is not None and fault.kind == "mute")

    async def _talk(self, request: web.Request, *, mute: bool) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=16_384, autoping=True)
        await socket.prepare(request)
        link = Link(socket, request)
        self._links.add(link)
        session: Session | None = None
        farewell = None
        try:
            if mute:
                await self._hear_nothing()
            link.put(
                {
                    "op": Op.HELLO,
                    "s": None,
                    "t": None,
                    "d": {"heartbeat_interval": int(self._heartbeat * 1000)},
                }
            )
            while True:
                # Discord gives up on a client that is silent for about one and a half intervals.
                try:
                    message = await socket.receive(timeout=self._heartbeat * 1.5)
                except asyncio.CancelledError:
                    if not link.deaf:
                        raise
                    await self._hear_nothing()
                    raise
                if message.type is not WSMsgType.TEXT:
                    farewell = message.data if message.type is WSMsgType.CLOSE else None
                    break
                session = self._receive(link, session, message.data)
        except TimeoutError:
            await socket.close(code=4009, drain=False)
        except ConnectionError:
            if request.transport:
                request.transport.abort()
        finally:
            self._left(session, link, farewell)
            self._links.discard(link)
            link.pumping.cancel()
        return socket

    async def _hear_nothing(self) -> None:
        """Keeps a socket open until the faults let go of it. Raises ConnectionError then."""
        await self._stand_in.faults.release.wait()
        raise ConnectionError

    def _receive(self, link: Link, session: Session | None, text: str) -> Session | None:
        try:
            frame = json.loads(text)
            op, data = frame["op"], frame.get("d")
        except (ValueError, KeyError, TypeError):
            link.close(4002)
            return session
        match op:
            case Op.HEARTBEAT:
                acknowledged = {"op": Op.HEARTBEAT_ACK}
                asyncio.get_running_loop().call_later(ANSWER_SECONDS, link.put, acknowledged)
            case Op.IDENTIFY | Op.RESUME if session:
                link.close(4005)
            case Op.IDENTIFY:
                return self._identify(link, data)
            case Op.RESUME:
                return self._resume(link, data)
            case _ if session is None:
                link.close(4003)
            case Op.REQUEST_MEMBERS:
                self._members(session, data)
            case Op.VOICE_STATE:
                self._stand_in.voice.change_state(session.id, data)
            case Op.PRESENCE | Op.REQUEST_SOUNDS:
                pass
            case _:
                link.close(4001)
        return session

    def _identify(self, link: Link, data: Any) -> Session | None:
        shard, shards = data.get("shard") or (0, 1)
        intents = data.get("intents")
        if data.get("token", "").removeprefix("Bot ") != self._stand_in.token:
            return link.close(4004)
        if not isinstance(intents, int):
            return link.close(4013)
        if not 0 <= shard < shards:
            return link.close(4010)
        if intents & ~self._allowed:
            return link.close(4014)
        self.identifies += 1
        self._prune()
        session = Session(shard, shards, intents)
        self.sessions[session.id] = session
        session.link = link
        world = self._stand_in.world
        guilds = [g for g in world.guilds.values() if session.carries(g.id) and world.bot.id in g.members]
        ready = {
            "v": 10,
            "user": shapes.own_user_json(world.bot),
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self._stand_in.gateway_url,
            "shard": [shard, shards],
            "application": {"id": world.bot.id, "flags": 0},
            "private_channels": [],
        }
        session.dispatch("READY", ready)
        for guild in guilds:
            if intents & GUILDS and not guild.away:
                session.dispatch("GUILD_CREATE", shapes.guild_created(world, guild))
        return session

    def _resume(self, link: Link, data: Any) -> Session | None:
        if data.get("token", "").removeprefix("Bot ") != self._stand_in.token:
            return link.close(4004)
        self._prune()
        session, seq = self.sessions.get(data.get("session_id")), data.get("seq") or 0
        if session is None or seq > session.seq or (session.sent and seq < session.sent[0][0] - 1):
            link.put({"op": Op.INVALID_SESSION, "d": False})
            return None
        if session.link:
            session.link.cut()
        self.resumes += 1
        session.link = link
        for number, name, missed in list(session.sent):
            if number > seq:
                link.put({"op": Op.DISPATCH, "t": name, "s": number, "d": missed})
        session.dispatch("RESUMED", {})
        return session

    def _prune(self) -> None:
        """Forgets sessions that nobody can resume any more, such as those of killed bots."""
        oldest = time.monotonic() - self._session_lifetime
        self.sessions = {k: s for k, s in self.sessions.items() if s.link or s.left_at > oldest}

    def _left(self, session: Session | None, link: Link, farewell: int | None) -> None:
        if session is None or session.link is not link:
            return
        session.link = None
        session.left_at = time.monotonic()
        self._stand_in.voice.session_left(session.id, lambda: session.link is not None)
        # A client that says goodbye has no wish to come back to this session.
        if farewell in (WSCloseCode.OK, WSCloseCode.GOING_AWAY):
            self.sessions.pop(session.id, None)

    def _members(self, session: Session, data: Any) -> None:
        world = self._stand_in.world
        guild = world.guilds.get(str(data.get("guild_id")))
        if guild is None:
            return
        wanted = data.get("user_ids")
        wanted = [wanted] if isinstance(wanted, str) else wanted
        query = (data.get("query") or "").lower()
        ids = (
            [str(i) for i in wanted]
            if wanted
            else [i for i, m in guild.members.items() if query in m.user.name.lower()]
        )
        found = [shapes.member_json(world, guild, user) for user in ids if user in guild.members]
        chunk = {"guild_id": guild.id, "members": found, "chunk_index": 0, "chunk_count": 1}
        chunk["not_found"] = [user for user in ids if user not in guild.members]
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk | {"nonce": data.get("nonce")})

    # ---- what happens in the world -------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        if event.to == "members":
            return
        for session in self.sessions.values():
            if session.carries(event.guild_id) and self._may_hear(session, event):
                data = event.data
                if event.name in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
                    content = bool(session.intents & MESSAGE_CONTENT)
                    data = shapes.readable(self._stand_in.world, data, event.guild_id, content_intent=content)
                session.dispatch(event.name, data)

    def _may_hear(self, session: Session, event: Event) -> bool:
        world = self._stand_in.world
        if event.name == "INTERACTION_CREATE":
            return True
        guild = world.guilds.get(event.guild_id or "")
        if guild and world.bot.id not in guild.members:
            return False
        if event.name.startswith("MESSAGE_"):
            if event.guild_id is None:
                return bool(session.intents & DIRECT_MESSAGES)
            channel = world.find_channel(event.channel_id or "")
            sees = channel is not None and bool(world.can(channel, world.bot.id) & Permission.VIEW_CHANNEL)
            return sees and bool(session.intents & GUILD_MESSAGES)
        if event.name.startswith("AUTO_MODERATION_RULE_"):
            may = guild is not None and in_guild(guild, world.bot.id) & Permission.MANAGE_GUILD
            return bool(may) and bool(session.intents & AUTO_MODERATION)
        for name, intent in (("VOICE_STATE_", VOICE_STATES), ("GUILD_SCHEDULED_EVENT_", SCHEDULED_EVENTS)):
            if event.name.startswith(name):
                return bool(session.intents & intent)
        if event.name.startswith("GUILD_MEMBER_"):
            own = event.name == "GUILD_MEMBER_UPDATE" and event.data["user"]["id"] == world.bot.id
            return own or bool(session.intents & GUILD_MEMBERS)
        return bool(session.intents & GUILDS)

    async def stop(self) -> None:
        """Closes every socket."""
        for link in list(self._links):
            with contextlib.suppress(ConnectionError, RuntimeError):
                await link.socket.close(code=WSCloseCode.GOING_AWAY, drain=False)
            link.pumping.cancel()

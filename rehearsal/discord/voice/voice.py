"""Voice as a whole: who is let in where, to which voice server they are sent, and what goes wrong."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rehearsal.discord.entities import Channel, Event, Guild, VoiceState
from rehearsal.discord.permissions import Permission
from rehearsal.discord.voice.call import DAVE, Call, Op
from rehearsal.discord.voice.connection import DAVE_REQUIRED, SESSION_INVALID, Connection
from rehearsal.discord.voice.listener import Listener
from rehearsal.discord.voice.server import VoiceServer

if TYPE_CHECKING:
    from rehearsal.discord.server import DiscordStandIn

DISCONNECTED = 4014
RESUME_SECONDS = 15.0  # that a connection without a socket is kept, and its member stays in the channel


class CannotJoinError(Exception):
    """str() is the sentence that the member reads."""


@dataclass(frozen=True)
class Pass:
    """What a client identifies itself with at a voice server."""

    token: str
    session_id: str
    guild_id: str
    channel_id: str
    user_id: str


class Voice:
    def __init__(self, stand_in: DiscordStandIn, host: str) -> None:
        self._stand_in, self._host = stand_in, host
        self.servers: list[VoiceServer] = []  # clients are sent to the last; the others were moved away from
        self.passes: dict[str, Pass] = {}  # that are good now, by token
        self.listeners: dict[str, Listener] = {}  # simulated members in voice, by user id
        self.latest: dict[str, Listener] = {}  # of each member, whether they are still there or not
        self._calls: dict[str, Call] = {}
        self._ssrcs = itertools.count(1)
        self._waiting: set[asyncio.TimerHandle] = set()
        self._moves: set[asyncio.Task[None]] = set()
        stand_in.world.listeners.append(self._hear)

    async def start(self) -> None:
        self.servers.append(await VoiceServer(self, self._host).start())

    async def stop(self) -> None:
        for handle in self._waiting:
            handle.cancel()
        await asyncio.gather(*self._moves)
        for listener in list(self.listeners.values()):
            listener.leave()
        for call in self._calls.values():
            call.stop()
        for server in self.servers:
            await server.stop()

    # ---- the bot, over the gateway ---------------------------------------------------------------------

    def change_state(self, session_id: str, data: dict[str, Any]) -> None:
        """What a bot asks of the gateway (op 4). What it may not is not answered, as Discord does not."""
        world = self._stand_in.world
        guild = world.guilds.get(str(data.get("guild_id")))
        if guild is None or world.bot.id not in guild.members:
            return
        if data.get("channel_id") is None:
            self.disconnect(guild, world.bot.id)
            return
        channel = guild.channels.get(str(data["channel_id"]))
        self._stand_in.demanded.update((Permission.VIEW_CHANNEL, Permission.CONNECT))
        if channel is None or world.why_not_in_voice(channel, world.bot.id):
            return
        before, let_in = guild.voice.get(world.bot.id), self._pass_of(guild.id)
        muted = {"self_mute": bool(data.get("self_mute")), "self_deaf": bool(data.get("self_deaf"))}
        world.set_voice_state(guild, VoiceState(world.bot.id, channel.id, session_id, **muted))
        moved = before is None or (before.channel_id, before.session_id) != (channel.id, session_id)
        if moved or let_in is None:
            self._admit(guild, channel, session_id)

    def _admit(self, guild: Guild, channel: Channel, session_id: str) -> None:
        """Sends the bot to a voice server, with a pass that takes the place of any other in the guild."""
        bot = self._stand_in.world.bot.id
        self._withdraw(guild.id)
        token = secrets.token_hex(8)
        own = self.passes[token] = Pass(token, session_id, guild.id, channel.id, bot)
        late = self._stand_in.faults.in_voice("no_endpoint")
        if late:
            self._say_server(own, None)
            self._later(late.seconds, lambda: self._say_server(own, self.servers[-1].endpoint))
        else:
            self._say_server(own, self.servers[-1].endpoint)

    def _say_server(self, own: Pass, endpoint: str | None) -> None:
        if self.passes.get(own.token) is own:
            data = {"token": own.token, "guild_id": own.guild_id, "endpoint": endpoint}
            self._stand_in.world.tell(Event("VOICE_SERVER_UPDATE", data, own.guild_id, to="bot"))

    def _later(self, seconds: float, do: Callable[[], object]) -> None:
        def done() -> None:
            self._waiting.discard(handle)
            do()

        handle = asyncio.get_running_loop().call_later(seconds, done)
        self._waiting.add(handle)

    def _withdraw(self, guild_id: str) -> list[Connection]:
        """Takes away the guild's pass; the connections that were made with it are no more."""
        self.passes = {token: one for token, one in self.passes.items() if one.guild_id != guild_id}
        gone: list[Connection] = []
        for server in self.servers:
            for one in [one for one in server.connections.values() if one.own.guild_id == guild_id]:
                server.forget(one)
                gone.append(one)
        return gone

    def left(self, server: VoiceServer, connection: Connection) -> None:
        """A socket was closed. Whoever does not come back in time is no longer in the channel."""
        own = connection.own
        if self.passes.get(own.token) is not own:
            server.forget(connection)
            return
        self._later(RESUME_SECONDS, lambda: self._give_up(own))

    def _give_up(self, own: Pass) -> None:
        """Who has not come back, and was not let in anew, is no longer in the channel."""
        guild, now = self._stand_in.world.guilds.get(own.guild_id), self._pass_of(own.guild_id)
        back = any(
            one.socket for server in self.servers for one in server.connections.values() if one.own is own
        )
        if guild and now in (None, own) and not back:
            self.disconnect(guild, own.user_id)

    def session_left(self, session_id: str, is_back: Callable[[], bool]) -> None:
        """A gateway session has no socket. Where it does not come back, its bot is no longer in voice.

        So it is also where the bot has never come to the voice server.
        """

        def give_up() -> None:
            for guild in list(self._stand_in.world.guilds.values()):
                state = guild.voice.get(self._stand_in.world.bot.id)
                if state is not None and state.session_id == session_id and not is_back():
                    self.disconnect(guild, state.user_id)

        self._later(RESUME_SECONDS, give_up)

    def _pass_of(self, guild_id: str) -> Pass | None:
        return next((one for one in self.passes.values() if one.guild_id == guild_id), None)

    def may_speak(self, own: Pass) -> bool:
        """Whether what a client sends is forwarded."""
        world = self._stand_in.world
        self._stand_in.demanded.add(Permission.SPEAK)
        channel = world.find_channel(own.channel_id)
        return channel is not None and bool(world.can(channel, own.user_id) & Permission.SPEAK)

    def call(self, channel_id: str) -> Call:
        """The call in a channel; there is one as soon as somebody asks."""
        return self._calls.setdefault(channel_id, Call(channel_id))

    def next_ssrc(self) -> int:
        return next(self._ssrcs)

    # ---- simulated members -----------------------------------------------------------------------------

    def join(self, user_id: str, channel: Channel) -> Listener:
        """A member joins, leaving where they were. Raises CannotJoinError."""
        world = self._stand_in.world
        refused = world.why_not_in_voice(channel, user_id)
        if refused:
            raise CannotJoinError(refused)
        before = self.listeners.get(user_id)
        if before and before.call.channel_id == channel.id:
            return before
        self.leave(user_id)
        listener = self.listeners[user_id] = self.latest[user_id] = Listener(user_id, self.call(channel.id))
        guild = world.guilds[channel.guild_id or ""]
        world.set_voice_state(guild, VoiceState(user_id, channel.id, secrets.token_hex(16)))
        listener.call.join(listener)
        return listener

    def leave(self, user_id: str) -> None:
        """A member leaves the voice channel that they are in, if any."""
        for guild in list(self._stand_in.world.guilds.values()):
            if user_id in guild.voice:
                self.disconnect(guild, user_id)

    def disconnect(self, guild: Guild, user_id: str) -> None:
        """Somebody is no longer in voice, whether they left or were put out."""
        before = guild.voice.get(user_id)
        if before:
            self._stand_in.world.set_voice_state(guild, VoiceState(user_id, None, before.session_id))
        if user_id == self._stand_in.world.bot.id:
            for one in self._withdraw(guild.id):
                if one.socket:
                    one.socket.close(DISCONNECTED)
        elif user_id in self.listeners:
            self.listeners.pop(user_id).leave()

    def drag(self, user_id: str, channel: Channel) -> None:
        """A moderator moves somebody who is in voice to another channel of the guild."""
        guild = self._stand_in.world.guilds[channel.guild_id or ""]
        before = guild.voice.get(user_id)
        if before is None:
            raise CannotJoinError("They are in no voice channel.")
        if user_id != self._stand_in.world.bot.id:
            self.join(user_id, channel)
            return
        self._stand_in.world.set_voice_state(guild, replace(before, channel_id=channel.id))
        self._admit(guild, channel, before.session_id)

    def _hear(self, event: Event) -> None:
        """Whose channel, guild or membership is gone is no longer in voice."""
        world = self._stand_in.world
        guild = world.guilds.get(event.guild_id or "")
        if guild is None:
            return
        gone: list[str] = []
        match event.name:
            case "CHANNEL_DELETE":
                gone = [one.user_id for one in guild.voice.values() if one.channel_id == event.channel_id]
            case "GUILD_DELETE":
                gone = list(guild.voice)
            case "GUILD_MEMBER_REMOVE":
                gone = [event.data["user"]["id"]]
            case _:
                pass
        for user_id in gone:
            self.disconnect(guild, user_id)

    # ---- on demand -------------------------------------------------------------------------------------

    def close(self, code: int) -> None:
        """Closes the bot's sockets with a code, in every guild."""
        for server in self.servers:
            for one in list(server.connections.values()):
                guild = self._stand_in.world.guilds[one.own.guild_id]
                if code == DISCONNECTED:
                    self.disconnect(guild, one.user_id)
                    continue
                if code == SESSION_INVALID:
                    self._withdraw(guild.id)
                    self._later(RESUME_SECONDS, lambda own=one.own: self._give_up(own))
                if one.socket:
                    one.socket.close(code)

    def garble(self) -> None:
        """The bot is told of a change to its group that is none, in every guild."""
        for server in self.servers:
            for one in server.connections.values():
                one.hand(Op.PROPOSALS, b"\0no proposals")

    def move(self) -> None:
        """The bot is sent to another voice server, in every guild, as when a region is changed or fails."""
        task = asyncio.create_task(self._move())
        self._moves.add(task)
        task.add_done_callback(self._moves.discard)

    async def _move(self) -> None:
        await self.start()
        world = self._stand_in.world
        for own in list(self.passes.values()):
            guild = world.guilds[own.guild_id]
            self._admit(guild, guild.channels[own.channel_id], own.session_id)

    def refusal(self) -> int:
        """The code with which whoever identifies or resumes is refused; 0: nobody is."""
        fault = self._stand_in.faults.in_voice("voice_refuse")
        return (fault.code or DAVE_REQUIRED) if fault else 0

    def dave_version(self) -> int:
        """Of the protocol for encryption from end to end, in a call that is joined now; 0: there is none."""
        return 0 if self._stand_in.faults.in_voice("voice_open") else DAVE

    def loses(self) -> bool:
        """Whether the packet that has just come is lost on the way."""
        return self._stand_in.faults.in_voice("voice_lost") is not None

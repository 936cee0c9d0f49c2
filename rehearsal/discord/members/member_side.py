"""The members' side of Discord: what their clients read, send and hear, as JSON over HTTP and a WebSocket.

No authentication: the stand-in listens on loopback only. Refusals are {"error": sentence}.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, web

from rehearsal.discord.entities import Channel, Event, Guild, Message, User
from rehearsal.discord.faults import Fault
from rehearsal.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction, for_member
from rehearsal.discord.members import client
from rehearsal.discord.members.client import NotSentError, Resolver, unpack
from rehearsal.discord.members.origin import FOREIGN, is_foreign
from rehearsal.discord.members.voice_side import VoiceSide
from rehearsal.discord.permissions import Permission, in_guild
from rehearsal.discord.shapes import user_json

if TYPE_CHECKING:
    from rehearsal.discord.server import DiscordStandIn

Json = dict[str, Any]
VOICE_MESSAGE = 1 << 13  # flag of a message
LONGEST_WAIT = 60.0  # seconds that one question about an interaction is held open
OF_EVENTS = ("guild_id", "member", "nonce")  # what the event of a message has beside the message
CHANGES = (
    "add_guild", "remove_guild", "set_tier", "set_upload_limit", "add_member", "remove_member",
    "set_moderator", "add_role", "set_roles", "set_dms", "set_locale", "add_channel", "update_channel",
    "delete_channel", "set_permissions", "set_automod", "remove_automod", "allow_bot",
    "set_voice_status", "be_interested", "end_event",
)  # fmt: skip


class MemberSide:
    def __init__(self, stand_in: DiscordStandIn) -> None:
        self._stand_in = stand_in
        self._voice = VoiceSide(stand_in)
        self._listening: dict[web.WebSocketResponse, tuple[User, asyncio.Queue[str]]] = {}
        stand_in.world.listeners.append(self._hear)

    def add_to(self, app: web.Application) -> None:
        add = app.router.add_route
        for method, path, handler in (
            ("GET", "/world", self._world),
            ("POST", "/world/{change}", self._change_world),
            ("GET", "/guilds/{guild}", self._guild),
            ("GET", "/channels/{channel}/messages", self._messages),
            ("POST", "/channels/{channel}/messages", self._post),
            ("DELETE", "/channels/{channel}/messages/{message}", self._delete),
            ("POST", "/channels/{channel}/typing", self._type),
            ("POST", "/interactions", self._interact),
            ("GET", "/interactions/{id}", self._outcome),
            ("POST", "/interactions/{id}/expire", self._expire),
            ("GET", "/requests", self._requests),
            ("GET", "/faults", self._list_faults),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            *self._voice.routes,
        ):
            add(method, f"/rehearsal{path}", telling(handler))
        app.router.add_get("/rehearsal/events", self._events)
        app.router.add_get("/rehearsal/voice", self._voice.be_there)

    # ---- reading -------------------------------------------------------------------------------------------

    async def _world(self, _: web.Request) -> Any:
        world = self._stand_in.world
        return {
            "application": {"id": world.bot.id, "name": world.bot.name, "icon": None},
            "guilds": [_guild_row(guild) for guild in world.guilds.values()],
            "direct": [
                {"id": c.id, "type": c.type, "recipients": c.recipients} for c in world.direct.values()
            ],
            "commands": list(world.commands.values()),
            "present": sorted({user.id for user, _ in self._listening.values()}),
            "shards_connected": self._stand_in.gateway.connected,
        }

    async def _guild(self, request: web.Request) -> Any:
        return _guild_row(self._stand_in.world.guilds[request.match_info["guild"]])

    async def _messages(self, request: web.Request) -> Any:
        world = self._stand_in.world
        channel = world.channel(request.match_info["channel"])
        user = world.user(request.query["member"])
        if not world.can(channel, user.id) & Permission.VIEW_CHANNEL:
            raise NotSentError("You cannot see this channel.")
        return [for_member(m) for m in channel.messages.values() if m.visible_to in (None, user.id)]

    async def _outcome(self, request: web.Request) -> Any:
        return await _acknowledged(self._found(request), request)

    async def _expire(self, request: web.Request) -> Any:
        self._stand_in.interactions.expire(self._found(request).id)
        return {}

    def _found(self, request: web.Request) -> Interaction:
        one = self._stand_in.interactions.all.get(request.match_info["id"])
        if one is None:
            raise LookupError("There is no such interaction.")
        return one

    # ---- writing -------------------------------------------------------------------------------------------

    async def _post(self, request: web.Request) -> Any:
        body, world = await request.json(), self._stand_in.world
        channel, user = world.channel(request.match_info["channel"]), world.user(body["member"])
        if not world.can(channel, user.id) & Permission.SEND_MESSAGES:
            raise NotSentError("You do not have permission to send messages in this channel.")
        files = {f"files[{i}]": unpack(file) for i, file in enumerate(body.get("attachments", []))}
        payload: Json = {"content": body.get("content", "")}
        extra: Json = {}
        if body.get("voice") is not None:  # as clients record them (Discord: Voice Messages)
            heard = {"duration_secs": body["voice"], "waveform": base64.b64encode(bytes(64)).decode()}
            payload["attachments"] = [{"id": "0", **heard}]
            extra = {"flags": VOICE_MESSAGE}
        return for_member(self._stand_in.messages.create(channel, user, payload, files, extra=extra))

    async def _type(self, request: web.Request) -> Any:
        world = self._stand_in.world
        channel = world.channel(request.match_info["channel"])
        user = world.user((await request.json())["member"])
        data = {"channel_id": channel.id, "user_id": user.id}
        world.tell(Event("TYPING_START", data, channel.guild_id, channel.id, to="members"))
        return {}

    async def _delete(self, request: web.Request) -> Any:
        world = self._stand_in.world
        message = self._visible(request.match_info["message"], world.user(request.query["member"]))
        author = message.data["author"]["id"]
        channel = world.channel(message.channel_id)
        user = world.user(request.query["member"])
        dismissed = message.visible_to == user.id
        if not (dismissed or author == user.id or world.can(channel, user.id) & Permission.MANAGE_MESSAGES):
            raise NotSentError("You cannot delete this message.")
        world.delete_message(message)
        return {}

    async def _interact(self, request: web.Request) -> Any:
        one = self.interact(await request.json())
        outcome = await _acknowledged(one, request) if "wait" in request.query else {}
        return {"interaction": one.id, **outcome}

    def interact(self, body: Json) -> Interaction:
        """Sends an interaction as a member's client does. Raises NotSentError, LookupError."""
        world = self._stand_in.world
        channel = world.channel(str(body["channel"]), body.get("guild"))
        user = world.user(str(body["member"]))
        forged = bool(body.get("forged"))
        if not world.can(channel, user.id) & Permission.VIEW_CHANNEL and not forged:
            raise NotSentError("You cannot see this channel.")
        resolver = Resolver(world, channel, self._stand_in.attachments)
        start = self._stand_in.interactions.start
        match body["kind"]:
            case "command" | "autocomplete":
                focused = body["focused"] if body["kind"] == "autocomplete" else None
                uploads = {name: unpack(file) for name, file in (body.get("attachments") or {}).items()}
                given = body.get("options") or {}
                data = client.command_data(
                    world,
                    channel,
                    user,
                    resolver,
                    body["name"],
                    given,
                    uploads,
                    focused=focused,
                    forged=forged,
                )
                return start(COMMAND if focused is None else AUTOCOMPLETE, data, channel, user)
            case "context":
                message = self._visible(body["message"], user)
                data = client.context_data(
                    world, channel, user, resolver, body["name"], message, forged=forged
                )
                return start(COMMAND, data, channel, user)
            case "component":
                message = self._visible(body["message"], user)
                values = [str(value) for value in body.get("values") or []]
                data = client.component_data(message, body["custom_id"], values, resolver, forged=forged)
                return start(COMPONENT, data, world.channel(message.channel_id), user, source=message)
            case "modal":
                if forged and body.get("answers") is None:  # as no client would: of a form that nobody opened
                    data = client.unopened_modal_data(str(body["custom_id"]), body.get("fields") or {})
                    source = self._visible(body["message"], user) if body.get("message") else None
                    return start(MODAL, data, channel, user, source=source)
                shown = self._shown_modal(body, user)
                files = {
                    name: [unpack(file) for file in rows] for name, rows in (body.get("files") or {}).items()
                }
                fields = body.get("fields") or {}
                assert shown.modal
                data = client.modal_data(shown.modal, fields, files, resolver, forged=forged)
                return start(MODAL, data, shown.channel, user, source=shown.source, trigger=shown)
            case kind:
                raise NotSentError(f"There is no interaction of the kind {kind!r}.")

    def _visible(self, message_id: str, user: User) -> Message:
        message = self._stand_in.world.find_message(str(message_id))
        if message is None or message.visible_to not in (None, user.id):
            raise LookupError("This message was deleted.")
        return message

    def _shown_modal(self, body: Json, user: User) -> Interaction:
        everything = self._stand_in.interactions.all
        asked = str(body.get("answers") or "")
        candidates = [everything[asked]] if asked in everything else reversed(everything.values())
        for one in candidates:
            if one.modal and one.user is user and body.get("custom_id") in (None, one.modal["custom_id"]):
                return one
        raise NotSentError("This form is not open.")

    # ---- hearing -------------------------------------------------------------------------------------------

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        if is_foreign(request):
            raise web.HTTPForbidden(text=FOREIGN)
        user = self._stand_in.world.user(request.query["member"])
        socket = web.WebSocketResponse(heartbeat=30.0)
        queue: asyncio.Queue[str] = asyncio.Queue()
        # Before the handshake is answered: what happens right after it is then not missed.
        self._listening[socket] = (user, queue)
        self._present(user)
        sender = None
        try:
            await socket.prepare(request)
            sender = asyncio.create_task(_send_all(socket, queue))
            async for _ in socket:
                pass
        finally:
            self._listening.pop(socket, None)
            self._present(user)
            if sender:
                sender.cancel()
        return socket

    def _present(self, user: User) -> None:
        """Tells that a page of theirs was opened or closed."""
        self._stand_in.world.tell(Event("PRESENCE_UPDATE", {"user": {"id": user.id}}, to="members"))

    def _hear(self, event: Event) -> None:
        if event.to == "bot":
            return
        hearing = [queue for user, queue in self._listening.values() if self._may_hear(user, event)]
        if not hearing:
            return
        data = event.data
        if event.name.startswith("MESSAGE_") and "author" in data:
            data = {name: value for name, value in data.items() if name not in OF_EVENTS}
            data |= {"ephemeral": event.only is not None, "revision": event.revision}
        text = json.dumps({"t": event.name, "d": data}, separators=(",", ":"))
        for queue in hearing:
            queue.put_nowait(text)

    def _may_hear(self, user: User, event: Event) -> bool:
        world = self._stand_in.world
        if event.only is not None:
            return event.only == user.id
        if event.channel_id and event.name.startswith(("MESSAGE_", "TYPING_")):
            channel = world.find_channel(event.channel_id)
            return channel is not None and bool(world.can(channel, user.id) & Permission.VIEW_CHANNEL)
        return True

    # ---- the rehearsal's own -------------------------------------------------------------------------------

    async def _change_world(self, request: web.Request) -> Any:
        change = request.match_info["change"]
        if change not in CHANGES:
            raise NotSentError(f"The world has no change {change!r}. It has: {', '.join(CHANGES)}.")
        try:
            made = getattr(self._stand_in.world, change)(**await request.json())
        except (TypeError, ValueError, KeyError) as error:
            raise NotSentError(f"{change}: {error}") from None
        match made:
            case Guild():
                return _guild_row(made)
            case Channel():
                return _channel_row(made, self._stand_in.world.guilds[made.guild_id or ""])
            case User():
                return user_json(made)
            case _:
                return {}

    async def _requests(self, _: web.Request) -> Any:
        hidden = ("headers", "answer")
        return [{k: v for k, v in asdict(one).items() if k not in hidden} for one in self._stand_in.requests]

    async def _list_faults(self, _: web.Request) -> Any:
        return [asdict(fault) for fault in self._stand_in.faults.rules]

    async def _add_fault(self, request: web.Request) -> Any:
        try:
            fault = Fault.read(await request.json())
        except (ValueError, TypeError) as error:
            raise NotSentError(str(error)) from None
        return asdict(self._stand_in.faults.add(fault))

    async def _clear_faults(self, _: web.Request) -> Any:
        self._stand_in.faults.clear()
        return {}

    async def stop(self) -> None:
        for socket in list(self._listening):
            with contextlib.suppress(ConnectionError, RuntimeError):
                await socket.close(code=WSCloseCode.GOING_AWAY, drain=False)


def _guild_row(guild: Guild) -> Json:
    return {
        "id": guild.id,
        "name": guild.name,
        "icon": None,
        "channels": [_channel_row(channel, guild) for channel in guild.channels.values()],
        "roles": [{"id": role.id, "name": role.name} for role in guild.roles.values()],
        "members": [
            {
                "id": user_id,
                "name": member.user.name,
                "moderator": bool(in_guild(guild, user_id) & Permission.MANAGE_GUILD),
                "permissions": str(int(in_guild(guild, user_id))),
                "bot": member.user.bot,
                "locale": member.user.locale,
            }
            for user_id, member in guild.members.items()
        ],
    }


def _channel_row(channel: Channel, guild: Guild) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "nsfw": channel.nsfw,
        "type": channel.type,
        "parent_id": channel.parent_id,
        "status": channel.status,
        "in_voice": [one.user_id for one in guild.voice.values() if one.channel_id == channel.id],
    }


async def _acknowledged(one: Interaction, request: web.Request) -> Json:
    """Its outcome, once there is one or the time is over for which the request waits."""
    wait = min(float(request.query.get("wait", 0)), LONGEST_WAIT)
    if wait > 0:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(one.acknowledged.wait(), wait)
    return one.outcome()


async def _send_all(socket: web.WebSocketResponse, queue: asyncio.Queue[str]) -> None:
    with contextlib.suppress(ConnectionError, RuntimeError):
        while True:
            await socket.send_str(await queue.get())


def telling(handler: Any) -> Any:
    """Answers in JSON; what a member cannot do becomes a sentence."""

    async def tell(request: web.Request) -> web.Response:
        if is_foreign(request):
            return web.json_response({"error": FOREIGN}, status=403)
        try:
            return web.json_response(await handler(request))
        except LookupError as error:
            words = error.args[0] if error.args else "There is no such thing."
            if isinstance(error, KeyError):
                words = f"The request lacks {words!r}."
            return web.json_response({"error": words}, status=400 if isinstance(error, KeyError) else 404)
        except NotSentError as error:
            return web.json_response({"error": str(error)}, status=400)
        except json.JSONDecodeError:
            return web.json_response({"error": "The request's body is no JSON."}, status=400)

    return tell

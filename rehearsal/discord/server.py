"""The stand-in as a whole: one server with API, gateway, attachments, the member side and the room."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from rehearsal.discord import automod, scheduled_events
from rehearsal.discord.api import channels, guilds
from rehearsal.discord.api import interactions as routes_interactions
from rehearsal.discord.api.errors import ApiError, refusal
from rehearsal.discord.api.http import Body, Call, Route, answer, read_body
from rehearsal.discord.api.ratelimits import Limit, RateLimits
from rehearsal.discord.attachments import Attachments
from rehearsal.discord.faults import CutError, Fault, Faults, PageError
from rehearsal.discord.gateway import Gateway
from rehearsal.discord.interactions import Interactions
from rehearsal.discord.members import member_side
from rehearsal.discord.messages import NONCE_LIFETIME, Messages
from rehearsal.discord.permissions import Permission
from rehearsal.discord.start import first_world
from rehearsal.discord.voice.voice import Voice
from rehearsal.discord.world import World

API = "/api/v10"
ROOM = Path(__file__).parent / "room"
ROUTES = [
    *guilds.routes.all,
    *automod.routes.all,
    *channels.routes.all,
    *scheduled_events.routes.all,
    *routes_interactions.routes.all,
]
LARGEST_BODY = 128 * 1024 * 1024  # bytes; what Discord refuses is decided by the guild's limit


@dataclass
class Request:
    """One HTTP request of the bot. `path` is below /api/v10, `template` its route there ("" without one)."""

    method: str
    path: str
    template: str
    query: dict[str, str]
    headers: dict[str, str]
    at: float  # time.monotonic()
    json: Any = None
    files: list[tuple[str, str, int]] | None = None  # of a multipart body: field, file name, bytes
    status: int | None = None  # None while it is not answered (and for ever when it was cut)
    answer: Any = None

    @property
    def multipart(self) -> bool:
        return self.files is not None


class DiscordStandIn:
    """Discord on loopback; an async context manager.

    `port` 0 takes a free one. Lifetimes, deadline and heartbeat are seconds. `shards` is what /gateway/bot
    recommends. `rate_limits` False announces limits that nobody reaches; a mapping (method, path template) ->
    (requests, seconds) replaces single ones. `message_content` grants the privileged intents, otherwise they
    are refused (4014). `beside` adds further addresses to its server.
    """

    def __init__(
        self,
        port: int = 0,
        token: str = "rehearsal-token",  # noqa: S107
        *,
        host: str = "127.0.0.1",
        world: World | None = None,
        interaction_lifetime: float = 900.0,
        callback_deadline: float = 3.0,
        nonce_lifetime: float = NONCE_LIFETIME,
        shards: int = 1,
        heartbeat: float = 41.25,
        session_lifetime: float = 120.0,
        message_content: bool = False,
        rate_limits: bool | Mapping[tuple[str, str], Limit] = True,
        beside: Callable[[web.Application, DiscordStandIn], None] | None = None,
    ) -> None:
        self.token = token
        self.shards = shards
        self.message_content = message_content
        self.world = world or first_world()
        self.requests: list[Request] = []
        self.demanded: set[Permission] = set()  # what the bot's requests needed in guilds so far
        self.attachments = Attachments(self.world.snowflakes)
        self.messages = Messages(self, nonce_lifetime=nonce_lifetime)
        self.interactions = Interactions(self, lifetime=interaction_lifetime, deadline=callback_deadline)
        self.gateway = Gateway(
            self, heartbeat=heartbeat, session_lifetime=session_lifetime, privileged_intents=message_content
        )
        self.voice = Voice(self, host)
        self.faults = Faults(self.gateway, self.voice)
        self.rate_limits = RateLimits(
            enforced=rate_limits is not False,
            limits=rate_limits if isinstance(rate_limits, Mapping) else None,
        )
        self.members = member_side.MemberSide(self)
        self._beside = beside
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None

    # ---- addresses -----------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def api_url(self) -> str:
        return self.url + API

    @property
    def gateway_url(self) -> str:
        return f"ws://{self._host}:{self._port}/gateway"

    # ---- life ----------------------------------------------------------------------------------------------

    async def start(self) -> Self:
        app = web.Application(client_max_size=LARGEST_BODY)
        for route in ROUTES:
            app.router.add_route(route.method, API + route.template, self._serving(route))
        app.router.add_route("*", API + "/{rest:.*}", self._nowhere)
        app.router.add_get("/gateway", self.gateway.connect)
        app.router.add_get("/gateway/", self.gateway.connect)
        app.router.add_get("/attachments/{channel}/{id}/{filename}", self.attachments.serve)
        self.members.add_to(app)
        app.on_response_prepare.append(self._date)
        if self._beside:
            self._beside(app, self)
        app.router.add_get("/", self._room)
        app.router.add_static("/room", ROOM)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        await self.voice.start()
        self.attachments.base_url = self.url
        return self

    async def _date(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(self.world.snowflakes.now(), usegmt=True)

    async def stop(self) -> None:
        """Closes every socket and forgets the files."""
        self.faults.clear()
        self.interactions.stop()
        await self.members.stop()
        await self.voice.stop()
        await self.gateway.stop()
        if self._runner:
            await self._runner.cleanup()
        self.attachments.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # ---- one request of the bot ----------------------------------------------------------------------------

    def _serving(self, route: Route) -> Any:
        async def serve(request: web.Request) -> web.StreamResponse:
            record = self._record(request, route.template)
            try:
                response = await self._answered(route, request, record)
            except CutError:
                if request.transport:
                    request.transport.abort()
                return web.Response(status=500)
            except PageError as page:
                response = page.response()
            record.status = response.status
            return response

        return serve

    async def _answered(self, route: Route, request: web.Request, record: Request) -> web.Response:
        fault: Fault | None = None
        try:
            body = await read_body(request)
            record.json = body.json
            if body.multipart:
                record.files = [(name, one.filename, len(one.data)) for name, one in body.files.items()]
            fault = self.faults.choose(request.method, record.path)
            if fault:
                await self.faults.before(fault)
            made = await self._handled(route, request, body, record)
            if fault:
                await self.faults.after(fault)
            return made
        except ApiError as error:
            record.answer = error.body
            return answer(error.body, error.status, error.headers)

    async def _handled(self, route: Route, request: web.Request, body: Body, record: Request) -> web.Response:
        headers: dict[str, str] = {}
        try:
            if route.auth == "bot" and request.headers.get("Authorization") != f"Bot {self.token}":
                raise refusal(0)
            params = dict(request.match_info)
            headers = self.rate_limits.take(route.method, route.template, params)
            reply = route.handler(Call(self, params, dict(request.query), body))
            if inspect.isawaitable(reply):
                reply = await reply
            record.answer = reply.data
            return answer(reply.data, reply.status, headers)
        except ApiError as error:
            record.answer = error.body
            return answer(error.body, error.status, headers | error.headers)

    async def _nowhere(self, request: web.Request) -> web.Response:
        record = self._record(request, "")
        record.json = (await read_body(request)).json if request.can_read_body else None
        record.status = 404
        return answer({"message": "404: Not Found", "code": 0}, 404)

    def _record(self, request: web.Request, template: str) -> Request:
        path = request.rel_url.raw_path.removeprefix(API)
        record = Request(
            request.method, path, template, dict(request.query), dict(request.headers), time.monotonic()
        )
        self.requests.append(record)
        return record

    async def _room(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(ROOM / "index.html")

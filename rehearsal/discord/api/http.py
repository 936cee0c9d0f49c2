"""One HTTP call of the bot: how its body is read, how it is answered, which function answers which route."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import BodyPartReader, web

from rehearsal.discord.api.errors import refusal

if TYPE_CHECKING:
    from rehearsal.discord.server import DiscordStandIn


@dataclass(frozen=True)
class Upload:
    """A file as it came in a multipart body or from a member."""

    filename: str
    data: bytes
    content_type: str = "application/octet-stream"


@dataclass
class Body:
    json: Any = None
    files: dict[str, Upload] = field(default_factory=dict[str, Upload])  # by field name, "files[0]"
    multipart: bool = False


@dataclass
class Call:
    """What a route's function gets."""

    stand_in: DiscordStandIn
    params: dict[str, str]
    query: dict[str, str]
    body: Body

    @property
    def form(self) -> dict[str, Any]:
        """The body as a JSON object (multipart: its payload_json); empty when there is none."""
        if self.body.json is None:
            return {}
        if not isinstance(self.body.json, dict):
            raise refusal(50109)
        return self.body.json

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")


@dataclass(frozen=True)
class Reply:
    data: Any = None
    status: int = 200


NO_CONTENT = Reply(status=204)
Handler = Callable[[Call], Reply | Awaitable[Reply]]


@dataclass(frozen=True)
class Route:
    """`auth`: "bot" needs the bot's token; "token" carries an interaction's token in its path."""

    method: str
    template: str
    handler: Handler
    auth: Literal["bot", "token"] = "bot"


class Routes:
    """Routes of one family, to be collected with a decorator."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def on(
        self, method: str, template: str, auth: Literal["bot", "token"] = "bot"
    ) -> Callable[[Handler], Handler]:
        def keep(handler: Handler) -> Handler:
            self.all.append(Route(method, template, handler, auth))
            return handler

        return keep


async def read_body(request: web.Request) -> Body:
    """Reads JSON or multipart (payload_json and files). Raises ApiError 50109 for what is no JSON."""
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    raw = await request.read()
    return Body(_parsed(raw)) if raw else Body()


async def _read_multipart(request: web.Request) -> Body:
    body = Body(multipart=True)
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytes(await part.read())
        if part.filename is not None:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            body.files[part.name] = Upload(part.filename, data, kind)
        elif part.name == "payload_json":
            body.json = _parsed(data)
        else:
            body.json = {**(body.json or {}), part.name: data.decode()}
    return body


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise refusal(50109) from None


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer. Its content type has no charset, as Discord's has none: discord.py compares it whole."""
    if status == 204:
        return web.Response(status=204, headers=headers)
    body = json.dumps(data, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")

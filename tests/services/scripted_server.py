"""A server that answers byte for byte what a test tells it to, and what such answers are made of."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from services.wavespeed.client import Unavailable, WaveSpeed, WaveSpeedError
from services.wavespeed.predictions import Prediction
from services.wavespeed.responses import Reply

KEY = "wsk-1234567890-secret"
MODEL = "wavespeed-ai/ace-step"
INPUTS = {"tags": "funk, brass", "lyrics": "[verse]\nhello", "duration": 60, "seed": 7}
NOW = datetime.now(UTC)

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ScriptedServer:
    """Answers each request with the next of `answers`; the last one stays."""

    port: int = 0
    answers: list[Answer] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.seen)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = first.split(" ")
                self.seen.append(Seen(method, path, headers, body, connection))
                await (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def send(
    status: int = 200,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = {"Content-Length": str(len(content) if length is None else length), **(headers or {})}
        writer.write(f"HTTP/1.1 {status} X\r\n".encode())
        writer.write(
            "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n" + content
        )
        if length is not None:
            writer.close()

    return answer


def data(content: object, **more: Any) -> Answer:
    return send(200, {"code": 200, "message": "success", "data": content}, **more)


def refusal(status: int, message: str = "no", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(status, {"code": status, "message": message}, headers=named)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def hold(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


def prediction(prediction_id: str = "p1", status: str = "created", **more: Any) -> dict[str, Any]:
    return {"id": prediction_id, "model": MODEL, "status": status, "created_at": NOW.isoformat(), **more}


async def tells_no_amount(client: WaveSpeed) -> None:
    """Expects that neither a price nor the balance is had."""
    async with failing(Unavailable):
        await client.price(MODEL, INPUTS)
    async with failing(Unavailable):
        await client.balance()


@asynccontextmanager
async def failing(kind: type[WaveSpeedError]) -> AsyncIterator[None]:
    """Expects exactly that error, short, and without the key anywhere in what a log would print."""
    with pytest.raises(WaveSpeedError) as caught:
        yield
    error = caught.value
    assert type(error) is kind, repr(error)
    assert len(str(error)) < 250
    chain: BaseException | None = error
    while chain is not None:
        assert KEY not in repr(chain)
        assert KEY not in "".join(traceback.format_exception(chain))
        chain = chain.__cause__ or chain.__context__


MADE = prediction()
ENDLESS = "9" * 10_000


def read(**told: Any) -> Prediction:
    """A completed prediction, as the client reads it."""
    return Prediction.read({"id": "p1", "status": "completed", **told})


def reply(body: object, status: int = 200) -> Reply:
    """A whole reply, as the client reads it."""
    return Reply.read(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode(), "", KEY)

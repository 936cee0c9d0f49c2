"""The stand-in as a whole: one aiohttp server with API, files, and the faults between them and a client."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from aiohttp import web

from rehearsal.folders import written_in
from rehearsal.wavespeed import memory
from rehearsal.wavespeed.accounts import Account, Entry
from rehearsal.wavespeed.answers import ApiError, CutError, parse_body
from rehearsal.wavespeed.api import Api, Call, Handler
from rehearsal.wavespeed.catalogue import Catalogue, Model
from rehearsal.wavespeed.control import Control
from rehearsal.wavespeed.faults import Fault, Faults
from rehearsal.wavespeed.media import Media
from rehearsal.wavespeed.predictions import Prediction, Predictions, Takes
from rehearsal.wavespeed.rendering import Render
from rehearsal.wavespeed.sound import Sound
from rehearsal.wavespeed.sources import Source, Sources
from rehearsal.wavespeed.trap import Trap
from rehearsal.wavespeed.webhooks import Webhooks

SHAPES = ("documented", "observed")
REMEMBERED = 20_000  # requests that stay in `requests`; a room may be open for weeks
NOT_YET = 0.05  # seconds in which a documented result is answered with 404

T = TypeVar("T")
Work = Callable[[web.Request, "Request"], Awaitable[web.StreamResponse]]


@dataclass(eq=False)
class Request:
    """One HTTP request. `endpoint` as in faults.ENDPOINTS; `at` by time.monotonic()."""

    endpoint: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    at: float
    json: dict[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What a prediction was, or is to be, made from, where the request is about one."""
    status: int | None = None
    """None while it is not answered, and for ever when its connection was cut."""
    fault: Fault | None = None
    """What was done to its answer."""


class WaveSpeedStandIn:
    """WaveSpeed on loopback; an async context manager.

    `port` 0 takes a free one. `keys`: each has an account of its own, with `level` and `balance` (USD).
    `render_seconds`: how long each prediction takes, or what says so by model id, seconds and seed; None for
    realistic times, `speed` times as fast.
    `price_per_second`: ace-step's in micro-dollars, to which the others' keep their proportion (None: the
    catalogue's), `discount` a fraction of it; a failed prediction is refunded after `refund_seconds`.
    `minute` and `sync_seconds` in seconds: what the provider counts in.
    `render` makes an MP3 of tags, lyrics, duration, seed in a thread; None for the rehearsal's music.
    Reworks are of real samples in any case.
    `seed`: for fault rates and for the seeds that clients leave to the provider.
    `state`: a file in which everything but faults, uploads and requests is kept from one life to the next;
    what reworks start from is in a folder beside it.
    `shape`: of answers in which the provider's documents and its clients differ, "documented" or "observed".
    """

    def __init__(
        self,
        port: int = 0,
        keys: Iterable[str] = ("rehearsal-key",),
        *,
        host: str = "127.0.0.1",
        level: str = "gold",
        balance: float = 100.0,
        render_seconds: float | Takes | None = None,
        speed: float = 1.0,
        price_per_second: int | None = None,
        discount: float = 0.0,
        refund_seconds: float = 60.0,
        minute: float = 60.0,
        sync_seconds: float = 120.0,
        render: Render | None = None,
        seed: int = 0,
        state: Path | None = None,
        shape: str = "observed",
    ) -> None:
        self.accounts = {key: Account(key, level, round(balance * 1_000_000), minute) for key in keys}
        if shape not in SHAPES:
            raise ValueError(f"There is no shape {shape!r}; there are {', '.join(SHAPES)}.")
        self.shape = shape
        self.catalogue = Catalogue(documented=shape == "documented")
        self.faults = Faults(seed)
        self.trap = Trap(self.wake)
        self.requests: list[Request] = []
        self.submits: Counter[int] = Counter()
        """Submissions that arrived, by their seed, whatever became of them."""
        self.sources = Sources(self, state.with_suffix(".sources") if state else None)
        self.sound = Sound(render, self.sources.folder)
        self.webhooks = Webhooks(self.wake)
        self.media = Media(self)
        self.tasks = Predictions(
            self.accounts,
            self._prediction_changed,
            render_seconds=render_seconds,
            speed=speed,
            refund_seconds=refund_seconds,
            seed=seed,
            waits=shape == "documented",
        )
        self._api = Api(self, price_per_second=price_per_second, discount=discount, sync_seconds=sync_seconds)
        self._arrived: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()
        self._waiting: list[asyncio.Future[None]] = []
        self._host, self._port = host, port
        self._realistic = render_seconds is None
        self._state = state
        self._runner: web.AppRunner | None = None

    # what tests look at -------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def predictions(self) -> Mapping[str, Prediction]:
        """By id, of all accounts, oldest first."""
        return self.tasks.by_id

    @property
    def bill(self) -> list[Entry]:
        """Everything that was booked, of all accounts, oldest first."""
        for account in self.accounts.values():
            account.settle()
        return sorted((e for account in self.accounts.values() for e in account.bill), key=lambda e: e.at)

    @property
    def speed(self) -> float:
        """Of realistic times; what is set counts from the next prediction on."""
        return self.tasks.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self.tasks.speed = speed

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def count(self, endpoint: str, *, answered: bool = False) -> int:
        """How many requests came (or were answered, cut ones included)."""
        return (self._answered if answered else self._arrived)[endpoint]

    @property
    def counts(self) -> dict[str, int]:
        """How many requests came, by endpoint."""
        return dict(self._arrived)

    async def until(self, condition: Callable[[], T], timeout: float = 60.0) -> T:
        """Waits for a condition to hold, which is tried whenever something happens here; gives its value.

        Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not (value := condition()):
                waiting = asyncio.get_running_loop().create_future()
                self._waiting.append(waiting)
                await waiting
        return value

    async def wait_for(
        self, endpoint: str, count: int = 1, timeout: float = 60.0, *, answered: bool = False
    ) -> Request:
        """Waits until `count` requests to an endpoint came (or were answered); gives the last of these.

        Raises TimeoutError."""
        await self.until(lambda: self.count(endpoint, answered=answered) >= count, timeout)
        there = [r for r in self.requests if r.endpoint == endpoint]
        return there[count - 1 - self.count(endpoint)]

    async def finished(self, count: int = 1, timeout: float = 60.0) -> list[Prediction]:
        """Waits until `count` predictions have ended, however; gives all that have. Raises TimeoutError."""

        await self.until(lambda: self.tasks.ended >= count, timeout)
        return [prediction for prediction in self.predictions.values() if prediction.done]

    # life ---------------------------------------------------------------------------------------------------

    async def start(self) -> Self:
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_route(
            "POST", "/api/v3/media/uploads", self._serving("upload", self._keyed(self.media.ticket))
        )
        for method, path, endpoint, handler in self._api.routes():
            app.router.add_route(method, path, self._serving(endpoint, self._keyed(handler)))
        app.router.add_route("PUT", "/uploads/{token}", self._serving("put", _open(self.media.put)))
        app.router.add_get("/media/{token}/{name}", self._serving("media", _open(self.media.read)))
        app.router.add_get("/outputs/{file}", self._serving("download", _open(self.media.download)))
        Control(self).add_to(app)
        app.router.add_route("*", "/{rest:.*}", _nowhere)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.faults.trap = (await self.trap.start()).port
        if self._state is not None:
            memory.recall(self._state, self.accounts, self.tasks, self.sound.repertoire)
        return self

    async def stop(self) -> None:
        """Ends everything that was started; what is held is cut. Raises CannotWriteError."""
        for fault in self.faults:
            fault.release(drop=True)
        self.faults.rules.clear()
        await self.tasks.stop()
        await self.webhooks.stop()
        await self.sources.stop()
        await self.trap.stop()
        if self._runner:
            await self._runner.cleanup()
        self.sound.close()
        if self._state is not None:
            with written_in(self._state.parent):
                memory.remember(self._state, self.accounts, self.tasks, self.sound.repertoire)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # predictions --------------------------------------------------------------------------------------------

    def create(
        self,
        account: Account,
        model: Model,
        inputs: dict[str, Any],
        seconds: float,
        sources: Mapping[str, Source],
        price: int,
        webhook: str,
    ) -> Prediction:
        """A new prediction with whatever faults are in store for it. Raises ApiError 402, 429."""
        prediction = self.tasks.create(account, model, inputs, seconds, sources, price, webhook)
        if self.shape == "documented":
            prediction.as_object = True
            prediction.known_at = prediction.created_at + NOT_YET
        self.tasks.begin(prediction, self.faults.strike("render", "submit", inputs, account.key))
        return prediction

    def _prediction_changed(self, prediction: Prediction) -> None:
        if prediction.status == "processing" and self._realistic:
            self.sound.prepare(prediction.order)
        if prediction.done and prediction.webhook:
            secret = self.accounts[prediction.key].webhook_secret
            self.webhooks.send(prediction.webhook, secret, prediction.show(self.url))
        self.wake()

    def wake(self) -> None:
        """Something happened: whoever waits may look again."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    # requests -----------------------------------------------------------------------------------------------

    def _serving(self, endpoint: str, work: Work) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler that writes the request down and answers as told, or as a fault has it."""

        async def serve(request: web.Request) -> web.StreamResponse:
            seen = Request(
                endpoint, request.method, request.path, request.query, request.headers, time.monotonic()
            )
            try:
                return await self._answer(request, seen, work)
            finally:
                self._answered[endpoint] += 1
                self.wake()

        return serve

    async def _answer(self, request: web.Request, seen: Request, work: Work) -> web.StreamResponse:
        try:
            body = await request.read() if seen.endpoint != "put" else b""
            self._note(request, seen, body)
            faults = self.faults.strike("answer", seen.endpoint, seen.inputs, _key(request))
            if faults:
                seen.fault = faults[0]
                response = await seen.fault.around(request, lambda: work(request, seen))
            else:
                response = await work(request, seen)
        except ApiError as error:
            response = error.response()
        except CutError:
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        seen.status = response.status
        return response

    def _note(self, request: web.Request, seen: Request, body: bytes) -> None:
        """Writes down that a request came, with as much as can be read of it."""
        try:
            seen.json = parse_body(body) if body else {}
        except ApiError:
            seen.json = {}
        match seen.endpoint:
            case "submit":
                seen.inputs = seen.json
                number = seen.json.get("seed", -1)
                self.submits[number if isinstance(number, int) else -1] += 1
            case "result" if request.match_info["id"] in self.predictions:
                seen.inputs = self.predictions[request.match_info["id"]].inputs
            case "download":
                seen.inputs = self.media.inputs_of(request.match_info["file"])
            case _:
                pass
        if len(self.requests) >= REMEMBERED:
            del self.requests[: REMEMBERED // 4]
        self.requests.append(seen)
        self._arrived[seen.endpoint] += 1
        self.wake()

    def _keyed(self, handler: Handler) -> Work:
        """For calls that need a key and, where they POST, a JSON object."""

        async def work(request: web.Request, seen: Request) -> web.StreamResponse:
            account = self.accounts.get(_key(request))
            if account is None:
                raise ApiError(401, "Invalid API key. Create one at wavespeed.ai/accesskey.")
            body = parse_body(await request.read()) if request.method == "POST" else {}
            return await handler(Call(account, body, request.match_info, request.query, seen.fault))

        return work


def _open(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Work:
    """For files: no key, no body to read."""

    async def work(request: web.Request, _: Request) -> web.StreamResponse:
        return await handler(request)

    return work


async def _nowhere(request: web.Request) -> web.Response:
    return ApiError(404, f"There is nothing at {request.method} {request.path}.").response()


def _key(request: web.Request) -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""

"""The provider's calls under /api/v3, as wavespeed-api.md and the provider's documentation have them."""

from __future__ import annotations

import asyncio
import ipaddress
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from rehearsal.wavespeed.accounts import Account
from rehearsal.wavespeed.answers import ApiError, parse_moment, success, usd, whole_number
from rehearsal.wavespeed.catalogue import SHORTEST_REFERENCE, SINGER, Model
from rehearsal.wavespeed.faults import Fault
from rehearsal.wavespeed.media import KEPT
from rehearsal.wavespeed.predictions import Prediction
from rehearsal.wavespeed.sources import Source

if TYPE_CHECKING:
    from rehearsal.wavespeed.server import WaveSpeedStandIn

LARGEST_PAGE = 100

Item = TypeVar("Item")


@dataclass
class Call:
    """A request whose sender is known; `body` is {} where it has none."""

    account: Account
    body: dict[str, Any]
    path: Mapping[str, str]
    query: Mapping[str, str]
    fault: Fault | None = None


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


class Api:
    """`sync_seconds`: how long a submission in sync mode is held before it is told to ask later."""

    def __init__(
        self, wave: WaveSpeedStandIn, *, price_per_second: int | None, discount: float, sync_seconds: float
    ):
        self._wave = wave
        self._price_per_second = price_per_second
        self._discount = discount
        self._sync_seconds = sync_seconds

    def routes(self) -> Sequence[tuple[str, str, str, Handler]]:
        """Method, path, endpoint's name for faults, handler. The last takes any model id."""
        return (
            ("GET", "/api/v3/predictions/{id}/result", "result", self.result),
            ("GET", "/api/v3/predictions/{id}", "result", self.result),
            ("POST", "/api/v3/predictions", "history", self.history),
            ("POST", "/api/v3/predictions/delete", "delete", self.delete),
            ("GET", "/api/v3/balance", "balance", self.balance),
            ("POST", "/api/v3/model/price", "price", self.price),
            ("POST", "/api/v3/billings/search", "billings", self.billings),
            ("GET", "/api/v3/models", "models", self.models),
            ("GET", "/api/v3/webhook/secret", "webhook_secret", self.webhook_secret),
            ("POST", "/api/v3/{model:.+}", "submit", self.submit),
        )

    # predictions ------------------------------------------------------------------------------------------

    async def submit(self, call: Call) -> web.Response:
        model = self._wave.catalogue.find(call.path["model"])
        inputs = model.check(call.body)
        webhook = _loopback(call.query.get("webhook", ""))
        seconds, sources = await self._measured(model, inputs)
        price = self.cost(model, seconds)
        prediction = self._wave.create(call.account, model, inputs, seconds, sources, price, webhook)
        if not call.body.get("enable_sync_mode"):
            return success(prediction.show(self._wave.url))
        try:
            async with asyncio.timeout(self._sync_seconds):
                await prediction.ended.wait()
        except TimeoutError:
            late = {"code": 5004, "error": "Sync mode timed out; the task goes on."}
            return success(prediction.show(self._wave.url) | late)
        return success(prediction.show(self._wave.url))

    async def result(self, call: Call) -> web.Response:
        prediction = self._find(call.account, call.path["id"])
        if self._wave.now() < prediction.known_at:
            raise ApiError(404, f"prediction {prediction.id} not found", "prediction_not_found")
        return success(prediction.result(self._wave.url))

    async def history(self, call: Call) -> web.Response:
        now = self._wave.now()
        after = parse_moment(call.body.get("created_after"), "created_after")
        before = parse_moment(call.body.get("created_before"), "created_before")
        model, status = call.body.get("model"), call.body.get("status")
        wanted = [
            prediction
            for prediction in self._wave.tasks.of(call.account.key)
            if prediction.status != "deleted"
            and prediction.listed_at <= now < prediction.created_at + KEPT
            and (after is None or prediction.created_at >= after)
            and (before is None or prediction.created_at <= before)
            and (not model or prediction.model == model)
            and (not status or prediction.status == status)
        ]
        page, items = _page(call.body, wanted)
        told = call.body.get("include_inputs") is True
        kind = call.fault.kind if call.fault else ""
        if told and kind == "inputs_refused":
            raise ApiError(400, 'unknown field "include_inputs"')
        told = told and kind != "without_inputs"
        return success({"page": page, "items": [item.show(self._wave.url, inputs=told) for item in items]})

    async def delete(self, call: Call) -> web.Response:
        ids = call.body.get("ids")
        if not isinstance(ids, list) or not ids:
            raise ApiError(400, 'property "ids" must be a list of prediction ids')
        for prediction in [self._find(call.account, name) for name in ids]:
            self._wave.tasks.delete(prediction)
        return success({"deleted": len(ids)})

    def _find(self, account: Account, name: object) -> Prediction:
        prediction = self._wave.predictions.get(name) if isinstance(name, str) else None
        if prediction is None or prediction.key != account.key:
            raise ApiError(404, f"prediction {name} not found", "prediction_not_found")
        return prediction

    async def _measured(self, model: Model, inputs: Mapping[str, Any]) -> tuple[float, Mapping[str, Source]]:
        """How much audio is asked for, and what it is made from, by input. Raises ApiError 400."""
        sources = {
            name: await self._wave.sources.of(inputs[name], name) for name in model.sources if name in inputs
        }
        for name, source in sources.items() if model.id == SINGER else ():
            if source.kind not in ("wav", "mp3"):
                raise ApiError(400, f'property "{name}" must be a .wav or .mp3')
            if source.seconds <= SHORTEST_REFERENCE:
                raise ApiError(400, f'property "{name}" must be longer than {SHORTEST_REFERENCE:g} s')
        played = [source.seconds for name, source in sources.items() if name != "voice"]
        return model.seconds(inputs, played[0] if played else 0.0), sources

    # money ------------------------------------------------------------------------------------------------

    def cost(self, model: Model, seconds: float) -> int:
        """What a task costs this account, in micro-dollars."""
        return round(model.price(seconds, self._price_per_second) * (1 - self._discount))

    async def balance(self, call: Call) -> web.Response:
        return success({"balance": usd(call.account.balance)})

    async def price(self, call: Call) -> web.Response:
        model = self._wave.catalogue.find(call.body.get("model_id"))
        asked = call.body.get("inputs", {})
        if not isinstance(asked, dict):
            raise ApiError(400, 'property "inputs" must be an object')
        seconds, _ = await self._measured(model, model.check(asked))
        return success(
            {
                "price": usd(model.price(seconds, self._price_per_second)),
                "discounted_price": usd(self.cost(model, seconds)),
                "currency": "USD",
            }
        )

    async def billings(self, call: Call) -> web.Response:
        call.account.settle()
        documented = self._wave.shape == "documented"
        start, end = (_bill_moment(call.body, name, documented) for name in ("start_time", "end_time"))
        kind, model, only = (
            call.body.get(name) for name in ("billing_type", "model_uuid", "prediction_uuids")
        )
        wanted = [
            entry
            for entry in call.account.bill
            if (start is None or entry.at >= start)
            and (end is None or entry.at <= end)
            and (not kind or entry.billing_type == kind)
            and (not model or entry.model == model)
            and (not only or entry.prediction in only)
        ]
        wanted.sort(key=lambda entry: entry.at, reverse=call.body.get("sort") != "created_at ASC")
        page, items = _page(call.body, wanted)
        made = self._wave.predictions
        shown = [
            entry.show(made[entry.prediction].status if entry.prediction in made else "") for entry in items
        ]
        if documented:
            return success({"page": page, "total": len(wanted), "items": shown})
        return success(
            {"page": page, "items": shown, "has_more": page * call.body["page_size"] < len(wanted)}
        )

    # the rest ---------------------------------------------------------------------------------------------

    async def models(self, _: Call) -> web.Response:
        documented = self._wave.shape == "documented"
        return success([model.entry(documented) for model in self._wave.catalogue.models.values()])

    async def webhook_secret(self, call: Call) -> web.Response:
        return success({"secret": call.account.webhook_secret})


def _bill_moment(body: Mapping[str, Any], name: str, documented: bool) -> float | None:
    """A bill's start or end. The documents take milliseconds as a text only, and refuse anything else with
    400; to what the provider's command line talks to, a number is no time, so that nothing is found."""
    value = body.get(name)
    if value in (None, ""):
        return None
    milliseconds = isinstance(value, str) and value.isdecimal()
    if documented and not milliseconds:
        raise ApiError(400, f'property "{name}" must be milliseconds since the epoch, as a string')
    if milliseconds and not documented:
        return math.inf if name == "start_time" else 0.0
    return parse_moment(value, name)


def _page(body: Mapping[str, Any], wanted: Sequence[Item]) -> tuple[int, Sequence[Item]]:
    """The page that a body asks for. Raises ApiError 400."""
    page = whole_number(body, "page", 1, 10**9)
    size = whole_number(body, "page_size", 1, LARGEST_PAGE)
    return page, wanted[(page - 1) * size : page * size]


def _loopback(url: str) -> str:
    """A webhook's address, if it is on this machine. Raises ApiError 400 for any other."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    else:
        here = here and parts.scheme in ("http", "https")
    if not here:
        raise ApiError(
            400, "the webhook is not an http(s) address on loopback, and a rehearsal calls no other"
        )
    return url

"""WaveSpeed's HTTP API: submit, result, history, price, balance, download.

The rule: a submission is POSTed once, whatever happens, because a POST without an answer may have been
billed. Everything else only reads, so it is tried again. The key is in no exception, no repr, no download.
"""

from __future__ import annotations

import asyncio
import platform
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, cast
from urllib.parse import quote

import aiohttp
from yarl import URL

from services.predictions import (
    AnswerLost,
    BadKey,
    Charge,
    NoBalance,
    NotFound,
    Prediction,
    ProviderDown,
    RateLimited,
    RefusedInput,
    Reply,
    TooLarge,
    Unavailable,
    WaveSpeedError,
    http_date,
    retry_after,
)

__all__ = [
    "AnswerLost",
    "BadKey",
    "Charge",
    "NoBalance",
    "NotFound",
    "Prediction",
    "ProviderDown",
    "RateLimited",
    "RefusedInput",
    "TooLarge",
    "Unavailable",
    "WaveSpeed",
    "WaveSpeedError",
]

T = TypeVar("T")

VERSION = "0.1.0"
LARGEST_REPLY = 8 * 2**20  # bytes; a history page of 100 predictions with long lyrics has about 1 MiB
LONGEST_WAIT = 60.0  # seconds between two attempts; a provider that asks for more gets it from our caller
DOWNLOAD_PATIENCE = 600.0  # seconds for one attempt at a file
CHUNK = 256 * 1024  # bytes of a download kept in memory
PAGE_SIZE = 100  # the most that the history gives at once (wavespeed.ai/docs/predictions-api)
MOST_PAGES = 100
CLOCK_MARGIN = timedelta(minutes=2)  # by which the provider's clock may differ from ours

# Raised before the first byte of a request: no address, refused, unreachable, no TLS, no such URL.
_NOTHING_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
_NO_ANSWER = (aiohttp.ClientError, TimeoutError)


class WaveSpeed:
    """A client for one account. `timeout` and `backoff` in seconds; `attempts` of what may be repeated.

    Connections are opened at first use, on the loop that runs then; close() or `async with` ends them.
    """

    def __init__(
        self, base_url: str, key: str, *, timeout: float = 30, attempts: int = 5, backoff: float = 0.5
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._timeout = timeout
        self._attempts = attempts
        self._backoff = backoff
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._clock_difference = timedelta(0)  # the provider's clock minus ours, by its last reply

    def __repr__(self) -> str:
        return f"WaveSpeed({self._base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections. A later call would open new ones."""
        while self._sessions:
            await self._sessions.popitem()[1].close()

    async def submit(self, model: str, inputs: Mapping[str, Any]) -> Prediction:
        """Creates a prediction with one POST that is never repeated, not even by a redirect.

        Raises AnswerLost where the task may exist and be billed: a time-out, a connection that broke after
        bytes could have been sent, a 5xx (a gateway says that too while the work goes on behind it), a 2xx
        that cannot be read. Raises RateLimited, BadKey, NoBalance, RefusedInput, NotFound or ProviderDown
        where surely nothing was created.
        """
        # Always on a new connection: one that was kept may have been closed by the server in this moment, and
        # that looks like an answer lost. aiohttp itself repeats idempotent methods only, so never this POST.
        try:
            async with self._session("submit").post(
                self._url(f"/api/v3/{quote(model, safe='/')}"), json=dict(inputs), allow_redirects=False
            ) as response:
                reply = await self._read(response)
        except _NOTHING_SENT as error:
            failure: WaveSpeedError = ProviderDown(f"could not connect: {_kind(error)}")
        except _NO_ANSWER as error:
            failure = AnswerLost(f"no answer to a submission: {_kind(error)}")
        else:
            try:
                return Prediction.read(reply.data)
            except ProviderDown as error:
                failure = error if reply.redirects else AnswerLost(str(error))
        raise failure

    async def result(self, prediction_id: str) -> Prediction:
        """Where a prediction stands. Raises NotFound, BadKey; in the end RateLimited, ProviderDown."""
        path = f"/api/v3/predictions/{quote(prediction_id, safe='')}/result"

        async def once() -> Prediction:
            return Prediction.read((await self._once("GET", path)).data, prediction_id)

        return await self._repeat(once)

    async def find(
        self,
        model: str,
        inputs: Mapping[str, Any],
        created_after: datetime,
        *,
        taken: Collection[str] = (),
    ) -> Prediction | None:
        """Searches the history for a submission whose answer was lost: the same inputs.

        Only `audio` may differ: the same sound can have several addresses.

        None only where everything since `created_after` (less CLOCK_MARGIN) was seen and is something else,
        because a caller may submit again then. `taken`: ids that belong to others with the same inputs.
        Raises Unavailable where the history cannot tell; ProviderDown, RateLimited where it gives no answer.
        """
        since = created_after.astimezone(UTC) - CLOCK_MARGIN
        names = sorted(inputs.keys() - {"audio"})
        wanted = _identity(inputs, names)
        seen: set[str] = set()
        without_inputs = False
        for page in range(1, MOST_PAGES + 1):
            items = await self._history(page, since)
            if abs(self._clock_difference) > CLOCK_MARGIN:
                raise Unavailable(f"the provider's clock differs from ours by {self._clock_difference}")
            if not items and not without_inputs:
                return None
            if not items:
                raise Unavailable("the history does not carry inputs")
            fresh = [item for item in items if item.id not in seen]
            if not fresh:
                raise Unavailable("the history gives the same page again")
            for item in fresh:
                seen.add(item.id)
                if item.id in taken or item.model not in (model, "") or (item.created_at or since) < since:
                    continue
                if item.inputs is None:
                    without_inputs = True
                elif _identity(item.inputs, names) == wanted:
                    return item
        raise Unavailable(f"more than {MOST_PAGES} pages of history since {since:%H:%M} UTC")

    async def _history(self, page: int, since: datetime) -> list[Prediction]:
        # Not filtered by `model`: should that mean something else than it seems to, it would hide a task.
        body = {"page": page, "page_size": PAGE_SIZE, "created_after": f"{since:%Y-%m-%dT%H:%M:%SZ}"}
        data = await self._ask("POST", "/api/v3/predictions", body)
        try:
            return [Prediction.read(item) for item in _items(data)]
        except (ProviderDown, AttributeError):
            failure = Unavailable("the history's items are not predictions")
        raise failure

    async def price(self, model: str, inputs: Mapping[str, Any]) -> int:
        """The provider's quote in micro-dollars, discounts taken off.

        Raises Unavailable, BadKey; after all attempts ProviderDown, RateLimited.
        """
        data = await self._ask("POST", "/api/v3/model/price", {"model_id": model, "inputs": dict(inputs)})
        if data.get("currency", "USD") != "USD":
            raise Unavailable("the quote is not in USD")
        discounted = data.get("discounted_price")
        return _micro(data.get("price") if discounted is None else discounted)

    async def balance(self) -> int:
        """What the account has left, in micro-dollars. Raises what price() raises."""
        return _micro((await self._ask("GET", "/api/v3/balance")).get("balance"))

    async def bill(self, start: datetime) -> list[Charge]:
        """Every line of the bill since then, oldest first.

        Raises Unavailable where the provider has no bill or one that cannot be read; what price() raises.
        """
        charges: dict[str, Charge] = {}
        for page in range(1, MOST_PAGES + 1):
            body = {
                "page": page,
                "page_size": PAGE_SIZE,
                "start_time": f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            }
            data = await self._ask("POST", "/api/v3/billings/search", body)
            try:
                fresh = [Charge.read(item) for item in _items(data)]
            except (ValueError, AttributeError):
                raise Unavailable("the bill's lines cannot be read") from None
            charges |= {one.id or f"{page}.{line}": one for line, one in enumerate(fresh)}
            if not fresh or not data.get("has_more"):
                return sorted(charges.values(), key=lambda one: one.at or start)
        raise Unavailable(f"more than {MOST_PAGES} pages of bill since {start:%Y-%m-%d %H:%M} UTC")

    async def download(self, url: str, target: Path, *, max_bytes: int) -> int:
        """Writes an output to `target`, which appears only when it is whole. Returns its size in bytes.

        The key is not sent: outputs are public addresses, mostly of other hosts.
        Raises TooLarge; after all attempts NotFound, RateLimited, ProviderDown; OSError of the disk.
        """
        part = target.with_name(target.name + ".part")

        async def once() -> int:
            try:
                async with self._session("download").get(url) as response:
                    _check_download(response, max_bytes)
                    return await _write(response, part, max_bytes)
            except _NO_ANSWER as error:
                failure = ProviderDown(f"the download broke off: {_kind(error)}")
            raise failure

        try:
            # Also after a 404: what was finished a moment ago may not have reached each edge of a CDN.
            size = await self._repeat(once, also=(NotFound,))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return size

    # what may be sent again -----------------------------------------------------------------------

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """A call that is not part of the contract: Unavailable where it is not as we know it."""

        async def once() -> Mapping[str, Any]:
            return (await self._once(method, path, body)).data

        try:
            return await self._repeat(once)
        except (NotFound, RefusedInput) as error:
            failure = Unavailable(f"{path}: {error}")
        raise failure

    async def _once(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Reply:
        try:
            async with self._session("read").request(
                method, self._url(path), json=body, allow_redirects=False
            ) as response:
                return await self._read(response)
        except _NO_ANSWER as error:
            failure = ProviderDown(f"no answer: {_kind(error)}")
        raise failure  # not inside the handler: aiohttp's errors carry the request's headers, so the key

    async def _repeat(
        self, once: Callable[[], Awaitable[T]], *, also: tuple[type[WaveSpeedError], ...] = ()
    ) -> T:
        """Only for what changes nothing at the provider.

        Waits longer each time, never in step with others, and at least as long as it was asked to.
        """
        attempt = 1
        while True:
            try:
                return await once()
            except (ProviderDown, RateLimited, *also) as error:
                pause = min(self._backoff * 2 ** (attempt - 1), LONGEST_WAIT / 2) * random.uniform(0.5, 1.0)
                pause += error.retry_after or 0.0
                if attempt >= self._attempts or pause > LONGEST_WAIT:
                    raise
            await asyncio.sleep(pause)
            attempt += 1

    # the wire -------------------------------------------------------------------------------------

    def _session(self, use: Literal["submit", "read", "download"]) -> aiohttp.ClientSession:
        """One session for each use: "submit" keeps no connection, "download" does not know the key."""
        if use not in self._sessions:
            headers = {
                "User-Agent": f"jamboree/{VERSION}",
                "X-Client-Name": "jamboree",
                "X-Client-Version": VERSION,
                "X-Client-OS": platform.system().lower(),
            }
            if use != "download":
                headers["Authorization"] = f"Bearer {self._key}"
            self._sessions[use] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    force_close=use == "submit",
                    limit=0 if use == "submit" else 100,  # waiting for a free one would look like no answer
                ),
                headers=headers,
                timeout=aiohttp.ClientTimeout(
                    total=DOWNLOAD_PATIENCE if use == "download" else self._timeout,
                    sock_connect=min(10.0, self._timeout / 2),  # a connection never made comes first
                    sock_read=self._timeout,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._sessions[use]

    def _url(self, path: str) -> URL:
        return URL(self._base_url + path, encoded=True)

    async def _read(self, response: aiohttp.ClientResponse) -> Reply:
        """Reads a bounded body; where that breaks off, the status remains."""
        if (date := http_date(response.headers.get("Date", ""))) is not None:
            self._clock_difference = date - datetime.now(UTC)
        body, trouble = bytearray(), ""
        try:
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > LARGEST_REPLY:
                    trouble = "the reply is too large"
                    response.close()
                    break
        except _NO_ANSWER as error:
            trouble = f"the reply broke off: {_kind(error)}"
        return Reply.read(response.status, response.headers, bytes(body), trouble, self._key)


def _check_download(response: aiohttp.ClientResponse, max_bytes: int) -> None:
    if response.status in (403, 404, 410):  # storage behind a CDN says 403 for what is not there
        raise NotFound(f"{response.status}: no such file")
    if response.status != 200:
        kind = RateLimited if response.status == 429 else ProviderDown
        raise kind(f"{response.status}: no file", retry_after=retry_after(response.headers))
    if (response.content_length or 0) > max_bytes:
        raise TooLarge(f"{response.content_length} bytes where {max_bytes} are allowed")


async def _write(response: aiohttp.ClientResponse, part: Path, max_bytes: int) -> int:
    size = 0
    file = await asyncio.to_thread(part.open, "wb")
    try:
        async for chunk in response.content.iter_chunked(CHUNK):  # raises where Content-Length is not met
            size += len(chunk)
            if size > max_bytes:
                raise TooLarge(f"more than the {max_bytes} bytes that are allowed")
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    if not size:
        raise ProviderDown("the file is empty")
    return size


def _identity(inputs: Mapping[str, Any], names: Sequence[str]) -> list[object]:
    """What makes two submissions the same; the provider may trim texts and leave out what says nothing."""
    values = [inputs.get(name) if name == "seed" else inputs.get(name) or "" for name in names]
    return [" ".join(value.split()) if isinstance(value, str) else value for value in values]


def _items(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The items of a page. Raises Unavailable where they are not a list."""
    items: object = data.get("items", ()) or []  # null is how an empty list may be written
    if not isinstance(items, list):
        raise Unavailable("the page's items are not a list")
    return cast("list[Mapping[str, Any]]", items)


def _micro(usd: object) -> int:
    """An amount in USD as JSON writes it, in micro-dollars."""
    try:
        return round(Decimal(str(usd)) * 1_000_000)
    except (InvalidOperation, ValueError, OverflowError):
        failure = Unavailable("the amount is not a number")
    raise failure


def _kind(error: BaseException) -> str:
    """The kind of an error without its text, which may hold addresses and headers."""
    return type(error).__name__

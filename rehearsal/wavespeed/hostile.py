"""What a hostile provider answers: values that no client may believe, and bodies and redirects without end.

The rule: an answer is made as usual and told otherwise, so that all else in it is right. Everything is
bounded here too, and no address leads off this machine.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from rehearsal.wavespeed.answers import ApiError, CutError

ENDLESS_DIGITS = "9" * 5000
AMOUNTS = (
    *("1e200000", "-1e200000", ENDLESS_DIGITS, "NaN", "Infinity", "-Infinity", "-0.5"),
    *('"1e200000"', f'"{ENDLESS_DIGITS}"', '"NaN"', '"Infinity"', '"-0.5"', '"٣"', "[]", "{}", "true"),
)  # as they stand in the JSON
TIMES = (
    *('"0000-01-01T00:00:00Z"', '"99999-01-01T00:00:00Z"', '"9999-12-31T23:59:59-23:59"', '"never"'),
    *("9" * 400, "-" + "9" * 400, "1e300", "1e200000", "NaN", f'"{ENDLESS_DIGITS}"', "[]", "true"),
)  # as they stand in the JSON
WAITS = ("1e9", "9" * 400, "soon", "-1", "nan", "Mon, 01 Jan 0001 00:00:00 +1200")
LONG_WAITS = ("Fri, 31 Dec 9999 23:59:59 GMT", "999999999")
METHODS = ("POST", "GET", "DELETE", "CONNECT", "put /x HTTP/1.1\r\nEvil: 1\r\nA:")
FORBIDDEN = {
    "Host": "metadata.internal",
    "Cookie": "a=b",
    "Authorization": "Bearer another",
    "Content-Length": "1",
    "Transfer-Encoding": "chunked",
    "X-Forwarded-For": "10.0.0.1",
    "x-amz-meta": "a\r\nEvil: 1",
    "x-amz-\r\nEvil": "1",
}
"""Headers that no upload may be sent with, whatever its ticket says."""
MOST_ENDLESS = 256 * 2**20  # bytes after which even what has no end has one
CHUNK = b"a" * 64 * 1024

_AMOUNT_FIELDS = ("balance", "price", "discounted_price", "origin_price", "base_price", "unit_price")
_TIME_FIELDS = ("created_at", "updated_at", "expires_at")
_PLACE = "the value to be put here"


def retold(response: web.StreamResponse, kind: str, put: str) -> web.StreamResponse:
    """The answer again, with `put` in it where that kind of fault has it; a refusal stays as it is."""
    if not isinstance(response, web.Response) or response.status != 200:
        return response
    told = json.loads(response.body or b"{}")  # pyright: ignore[reportArgumentType]
    match kind:
        case "odd_amounts":
            told = _with(told, _AMOUNT_FIELDS, _PLACE)
        case "odd_times":
            told = _with(told, _TIME_FIELDS, _PLACE)
        case "ticket_address":
            told["data"]["upload"]["url"] = put
        case "ticket_method":
            told["data"]["upload"]["method"] = put
        case "ticket_headers":
            told["data"]["upload"]["headers"] |= FORBIDDEN
        case _:
            raise AssertionError(kind)
    body = json.dumps(told).replace(f'"{_PLACE}"', put)
    return web.Response(text=body, content_type="application/json")


def _with(value: Any, names: tuple[str, ...], put: str) -> Any:
    """The same with `put` in the fields of these names, however deep."""
    if isinstance(value, list):
        return [_with(one, names, put) for one in value]
    if isinstance(value, dict):
        return {name: put if name in names else _with(one, names, put) for name, one in value.items()}
    return value


def redirected(status: int, to: str) -> web.Response:
    return web.Response(status=status, headers={"Location": to})


def put_off(refusal: ApiError, wait: str) -> web.Response:
    """A refusal that asks for a pause as no clock knows it."""
    response = refusal.response()
    response.headers["Retry-After"] = wait
    return response


async def trickle(request: web.Request, usual: web.StreamResponse, seconds: float) -> web.StreamResponse:
    """A byte each so many seconds, until the client hangs up. Raises CutError then."""
    response = web.StreamResponse(status=usual.status, headers={"Content-Type": usual.content_type})
    try:
        await response.prepare(request)
        while True:
            await response.write(CHUNK[:1])
            await asyncio.sleep(seconds)
    except ConnectionError:
        raise CutError from None


async def without_end(request: web.Request, usual: web.StreamResponse) -> web.StreamResponse:
    """The answer goes on until the client hangs up, or for MOST_ENDLESS. Raises CutError for the former."""
    response = web.StreamResponse(status=usual.status, headers={"Content-Type": usual.content_type})
    try:
        await response.prepare(request)
        if usual.content_type == "application/json":
            await response.write(b'{"code": 200, "message": "')
        for _ in range(MOST_ENDLESS // len(CHUNK)):
            await response.write(CHUNK)
    except ConnectionError:
        raise CutError from None
    return response

"""What goes over the wire: envelopes, refusals, cut connections. Every answer of the API is an envelope."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web


class ApiError(Exception):
    """An answer with an error in it: HTTP status, the sentence, the provider's word for it."""

    def __init__(
        self, status: int, message: str, error_code: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.error_code = error_code or ERROR_CODES.get(status, "internal_error")
        self.retry_after = retry_after

    def response(self) -> web.Response:
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        body = {"code": self.status, "message": self.message, "error_code": self.error_code}
        return web.json_response(body, status=self.status, headers=headers)


class CutError(Exception):
    """The connection is to be cut instead of answered."""


ERROR_CODES = {
    400: "invalid_request",
    401: "unauthorized",
    402: "insufficient_balance",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    429: "rate_limited",
}


def success(data: object) -> web.Response:
    """An envelope with `data` in it."""
    return web.json_response({"code": 200, "message": "success", "data": data})


def moment(seconds: float | None) -> str:
    """Seconds since the epoch as the ISO timestamp that the API writes; empty for None."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def parse_moment(value: object, name: str) -> float | None:
    """An ISO timestamp, or milliseconds since the epoch (as billing takes them), as seconds since the epoch.

    Raises ApiError 400."""
    if value in (None, ""):
        return None
    text = str(value)
    if text.isdecimal():
        return int(text) / 1000
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(400, f'property "{name}" is not an ISO timestamp') from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def usd(micro: int) -> float:
    """Micro-dollars as the API writes money."""
    return micro / 1_000_000


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def parse_body(raw: bytes) -> dict[str, Any]:
    """A request's JSON object. Raises ApiError 400."""
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ApiError(400, "the body is not valid JSON") from None
    if not isinstance(body, dict):
        raise ApiError(400, "the body is not a JSON object")
    return body


def whole_number(body: Mapping[str, Any], name: str, least: int, most: int) -> int:
    """A required integer of a body. Raises ApiError 400."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value % 1:
        raise ApiError(400, f'property "{name}" must be an integer from {least} to {most}')
    if not least <= value <= most:
        raise ApiError(400, f'property "{name}" must be from {least} to {most}')
    return int(value)

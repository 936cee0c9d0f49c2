"""What WaveSpeed answers: predictions and errors, read from its JSON envelopes.

The rule: unknown fields are ignored and missing ones survived, and no text that leaves here holds the key.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, cast

TERMINAL = frozenset({"completed", "failed", "cancelled", "timeout", "deleted"})
_NO_BALANCE = re.compile(
    r"(insufficient|not enough)[\s_]*(account[\s_]*)?(balance|credit|fund)"
    r"|(balance|credits?|funds)\b.{0,40}\b(insufficient|too low|not enough|exhausted)"
    r"|\b(top[\s_-]?up|recharge)\b",
    re.IGNORECASE,
)


class WaveSpeedError(Exception):
    """The provider did not do what it was asked. str() is short, for the log, and holds no secret."""

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the provider asked us to wait; None where it named none."""


class BadKey(WaveSpeedError):
    """The key is wrong, revoked, or not allowed to do that (401, 403)."""


class NoBalance(WaveSpeedError):
    """The account cannot pay for it (402, or a refusal that speaks of the balance)."""


class RateLimited(WaveSpeedError):
    """More than the account's level allows (429). Nothing was created."""


class RefusedInput(WaveSpeedError):
    """The provider does not accept the inputs (any other 4xx). Nothing was created."""


class ProviderDown(WaveSpeedError):
    """No usable answer. Where a submission raises it, surely nothing was created."""


class AnswerLost(WaveSpeedError):
    """A submission may have been created and billed, but its answer did not arrive; the history knows."""


class NotFound(WaveSpeedError):
    """There is no such prediction, model or file (any more); outputs are kept 7 days."""


class Unavailable(WaveSpeedError):
    """The provider has no such call, or answers in a way from which nothing can be concluded."""


class TooLarge(WaveSpeedError):
    """The file has more bytes than were allowed."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One task at the provider."""

    id: str
    model: str
    status: str
    outputs: tuple[str, ...] = ()
    nsfw: tuple[bool, ...] = ()
    error: str = ""
    created_at: datetime | None = None
    inference_ms: float | None = None
    inputs: Mapping[str, Any] | None = None

    @property
    def done(self) -> bool:
        """It will not change any more. A status that we do not know counts as still in progress."""
        return self.status in TERMINAL

    @property
    def succeeded(self) -> bool:
        """It ended with outputs."""
        return self.status == "completed"

    @classmethod
    def read(cls, data: Mapping[str, Any], known_id: str = "") -> Prediction:
        """From an envelope's data or a history item. Raises ProviderDown where it has no id or no status."""
        prediction_id, status = data.get("id") or known_id, data.get("status")
        if not isinstance(prediction_id, str) or not prediction_id or not isinstance(status, str):
            raise ProviderDown("the reply has no prediction in it")
        addresses = [_object(output).get("url", output) for output in _list(data.get("outputs"))]
        inference = _object(data.get("timings")).get("inference")
        inputs = data.get("inputs") or data.get("input")
        return cls(
            id=prediction_id,
            model=str(data.get("model") or ""),
            status=status,
            outputs=tuple(address for address in addresses if isinstance(address, str) and address),
            nsfw=tuple(bool(flag) for flag in _list(data.get("has_nsfw_contents"))),
            error=str(data.get("error") or ""),
            created_at=_timestamp(data.get("created_at")),
            inference_ms=float(inference) if isinstance(inference, int | float) else None,
            inputs=cast("Mapping[str, Any]", inputs) if isinstance(inputs, dict) else None,
        )


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the provider's bill: micro-dollars that were taken, negative where they were given back."""

    id: str
    prediction_id: str
    amount: int
    at: datetime | None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Charge:
        """From an item of the bill. Raises ValueError where it has no amount."""
        try:
            amount = abs(round(Decimal(str(data.get("price"))) * 1_000_000))
        except (InvalidOperation, OverflowError) as error:
            raise ValueError("a line of the bill has no amount") from error
        back = "refund" in str(data.get("billing_type") or "").lower()
        prediction = _object(data.get("prediction")).get("uuid")
        at = _timestamp(data.get("created_at"))
        return cls(str(data.get("uuid") or ""), str(prediction or ""), -amount if back else amount, at)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: its status, and the envelope where there is one to read."""

    http_status: int
    envelope: Mapping[str, Any]
    trouble: str
    """Why there is no envelope; empty where there is one."""
    retry_after: float | None
    key: str = field(repr=False)

    @classmethod
    def read(cls, http_status: int, headers: Mapping[str, str], body: bytes, trouble: str, key: str) -> Reply:
        """A status whose body was cut (`trouble`) or is no JSON object is still an answer."""
        envelope: Mapping[str, Any] = {}
        if not trouble:
            with suppress(ValueError, RecursionError):
                envelope = _object(json.loads(body))
            trouble = "" if envelope else "the reply is not a JSON object"
        return cls(http_status, envelope, trouble, retry_after(headers), key)

    @property
    def redirects(self) -> bool:
        """Whoever redirects has not worked on the request."""
        return 300 <= self.http_status < 400

    @property
    def data(self) -> Mapping[str, Any]:
        """The envelope's data. Raises what the status says; ProviderDown where there is nothing to read."""
        good = 200 <= self.http_status < 300
        code = self.envelope.get("code", self.http_status)
        if good and isinstance(code, int) and code not in (200, self.http_status):
            raise self._failure(code)  # an error told with a good HTTP status
        if not good:
            raise self._failure(self.http_status)
        data = self.envelope.get("data")
        if not isinstance(data, dict):
            raise ProviderDown(f"{self.http_status}: {self.trouble or 'the reply has no data in it'}")
        return cast("Mapping[str, Any]", data)

    def _failure(self, status: int) -> WaveSpeedError:
        words = f"{self.envelope.get('error_code') or ''} {self.envelope.get('message') or self.trouble}"
        words = "".join(c if c.isprintable() else " " for c in words).strip()
        text = f"{status}: {words.replace(self.key, '[secret]') if self.key else words}"[:200]
        if status == 402 or (status in (400, 403, 422) and _NO_BALANCE.search(words)):
            return NoBalance(text)
        if status in (401, 403):
            return BadKey(text)
        if status in (404, 410):
            return NotFound(text)
        if status == 429:
            return RateLimited(text, retry_after=self.retry_after)
        if self.redirects:
            return ProviderDown(f"{status}: the address redirects; is WAVESPEED_BASE_URL right?")
        if 400 <= status < 500 and status != 408:  # 408: whether the request was read is not known
            return RefusedInput(text)
        return ProviderDown(text, retry_after=self.retry_after)


def http_date(value: str) -> datetime | None:
    """A date as HTTP headers write it."""
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds: given as such, or as a date, which is measured by the server's own clock."""
    value = headers.get("Retry-After", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        until = http_date(value)
        if until is None:
            return None
        seconds = (until - (http_date(headers.get("Date", "")) or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _timestamp(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []

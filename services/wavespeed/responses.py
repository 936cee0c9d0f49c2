"""An HTTP answer of WaveSpeed: what its envelope holds, or which error it tells.

The rule: an error told with a good HTTP status is an error, and no text that leaves here holds the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from services.wavespeed.json_values import code, decode, identifier, mapping, number, seconds_until, text
from services.wavespeed.predictions import (
    OF_ENDED_TASKS,
    OF_TASKS,
    TERMINAL,
    BadKey,
    NoBalance,
    NotFound,
    ProviderDown,
    RateLimited,
    RefusedInput,
    TurnedAway,
    WaveSpeedError,
)

LONGEST_RETRY_AFTER = 300.0  # seconds; who names more is asked again after that all the same
_NO_BALANCE = re.compile(
    r"(insufficient|not enough)[\s_]*(account[\s_]*)?(balance|credit|fund)"
    r"|(balance|credits?|funds)\b.{0,40}\b(insufficient|too low|not enough|exhausted)"
    r"|\b(top[\s_-]?up|recharge)\b",
    re.IGNORECASE,
)
_SAYS_WHY = ("error_code", "code", "message", "error", "detail")
UNCERTAIN = (408, 499)  # of 4xx: whether the request was read, or its work goes on, is not known


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: its status, and the envelope where there is one to read."""

    http_status: int
    envelope: Mapping[str, Any]
    trouble: str
    """Why there is no envelope; empty where there is one."""
    headers: Mapping[str, str] = field(repr=False)
    key: str = field(repr=False)

    @classmethod
    def read(cls, http_status: int, headers: Mapping[str, str], body: bytes, trouble: str, key: str) -> Reply:
        """A status whose body was cut (`trouble`) or is no JSON object is still an answer."""
        envelope: Mapping[str, Any] = {}
        if not trouble:
            with suppress(ValueError):
                envelope = mapping(decode(body))
            trouble = "" if envelope else "the reply is not a JSON object"
        return cls(http_status, envelope, trouble, headers, key)

    @property
    def redirects(self) -> bool:
        """Whether it names another address."""
        return 300 <= self.http_status < 400

    @property
    def holds_prediction(self) -> bool:
        """Whether there is a prediction in it, whatever its codes say."""
        return _is_prediction(self.envelope) or _is_prediction(mapping(self.envelope.get("data")))

    @property
    def data(self) -> Mapping[str, Any]:
        """The envelope's data. Raises what the status says; ProviderDown where there is nothing to read."""
        if not 200 <= self.http_status < 300:
            raise self._failure(self.http_status)
        data = self.envelope.get("data")
        if data is None and _is_prediction(self.envelope):
            return self.envelope  # bare, as webhooks bring it; a code in it is the prediction's
        if (told := self._error_code()) is not None:
            raise self._failure(told)
        if isinstance(data, list):
            return {"items": cast("list[object]", data)}
        if isinstance(data, dict):
            return cast("Mapping[str, Any]", data)
        if self.envelope and self.envelope.keys().isdisjoint(("data", *_SAYS_WHY)):
            return self.envelope
        if _NO_BALANCE.search(self._words):
            raise NoBalance(self._shown(402))
        raise ProviderDown(f"{self.http_status}: {self.trouble or 'the reply has no data in it'}")

    def of_task(self, own_id: str) -> Mapping[str, Any]:
        """The same of a task that was asked for: what has become of it is believed beside the code of an
        error, which may only say of what it failed; so may one without the task.
        """
        for told in (mapping(self.envelope.get("data")), self.envelope):
            ended = text(told.get("status")).casefold() in TERMINAL
            if ended and identifier(told.get("id")) == own_id:
                return {"error_code": code(self.envelope.get("error_code")) or self._error_code(), **told}
        why = next((one for one in self._codes if one in OF_ENDED_TASKS), None)
        if why is not None and not self.holds_prediction:
            return {"status": "failed", "error_code": why, "error": self._words}
        return self.data

    def _error_code(self) -> int | None:
        """The first code that means no success; that of a prediction is its own affair."""
        return next((one for one in self._codes if one and not 200 <= one < 300), None)

    @property
    def _codes(self) -> list[int | None]:
        return [code(one[name]) for one in self._told for name in ("code", "error_code") if name in one]

    @property
    def _told(self) -> list[Mapping[str, Any]]:
        """What speaks of the request: the envelope, and its data where those are no prediction's own."""
        data = mapping(self.envelope.get("data"))
        return [self.envelope] if _is_prediction(data) else [self.envelope, data]

    @property
    def _words(self) -> str:
        """What it says of an error."""
        names = ("error_code", "message", "error", "detail")
        said = (text(one.get(name), self.key) for one in self._told for name in names)
        return " ".join(dict.fromkeys(filter(None, said))) or self.trouble

    def _shown(self, status: int) -> str:
        return f"{status}: {self._words}"[:200]

    def _failure(self, status: int) -> WaveSpeedError:
        failure = self._failure_of(status)
        failure.is_page = not self.envelope
        failure.code = status if status in OF_TASKS else None
        return failure

    def _failure_of(self, status: int) -> WaveSpeedError:
        shown = self._shown(status)
        if status == 402 or (status in (400, 403, 422) and _NO_BALANCE.search(self._words)):
            return NoBalance(shown, plain=status == 402)
        if status in (401, 403):
            return BadKey(shown, plain=status == 401) if self.envelope else TurnedAway(shown)
        if status in (404, 410):
            return NotFound(shown)
        if status == 429:
            return RateLimited(shown, retry_after=retry_after(self.headers))
        if self.redirects:
            return ProviderDown(f"{status}: the address redirects; is WAVESPEED_BASE_URL right?")
        if (400 <= status < 500 and status not in UNCERTAIN) or status in OF_TASKS:
            return RefusedInput(shown)
        return ProviderDown(shown, retry_after=retry_after(self.headers))


def _is_prediction(told: Mapping[str, Any]) -> bool:
    return bool(identifier(told.get("id"))) and ("status" in told or "outputs" in told)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, at most LONGEST_RETRY_AFTER: as such, or as a date by its own clock."""
    value = headers.get("Retry-After")
    if value is None:
        return None
    seconds = number(value)
    if seconds is None:
        seconds = seconds_until(value, headers.get("Date", ""))
    return None if seconds is None else min(max(0.0, seconds), LONGEST_RETRY_AFTER)

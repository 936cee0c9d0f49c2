"""Accounts: who may ask, how much at once, what it costs. The balance is always what the bill adds up to."""

from __future__ import annotations

import hashlib
import math
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rehearsal.wavespeed.answers import ApiError, moment, usd


@dataclass(frozen=True, slots=True)
class Level:
    starts_per_minute: int
    at_once: int


LEVELS: Mapping[str, Level] = {
    "bronze": Level(2, 2),
    "silver": Level(500, 300),
    "gold": Level(3000, 3000),
    "ultra": Level(5000, 10000),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the bill. `micro`: micro-dollars, positive; the type says whether they come or go.

    prediction: "" for what is no task's, such as a top-up."""

    uuid: str
    billing_type: Literal["deduct", "refund", "recharge"]
    micro: int
    prediction: str
    model: str
    key: str
    at: float  # seconds since the epoch

    def show(self, status: str) -> dict[str, Any]:
        """As the API lists it; `status` is the prediction's."""
        of = {"prediction": {"uuid": self.prediction, "model_uuid": self.model, "status": status}}
        return {
            "uuid": self.uuid,
            "billing_type": self.billing_type,
            "price": usd(self.micro),
            "created_at": moment(self.at),
            "updated_at": moment(self.at),
            "order": {"state": "done", "price": usd(self.micro), "origin_price": usd(self.micro)},
            **(of if self.prediction else {}),
            "access_key_name": "",
        }


@dataclass
class Account:
    """`deposit`: what was paid in, micro-dollars. `minute`: what the limit calls a minute, seconds."""

    key: str
    level: str = "gold"
    deposit: int = 100_000_000
    minute: float = 60.0
    bill: list[Entry] = field(default_factory=list)
    owed: list[Entry] = field(default_factory=list)
    """Refunds that are not booked yet; their `at` is when they will be."""
    running: int = 0
    _starts: deque[float] = field(default_factory=deque, init=False, repr=False)
    _spent: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        self._spent = sum(e.micro if e.billing_type == "deduct" else -e.micro for e in self.bill)
        if self.level not in LEVELS:
            raise ValueError(f"There is no level {self.level!r}; there are {', '.join(LEVELS)}.")

    @property
    def webhook_secret(self) -> str:
        return "whsec_" + hashlib.sha256(f"webhook {self.key}".encode()).hexdigest()

    @property
    def balance(self) -> int:
        """Micro-dollars that are left."""
        self.settle()
        return self.deposit - self._spent

    @property
    def at_once(self) -> int:
        """How many tasks the level lets run at a time."""
        return LEVELS[self.level].at_once

    def admit(self, *, waits: bool = False) -> None:
        """Counts a start against the level. Raises ApiError 429 with Retry-After.

        waits: what is too much at once is taken, and waits its turn.
        """
        level = LEVELS[self.level]
        if self.running >= level.at_once and not waits:
            raise ApiError(
                429,
                f"Too many tasks at once: {self.level} accounts may run {level.at_once}.",
                "concurrency_limit",
                retry_after=1,
            )
        now = time.monotonic()
        while self._starts and self._starts[0] <= now - self.minute:
            self._starts.popleft()
        if len(self._starts) >= level.starts_per_minute:
            raise ApiError(
                429,
                f"Too many tasks: {self.level} accounts may start {level.starts_per_minute} a minute.",
                "rate_limit",
                retry_after=max(1, math.ceil(self._starts[0] + self.minute - now)),
            )
        self._starts.append(now)

    def charge(self, micro: int, prediction: str, model: str) -> None:
        """Books the price of a task. Raises ApiError 402 where the balance does not reach."""
        if micro > self.balance:
            raise ApiError(402, "Insufficient balance. Please top up your account.", "insufficient_balance")
        self._book(self._entry("deduct", micro, prediction, model, 0.0))

    def owe(self, micro: int, prediction: str, model: str, after: float) -> None:
        """Gives the price of a task back in `after` seconds."""
        self.owed.append(self._entry("refund", micro, prediction, model, after))
        self.settle()

    def settle(self) -> None:
        """Books the refunds that are due."""
        now = time.time()
        for entry in [entry for entry in self.owed if entry.at <= now]:
            self.owed.remove(entry)
            self._book(entry)

    def _entry(
        self, billing_type: Literal["deduct", "refund"], micro: int, prediction: str, model: str, later: float
    ) -> Entry:
        return Entry(uuid.uuid4().hex, billing_type, micro, prediction, model, self.key, time.time() + later)

    def _book(self, entry: Entry) -> None:
        self.bill.append(entry)
        self._spent += entry.micro if entry.billing_type == "deduct" else -entry.micro

"""What the month's picture of spending is drawn from: plain values, for a worker process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Day:
    """What a guild spent and has reserved on one day, in micro-dollars."""

    date: date
    spent: int
    reserved: int


@dataclass(frozen=True, slots=True)
class SpendingWords:
    """What is written on the picture: what the colours stand for, and the amounts beside its two lines."""

    spent: str
    reserved: str
    daily_limit: str
    limit: str
    nothing: str

"""What the month's picture of spending is drawn from: plain values, for a worker process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the month, from 1, and what was spent and reserved on it, in micro-dollars."""

    day: int
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

"""What the month's picture of spending says, in words and in numbers: plain values, for a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the month, from 1, and what was spent and reserved on it, in micro-dollars."""

    day: int
    spent: int
    reserved: int


def described(days: Sequence[Bar], daily_limit: int) -> str:
    """The picture in words: its alt text."""
    spent = [day for day in days if day.spent]
    said = [f"Spending by day this month; the daily limit of {in_dollars(daily_limit)} is a dashed line."]
    if not spent:
        return f"{said[0]} Nothing was spent yet."
    most = max(spent, key=lambda day: day.spent)
    total = sum(day.spent for day in days)
    said.append(
        f"{in_dollars(total)} on {len(spent)} days; most on day {most.day}: {in_dollars(most.spent)}."
    )
    return " ".join(said)


def in_dollars(micro: int) -> str:
    """Dollars for a label: $2, $0.50, $0.004."""
    dollars = micro / 1_000_000
    return (
        f"${dollars:,.0f}"
        if dollars == int(dollars)
        else f"${dollars:,.2f}"
        if dollars >= 0.1
        else f"${dollars:.3f}"
    )

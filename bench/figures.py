"""Figures: what was measured, in a unit, and how they are printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number and its unit."""

    what: str
    value: float
    unit: str

    def __str__(self) -> str:
        digits = max(0, 2 - math.floor(math.log10(self.value))) if self.value > 0 else 0
        return f"{self.value:,.{min(digits, 4)}f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least that share (0 to 1) of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(what: str, seconds: Sequence[float]) -> list[Figure]:
    """Median, 95th and 99th percentile and longest of durations, in milliseconds; nothing of none."""
    if not seconds:
        return []
    return [
        Figure(f"{what}: p50 of {len(seconds)}", percentile(seconds, 0.5) * 1000, "ms"),
        Figure(f"{what}: p95", percentile(seconds, 0.95) * 1000, "ms"),
        Figure(f"{what}: p99", percentile(seconds, 0.99) * 1000, "ms"),
        Figure(f"{what}: max", max(seconds) * 1000, "ms"),
    ]


def table(figures: Sequence[Figure]) -> str:
    """The figures below each other, as Markdown that reads well in a terminal too."""
    rows = [("measured", "value", "unit"), *((one.what, str(one), one.unit) for one in figures)]
    wide, right, last = (max(len(row[column]) for row in rows) for column in range(3))
    lines = [f"| {what:<{wide}} | {value:>{right}} | {unit:<{last}} |" for what, value, unit in rows]
    return "\n".join([lines[0], f"| {'-' * wide} | {'-' * (right - 1)}: | {'-' * last} |", *lines[1:]])

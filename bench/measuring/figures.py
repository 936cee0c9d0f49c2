"""Figures: what was measured, in a unit, and how they are printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number and its unit. Of several samples it is their median, with the 99th percentile."""

    what: str
    value: float
    unit: str
    p99: float | None = None
    samples: int | None = None

    def __str__(self) -> str:
        return rounded(self.value)


def rounded(value: float) -> str:
    """With three digits that say something; whole where it is large. What never came is infinite."""
    if math.isinf(value):
        return "never"
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:,.{min(digits, 4)}f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least that share (0 to 1) of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(what: str, seconds: Sequence[float]) -> list[Figure]:
    """Median and 99th percentile of durations, in milliseconds, in one figure; nothing of none."""
    if not seconds:
        return []
    middle, late = (percentile(seconds, share) * 1000 for share in (0.5, 0.99))
    return [Figure(what, middle, "ms", late, len(seconds))]


def table(figures: Sequence[Figure]) -> str:
    """The figures below each other, as Markdown that reads well in a terminal too."""
    head = ("measured", "value", "unit")
    rows = [(one.what, str(one), one.unit) for one in figures]
    if any(one.samples for one in figures):
        head += ("p99", "of")
        late = ["" if one.p99 is None else rounded(one.p99) for one in figures]
        rows = [
            (*row, p99, str(one.samples or "")) for row, p99, one in zip(rows, late, figures, strict=True)
        ]
    return aligned(head, rows, right=(1, 3, 4))


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A Markdown table with columns as wide as what is in them. right: those that stand at their right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = (
            f"{cell:>{wide}}" if column in right else f"{cell:<{wide}}"
            for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
        )
        return f"| {' | '.join(cells)} |"

    ruled = ["-" * (wide - 1) + (":" if column in right else "-") for column, wide in enumerate(widths)]
    return "\n".join([line(head), line(ruled), *map(line, rows)])

"""How something grows: a power of the size, fitted by least squares of the logarithms.

A power of 0 is what does not grow, of 1 what grows as the size does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.measuring.figures import Figure


@dataclass(frozen=True, slots=True)
class Growth:
    """One line of a plot. starts, ends: of the names of figures that differ in between by their size.

    p99: their 99th percentile, not the median.
    """

    name: str
    starts: str
    ends: str
    p99: bool = False

    def points(self, figures: Sequence[Figure]) -> list[tuple[float, float]]:
        """Sizes and values, in order; a size of 0 is told as 1, which a logarithm needs."""
        found: list[tuple[float, float]] = []
        for figure in figures:
            value = figure.p99 if self.p99 else figure.value
            size = figure.what.removeprefix(self.starts).removesuffix(self.ends).replace(",", "")
            if value and size.isdigit():
                found.append((max(1.0, float(size)), value))
        return sorted(found)


def fit(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The power, and the value at a size of 1. Points of at least two sizes; none is 0."""
    sizes, values = np.array(points).T
    exponent, logarithm = np.polyfit(np.log(sizes), np.log(values), 1)
    return float(exponent), float(np.exp(logarithm))


def power(points: Sequence[tuple[float, float]]) -> float:
    """The power alone; 0 of a single size."""
    return fit(points)[0] if len({size for size, _ in points}) > 1 else 0.0

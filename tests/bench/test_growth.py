"""How growth is found among figures, and fitted."""

from __future__ import annotations

import pytest

from bench.measuring.figures import Figure
from bench.measuring.growth import Growth, fit, power

FIGURES = [
    Figure("1,000 tracks, /library tracks", 40.0, "ms", p99=80.0, samples=9),
    Figure("0 tracks, /library tracks", 10.0, "ms", p99=20.0, samples=9),
    Figure("0 tracks, /library tracks by words", 11.0, "ms", p99=21.0, samples=9),
    Figure("tracks, /library tracks", 12.0, "ms"),
]


def test_points_are_the_figures_that_differ_by_a_size_only() -> None:
    assert Growth("", "", " tracks, /library tracks").points(FIGURES) == [(1.0, 10.0), (1000.0, 40.0)]


def test_points_of_the_99th_percentile_leave_out_what_has_none() -> None:
    figures = [*FIGURES, Figure("5 tracks, /library tracks", 1.0, "ms")]
    assert Growth("", "", " tracks, /library tracks", p99=True).points(figures) == [
        (1.0, 20.0),
        (1000.0, 80.0),
    ]


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_a_power_is_found_again(exponent: float) -> None:
    points = [(size, 7.0 * size**exponent) for size in (1.0, 10.0, 400.0, 3000.0)]
    assert fit(points) == (pytest.approx(exponent, abs=1e-9), pytest.approx(7.0))


def test_a_single_size_grows_with_nothing() -> None:
    assert power([(100.0, 3.0), (100.0, 5.0)]) == 0.0

"""How long things take: learnt from what was measured, and who starts when."""

from __future__ import annotations

import pytest

from services.pipeline.render_time import Pace, expected_starts


def test_the_first_measurement_replaces_the_guess_and_later_ones_move_it() -> None:
    pace = Pace()
    pace.learn(60, 30)
    assert pace.render_seconds(120, "a model") == pytest.approx(60)
    pace.learn(60, 6)
    assert 12 < pace.render_seconds(120, "a model") < 60


def test_free_places_start_at_once() -> None:
    assert expected_starts([], [10, 10], [], at_once=2, per_minute=100) == [0, 0]


def test_the_third_waits_for_the_first_of_two_to_end() -> None:
    assert expected_starts([4, 9], [10, 10], [], at_once=2, per_minute=100) == [4, 9]


def test_starts_a_minute_hold_back_even_where_places_are_free() -> None:
    starts = expected_starts([], [1, 1, 1, 1], [20, 50], at_once=10, per_minute=2)
    assert starts == [10, 40, 70, 100]


def test_nobody_starts_before_whoever_is_ahead() -> None:
    starts = expected_starts([30], [5, 5, 5], [1], at_once=2, per_minute=2)
    assert starts == sorted(starts)

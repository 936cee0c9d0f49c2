"""How long things take: learnt from what was measured, and who starts when."""

from __future__ import annotations

import pytest

from services.pipeline.render_time import (
    ENOUGH,
    LONGEST_PAUSE,
    RenderTimes,
    Window,
    expected_starts,
    until_next_look,
)


def test_the_first_measurement_replaces_the_guess_and_later_ones_move_it() -> None:
    times = RenderTimes()
    times.learn(60, 30, "a model")
    assert times.render_seconds(120, "a model") == pytest.approx(60)
    times.learn(60, 6, "a model")
    assert 12 < times.render_seconds(120, "a model") < 60


def learnt(*renders: tuple[float, float]) -> RenderTimes:
    """What those renders teach: seconds of audio, seconds that it took."""
    times = RenderTimes()
    for duration, took in renders:
        times.learn(duration, took, "a model")
    return times


def window(times: RenderTimes, duration: float) -> Window:
    found = times.window(duration, "a model")
    assert found is not None
    return found


def test_what_was_learnt_is_kept_and_goes_on() -> None:
    times = learnt(*[(duration, 3 + duration / 10) for duration in (30, 60, 240)] * ENOUGH)
    another = RenderTimes()
    another.recall(times.kept)
    assert another.kept == times.kept
    assert window(another, 75) == window(times, 75)


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "[]",
        "{",
        '{"m": 1}',
        '{"m": [[1]]}',
        '{"m": [[60, 0]]}',
        '{"m": [[60, NaN]]}',
        '{"m": [[1, "x"]]}',
    ],
)
def test_what_was_kept_and_cannot_be_true_is_refused_whole(kept: str) -> None:
    times = RenderTimes()
    with pytest.raises(ValueError, match="render"):
        times.recall(kept)
    assert not times.measured


def test_what_a_render_takes_beside_its_length_is_learnt() -> None:
    times = learnt(*[(duration, 3 + duration / 10) for duration in (30, 60, 90, 120, 150, 180, 210, 240)] * 3)
    assert times.render_seconds(75, "a model") == pytest.approx(10.5)
    assert window(times, 75).earliest == pytest.approx(10.5)
    assert times.render_seconds(75, "another model") != pytest.approx(10.5)
    assert times.window(75, "another model") is None


def test_nothing_is_relied_on_that_only_few_renders_say() -> None:
    assert learnt(*[(60, 10)] * (ENOUGH - 1)).window(60, "a model") is None
    assert learnt(*[(60, 10)] * ENOUGH).window(60, "a model") is not None


@pytest.mark.parametrize("usual", [[(60, 10)] * 23, [(30, 6), (60, 9), (120, 15), (240, 27)] * 6])
@pytest.mark.parametrize("slow", [(60, 300), (240, 900), (30, 600)])
def test_after_a_slow_render_the_next_is_asked_for_in_time(
    usual: list[tuple[float, float]], slow: tuple[float, float]
) -> None:
    found = window(learnt(*usual, slow), 60)
    assert found.earliest <= 10
    elapsed = 0.0
    while elapsed < 10:
        elapsed += until_next_look(found, elapsed, 1.0)
    assert elapsed - 10 <= 2


def test_a_length_that_was_never_seen_is_asked_for_early_enough() -> None:
    times = learnt(*[(60, 10 + share / 10) for share in range(10)] * 3)
    assert window(times, 240).earliest <= 10, "it may be that the length does not matter"
    assert window(times, 240).latest >= 40, "or that nothing else does"
    assert window(times, 15).earliest <= 2.5
    assert window(times, 15).latest >= 10


def test_looks_begin_where_a_render_may_end_and_come_densest_where_it_must() -> None:
    found = Window(20, 30)
    assert until_next_look(found, 0, 1.0) == 20 + until_next_look(found, 20, 1.0)
    pauses = [until_next_look(found, elapsed, 1.0) for elapsed in (20, 25, 29)]
    assert pauses == sorted(pauses, reverse=True)
    late = [until_next_look(found, elapsed, 1.0) for elapsed in (31, 40, 100)]
    assert late == sorted(late)


@pytest.mark.parametrize("found", [None, Window(20, 30), Window(20, 3000)])
@pytest.mark.parametrize("elapsed", [20.0, 60.0, 200.0])
def test_no_look_comes_later_than_by_a_share_of_what_it_has_taken(
    found: Window | None, elapsed: float
) -> None:
    assert until_next_look(found, elapsed, 1.0) <= max(1.0, elapsed / 10)


def test_what_waits_its_turn_at_the_provider_is_asked_for_as_if_it_began_anew() -> None:
    found = Window(20, 22)
    assert 20 < until_next_look(found, 300, 1.0, waited=300) < 21
    assert until_next_look(found, 50, 1.0, waited=50) == 5, "it may not say when it begins"
    assert until_next_look(found, 321, 1.0, waited=300) < 1


@pytest.mark.parametrize("waited", [0.1, 33.3, 1234.5, 86_399.9])
def test_when_to_look_is_known_however_long_it_waited_its_turn(waited: float) -> None:
    """Where it is likely to begin to end, less what has gone by, and again more, is not the same number."""
    for tenths in range(200):
        assert 0 < until_next_look(Window(20.1, 22), waited + tenths / 10, 1.0, waited) <= LONGEST_PAUSE


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

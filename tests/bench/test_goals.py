"""The table of goals: what is met, what is missed, and what was not measured."""

from __future__ import annotations

from bench.measuring.figures import Figure, rounded, spread, table
from bench.page.goals import Bound, Goal, by_name, goals_table
from bench.page.rows import ROWS

MEASURED = by_name(
    {
        "history": {
            "figures": [
                {"what": "10 tracks, /queue", "value": 9.0, "unit": "ms", "p99": 100.0, "samples": 40},
                {
                    "what": "10 tracks, /library tracks",
                    "value": 8.0,
                    "unit": "ms",
                    "p99": 200.0,
                    "samples": 40,
                },
            ]
        },
        "knowing": {
            "figures": [
                {"what": "we", "value": 100.0, "unit": "ms"},
                {"what": "SDK", "value": 400.0, "unit": "ms"},
            ]
        },
        "failed": {"figures": []},
    }
)


def _line(*bounds: Bound) -> dict[str, str]:
    goal = Goal("a figure", bounds, "a goal", missed="Because. Next: this.")
    return dict(
        zip(("figure", "measured", "beside", "before", "goal", "met"), goal.line(MEASURED), strict=True)
    )


def test_at_most_is_met_up_to_the_bound_and_missed_above() -> None:
    assert _line(Bound("knowing: we", most=100))["met"] == "yes"
    assert _line(Bound("knowing: we", most=99))["met"] == "**no**. Because. Next: this."


def test_at_least_is_missed_below_the_bound() -> None:
    assert _line(Bound("knowing: we", least=101))["met"].startswith("**no**")
    assert _line(Bound("knowing: we", least=100))["met"] == "yes"


def test_a_share_is_of_another_figure_which_stands_beside() -> None:
    line = _line(Bound("knowing: we", "lag", most=0.25, of="knowing: SDK"))
    assert (line["measured"], line["beside"], line["met"]) == ("lag 100 ms", "lag 400 ms", "yes")
    assert _line(Bound("knowing: we", most=0.24, of="knowing: SDK"))["met"].startswith("**no**")


def test_the_worst_of_several_counts_and_is_named() -> None:
    line = _line(Bound("history: 10 tracks, *", most=150, p99=True))
    assert line["measured"] == "200 ms (10 tracks, /library tracks; n = 40)"
    assert line["met"].startswith("**no**")
    assert _line(Bound("history: 10 tracks, *", most=150))["met"] == "yes"


def test_what_failed_is_not_measured_and_neither_met_nor_missed() -> None:
    assert _line(Bound("failed: anything", "lag", most=1))["met"] == "not measured"
    assert _line(Bound("knowing: we", most=1, of="failed: anything"))["met"] == "not measured"
    line = _line(Bound("failed: anything", most=1), Bound("knowing: we", most=1))
    assert line["met"].startswith("**no**")  # a bound that is missed is told all the same


def test_every_goal_is_a_line_and_one_that_can_be_missed_has_a_bound() -> None:
    lines = goals_table(ROWS, {}).splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert all(any(b.most is not None or b.least is not None for b in goal.bounds) for goal in ROWS)


def test_a_spread_is_one_line_with_its_samples() -> None:
    figures = spread("asked", [number / 1000 for number in range(1, 101)])
    assert figures == [Figure("asked", 50.0, "ms", 99.0, 100)]
    assert table([*figures, Figure("memory", 3.0, "MiB")]).splitlines() == [
        "| measured | value | unit |  p99 |  of |",
        "| -------- | ----: | ---- | ---: | --: |",
        "| asked    |  50.0 | ms   | 99.0 | 100 |",
        "| memory   |  3.00 | MiB  |      |     |",
    ]


def test_numbers_have_three_digits_that_say_something() -> None:
    assert [rounded(one) for one in (0.0, 0.01234, 1.234, 123.4, 12345.6, float("inf"))] == [
        "0",
        "0.0123",
        "1.23",
        "123",
        "12,346",
        "never",
    ]

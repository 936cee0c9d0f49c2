"""Counting: whatever was entered and voted, each has one place, and who left is as if never there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.contests.contest import CHOICES, Pair
from services.contests.counting import (
    Entrant,
    Vote,
    decided,
    next_pairs,
    placed,
    ranked,
    rounds_for,
    season_points,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def entrant(number: int, *makers: int) -> Entrant:
    made_by = frozenset(makers or (1000 + number,))
    return Entrant(f"t{number:02}", START + timedelta(minutes=number), made_by)


def vote(member: int, *numbers: int, heard: Sequence[int] | None = None) -> Vote:
    opened = numbers if heard is None else heard
    return Vote(member, tuple(f"t{one:02}" for one in numbers), frozenset(f"t{one:02}" for one in opened))


def order(places: Sequence[object]) -> list[str]:
    return [one.track_id for one in places]  # pyright: ignore[reportAttributeAccessIssue]


fields = st.integers(1, 12).map(lambda count: [entrant(number) for number in range(count)])
# Members 1000 to 1011 made what has their number; the others made nothing. Some choose what is not there.
ballots = st.lists(
    st.builds(
        lambda member, chosen, heard: vote(member, *chosen, heard=heard),
        st.integers(1000, 1030),
        st.lists(st.integers(0, 13), max_size=5),
        st.lists(st.integers(0, 13), max_size=14),
    ),
    max_size=20,
    unique_by=lambda one: one.member_id,
)


@given(fields, ballots)
def test_each_has_one_place_and_the_best_first(entrants: list[Entrant], votes: list[Vote]) -> None:
    places = ranked(entrants, votes)
    assert [one.place for one in places] == list(range(1, len(entrants) + 1))
    assert {one.track_id for one in places} == {one.track_id for one in entrants}
    points = [one.points for one in places]
    assert points == sorted(points, reverse=True)
    assert sum(points) <= 6 * len(votes)


@given(fields, ballots, st.randoms())
def test_in_which_order_votes_and_entries_come_does_not_matter(
    entrants: list[Entrant], votes: list[Vote], chance: object
) -> None:
    first = ranked(entrants, votes)
    chance.shuffle(entrants)  # pyright: ignore
    chance.shuffle(votes)  # pyright: ignore
    assert ranked(entrants, votes) == first


@given(fields, ballots, st.integers(0, 11))
def test_who_left_is_as_if_never_there(entrants: list[Entrant], votes: list[Vote], gone: int) -> None:
    there = [one for one in entrants if one.track_id != f"t{gone:02}"]
    never = [
        replace(one, choices=tuple(choice for choice in one.choices if choice != f"t{gone:02}"))
        for one in votes
    ]
    assert ranked(there, votes) == ranked(there, never)


@given(fields, ballots)
def test_what_does_not_count_changes_nothing(entrants: list[Entrant], votes: list[Vote]) -> None:
    """A vote for one's own, for what was not opened, and the same choice twice."""
    known = {one.track_id: one for one in entrants}
    cleaned = [replace(one, choices=one.counted(known)) for one in votes]
    for one in cleaned:
        assert len(one.choices) <= CHOICES
        assert len(set(one.choices)) == len(one.choices)
        assert one.heard.issuperset(one.choices)
        assert all(one.member_id not in known[choice].makers for choice in one.choices)
    assert ranked(entrants, cleaned) == ranked(entrants, votes)


@given(fields, ballots, st.integers(0, 11))
def test_one_more_first_choice_never_costs_a_place(
    entrants: list[Entrant], votes: list[Vote], liked: int
) -> None:
    before = {one.track_id: one.place for one in ranked(entrants, votes)}
    after = {one.track_id: one.place for one in ranked(entrants, [*votes, vote(5, liked)])}
    track_id = f"t{liked:02}"
    if track_id in before:
        assert after[track_id] <= before[track_id]


def test_equals_are_told_apart_by_first_choices_then_seconds_then_who_was_first() -> None:
    four = [entrant(one) for one in range(4)]
    assert order(ranked(four, [])) == ["t00", "t01", "t02", "t03"]
    # 2 has three points of a first choice, 0 of a second and a third
    tied = [vote(1, 2, 0), vote(2, 1, 3, 0), vote(3, 1)]
    assert [one.points for one in ranked(four, tied)] == [6, 3, 3, 2]
    assert order(ranked(four, tied)) == ["t01", "t02", "t00", "t03"]
    # 3 has two points of a second choice, 0 of two third ones
    tied = [vote(1, 1, 3), vote(2, 1, 2, 0), vote(3, 1, 2, 0)]
    assert [one.points for one in ranked(four, tied)] == [9, 4, 2, 2]
    assert order(ranked(four, tied)) == ["t01", "t02", "t03", "t00"]


def test_choices_move_up_over_what_has_left() -> None:
    there = [entrant(1), entrant(2)]
    assert [one.points for one in ranked(there, [vote(1, 0, 1, 2)])] == [3, 2]


# rounds of two -------------------------------------------------------------------------------------------


def test_in_a_pair_more_votes_win_and_of_equals_who_entered_first() -> None:
    both = {one.track_id: one for one in (entrant(1), entrant(2))}
    pair = Pair(1, 1, "t02", "t01")
    heard = (1, 2)
    assert decided(pair, both, []).winner == "t01"
    votes = [vote(1, 2, heard=heard), vote(2, 2, heard=heard), vote(3, 1, heard=heard)]
    after = decided(pair, both, votes)
    assert (after.winner, after.first_votes, after.second_votes) == ("t02", 2, 1)
    own = vote(1001, 1, heard=heard)
    assert decided(pair, both, [own]).second_votes == 0


def test_where_one_has_left_the_other_goes_on_and_where_both_have_nobody() -> None:
    pair = Pair(1, 1, "t01", "t02")
    votes = [vote(1, 1), vote(2, 1)]
    assert decided(pair, {"t02": entrant(2)}, votes).winner == "t02"
    assert decided(pair, {"t02": entrant(2)}, votes).first_votes == 0
    assert decided(pair, {}, votes).winner is None
    assert decided(Pair(1, 1, "t01", None), {"t01": entrant(1)}, []).winner == "t01"


@given(st.integers(2, 25), st.randoms(), st.sets(st.integers(0, 24), max_size=4))
def test_rounds_of_two_end_with_one_place_for_each_that_stayed(
    count: int, chance: object, leaving: set[int]
) -> None:
    entrants = {one.track_id: one for one in (entrant(number) for number in range(count))}
    going_on, pairs, number = list(entrants), list[Pair](), 0
    while len(going_on) > 1:
        number += 1
        alone = [one.first for one in pairs if one.second is None]
        these = next_pairs(number, going_on, alone)
        standing = [one for pair in these for one in (pair.first, pair.second) if one is not None]
        assert sorted(standing) == sorted(going_on)
        assert sum(pair.second is None for pair in these) == len(going_on) % 2
        if number == 2:
            for one in leaving:
                entrants.pop(f"t{one:02}", None)
        votes = [vote(member, chance.randrange(count), heard=range(count)) for member in range(9)]  # pyright: ignore
        these = [decided(pair, entrants, votes) for pair in these]
        pairs += these
        going_on = [pair.winner for pair in these if pair.winner is not None]
    assert number <= rounds_for(count)
    places = placed(list(entrants.values()), pairs)
    assert [one.place for one in places] == list(range(1, len(entrants) + 1))
    assert {one.track_id for one in places} == set(entrants)
    if going_on:
        assert places[0].track_id == going_on[0]
    if not leaving:
        final = pairs[-1]
        assert {one.track_id for one in places[:2]} == {final.first, final.second}


@given(st.integers(3, 25))
def test_nobody_goes_on_without_an_opponent_twice_while_another_never_did(count: int) -> None:
    going_on, alone, number = [str(one) for one in range(count)], list[str](), 0
    while len(going_on) > 1:
        number += 1
        pairs = next_pairs(number, going_on, alone)
        for pair in pairs:
            if pair.second is None:
                assert alone.count(pair.first) == min(alone.count(one) for one in going_on)
                alone.append(pair.first)
        going_on = [pair.first for pair in pairs]


def test_places_are_worth_points_in_the_season() -> None:
    assert [season_points(place) for place in (1, 2, 3, 4, 25)] == [5, 3, 2, 1, 1]

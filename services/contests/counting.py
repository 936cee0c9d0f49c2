"""How votes are counted: pure functions of what was entered and voted.

The rule: what has left is as if it had never been there. Ranking: three points for a first choice, two for
a second, one for a third; what a member chose moves up over what has left. Equals are told apart by more
first choices, then more second ones, then by which was entered first. In pairs the one with more votes goes
on; of equals, which was entered first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contests.contest import CHOICES, Pair

POINTS = (3, 2, 1)  # of a ranking's choices
OF_SEASON = (5, 3, 2)  # points of the first places in the season's table …
OF_OTHERS = 1  # … and of every other entry

assert len(POINTS) == CHOICES


@dataclass(frozen=True, slots=True)
class Entrant:
    """An entry that takes part. makers: who may not vote for it."""

    track_id: str
    entered_at: datetime
    makers: frozenset[int] = frozenset()

    @property
    def age(self) -> tuple[datetime, str]:
        """By which equals are told apart: the smaller was there first."""
        return self.entered_at, self.track_id


@dataclass(frozen=True, slots=True)
class Vote:
    """A member's choices, tracks' ids, the best first; heard: what they have opened."""

    member_id: int
    choices: tuple[str, ...]
    heard: frozenset[str]

    def counted(self, entrants: Mapping[str, Entrant]) -> tuple[str, ...]:
        """Those of the choices that count: there, opened, not the member's own, each once."""
        return tuple(
            one
            for one in dict.fromkeys(self.choices)
            if one in entrants and one in self.heard and self.member_id not in entrants[one].makers
        )[:CHOICES]


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry's place, from 1, and what it got: points of a ranking, votes of its last pair."""

    track_id: str
    place: int
    points: int


def ranked(entrants: Collection[Entrant], votes: Collection[Vote]) -> list[Placed]:
    """Every entrant's place by a ranking; no two have the same."""
    known = {one.track_id: one for one in entrants}
    given = {track_id: [0] * CHOICES for track_id in known}
    for vote in votes:
        for place, track_id in enumerate(vote.counted(known)):
            given[track_id][place] += 1
    points = {
        track_id: sum(each * count for each, count in zip(POINTS, counts, strict=True))
        for track_id, counts in given.items()
    }
    order = sorted(
        entrants,
        key=lambda one: (-points[one.track_id], *(-count for count in given[one.track_id][:2]), *one.age),
    )
    return [Placed(one.track_id, place, points[one.track_id]) for place, one in enumerate(order, 1)]


def decided(pair: Pair, entrants: Mapping[str, Entrant], votes: Collection[Vote]) -> Pair:
    """The pair with its winner; None wins where both have left."""
    left, right = entrants.get(pair.first), entrants.get(pair.second or "")
    both = {one.track_id: one for one in (left, right) if one is not None}
    got = dict.fromkeys((pair.first, pair.second), 0)
    for vote in votes:
        for track_id in vote.counted(both)[:1]:
            got[track_id] += 1
    order = sorted(both.values(), key=lambda one: (-got[one.track_id], *one.age))
    winner = order[0].track_id if order else None
    second_votes = got[pair.second] if pair.second is not None else None
    return Pair(pair.round, pair.pair, pair.first, pair.second, winner, got[pair.first], second_votes)


def rounds_for(count: int) -> int:
    """How many rounds of two there are until one of so many is left."""
    return max(0, count - 1).bit_length()


def next_pairs(number: int, going_on: Sequence[str], without_opponent: Collection[str] = ()) -> list[Pair]:
    """The pairs of that round. Of an odd number the last has nobody against it who had that least often.

    without_opponent: who had nobody against them in earlier rounds, each time once.
    """
    order = list(going_on)
    alone = None
    if len(order) % 2:
        had = list(without_opponent)
        fewest = min(had.count(one) for one in order)
        alone = next(one for one in reversed(order) if had.count(one) == fewest)
        order.remove(alone)
    twos = list(zip(order[::2], order[1::2], strict=True))
    pairs = [Pair(number, place, first, second) for place, (first, second) in enumerate(twos, 1)]
    return pairs if alone is None else [*pairs, Pair(number, len(pairs) + 1, alone, None)]


def placed(entrants: Collection[Entrant], pairs: Sequence[Pair]) -> list[Placed]:
    """Every entrant's place by rounds of two: who got further; then who had more of their last pair's votes.

    The winner of the last round is first; where that one has left, whoever got furthest.
    """
    last: dict[str, tuple[int, bool, float, int]] = {}
    for pair in sorted(pairs, key=lambda one: one.round):
        cast = (pair.first_votes or 0) + (pair.second_votes or 0)
        for track_id, votes in ((pair.first, pair.first_votes), (pair.second, pair.second_votes)):
            if track_id is not None:
                share = (votes or 0) / cast if cast else 0.0
                last[track_id] = pair.round, pair.winner == track_id, share, votes or 0
    nothing = (0, False, 0.0, 0)

    def key(one: Entrant) -> tuple[int, bool, float, datetime, str]:
        number, won, share, _votes = last.get(one.track_id, nothing)
        return -number, not won, -share, *one.age

    order = sorted(entrants, key=key)
    return [
        Placed(one.track_id, place, last.get(one.track_id, nothing)[3]) for place, one in enumerate(order, 1)
    ]


def season_points(place: int) -> int:
    """What a place, from 1, is worth in the season's table."""
    return OF_SEASON[place - 1] if place <= len(OF_SEASON) else OF_OTHERS

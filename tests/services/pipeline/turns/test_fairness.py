"""The fair queue: whoever asks for much waits behind their own wishes, not everybody else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import example, given
from hypothesis import strategies as st

from services.pipeline.turns import fairness
from services.pipeline.turns.fairness import HIGHEST, fair_turn


@dataclass(frozen=True)
class Claim(fairness.Claim):
    guild_id: int


@dataclass
class Queue:
    """Claims as they pile up and start, as the studio has them."""

    claims: list[Claim]

    def ask(self, guild: int, member: int, cost: int = 60) -> Claim:
        claim = Claim(member, cost, self.turn(guild, member), begun=False, guild_id=guild)
        self.claims.append(claim)
        return claim

    def turn(self, guild: int, member: int) -> int:
        begun = [claim.turn for claim in self.claims if claim.begun]
        waiting = [claim.turn for claim in self.claims if not claim.begun]
        virtual_time = max(begun) if begun else min(waiting, default=1)
        return fair_turn([claim for claim in self.claims if claim.guild_id == guild], virtual_time, member)

    def order(self) -> list[Claim]:
        """Waiting claims in the order in which they start; equal tags: who asked first."""
        return sorted((claim for claim in self.claims if not claim.begun), key=lambda claim: claim.turn)

    def start(self) -> Claim:
        first = self.order()[0]
        started = replace(first, begun=True)
        self.claims[self.claims.index(first)] = started
        return started


def busy(guild: int = 1, member: int = 1, count: int = 100, running: int = 2) -> Queue:
    queue = Queue([])
    for _ in range(count):
        queue.ask(guild, member)
    for _ in range(running):
        queue.start()
    return queue


def test_a_hundred_requests_of_one_guild_do_not_delay_anothers_first() -> None:
    queue = busy()
    late = queue.ask(guild=2, member=1)
    assert queue.order()[0] == late


def test_a_hundred_requests_of_one_member_do_not_delay_anothers_first() -> None:
    queue = busy()
    late = queue.ask(guild=1, member=2)
    assert queue.order().index(late) <= 1


def test_two_guilds_take_turns() -> None:
    queue = busy()
    for _ in range(10):
        queue.ask(guild=2, member=1)
    first = [queue.start().guild_id for _ in range(20)]
    assert abs(first.count(1) - first.count(2)) <= 2


def test_long_tracks_take_more_of_a_turn_than_short_ones() -> None:
    queue = Queue([])
    for _ in range(8):
        queue.ask(guild=1, member=1, cost=240)
    for _ in range(32):
        queue.ask(guild=2, member=1, cost=60)
    seconds = {1: 0, 2: 0}
    for _ in range(20):
        started = queue.start()
        seconds[started.guild_id] += started.cost
    assert abs(seconds[1] - seconds[2]) <= 240


def test_a_member_s_own_tracks_keep_their_order() -> None:
    queue = Queue([])
    mine = [queue.ask(guild=1, member=1, cost=cost) for cost in (240, 5, 60, 5)]
    assert queue.order() == mine


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(5, 240), st.integers(1, 999), st.booleans()), max_size=30
    )
)
def test_what_a_member_has_begun_counts_the_same_one_by_one_and_in_all(
    ours: list[tuple[int, int, int, bool]],
) -> None:
    begun = [fairness.Claim(*one) for one in ours if one[3]]
    waiting = [fairness.Claim(*one) for one in ours if not one[3]]
    in_all: list[fairness.Claim] = []
    for member_id in {claim.member_id for claim in begun}:
        own = [claim for claim in begun if claim.member_id == member_id]
        cost = sum(claim.cost for claim in own)
        last = max(claim.turn + claim.cost for claim in own)
        in_all.append(fairness.Claim(member_id, cost, last - cost, begun=True))
    for member_id in range(1, 4):
        assert fair_turn(in_all + waiting, 7, member_id) == fair_turn(begun + waiting, 7, member_id)


def test_it_fits_the_column() -> None:
    last = fairness.Claim(1, 240, HIGHEST - 5, begun=True)
    assert fair_turn([last], 1, 1) == HIGHEST
    assert fair_turn([], 1, 1) >= 1


asked = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(5, 240), st.booleans())


@given(st.lists(asked, max_size=40))
@example(
    [(1, 1, 11, False), (2, 1, 5, True), (2, 1, 6, False), (1, 1, 5, True), (2, 1, 5, True), (2, 2, 5, True)]
)
def test_a_newcomer_waits_for_at_most_one_track_of_each_other_member(
    history: list[tuple[int, int, int, bool]],
) -> None:
    queue = Queue([])
    for guild, member, cost, starts in history:
        queue.ask(guild, member, cost)
        if starts and queue.order():
            queue.start()
    newcomer = queue.ask(guild=99, member=1)
    ahead = queue.order()[: queue.order().index(newcomer)]
    whose = [(claim.guild_id, claim.member_id) for claim in ahead]
    assert len(whose) == len(set(whose))

"""The fair queue's tag: who starts when, so that a hundred requests of one delay nobody else's first.

Start-time fair queueing (Goyal, Vin, Cheng: "Start-time Fair Queuing", SIGCOMM 1996) with audio seconds as
cost, in two levels: guilds first, members within a guild next. A track's tag is fixed when it is asked for;
the queue starts the lowest tag first, and among equal tags the earlier.

By hand on purpose: queues that one can have start things by a number that they are given, and know no
fairness; this is where the number comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HIGHEST = 2**31 - 1  # the column has 32 bits


@dataclass(frozen=True, slots=True)
class Claim:
    """One of a guild's unfinished tracks: whose, its cost in seconds, its tag, begun or not.

    What a member has begun may be one claim: all of its cost, and the tag with which it ends at last.
    """

    member_id: int
    cost: int
    turn: int
    begun: bool


def fair_turn(ours: Sequence[Claim], virtual_time: int, member_id: int) -> int:
    """The tag of a new track of that member.

    ours: every unfinished track of the guild, those that have begun first, otherwise in the order in which
    they were asked for. virtual_time: the highest tag of all guilds' that have begun and are unfinished;
    where there is none, the lowest that waits.
    """
    share_used = max((claim.turn + claim.cost for claim in ours if claim.begun), default=virtual_time)
    before = sum(claim.cost for claim in _ahead_of_next(ours, member_id))
    return min(max(virtual_time, share_used) + before, HIGHEST)


def _ahead_of_next(ours: Sequence[Claim], member_id: int) -> list[Claim]:
    """The guild's waiting tracks that go before the member's next one.

    Each member stands at the seconds they have unfinished; whoever stands lower goes first.
    """
    asked: dict[int, int] = {}
    starts: list[tuple[int, Claim]] = []
    for claim in ours:
        start = asked.get(claim.member_id, 0)
        asked[claim.member_id] = start + claim.cost
        if not claim.begun:
            starts.append((start, claim))
    next_start = asked.get(member_id, 0)
    return [claim for start, claim in starts if start <= next_start]

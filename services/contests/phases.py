"""From entries to votes, from round to round, to the end: what happens as a contest is moved on.

The rule: it is moved once, whoever moves it (its time, its starter, a moderator), because its row is locked.
Time in which the bot was away is not taken from a round that follows: each lasts from when it begins.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.contests import storage
from services.contests.contest import LATE, MOST, Contest, Entry, Phase, Voting
from services.contests.counting import Entrant, Placed, decided, next_pairs, placed, ranked, rounds_for
from services.storage.database import now

ENOUGH = 2  # entries; with fewer there is nothing to vote on


async def move_on(
    connection: AsyncConnection, contest: Contest, by: int | None = None, up_since: datetime | None = None
) -> Contest:
    """Ends what goes on now, and begins what comes next. by: who decided that; None: its time is over.

    For tracks that were asked for in time, a vote waits a while; the contest is as it was then. That while
    does not begin before `up_since`, when the bot started.
    """
    entries = await storage.entries_of(connection, contest.id)
    if contest.phase is Phase.ENTRIES:
        late = now() - max(contest.entries_until, up_since or contest.entries_until)
        if by is None and late < LATE and any(one.coming for one in entries):
            return contest
        return await _open_vote(connection, contest, entries, by)
    entries = [one for one in entries if one.number is not None]  # not what came too late
    if contest.voting is Voting.PAIRS:
        return await _next_round(connection, contest, entries, by)
    votes = (await storage.votes_of(connection, contest)).get(0, [])
    return await _end(connection, contest, ranked(_entrants(entries), votes), by)


async def cancel(connection: AsyncConnection, contest: Contest, by: int | None) -> Contest:
    """It ends without a result, and what was made for it is seen."""
    await storage.reveal(connection, contest.id)
    values: dict[str, Any] = {
        "phase": Phase.CANCELLED,
        "ended_at": now(),
        "ended_by": by,
        "round_until": None,
    }
    return await storage.change(connection, contest.id, **values)


async def _open_vote(
    connection: AsyncConnection, contest: Contest, entries: Sequence[Entry], by: int | None
) -> Contest:
    """Draws the numbers, and opens the vote; with fewer than two there is none.

    Where one that was withheld came back after its place was taken, those that were entered first take part.
    """
    there = [one for one in entries if one.there][:MOST]
    secrets.SystemRandom().shuffle(there)  # that nobody knows who was first from the number
    for number, one in enumerate(there, 1):
        await storage.change_entry(connection, contest.id, one.track.id, number=number)
    if len(there) < ENOUGH:
        return await _end(connection, contest, ranked(_entrants(there), []), by)
    rounds = rounds_for(len(there)) if contest.voting is Voting.PAIRS else 1
    if contest.voting is Voting.PAIRS:
        first = next_pairs(1, [one.track.id for one in there])
        await storage.keep_pairs(connection, contest.id, first)
    return await _begin_round(connection, contest, 1, rounds)


async def _begin_round(connection: AsyncConnection, contest: Contest, number: int, rounds: int) -> Contest:
    values: dict[str, Any] = {"phase": Phase.VOTING, "round": number, "rounds": rounds}
    contest = await storage.change(connection, contest.id, **values)
    return await storage.change(connection, contest.id, round_until=now() + contest.each_round)


async def _next_round(
    connection: AsyncConnection, contest: Contest, entries: Sequence[Entry], by: int | None
) -> Contest:
    """Decides this round's pairs, and begins the next one, or ends where one is left."""
    entrants = _entrants(entries)
    known = {one.track_id: one for one in entrants}
    votes = await storage.votes_of(connection, contest)
    pairs = await storage.pairs_of(connection, contest.id)
    these = [decided(one, known, votes.get(one.pair, [])) for one in pairs if one.round == contest.round]
    await storage.keep_pairs(connection, contest.id, these)
    so_far = [one for one in pairs if one.round < contest.round] + these
    going_on = [one.winner for one in these if one.winner is not None]
    if len(going_on) < ENOUGH:
        return await _end(connection, contest, placed(entrants, so_far), by)
    alone = [one.first for one in so_far if one.second is None]
    following = next_pairs(contest.round + 1, going_on, alone)
    await storage.keep_pairs(connection, contest.id, following)
    rounds = contest.round + rounds_for(len(going_on))
    return await _begin_round(connection, contest, contest.round + 1, rounds)


async def _end(
    connection: AsyncConnection, contest: Contest, places: Sequence[Placed], by: int | None
) -> Contest:
    for one in places:
        values = {"place": one.place, "points": one.points}
        await storage.change_entry(connection, contest.id, one.track_id, **values)
    await storage.reveal(connection, contest.id)
    voters = await storage.count_all_voters(connection, contest.id)
    values: dict[str, Any] = {"ended_at": now(), "ended_by": by, "round_until": None, "voters": voters}
    return await storage.change(connection, contest.id, phase=Phase.ENDED, **values)


def _entrants(entries: Sequence[Entry]) -> list[Entrant]:
    """Those that take part."""
    return [
        Entrant(one.track.id, one.entered_at, frozenset(one.track.makers)) for one in entries if one.there
    ]

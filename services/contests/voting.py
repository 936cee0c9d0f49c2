"""Voting in a contest, in the caller's transaction.

The rule: a vote is for what its member has opened, and not for their own; whether it counts is asked again
as it is counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.contests import entries, storage
from services.contests.contest import (
    CHOICES,
    Ballot,
    Contest,
    NoSuchEntry,
    NotHeard,
    NotOpenForVotes,
    OwnEntry,
    Phase,
    Voting,
)
from services.storage.database import now
from services.tracks.sight import Sight

RANKING = 0  # in place of a pair


async def vote(
    connection: AsyncConnection,
    sight: Sight,
    contest_id: str,
    pair: int,
    number: int,
    member_id: int,
    in_round: int | None = None,
) -> Ballot:
    """Chooses one of two; who chooses it again takes that back.

    in_round: in which the pair was shown, so that a press as it ends is for no other; None: the one now.
    Raises NoSuchContest, NotOpenForVotes, NoSuchEntry, OwnEntry, NotHeard.
    """
    ballot = await _locked(connection, sight, contest_id, member_id, Voting.PAIRS)
    pairs = {one.pair: (left, right) for one, left, right in ballot.standing.open_pairs}
    if pair not in pairs or in_round not in (None, ballot.standing.contest.round):
        raise NotOpenForVotes
    both = [one.number or 0 for one in pairs[pair]]
    if number not in both:
        raise NoSuchEntry
    _check_choice(ballot, number, both)
    chosen = () if ballot.choices.get(pair) == (number,) else (number,)
    return await _choose(connection, ballot, pair, chosen, member_id)


async def rank(
    connection: AsyncConnection,
    sight: Sight,
    contest_id: str,
    choice: int,
    number: int | None,
    member_id: int,
) -> Ballot:
    """Names an entry as the member's first, second or third choice; None: nothing in that place.

    What was named in another place moves there. Raises NoSuchContest, NotOpenForVotes, NoSuchEntry,
    OwnEntry, NotHeard.
    """
    ballot = await _locked(connection, sight, contest_id, member_id, Voting.RANKING)
    chosen = list(ballot.choices.get(RANKING, ()))
    if number is None:
        del chosen[choice - 1 : choice]
    else:
        ballot.standing.numbered(number)
        _check_choice(ballot, number, [number])
        before = chosen[choice - 1] if choice <= len(chosen) else None
        if number in chosen:
            at = chosen.index(number)
            if before is None:
                chosen.append(chosen.pop(at))
            else:
                chosen[at], chosen[choice - 1] = before, number
        elif before is None:
            chosen.append(number)
        else:
            chosen[choice - 1] = number
    return await _choose(connection, ballot, RANKING, chosen[:CHOICES], member_id)


def _check_choice(ballot: Ballot, number: int, to_hear: Sequence[int]) -> None:
    if number in ballot.own:
        raise OwnEntry
    if unheard := [one for one in to_hear if one not in ballot.heard | ballot.own]:
        raise NotHeard(unheard)


async def _choose(
    connection: AsyncConnection, ballot: Ballot, pair: int, numbers: Sequence[int], member_id: int
) -> Ballot:
    standing = ballot.standing
    chosen = [standing.numbered(number).track.id for number in numbers]
    await storage.vote(connection, standing.contest, pair, member_id, chosen)
    after = await ballot_of(connection, standing.contest, member_id)
    if bool(after.choices) != bool(ballot.choices):  # its post says how many have voted
        await entries.changed(connection, standing.contest)
    return after


async def _locked(
    connection: AsyncConnection, sight: Sight, contest_id: str, member_id: int, voting: Voting
) -> Ballot:
    """The member's ballot, with the contest locked. Raises NoSuchContest, NotOpenForVotes."""
    contest = await storage.seen(connection, sight, contest_id, lock=True)
    over = contest.round_until is None or contest.round_until <= now()
    if contest.phase is not Phase.VOTING or over or contest.voting is not voting:
        raise NotOpenForVotes
    return await ballot_of(connection, contest, member_id)


async def ballot_of(connection: AsyncConnection, contest: Contest, member_id: int) -> Ballot:
    """What the member has heard and chosen in the contest's vote so far."""
    standing = await storage.standing_of(connection, contest)
    heard = await storage.heard_by(connection, contest.id, member_id)
    number_of = {one.track.id: one.number or 0 for one in standing.in_vote}
    chosen = await storage.choices_of(connection, contest, member_id)
    return Ballot(
        standing,
        heard=frozenset(number_of[one] for one in heard if one in number_of),
        own=frozenset(one.number or 0 for one in standing.in_vote if member_id in one.track.makers),
        choices={
            pair: tuple(number_of[one] for one in choices if one in number_of)
            for pair, choices in chosen.items()
        },
    )

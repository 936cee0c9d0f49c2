"""Contests on either database: entered, opened, voted and counted, each once, whoever acts at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from contest_entries import (
    ADA,
    ALL,
    BEN,
    CLEO,
    DAN,
    EVE,
    a_start,
    entered,
    hear_all,
    makers,
    numbers,
    of,
    over,
    service_on,
)

from services.contests import entries, storage
from services.contests.contest import (
    AT_ONCE,
    MOST,
    Breach,
    BreaksRules,
    ContestThere,
    EnteredAlready,
    EntryRules,
    MadeElsewhere,
    NoSuchContest,
    NoSuchEntry,
    NotHeard,
    NotOpenForEntries,
    NotOpenForVotes,
    NotTheMaker,
    NotToBeEntered,
    OwnEntry,
    Phase,
    TooExplicit,
    TooManyContests,
    TooManyEntries,
    Voting,
)
from services.contests.season import Seasons
from services.guilds.bans import Banned, Bans
from services.storage.database import Database, now
from services.storage.tables import tracks as track_table
from services.tracks import tracks
from services.tracks.sight import Sight, everything_in
from services.tracks.track import State, Track

# entering ------------------------------------------------------------------------------------------------


async def test_one_contest_a_channel_and_few_a_guild(database: Database) -> None:
    contests = service_on(database)
    first = await contests.start(a_start())
    with pytest.raises(ContestThere) as there:
        await contests.start(a_start())
    assert there.value.contest.id == first.id
    for channel in range(3, 2 + AT_ONCE):
        await contests.start(a_start(channel_id=channel))
    with pytest.raises(TooManyContests):
        await contests.start(a_start(channel_id=99))
    await contests.start(a_start(guild_id=2))
    await contests.cancel(ALL, first.id, ADA, moderator=False)
    await contests.start(a_start(channel_id=99))


async def test_what_may_be_entered_and_by_whom(database: Database) -> None:
    contests = service_on(database)
    rules = EntryRules(longest=60, tags=("Funk",), model="m", each=2)
    contest = await contests.start(a_start(rules=rules))
    good = await of(database, BEN, duration=60, seconds=60.2)
    with pytest.raises(NotTheMaker):
        await contests.enter(ALL, contest.id, good.id, CLEO)
    long = await of(database, BEN, duration=90, tags="jazz", model="other")
    with pytest.raises(BreaksRules) as breaks:
        await contests.enter(ALL, contest.id, long.id, BEN)
    assert breaks.value.breaches == [Breach.TOO_LONG, Breach.TAG_MISSING, Breach.OTHER_MODEL]
    for state in (State.RENDERING, State.WITHHELD, State.IN_REVIEW):
        with pytest.raises(NotToBeEntered):
            await contests.enter(ALL, contest.id, (await of(database, BEN, state=state)).id, BEN)
    await contests.enter(ALL, contest.id, good.id, BEN)
    with pytest.raises(EnteredAlready):
        await contests.enter(ALL, contest.id, good.id, BEN)
    await contests.enter(ALL, contest.id, (await of(database, BEN)).id, BEN)
    with pytest.raises(TooManyEntries):
        await contests.enter(ALL, contest.id, (await of(database, BEN)).id, BEN)
    await contests.leave(ALL, contest.id, good.id, BEN)
    await contests.enter(ALL, contest.id, (await of(database, BEN)).id, BEN)
    await Bans(database).ban(1, ADA, CLEO, until=None, reason="x")
    with pytest.raises(Banned):
        await contests.enter(ALL, contest.id, (await of(database, CLEO)).id, CLEO)


async def test_another_guilds_and_a_hidden_channels_contest_does_not_exist(database: Database) -> None:
    contests = service_on(database)
    contest, track = await contests.start(a_start()), await of(database, BEN)
    for sight in (everything_in(2), Sight(1, frozenset({3}), BEN)):
        with pytest.raises(NoSuchContest):
            await contests.enter(sight, contest.id, track.id, BEN)
        with pytest.raises(NoSuchContest):
            await contests.standing(sight, contest.id)
        with pytest.raises(NoSuchContest):
            await contests.cancel(sight, contest.id, ADA, moderator=True)
        assert await contests.going_on(sight) == []
        assert await contests.listed(sight) == []


async def test_two_who_enter_at_once_have_what_one_may(database: Database) -> None:
    contests = service_on(database)
    contest = await contests.start(a_start())
    made = [await of(database, BEN) for _ in range(3)]
    tries = (contests.enter(ALL, contest.id, track.id, BEN) for track in made)
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, TooManyEntries) for one in results) == 2


async def test_a_team_enters_what_all_readers_see(database: Database) -> None:
    contests = service_on(database)
    contest = await contests.start(a_start())
    place = entries.Place(Sight(1, frozenset({2})))
    elsewhere, here = await of(database, BEN, channel_id=3), await of(database, BEN)
    async with database.write() as connection:
        for track in (elsewhere, here):
            await tracks.credit(connection, track, [(BEN, "Ben"), (CLEO, "Cleo")])
    with pytest.raises(MadeElsewhere):
        await contests.enter(ALL, contest.id, elsewhere.id, CLEO, place)
    await contests.enter(ALL, contest.id, here.id, CLEO, place)
    with pytest.raises(TooManyEntries):  # it is one of Ben's too
        await contests.enter(ALL, contest.id, (await of(database, BEN)).id, BEN, place)
    explicit = await of(database, DAN, explicit=True)
    with pytest.raises(TooExplicit):
        await contests.enter(ALL, contest.id, explicit.id, DAN, place)
    alone = await of(database, DAN, channel_id=3)
    await contests.enter(ALL, contest.id, alone.id, DAN, place)


async def test_what_is_made_for_a_contest_is_its_makers_until_the_end(database: Database) -> None:
    contests = service_on(database)
    contest = await contests.start(a_start())
    async with database.write() as connection:
        await storage.change(connection, contest.id, place_id=22)
    secret = await of(database, BEN, contest_id=contest.id, state=State.WAITING, review_channel_id=77)
    async with database.write() as connection:
        await entries.enter_new(connection, contest.id, secret)
    other = await of(database, CLEO)
    await contests.enter(ALL, contest.id, other.id, CLEO)
    watching, making = Sight(1, frozenset({2}), CLEO), Sight(1, frozenset({2}), BEN)
    reviewing = Sight(1, frozenset({77}), DAN, moderator=True)
    moderating = Sight(1, frozenset({2}), DAN, moderator=True)  # who may have to withhold it

    async def seen(sight: Sight) -> bool:
        async with database.read() as connection:
            found = await tracks.seen(connection, sight, secret.id)
            track = await tracks.get(connection, secret.id)
            assert track is not None
            assert sight.sees(track) == (found is not None)
            return found is not None

    assert [await seen(one) for one in (watching, making, reviewing, moderating, ALL)] == [
        False,
        True,
        True,
        True,
        True,
    ]
    waiting = await over(database, contest)
    assert waiting.phase is Phase.ENTRIES  # what was asked for in time is waited for
    await set_state(database, secret, State.DELIVERED)
    voting = await over(database, contest)
    assert voting.phase is Phase.VOTING
    assert not await seen(watching)
    ended = await over(database, voting)
    assert ended.phase is Phase.ENDED
    assert await seen(watching)


async def set_state(database: Database, track: Track, state: State, **values: Any) -> None:
    async with database.write() as connection:
        await tracks.change(connection, track.id, state=state, **values)


async def test_what_comes_back_once_its_place_is_taken_is_not_one_too_many(database: Database) -> None:
    contests = service_on(database)
    contest = await contests.start(a_start(rules=EntryRules(each=1)))
    made = [await of(database, 100 + number) for number in range(MOST + 1)]
    last = track_table.c.id == made[MOST - 1].id

    async def becomes(state: State) -> None:
        async with database.write() as connection:
            await connection.execute(track_table.update().where(last).values(state=state))

    for track in made[:MOST]:
        await contests.enter(ALL, contest.id, track.id, track.member_id)
    await becomes(State.WITHHELD)
    await contests.enter(ALL, contest.id, made[MOST].id, made[MOST].member_id)
    await becomes(State.DELIVERED)
    await over(database, contest)
    standing = await contests.standing(ALL, contest.id)
    assert {one.track.id for one in standing.in_vote} == {track.id for track in made[:MOST]}


async def test_what_is_not_finished_after_a_while_is_not_waited_for(database: Database) -> None:
    contests = service_on(database)
    contest = await contests.start(a_start())
    late = await of(database, BEN, contest_id=contest.id, state=State.WAITING)
    async with database.write() as connection:
        await entries.enter_new(connection, contest.id, late)
    for member in (CLEO, DAN):
        await contests.enter(ALL, contest.id, (await of(database, member)).id, member)
    async with database.write() as connection:
        await storage.change(connection, contest.id, entries_until=now() - timedelta(hours=1))
    contest = await contests.move_on(contest.id)
    assert contest.phase is Phase.ENTRIES  # the bot has just started: the track could not be finished before
    contest = await service_on(database, now() - timedelta(hours=1)).move_on(contest.id)
    assert contest.phase is Phase.VOTING
    await set_state(database, late, State.DELIVERED)
    contest = await over(database, contest)
    assert BEN not in makers(await contests.standing(ALL, contest.id))


@pytest.mark.parametrize("count", [0, 1])
async def test_with_too_few_entries_there_is_no_vote(database: Database, count: int) -> None:
    contests = service_on(database)
    contest = await contests.start(a_start())
    for _ in range(count):
        await contests.enter(ALL, contest.id, (await of(database, BEN)).id, BEN)
    contest = await over(database, contest)
    assert contest.phase is Phase.ENDED
    assert makers(await contests.standing(ALL, contest.id)) == [BEN] * count


# voting --------------------------------------------------------------------------------------------------


async def test_a_vote_is_for_what_was_opened_and_not_ones_own(database: Database) -> None:
    contests = service_on(database)
    contest, made = await entered(database, BEN, CLEO, DAN)
    number = await numbers(database, contest, made)
    assert sorted(number.values()) == [1, 2, 3]
    with pytest.raises(NotHeard) as unheard:
        await contests.rank(ALL, contest.id, 1, number[BEN], EVE)
    assert unheard.value.numbers == (number[BEN],)
    await hear_all(database, contest, EVE, BEN)
    with pytest.raises(OwnEntry):
        await contests.rank(ALL, contest.id, 1, number[BEN], BEN)
    with pytest.raises(NoSuchEntry):
        await contests.rank(ALL, contest.id, 1, 4, EVE)
    with pytest.raises(NotOpenForVotes):
        await contests.vote(ALL, contest.id, 1, number[BEN], EVE)
    ballot = await contests.rank(ALL, contest.id, 1, number[BEN], EVE)
    ballot = await contests.rank(ALL, contest.id, 2, number[CLEO], EVE)
    assert ballot.choices == {0: (number[BEN], number[CLEO])}
    ballot = await contests.rank(ALL, contest.id, 1, number[CLEO], EVE)  # the two change places
    assert ballot.choices == {0: (number[CLEO], number[BEN])}
    ballot = await contests.rank(ALL, contest.id, 3, number[DAN], EVE)
    ballot = await contests.rank(ALL, contest.id, 1, None, EVE)
    assert ballot.choices == {0: (number[BEN], number[DAN])}
    assert ballot.standing.voters == 1


async def test_a_ranking_is_counted_at_its_end(database: Database) -> None:
    contests = service_on(database)
    contest, made = await entered(database, BEN, CLEO, DAN)
    number = await numbers(database, contest, made)
    await hear_all(database, contest, ADA, EVE, BEN)
    for member, *chosen in ((ADA, CLEO, BEN), (EVE, BEN, CLEO), (BEN, CLEO)):
        for place, maker in enumerate(chosen, 1):
            await contests.rank(ALL, contest.id, place, number[maker], member)
    contest = await over(database, contest)
    standing = await contests.standing(ALL, contest.id)
    assert makers(standing) == [CLEO, BEN, DAN]
    assert [one.points for one in standing.placed] == [8, 5, 0]
    assert standing.contest.voters == 3
    with pytest.raises(NotOpenForVotes):
        await contests.rank(ALL, contest.id, 1, number[BEN], EVE)
    with pytest.raises(NotOpenForEntries):
        await contests.check_open(ALL, contest.id, EVE)
    await set_state(database, made[CLEO], State.DELIVERED, deleted_at=now())
    assert makers(await contests.standing(ALL, contest.id)) == [BEN, DAN]
    rows = (await Seasons(database, "UTC").table(ALL)).rows
    assert [(row.member_id, row.points, row.wins) for row in rows] == [(BEN, 5, 1), (DAN, 3, 0)]


async def test_rounds_of_two_go_on_to_one_who_wins(database: Database) -> None:
    contests = service_on(database)
    contest, made = await entered(database, BEN, CLEO, DAN, EVE, voting=Voting.PAIRS)
    assert (contest.round, contest.rounds) == (1, 2)
    number = await numbers(database, contest, made)
    first, second = (await contests.standing(ALL, contest.id)).open_pairs
    left, right = first[1].number or 0, first[2].number or 0
    with pytest.raises(NotHeard):
        await contests.vote(ALL, contest.id, 1, left, ADA)
    await contests.heard(ALL, contest.id, [left], ADA)
    with pytest.raises(NotHeard):  # both, before one
        await contests.vote(ALL, contest.id, 1, left, ADA)
    await hear_all(database, contest, ADA, BEN, CLEO)
    with pytest.raises(NoSuchEntry):
        await contests.vote(ALL, contest.id, 1, second[1].number or 0, ADA)
    await contests.vote(ALL, contest.id, 1, left, ADA)
    moved = await contests.vote(ALL, contest.id, 1, right, ADA)
    assert moved.choices == {1: (right,)}
    back = await contests.vote(ALL, contest.id, 1, right, ADA)
    assert back.choices == {}
    await contests.vote(ALL, contest.id, 1, right, ADA)
    await set_state(database, second[1].track, State.WITHHELD)
    with pytest.raises(NotOpenForVotes):  # nobody is against the other any more
        await contests.vote(ALL, contest.id, 2, second[2].number or 0, ADA)
    contest = await over(database, contest)
    assert (contest.phase, contest.round, contest.rounds) == (Phase.VOTING, 2, 2)
    standing = await contests.standing(ALL, contest.id)
    ((_pair, one, other),) = standing.open_pairs
    assert {one.number, other.number} == {right, second[2].number}
    voter = next(
        member for member in (ADA, BEN, CLEO) if number.get(member) not in (one.number, other.number)
    )
    with pytest.raises(NotOpenForVotes):  # pressed in the round before
        await contests.vote(ALL, contest.id, 1, other.number or 0, voter, in_round=1)
    await contests.vote(ALL, contest.id, 1, other.number or 0, voter, in_round=2)
    contest = await over(database, contest)
    assert contest.phase is Phase.ENDED
    placed = (await contests.standing(ALL, contest.id)).placed
    assert [entry.number for entry in placed] == [other.number, one.number, left]


async def test_presses_as_it_ends_count_or_are_refused_and_it_ends_once(database: Database) -> None:
    contests = service_on(database)
    contest, made = await entered(database, BEN, CLEO)
    number = await numbers(database, contest, made)
    voters = range(100, 112)
    await hear_all(database, contest, *voters)
    async with database.write() as connection:
        await storage.change(connection, contest.id, round_until=now() + timedelta(seconds=0.05))
    presses = [contests.rank(ALL, contest.id, 1, number[BEN], member) for member in voters]
    moves = [contests.move_on(contest.id) for _ in range(4)]
    results = await asyncio.gather(*presses, *moves, return_exceptions=True)
    given = sum(not isinstance(one, Exception) for one in results[: len(presses)])
    await over(database, (await contests.standing(ALL, contest.id)).contest)
    standing = await contests.standing(ALL, contest.id)
    points = {one.track.member_id: one.points for one in standing.placed}
    assert points == {BEN: 3 * given, CLEO: 0}

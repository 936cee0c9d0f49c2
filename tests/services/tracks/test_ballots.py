"""Variations: all of them or none, paid once; and the vote on them, whose result stays what was counted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from kept_track import a_track
from studio_harness import NewStudio, StudioHarness

from services.guilds import audit
from services.money.limits import LimitReached, Scope
from services.prompts.prompt import parse_prompt
from services.requests import Request
from services.storage.database import Database, now
from services.storage.tables import ballots, tracks
from services.tracks.ballots import BallotClosed, Ballots, NoSuchBallot, Standing, new_ballot, open_ballot
from services.tracks.request_refusals import TooManyWaiting
from services.tracks.sight import everything_in
from services.tracks.track import NotYours, State, Track

BEN, CLEO, ADA = 7, 8, 5
PRICE = 5 * 200  # micro-dollars of the five seconds that the tests' tracks have


async def variations(harness: StudioHarness, count: int = 4, **given: Any) -> list[Track]:
    prompt = parse_prompt(**{"tags": "funk", "duration": 5, "title": "Again and again"} | given)
    request = Request(1, "Guild", 51, BEN, "Ben", prompt)
    return await harness.studio.requests.compose_all([request] * count, new_ballot(1, 51, BEN, None, 60))


async def test_variations_are_a_set_with_seeds_of_their_own(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await harness.studio.queue.pause(1)
        made = await variations(harness)
        assert len({track.seed for track in made}) == 4
        (set_id,) = {track.set_id for track in made}
        assert set_id is not None
        assert await harness.money() == dict.fromkeys(await harness.money(), (4 * PRICE, 0))
        standing = await harness.studio.ballots.standing(set_id)
        assert standing is not None
        assert [(one.letter, one.track.id) for one in standing.choices] == [
            (letter, track.id) for letter, track in zip("ABCD", made, strict=True)
        ]
        assert standing.waiting


@pytest.mark.parametrize("scope", [Scope.MEMBER_DAY, Scope.GUILD_DAY, Scope.HOST_DAY])
async def test_where_not_all_fit_nothing_is_reserved_or_written(new_studio: NewStudio, scope: Scope) -> None:
    limits: dict[str, float] = {
        "member_daily_limit": 1,
        "guild_daily_limit": 1,
        "guild_monthly_limit": 1,
        "host_daily_limit": 1,
    }
    limits[f"{scope.replace(' day', '')}_daily_limit"] = PRICE * 3.5 / 1_000_000
    async with new_studio(**limits) as harness:
        await harness.studio.queue.pause(1)
        await harness.compose(member=BEN)
        before = await harness.money()
        with pytest.raises(LimitReached) as refusal:
            await variations(harness)
        error = refusal.value
        assert (error.line.scope, error.tracks, error.price) == (scope, 4, PRICE)
        assert (error.line.left, error.room) == (PRICE * 2.5, PRICE * 2.5)
        assert await harness.money() == before
        assert await harness.studio.ballots.pending() == []
        assert len(await variations(harness, 2)) == 2


async def test_as_many_at_once_as_a_member_may_have_waiting(new_studio: NewStudio) -> None:
    async with new_studio(member_waiting_limit=3) as harness:
        await harness.studio.queue.pause(1)
        with pytest.raises(TooManyWaiting):
            await variations(harness)
        assert await harness.money() == {}
        await variations(harness, 3)


# the vote -----------------------------------------------------------------------------------------------


async def a_ballot(database: Database, count: int = 3, **values: Any) -> tuple[Ballots, Standing]:
    ballot = replace(new_ballot(1, 2, BEN, None, 60), **values)
    async with database.write() as connection:
        await open_ballot(connection, ballot)
    for _ in range(count):
        await a_track(database, set_id=ballot.id)
    service = Ballots(database)
    return service, await now_of(service, ballot.id)


async def now_of(service: Ballots, ballot_id: str) -> Standing:
    standing = await service.standing(ballot_id)
    assert standing is not None
    return standing


async def test_a_vote_moves_and_the_result_is_what_was_counted_at_the_end(database: Database) -> None:
    service, standing = await a_ballot(database)
    a, b, c = [one.track.id for one in standing.choices]
    for member, track in ((1, a), (2, a), (3, b), (2, b), (4, c), (4, c)):
        await service.press(everything_in(1), track, member)
    closed = await service.close(everything_in(1), standing.ballot.id, BEN)
    assert closed.result == {a: 1, b: 2, c: 0}
    with pytest.raises(BallotClosed):
        await service.press(everything_in(1), a, 9)
    with pytest.raises(BallotClosed):
        await service.close(everything_in(1), standing.ballot.id)
    after = await now_of(service, standing.ballot.id)
    assert [one.letter for one in after.winners] == ["B"]
    assert [one.votes for one in after.choices] == [1, 2, 0]


async def test_presses_while_it_closes_are_counted_or_refused(database: Database) -> None:
    service, standing = await a_ballot(database)
    a = standing.choices[0].track.id
    presses = [service.press(everything_in(1), a, member) for member in range(1, 21)]
    *results, _ = await asyncio.gather(
        *presses, service.close(everything_in(1), standing.ballot.id, BEN), return_exceptions=True
    )
    taken = [one for one in results if not isinstance(one, BaseException)]
    assert {type(one) for one in results if isinstance(one, BaseException)} <= {BallotClosed}
    after = await now_of(service, standing.ballot.id)
    assert after.choices[0].votes == len(taken)


async def test_only_its_maker_or_a_moderator_closes_it(database: Database) -> None:
    service, standing = await a_ballot(database)
    ballot_id = standing.ballot.id
    with pytest.raises(NotYours):
        await service.close(everything_in(1), ballot_id, CLEO)
    with pytest.raises(NoSuchBallot):
        await service.close(everything_in(2), ballot_id, BEN, moderator=True)
    await service.close(everything_in(1), ballot_id, ADA, moderator=True)
    async with database.read() as connection:
        (record,), _count = await audit.records(connection, 1)
    assert (record.actor_id, record.action, record.subject) == (ADA, "close vote", "#1, #2, #3")


async def test_level_and_nobody(database: Database) -> None:
    service, standing = await a_ballot(database)
    assert standing.winners == []
    for member, choice in enumerate(standing.choices[:2]):
        await service.press(everything_in(1), choice.track.id, member + 1)
    await service.close(everything_in(1), standing.ballot.id)
    assert [one.letter for one in (await now_of(service, standing.ballot.id)).winners] == ["A", "B"]


async def test_what_was_not_made_or_is_gone_cannot_be_chosen(database: Database) -> None:
    service, standing = await a_ballot(database, 4)
    states: list[dict[str, Any]] = [
        {"state": State.FAILED},
        {"state": State.WITHHELD, "withheld_because": "rude"},
        {"deleted_at": now()},
    ]
    async with database.write() as connection:
        for choice, change in zip(standing.choices, states, strict=False):
            await connection.execute(tracks.update().where(tracks.c.id == choice.track.id).values(**change))
    after = await now_of(service, standing.ballot.id)
    assert [one.letter for one in after.open_choices] == ["D"]
    assert not after.waiting


async def test_tracks_that_moderators_leave_undecided_hold_it_up_for_a_day(database: Database) -> None:
    service, standing = await a_ballot(database, 2)
    in_review = tracks.update().where(tracks.c.id == standing.choices[0].track.id)
    async with database.write() as connection:
        await connection.execute(in_review.values(state=State.IN_REVIEW))
    assert (await now_of(service, standing.ballot.id)).waiting
    async with database.write() as connection:
        await connection.execute(ballots.update().values(created_at=now() - timedelta(days=2)))
    assert not (await now_of(service, standing.ballot.id)).waiting


async def test_its_message_is_written_down_once(database: Database) -> None:
    service, standing = await a_ballot(database)
    first = await service.intend(standing.ballot.id)
    again = await service.intend(standing.ballot.id)
    assert first.intent_at == again.intent_at is not None
    ends = now() + timedelta(hours=1)
    await service.posted(replace(first, closes_at=ends), 100)
    await service.posted(replace(first, closes_at=ends + timedelta(hours=1)), 200)
    ballot = (await now_of(service, first.id)).ballot
    assert (ballot.message_id, ballot.closes_at) == (100, ends)
    assert [one.id for one in await service.pending()] == [first.id]
    await service.shown(first.id)
    assert await service.pending() == []
    async with database.write() as connection:
        await connection.execute(ballots.update().values(closes_at=now()))
    assert [one.id for one in await service.pending()] == [first.id]


async def test_a_confirmation_that_is_pressed_twice_counts_once(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await harness.studio.queue.pause(1)
        ballot = new_ballot(1, 51, BEN, None, 60)
        prompt = parse_prompt(tags="funk", duration=5)
        requests = [Request(1, "Guild", 51, BEN, "Ben", prompt)] * 2
        results = await asyncio.gather(
            *(harness.studio.requests.compose_all(requests, ballot) for _ in range(3)), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in results) == ["AlreadyAsked", "AlreadyAsked", "list"]
        assert set((await harness.money()).values()) == {(2 * PRICE, 0)}

"""What contests' tests share: contests that are started, entered, heard and over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kept_track import a_track

from services.contests import storage
from services.contests.contest import (
    Contest,
    EntryRules,
    Phase,
    Standing,
    Voting,
)
from services.contests.service import Contests, Start
from services.storage.database import Database, now
from services.tracks.sight import everything_in
from services.tracks.track import Track

ADA, BEN, CLEO, DAN, EVE = 5, 7, 8, 9, 10
ALL = everything_in(1)
PAST = timedelta(seconds=-1)


def service_on(database: Database, up_since: datetime | None = None) -> Contests:
    return Contests(database, lambda _guild: None, up_since=up_since)


def a_start(**values: Any) -> Start:
    return replace(Start(1, 2, ADA, "Rain", timedelta(hours=1), 60, Voting.RANKING, EntryRules()), **values)


async def of(database: Database, member: int, **values: Any) -> Track:
    """A track that the member made."""
    return await a_track(database, member_id=member, **values)


async def over(database: Database, contest: Contest) -> Contest:
    """What goes on is over, and the contest is moved on."""
    async with database.write() as connection:
        late = now() + PAST
        await storage.change(connection, contest.id, entries_until=late)
        if contest.phase is Phase.VOTING:
            await storage.change(connection, contest.id, round_until=late)
    return await service_on(database).move_on(contest.id)


async def entered(
    database: Database, *members: int, voting: Voting = Voting.RANKING
) -> tuple[Contest, dict[int, Track]]:
    """A contest in which each of the members has an entry, and which is open for votes."""
    contests = service_on(database)
    contest = await contests.start(a_start(voting=voting))
    made = {member: await of(database, member) for member in members}
    for member, track in made.items():
        await contests.enter(ALL, contest.id, track.id, member)
    contest = await over(database, contest)
    assert contest.phase is Phase.VOTING
    return contest, made


async def numbers(database: Database, contest: Contest, made: dict[int, Track]) -> dict[int, int]:
    """By member, the number of their entry."""
    standing = await service_on(database).standing(ALL, contest.id)
    by_track = {one.track.id: one.number or 0 for one in standing.entries}
    return {member: by_track[track.id] for member, track in made.items()}


async def hear_all(database: Database, contest: Contest, *members: int) -> None:
    contests = service_on(database)
    standing = await contests.standing(ALL, contest.id)
    for member in members:
        await contests.heard(ALL, contest.id, [one.number or 0 for one in standing.in_vote], member)


def makers(standing: Standing) -> list[int]:
    return [one.track.member_id for one in standing.placed]

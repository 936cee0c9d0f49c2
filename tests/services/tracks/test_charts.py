"""Charts on either database: what counts when, for whom; and which week's post is due where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from kept_track import a_track

from services.guilds import rules
from services.guilds.rules import change_rules
from services.guilds.settings import change_guild
from services.storage.database import Database, now
from services.storage.tables import tracks, votes
from services.tracks import charts as module
from services.tracks.charts import Charts, last_week, mark_naming, mark_stale
from services.tracks.sight import everything_in
from services.tracks.track import State, Track
from services.tracks.tracks import credit
from services.tracks.votes import Votes

BEN, CLEO, ADA = 7, 8, 5
MONDAY = datetime(2026, 2, 9, 12, tzinfo=UTC)  # the week before is 2026-W06


async def given(database: Database, track_id: str, count: int, at: datetime | None = None) -> None:
    """The track gets votes of members of its own, at that moment."""
    service = Votes(database)
    first = 1000 + await service.count(track_id)
    for member in range(first, first + count):
        await service.press(everything_in(1), track_id, member)
    if at is not None:
        own = sa.and_(votes.c.track_id == track_id, votes.c.member_id >= first)
        async with database.write() as connection:
            await connection.execute(votes.update().where(own).values(at=at))


async def test_most_voted_first_and_of_equals_the_older(database: Database) -> None:
    made = [
        await a_track(database, title=title, member_id=who)
        for title, who in (("A", BEN), ("B", CLEO), ("C", BEN))
    ]
    for track, count in zip(made, (2, 3, 2), strict=True):
        await given(database, track.id, count)
    await a_track(database, title="Nobody's")
    chart = await Charts(database, "UTC").chart(everything_in(1))
    assert [(one.track.title, one.votes) for one in chart.tracks] == [("B", 3), ("A", 2), ("C", 2)]
    assert [(one.member_id, one.votes) for one in chart.makers] == [(BEN, 4), (CLEO, 3)]
    assert (await Charts(database, "UTC").chart(everything_in(2))).tracks == []


async def test_a_vote_counts_when_it_was_given(database: Database) -> None:
    track = await a_track(database)
    at = now() - timedelta(days=10)
    await given(database, track.id, 2, at)
    await given(database, track.id, 1)
    service = Charts(database, "UTC")

    async def counted(*period: datetime | None) -> int:
        return sum(one.votes for one in (await service.chart(everything_in(1), *period)).tracks)

    assert await counted() == 3
    assert await counted(now() - timedelta(days=7)) == 1
    assert await counted(at, at + timedelta(microseconds=1)) == 2
    assert await counted(at - timedelta(days=1), at) == 0


@pytest.mark.parametrize(
    "values",
    [
        {"deleted_at": now()},
        {"state": State.WITHHELD, "withheld_because": "rude"},
        {"state": State.IN_REVIEW},
        {"member_id": -3, "deleted_at": now()},
    ],
)
async def test_what_is_no_longer_public_counts_for_nobody(database: Database, values: dict[str, Any]) -> None:
    track = await a_track(database, title="Gone", member_id=BEN)
    await given(database, track.id, 1)
    async with database.write() as connection:
        await connection.execute(tracks.update().values(**values))
    chart = await Charts(database, "UTC").chart(everything_in(1))
    assert (chart.tracks, chart.makers) == ([], [])


async def test_all_makers_of_a_track_are_credited(database: Database) -> None:
    track = await a_track(database, member_id=BEN)
    async with database.write() as connection:
        await credit(connection, track, [(BEN, "Ben"), (CLEO, "Cleo")])
    await given(database, track.id, 2)
    chart = await Charts(database, "UTC").chart(everything_in(1))
    assert [(one.member_id, one.votes) for one in chart.makers] == [(BEN, 2), (CLEO, 2)]
    assert [one.votes for one in chart.tracks] == [2]
    assert chart.tracks[0].track.makers == (BEN, CLEO)


def test_the_last_week_in_a_zone() -> None:
    week = last_week(MONDAY, ZoneInfo("UTC"))
    assert (week.name, week.first, week.last) == ("2026-W06", date(2026, 2, 2), date(2026, 2, 8))
    late_sunday = datetime(2026, 2, 8, 23, 30, tzinfo=UTC)
    assert last_week(late_sunday, ZoneInfo("UTC")).name == "2026-W05"
    assert last_week(late_sunday, ZoneInfo("Europe/Berlin")).name == "2026-W06"
    assert last_week(datetime(2027, 1, 6, tzinfo=UTC), ZoneInfo("UTC")).name == "2026-W53"
    spring = last_week(datetime(2026, 3, 31, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert spring.until.astimezone(UTC) - spring.since.astimezone(UTC) == timedelta(hours=7 * 24 - 1)


class Clock:
    """What time it is for charts and rules."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
        self.at = at
        for one in (module, rules):
            monkeypatch.setattr(one, "now", lambda: self.at)


async def switch_on(database: Database, channel_id: int | None = 44) -> None:
    async with database.write() as connection:
        await change_rules(connection, 1, ADA, chart_channel_id=channel_id)


async def test_the_first_post_is_of_the_week_that_is_over_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, service = Clock(monkeypatch, MONDAY), Charts(database, "UTC")
    assert await service.due() == []
    await switch_on(database)
    assert await service.due() == []
    clock.at += timedelta(days=6, hours=20)  # the next Monday, 8 in the morning
    assert await service.due() == []
    clock.at += timedelta(hours=1)
    (post,) = await service.due()
    assert (post.guild_id, post.channel_id, post.week.name, post.intent_at) == (1, 44, "2026-W07", None)
    await service.intend(post)
    (again,) = await service.due()
    assert again.intent_at == clock.at
    await service.done(post, 99)
    assert await service.due() == []
    clock.at += timedelta(days=7)
    assert [one.week.name for one in await service.due()] == ["2026-W08"]
    await switch_on(database, None)
    assert await service.due() == []


async def test_a_week_is_in_the_guilds_zone_and_a_change_of_zone_repeats_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, service = Clock(monkeypatch, MONDAY - timedelta(days=3)), Charts(database, "UTC")
    await switch_on(database)
    async with database.write() as connection:
        await change_guild(connection, 1, timezone="Pacific/Auckland")
    clock.at = datetime(2026, 2, 8, 20, tzinfo=UTC)  # Monday, 9 in the morning there
    (post,) = await service.due()
    assert post.week.until == datetime(2026, 2, 8, 11, tzinfo=UTC)
    await service.intend(post)
    await service.done(post, 99)
    async with database.write() as connection:
        await change_guild(connection, 1, timezone="America/Los_Angeles")
    clock.at = MONDAY + timedelta(hours=10)
    assert await service.due() == []


async def test_posts_that_name_what_was_erased_are_brought_up_to_date(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, service = Clock(monkeypatch, MONDAY - timedelta(days=3)), Charts(database, "UTC")
    await switch_on(database)
    clock.at = MONDAY
    (post,) = await service.due()
    await service.intend(post)
    await service.done(post, 99)
    track = await a_track(database, member_id=BEN)
    async with database.write() as connection:
        await credit(connection, track, [(BEN, "Ben"), (CLEO, "Cleo")])
        await mark_stale(connection, ADA)
    assert await service.stale() == []
    async with database.write() as connection:
        await mark_stale(connection, CLEO)
    (stale,) = await service.stale()
    assert (stale.message_id, stale.channel_id, stale.week.first) == (99, 44, post.week.first)
    assert stale.week == replace(post.week, due_at=stale.week.due_at)
    sight = everything_in(1)
    shown = await service.chart(sight, stale.week.since, stale.week.until)
    await service.brought_up_to_date(stale, sight, shown)
    assert await service.stale() == []
    assert await service.due() == []


async def test_a_post_stays_stale_of_which_more_was_erased_while_it_was_written_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, service = Clock(monkeypatch, MONDAY - timedelta(days=3)), Charts(database, "UTC")
    sight = everything_in(1)
    await switch_on(database)
    first, second = [await a_track(database, title=title) for title in ("First", "Second")]
    for track in (first, second):
        await given(database, track.id, 1, MONDAY - timedelta(days=3))
    clock.at = MONDAY
    (post,) = await service.due()
    await service.intend(post)
    await service.done(post, 99)
    await deleted(database, first)
    (stale,) = await service.stale()
    shown = await service.chart(sight, stale.week.since, stale.week.until)
    assert [one.track.title for one in shown.tracks] == ["Second"]
    await deleted(database, second)
    await service.brought_up_to_date(stale, sight, shown)
    assert await service.stale() == [stale]
    await service.taken_down(stale)
    assert await service.stale() == []


async def deleted(database: Database, track: Track) -> None:
    async with database.write() as connection:
        await mark_naming(connection, track)
        await connection.execute(tracks.update().where(tracks.c.id == track.id).values(deleted_at=now()))

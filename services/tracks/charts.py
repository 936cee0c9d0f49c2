"""Charts: most voted tracks and makers of a guild, and the weekly post of them.

The rule: a vote counts in the period in which it was given. A week is posted once: that it will be is written
down before the message, and what was written down stays, across restarts and changes of channel or time zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.rules import CHARTS_ON, read_rules
from services.guilds.settings import read_guild
from services.storage.database import Database, insert, now
from services.storage.host_state import restored_since
from services.storage.tables import chart_posts, track_makers, votes
from services.storage.tables import tracks as track_table
from services.tracks import tracks
from services.tracks.browse import Listed
from services.tracks.sight import Sight
from services.tracks.track import State, Track

MOST = 10  # tracks, and makers
HOUR = 9  # of Monday, in the guild's time zone: when the week before is posted
FURTHEST_EAST = ZoneInfo("Etc/GMT-14")


@dataclass(frozen=True, slots=True)
class Maker:
    """A member, and the votes on all that they made."""

    member_id: int
    votes: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Most voted first; of equals, the older track. Empty where nobody voted for what is still public."""

    tracks: Sequence[Listed]
    makers: Sequence[Maker]


@dataclass(frozen=True, slots=True)
class Week:
    """From a Monday's midnight to the next one's, in a time zone. name: as in 2026-W05 (ISO 8601)."""

    name: str
    first: date
    since: datetime
    until: datetime
    due_at: datetime

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Post:
    """A week's post that is due, or one that is to be brought up to date (message_id).

    intent_at: since when its message may be there.
    """

    guild_id: int
    channel_id: int
    week: Week
    intent_at: datetime | None = None
    message_id: int | None = None


class Charts:
    """Counts, and keeps account of what was posted. zone: the host's, for guilds without one."""

    def __init__(self, database: Database, zone: str) -> None:
        self._database = database
        self._zone = zone

    async def chart(
        self, sight: Sight, since: datetime | None = None, until: datetime | None = None
    ) -> Chart:
        """The chart of the votes on tracks seen, given in [since, until); None: without such an end."""
        async with self._database.read() as connection:
            return await _chart(connection, sight, since, until)

    # weekly -----------------------------------------------------------------------------------------

    async def due(self) -> list[Post]:
        """The posts that guilds wait for now."""
        newest = last_week(now(), FURTHEST_EAST).name  # no guild has finished a later one
        week = chart_posts.c.week
        undone = sa.func.max(sa.case((chart_posts.c.done, week), else_=CHARTS_ON)) < newest
        query = sa.select(chart_posts.c.guild_id).group_by(chart_posts.c.guild_id).having(undone)
        async with self._database.read() as connection:
            guilds = list(await connection.scalars(query))
            found = [await self._due(connection, guild_id) for guild_id in guilds]
        return [post for post in found if post is not None]

    async def _due(self, connection: AsyncConnection, guild_id: int) -> Post | None:
        channel_id = (await read_rules(connection, guild_id)).chart_channel_id
        guild, at = await read_guild(connection, guild_id), now()
        week = last_week(at, ZoneInfo(guild.zone_at(at) or self._zone))
        own = sa.and_(chart_posts.c.guild_id == guild_id, chart_posts.c.week.in_((CHARTS_ON, week.name)))
        rows = {row.week: row for row in await connection.execute(chart_posts.select().where(own))}
        switched_on, written = rows.get(CHARTS_ON), rows.get(week.name)
        if channel_id is None or at < week.due_at or (written is not None and written.done):
            return None
        if switched_on is None or switched_on.since >= week.until:
            return None
        intent_at = written.intent_at if written else None
        if written is None and await restored_since(connection, week.due_at):
            intent_at = week.due_at  # it may be there since
        return Post(guild_id, channel_id, week, intent_at)

    async def intend(self, post: Post) -> None:
        """Writes down that it is about to be posted."""
        week = post.week
        values = {"since": week.since, "until": week.until, "channel_id": post.channel_id, "done": False}
        row = {"guild_id": post.guild_id, "week": week.name, "intent_at": now(), "stale": False} | values
        async with self._database.write() as connection:
            query = insert(connection, chart_posts).values(row)
            await connection.execute(
                query.on_conflict_do_update(
                    index_elements=["guild_id", "week"], set_={"channel_id": post.channel_id}
                )
            )

    async def done(self, post: Post, message_id: int | None) -> None:
        """Its message is there or, where there is none, there will not be one for that week."""
        async with self._database.write() as connection:
            await _change(connection, post, done=True, message_id=message_id)

    async def stale(self) -> list[Post]:
        """Posts that name what was erased, deleted or withheld since."""
        posted = chart_posts.c.message_id.is_not(None)
        query = chart_posts.select().where(chart_posts.c.stale, posted)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        found: list[Post] = []
        for row in rows:
            first = date.fromisocalendar(int(row.week[:4]), int(row.week[6:]), 1)
            week = Week(row.week, first, row.since, row.until, row.until)
            found.append(Post(row.guild_id, row.channel_id, week, row.intent_at, row.message_id))
        return found

    async def brought_up_to_date(self, post: Post, sight: Sight, shown: Chart) -> None:
        """Notes that the post shows that chart, as it is seen; where it is another by now, it stays stale."""
        async with self._database.write() as connection:
            await _change(connection, post, stale=False)  # first: who makes it stale from now on waits
            if await _chart(connection, sight, post.week.since, post.week.until) != shown:
                await _change(connection, post, stale=True)

    async def taken_down(self, post: Post) -> None:
        """Notes that its message is gone."""
        async with self._database.write() as connection:
            await _change(connection, post, stale=False, message_id=None)


async def _change(connection: AsyncConnection, post: Post, **values: Any) -> None:
    own = sa.and_(chart_posts.c.guild_id == post.guild_id, chart_posts.c.week == post.week.name)
    await connection.execute(chart_posts.update().where(own).values(**values))


def last_week(at: datetime, zone: ZoneInfo) -> Week:
    """The last week that is over at that moment in that zone."""
    today = at.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(days=7)
    year, number, _ = first.isocalendar()
    since, until, due_at = (
        datetime.combine(day, time(hour), zone) for day, hour in ((first, 0), (monday, 0), (monday, HOUR))
    )
    return Week(f"{year}-W{number:02}", first, since, until, due_at)


async def mark_stale(connection: AsyncConnection, member_id: int) -> None:
    """Has posts that may name the member brought up to date; comes before anything of theirs is erased."""
    credited = sa.select(track_makers.c.track_id).where(track_makers.c.member_id == member_id)
    made = sa.or_(track_table.c.member_id == member_id, track_table.c.id.in_(credited))
    theirs = chart_posts.c.guild_id.in_(sa.select(track_table.c.guild_id).where(made))
    await connection.execute(chart_posts.update().where(theirs, _may_stand()).values(stale=True))


async def mark_naming(connection: AsyncConnection, track: Track) -> None:
    """Has posts that name the track brought up to date, because it is not to be named any more."""
    within = sa.and_(votes.c.at >= chart_posts.c.since, votes.c.at < chart_posts.c.until)
    voted = sa.exists().where(votes.c.track_id == track.id, within)
    own = chart_posts.c.guild_id == track.guild_id
    await connection.execute(chart_posts.update().where(own, _may_stand(), voted).values(stale=True))


def _may_stand() -> sa.ColumnElement[bool]:
    """Of posts: those that are there, and those of which nobody knows yet whether they are."""
    return sa.or_(chart_posts.c.message_id.is_not(None), sa.not_(chart_posts.c.done))


async def _chart(
    connection: AsyncConnection, sight: Sight, since: datetime | None, until: datetime | None
) -> Chart:
    counted = [sight.of_tracks(), track_table.c.state == State.DELIVERED, track_table.c.deleted_at.is_(None)]
    if since is None and until is None:  # then it is what stands beside each track
        counted += [track_table.c.votes > 0]
        joined, given = track_table, sa.func.sum(track_table.c.votes).label("given")
        by_track = sa.select(track_table.c.id, track_table.c.votes.label("given")).where(*counted)
    else:
        counted += [votes.c.guild_id == sight.guild_id]
        counted += [votes.c.at >= since] if since is not None else []
        counted += [votes.c.at < until] if until is not None else []
        joined = sa.join(votes, track_table, votes.c.track_id == track_table.c.id)
        given = sa.func.count().label("given")
        by_track = sa.select(track_table.c.id, given).select_from(joined).where(*counted)
        by_track = by_track.group_by(track_table.c.id, track_table.c.number)
    by_track = by_track.order_by(sa.desc("given"), track_table.c.number).limit(MOST)
    maker = sa.func.coalesce(track_makers.c.member_id, track_table.c.member_id).label("maker")
    credited = joined.outerjoin(track_makers, track_makers.c.track_id == track_table.c.id)
    by_maker = (
        sa.select(maker, given)
        .select_from(credited)
        .where(*counted, maker > 0)
        .group_by(maker)
        .order_by(given.desc(), maker)
        .limit(MOST)
    )
    rows = (await connection.execute(by_track)).all()
    loaded = {one.id: one for one in await tracks.all_of(connection, [row.id for row in rows])}
    makers = [Maker(row.maker, row.given) for row in await connection.execute(by_maker)]
    return Chart([Listed(loaded[row.id], row.given) for row in rows if row.id in loaded], makers)

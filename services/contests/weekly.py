"""Contests that start by themselves, week after week, with a theme from the moderators' list.

The rule: one a week, also after a restart or a change of channel, because a guild has one of each week in its
tables. Entries from Monday to Friday evening, votes until Sunday evening, in the guild's time zone. Where the
bot was away, or its channel was shut to it, it starts late, or not that week where nobody would have time to
enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.contests.contest import EntryRules, Voting
from services.contests.service import Contests, Start
from services.guilds.rules import read_rules
from services.guilds.settings import read_guild
from services.storage.database import Database, now
from services.storage.tables import contests as table
from services.storage.tables import rules as rules_table
from services.text.refusal import Refusal

HOUR = 20  # in the evening: of Friday, when entries close, and of Sunday, when the vote does
SHORTEST = timedelta(days=1)  # that must be left to enter


@dataclass(frozen=True, slots=True)
class Week:
    """A week in a time zone. name: as in 2026-W05 (ISO 8601). starts: its Monday's midnight.

    Times in UTC, so that what lies between two of them is right where clocks are put forward or back.
    """

    name: str
    starts: datetime
    entries_until: datetime
    votes_until: datetime


class Weekly:
    """Starts what is due. zone: the host's, for guilds without one."""

    def __init__(self, database: Database, contests: Contests, zone: str) -> None:
        self._database = database
        self._contests = contests
        self._zone = zone

    async def due(self) -> list[Start]:
        """The contests of all guilds that are to start now by themselves."""
        async with self._database.read() as connection:
            chosen = rules_table.c.settings["contest_channel_id"].as_string().is_not(None)
            guilds = list(await connection.scalars(sa.select(rules_table.c.guild_id).where(chosen)))
            found = list[Start]()
            for guild_id in guilds:
                rules = await read_rules(connection, guild_id)
                if rules.contest_channel_id is None or not rules.contest_themes:
                    continue
                guild, at = await read_guild(connection, guild_id), now()
                week = week_at(at, ZoneInfo(guild.zone_at(at) or self._zone))
                own = table.c.guild_id == guild_id
                there = sa.select(sa.func.count()).where(own, table.c.week == week.name)
                if week.entries_until - at < SHORTEST or await connection.scalar(there):
                    continue
                before = sa.select(sa.func.count()).where(own, table.c.week.is_not(None))
                number = await connection.scalar(before) or 0
                found.append(
                    Start(
                        guild_id,
                        rules.contest_channel_id,
                        None,
                        rules.contest_themes[number % len(rules.contest_themes)],
                        week.entries_until - at,
                        round((week.votes_until - week.entries_until).total_seconds() / 60),
                        Voting.RANKING,
                        EntryRules(),
                        week=week.name,
                    )
                )
        return found

    async def start(self, start: Start) -> bool:
        """Starts it; False where something stands in the way for now, or somebody else has started it."""
        try:
            await self._contests.start(start)
        except (Refusal, IntegrityError):
            return False
        return True


def latest(start: Start) -> datetime:
    """When the week's contest can start at the latest; after that, there is none that week."""
    return now() + start.entries_for - SHORTEST


def week_at(at: datetime, zone: ZoneInfo) -> Week:
    """The week of that moment in that zone."""
    today = at.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    year, number, _ = monday.isocalendar()
    starts, entries, votes = (
        datetime.combine(monday + timedelta(days=days), time(hour), zone).astimezone(UTC)
        for days, hour in ((0, 0), (4, HOUR), (6, HOUR))
    )
    return Week(f"{year}-W{number:02}", starts, entries, votes)

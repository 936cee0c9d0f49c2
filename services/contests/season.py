"""The season's table: who got how many points by the places of what they made. A season: a quarter of a year.

The rule: it is counted from the contests each time, so what left one is not in it, and the others moved up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.contests import storage
from services.contests.contest import Entry, Phase
from services.contests.counting import season_points
from services.guilds.settings import read_guild
from services.storage.database import Database, now
from services.storage.tables import contests as table
from services.tracks.sight import Sight

MOST = 25  # members in the table
MOST_CONTESTS = 200  # of one season that are counted, the newest


@dataclass(frozen=True, slots=True)
class Season:
    """From the first of a month, for three months, in a time zone. quarter: 1 to 4."""

    year: int
    quarter: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """What a member has in the table. entries: contests' entries that count, wins: those that were first."""

    member_id: int
    points: int
    wins: int
    entries: int


@dataclass(frozen=True, slots=True)
class Table:
    """A season's table, the best first. contests: how many are counted."""

    season: Season
    rows: list[Row]
    contests: int


class Seasons:
    """Counts. zone: the host's, for guilds without one."""

    def __init__(self, database: Database, zone: str) -> None:
        self._database = database
        self._zone = zone

    async def table(self, sight: Sight, back: int = 0) -> Table:
        """The table of the contests seen that ended this season, or so many seasons before."""
        async with self._database.read() as connection:
            guild, at = await read_guild(connection, sight.guild_id), now()
            season = season_at(at, ZoneInfo(guild.zone_at(at) or self._zone), back)
            within = table.c.ended_at >= season.since, table.c.ended_at < season.until
            own = table.c.guild_id == sight.guild_id, table.c.phase == Phase.ENDED
            found = await storage.find(connection, *own, *within, most=MOST_CONTESTS)
            seen = [one for one in found if sight.sees_channel(one.channel_id)]
            results = [(await storage.standing_of(connection, one)).placed for one in seen]
        return Table(season, rows_of(results), len(seen))


def season_at(at: datetime, zone: ZoneInfo, back: int = 0) -> Season:
    """The season of that moment in that zone, or the one so many before it."""
    local = at.astimezone(zone)
    number = local.year * 4 + (local.month - 1) // 3 - back
    since, until = (datetime(one // 4, one % 4 * 3 + 1, 1, tzinfo=zone) for one in (number, number + 1))
    return Season(number // 4, number % 4 + 1, since, until)


def rows_of(results: Iterable[list[Entry]]) -> list[Row]:
    """The table of those results, each the best first. Each of several makers has all of the points."""
    points: dict[int, int] = {}
    wins: dict[int, int] = {}
    entries: dict[int, int] = {}
    for result in results:
        for place, entry in enumerate(result, 1):
            for member_id in entry.track.makers:
                if member_id > 0:
                    points[member_id] = points.get(member_id, 0) + season_points(place)
                    wins[member_id] = wins.get(member_id, 0) + (place == 1)
                    entries[member_id] = entries.get(member_id, 0) + 1
    rows = [Row(one, points[one], wins[one], entries[one]) for one in points]
    return sorted(rows, key=lambda row: (-row.points, -row.wins, row.entries, row.member_id))[:MOST]

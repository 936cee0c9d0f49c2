"""The week of a contest that starts by itself, where clocks are put forward or back in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.contests.weekly import week_at

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(("day", "hours"), [(24, 47), (17, 48)])  # clocks are put forward on March 29th
def test_the_vote_ends_on_sunday_evening_also_where_clocks_change(day: int, hours: int) -> None:
    week = week_at(datetime(2026, 3, day, 12, tzinfo=UTC), BERLIN)
    assert week.votes_until - week.entries_until == timedelta(hours=hours)
    assert week.votes_until.astimezone(BERLIN).hour == 20

"""When there is money again: what is told of it holds, in whatever zones the days are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from kept_track import a_track
from soak.variants import few_of

from services.guilds.settings import change_guild, read_guild
from services.money.ledger import Ledger
from services.money.limits import LimitReached, Limits, Line, Scope, periods
from services.storage.database import Database

HOST = Limits(
    host_daily=100,
    guild_daily=10,
    guild_monthly=16,
    guild_daily_ceiling=10,
    guild_monthly_ceiling=16,
    member_daily=8,
    timezone="UTC",
)
NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
WEST_TO_EAST = ["Pacific/Pago_Pago", "America/New_York", "UTC", "Europe/Berlin", "Pacific/Kiritimati"]


class Clock:
    """What time it is for the ledger."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


async def reserve(database: Database, ledger: Ledger, price: int, member: int = 7) -> list[Line]:
    track = await a_track(database)
    async with database.write() as connection:
        guild = await read_guild(connection, 1)
        return await ledger.reserve(connection, track_id=track.id, guild=guild, members=[member], price=price)


@pytest.mark.parametrize("after", WEST_TO_EAST)
@pytest.mark.parametrize("before", few_of(2, WEST_TO_EAST))
async def test_a_limit_starts_afresh_when_it_was_told_though_another_zone_counts_by_then(
    database: Database, before: str, after: str
) -> None:
    clock = Clock()
    ledger = Ledger(HOST, clock)
    async with database.write() as connection:
        change = {"next_timezone": after, "next_timezone_at": periods(NOON, before)[1]}
        await change_guild(connection, 1, timezone=before, **change)
    await reserve(database, ledger, 8)
    with pytest.raises(LimitReached) as refusal:
        await reserve(database, ledger, 8)
    told, midnight = refusal.value.line.turns_at, periods(NOON, before)[1]
    if WEST_TO_EAST.index(after) >= WEST_TO_EAST.index(before):
        assert told == midnight
    elif periods(midnight, after)[0] == periods(NOON, before)[0]:  # the same day comes again
        clock.at = midnight
        with pytest.raises(LimitReached):
            await reserve(database, ledger, 8)
        assert told == periods(midnight, after)[1]
    clock.at = told
    await reserve(database, ledger, 8)


async def test_of_several_limits_that_are_reached_the_longest_to_wait_for_is_told(database: Database) -> None:
    clock = Clock()
    ledger = Ledger(HOST, clock)
    clock.at = NOON - timedelta(days=1)
    await reserve(database, ledger, 8)
    clock.at = NOON - timedelta(days=10)
    await reserve(database, ledger, 6)
    with pytest.raises(LimitReached) as refusal:  # of the day 4 are left, of the month 2, of the member's 2
        await reserve(database, ledger, 5)
    assert refusal.value.line.scope is Scope.GUILD_MONTH
    assert refusal.value.line.turns_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert refusal.value.room == 2
    clock.at = refusal.value.line.turns_at
    await reserve(database, ledger, 5)


async def test_a_limit_that_is_too_low_altogether_is_told_before_one_that_turns(database: Database) -> None:
    clock = Clock()
    ledger = Ledger(HOST, clock)
    await reserve(database, ledger, 8, member=1)
    clock.at = NOON - timedelta(days=1)
    await reserve(database, ledger, 7, member=1)
    with pytest.raises(LimitReached) as refusal:  # of the month 1 is left, and the member may have 8 a day
        await reserve(database, ledger, 9)
    assert (refusal.value.line.scope, refusal.value.for_ever) == (Scope.MEMBER_DAY, True)
    with pytest.raises(LimitReached) as refusal:
        await reserve(database, ledger, 8)
    assert (refusal.value.line.scope, refusal.value.for_ever) == (Scope.GUILD_MONTH, False)

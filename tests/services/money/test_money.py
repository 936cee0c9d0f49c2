"""Prices, bills, balances, ceilings and zones: what the host is told, and what nobody can get around."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncConnection
from studio_harness import NewStudio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.delivery import BalanceLow, BillDiffers, PriceDiffers
from services.guilds import audit
from services.guilds.settings import Guild, change_guild, read_guild
from services.money.budgets import AboveCeiling, UnknownTimezone
from services.money.limits import LimitReached, Scope, periods
from services.money.reconcile import Standing
from services.pipeline.turns import line
from services.prompts.models import ACE_STEP
from services.storage.host_state import Value
from services.tracks.request_refusals import GuildBlocked
from services.tracks.sight import everything_in
from services.tracks.track import Failure, State

PRICE = 5 * 200  # micro-dollars


# the price ---------------------------------------------------------------------------------------------


async def test_the_higher_of_setting_and_quote_is_reserved_and_the_host_is_told_once(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(launch=False, price_per_second=150) as harness:
        for _ in range(2):
            await harness.studio.watch.check_price()
        (news,) = harness.delivery.host
        assert isinstance(news, PriceDiffers)
        assert (news.quote.setting, news.quote.quoted) == (150, 200)
        assert harness.studio.prices.of(5) == PRICE
    async with new_studio(launch=False, price_per_second=300) as harness:
        await harness.studio.watch.check_price()
        assert harness.studio.prices.of(5) == 1500


async def test_a_restart_reserves_no_less_than_before_it(new_studio: NewStudio) -> None:
    async with new_studio(launch=False, price_per_second=150) as harness:
        await harness.studio.watch.check_price()
    async with new_studio(price_per_second=150, price_check_interval=3600) as harness:
        assert harness.studio.prices.of(5) == PRICE


@pytest.mark.parametrize("fault", ["missing", "down", "garbage", "bad_key"])
async def test_a_quote_that_cannot_be_had_stops_nothing(
    new_studio: NewStudio, wave: WaveSpeedStandIn, fault: str
) -> None:
    wave.faults.add(Fault(fault, "price", times=None))
    async with new_studio(price_per_second=150) as harness:
        await harness.studio.watch.check_price()
        track = await harness.settled((await harness.compose()).id)
        assert track.state is State.DELIVERED
        assert track.price == 750
        assert not [news for news in harness.delivery.host if isinstance(news, PriceDiffers)]


# the balance -------------------------------------------------------------------------------------------


async def test_a_balance_below_the_next_track_holds_starts(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(balance_interval=3600) as harness:
        await harness.studio.queue.pause(1)
        waiting = await harness.compose()
        account = next(iter(wave.accounts.values()))
        before = account.deposit
        account.deposit -= account.balance - PRICE // 2
        await harness.studio.watch.check_balance()
        news = harness.delivery.host[-1]
        assert isinstance(news, BalanceLow)
        assert (news.balance, news.needed, news.held) == (PRICE // 2, PRICE, True)
        await harness.studio.queue.resume(1)
        assert (await harness.studio.queue.view(everything_in(1))).stopped is Value.LOW_BALANCE
        assert wave.submits[waiting.seed] == 0
        account.deposit = before
        await harness.studio.watch.check_balance()
        assert (await harness.settled(waiting.id)).state is State.DELIVERED


async def test_the_host_is_warned_before_it_runs_out_and_not_at_every_look(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(launch=False, low_balance=1000) as harness:
        for _ in range(3):
            await harness.studio.watch.check_balance()
        (news,) = harness.delivery.host
        assert isinstance(news, BalanceLow)
        assert not news.held


# the bill ----------------------------------------------------------------------------------------------


async def reconciled(harness: Any) -> dict[Standing, int]:
    return dict((await harness.studio.books.reconcile()).counts)


async def test_ledger_and_bill_match_whatever_happened(new_studio: NewStudio, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("lost_after"))
    wave.faults.add(Fault("not_audio", after=1))
    async with new_studio(lost_answer_patience=30) as harness:
        made = [(await harness.compose(f"Track {number}")) for number in range(4)]
        for track in made:
            await harness.settled(track.id)
        assert await reconciled(harness) == {Standing.MATCHED: 4}
        found = await harness.studio.books.reconcile()
        assert found.ledger == found.bill == 4 * PRICE
        assert found.differences == []


async def test_a_refund_is_due_and_then_matches(new_studio: NewStudio, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("render_failed"))
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose()).id)
        assert track.failure is Failure.RENDER_FAILED
        assert await reconciled(harness) == {Standing.REFUND_DUE: 1}
        for account in wave.accounts.values():
            account.owed = [type(entry)(**{**vars_of(entry), "at": time.time()}) for entry in account.owed]
            account.settle()
        assert await reconciled(harness) == {Standing.MATCHED: 1}


def vars_of(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


async def test_what_the_provider_took_back_is_corrected_once_and_only_when_asked(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("not_audio"))
    async with new_studio(reconcile_interval=3600) as harness:
        track = await harness.settled((await harness.compose()).id)
        account = next(iter(wave.accounts.values()))
        charge = account.bill[-1]
        account.bill.append(type(charge)(**{**vars_of(charge), "uuid": "back", "billing_type": "refund"}))
        await harness.studio.watch.compare_bill()
        await harness.studio.watch.compare_bill()
        (news,) = [one for one in harness.delivery.host if isinstance(one, BillDiffers)]
        (difference,) = news.reconciliation.differences
        assert (difference.standing, difference.correction) == (Standing.REFUNDED, -PRICE)
        assert await harness.kinds(track.id) == ["reserve", "spend"]
        assert await harness.studio.books.correct([difference]) == [difference]
        assert await harness.studio.books.correct([difference]) == []
        assert await harness.kinds(track.id) == ["reserve", "spend", "correct"]
        assert (await harness.money())["guild:1 day"] == (0, 0)
        assert await reconciled(harness) == {Standing.MATCHED: 1}


async def test_what_was_billed_too_high_is_added_once_however_often_it_is_pressed(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose()).id)
        bill = next(iter(wave.accounts.values())).bill
        bill.append(type(bill[-1])(**{**vars_of(bill[-1]), "uuid": "again"}))
        differences = (await harness.studio.books.reconcile()).differences
        assert [one.correction for one in differences] == [PRICE]
        assert await harness.studio.books.correct(differences) == differences
        assert await harness.studio.books.correct(differences) == []
        assert await harness.kinds(track.id) == ["reserve", "spend", "correct"]
        assert (await harness.money())["guild:1 day"] == (0, 2 * PRICE)


async def test_what_is_still_reserved_is_not_corrected(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        await harness.studio.queue.pause(1)
        track = await harness.compose()
        async with harness.database.write() as connection:
            assert not await harness.studio.ledger.correct(connection, track.id, PRICE, "bill")
        assert await harness.kinds(track.id) == ["reserve"]


async def test_a_bill_of_something_else_is_shown_and_never_corrected(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        await harness.settled((await harness.compose()).id)
        await harness.studio.accounts.host.submit(ACE_STEP.id, {"tags": "ska", "duration": 5, "seed": 3})
        found = await harness.studio.books.reconcile()
        assert found.counts == {Standing.MATCHED: 1, Standing.UNKNOWN: 1}
        assert await harness.studio.books.correct(found.differences) == []


# limits, ceilings, access ------------------------------------------------------------------------------


async def test_a_refusal_says_how_much_all_limits_still_let_in(new_studio: NewStudio) -> None:
    async with new_studio(launch=False, guild_daily_limit=0.01, member_daily_limit=0.004) as harness:
        await harness.studio.queue.pause(1)
        await harness.compose(
            duration=15
        )  # 3,000 micro-dollars: 1,000 are left of the member's, 7,000 of the guild's
        with pytest.raises(LimitReached) as refusal:
            await harness.compose(duration=60)
        assert refusal.value.line.scope is Scope.GUILD_DAY
        assert refusal.value.room == 1000
        await harness.compose(duration=5)


async def test_ceilings_of_one_guild_and_members_limits(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        budgets, hosting = harness.studio.budgets, harness.studio.hosting
        await hosting.set_ceilings(1, 99, daily=500_000)
        with pytest.raises(AboveCeiling):
            await budgets.set_limits(1, 7, daily=500_001)
        with pytest.raises(AboveCeiling):
            await budgets.set_limits(1, 7, member=500_001)
        await budgets.set_limits(1, 7, daily=400_000, member=2 * PRICE)
        await budgets.set_limits(2, 7, daily=900_000)
        await harness.studio.queue.pause(1)
        for _ in range(2):
            await harness.compose()
        with pytest.raises(LimitReached) as refusal:
            await harness.compose()
        assert refusal.value.line.scope is Scope.MEMBER_DAY
        await harness.compose(member=8)
        async with harness.database.read() as connection:
            written, _count = await audit.records(connection, 1)
        assert {(one.action, one.subject, one.after) for one in written if one.action != "pause"} == {
            ("limit", "member day", "2000"),
            ("limit", "guild day", "400000"),
            ("host", "daily_ceiling", "500000"),
        }


@pytest.mark.parametrize("period", ["daily", "monthly"])
async def test_a_ceiling_holds_for_limits_that_were_set_before_it(new_studio: NewStudio, period: str) -> None:
    async with new_studio(launch=False) as harness:
        high: dict[str, Any] = {period: 5 * PRICE}
        await harness.studio.budgets.set_limits(1, 7, **high)
        await harness.studio.hosting.set_ceilings(1, 99, **{period: PRICE})
        await harness.studio.queue.pause(1)
        await harness.compose()
        with pytest.raises(LimitReached) as refusal:
            await harness.compose()
        assert refusal.value.line.limit == PRICE


async def test_blocked_guilds_make_nothing_and_invited_ones_do(new_studio: NewStudio) -> None:
    async with new_studio(launch=False, guild_access="invited") as harness:
        hosting = harness.studio.hosting
        with pytest.raises(GuildBlocked):
            await harness.compose()
        await hosting.set_access(1, 99, "allowed")
        await harness.studio.queue.pause(1)
        await harness.compose()
        await hosting.set_access(1, 99, "blocked")
        with pytest.raises(GuildBlocked):
            await harness.compose()
        overview = await hosting.overview()
        assert [(one.guild.guild_id, one.waiting, one.reserved) for one in overview.guilds] == [(1, 1, PRICE)]
        assert overview.reserved == PRICE


async def test_five_hundred_guilds_cost_the_overview_no_more_queries_than_one(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            asked.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        queries: list[int] = []
        for number in (1, 500):
            asked.clear()
            present = {10**17 + one: f"Guild {one}" for one in range(number)}
            overview = await harness.studio.hosting.overview(present)
            assert {one.name for one in overview.guilds} == set(present.values())
            queries.append(len(asked))
        event.remove(Engine, "before_cursor_execute", note)
        assert queries[1] <= queries[0] + 1, "sums are looked up five hundred accounts at a time"


async def test_the_host_pauses_everything_and_everything_goes_on(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await harness.studio.hosting.pause("a look at the bill")
        made = [(await harness.compose(guild=guild)) for guild in (1, 2)]
        assert (await harness.studio.queue.view(everything_in(2))).stopped is Value.PAUSED
    async with new_studio(harness.delivery) as harness:
        await asyncio.sleep(0)
        assert [(await harness.track(one.id)).state for one in made] == [State.WAITING] * 2
        assert await harness.studio.hosting.resume() == 2
        for one in made:
            assert (await harness.settled(one.id)).state is State.DELIVERED


async def test_what_goes_on_is_counted_before_it_starts(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio() as harness:
        await harness.studio.hosting.pause("a look at the bill")
        track = await harness.compose()
        count = line.count

        async def late(connection: AsyncConnection) -> int:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    await harness.settled(track.id)
            return await count(connection)

        monkeypatch.setattr(line, "count", late)
        assert await harness.studio.hosting.resume() == 1
        assert (await harness.settled(track.id)).state is State.DELIVERED


# time zones --------------------------------------------------------------------------------------------


async def test_a_new_zone_waits_for_the_old_ones_midnight(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        budgets = harness.studio.budgets
        with pytest.raises(UnknownTimezone):
            await budgets.set_limits(1, 7, timezone="Middle/Earth")
        await budgets.set_limits(1, 7, timezone="pacific/kiritimati".title())
        async with harness.database.read() as connection:
            guild = await read_guild(connection, 1)
        at = datetime.now(UTC)
        midnight = periods(at, "UTC")[1]
        assert guild.zone_at(at) == "UTC"
        assert guild.zone_at(midnight) == "Pacific/Kiritimati"
        assert (await budgets.budget(1, 7)).next_timezone == ("Pacific/Kiritimati", midnight)


@pytest.mark.parametrize("name", ["localtime", "Factory", "right/Europe/Berlin", "Europe", "../etc/passwd"])
async def test_what_is_no_zone_everywhere_is_none(new_studio: NewStudio, name: str) -> None:
    async with new_studio(launch=False) as harness:
        with pytest.raises(UnknownTimezone):
            await harness.studio.budgets.set_limits(1, 7, timezone=name)
        await harness.studio.budgets.set_limits(1, 7, timezone="america/new york")
        assert (await harness.studio.budgets.budget(1, 7)).next_timezone is not None


async def test_a_zone_that_only_another_machine_knew_keeps_nobody_from_anything(
    new_studio: NewStudio,
) -> None:
    async with new_studio(host_timezone="Asia/Kathmandu") as harness:
        async with harness.database.write() as connection:
            for guild_id, zones in enumerate(({"timezone": "localtime/old"}, {"timezone": "UTC"}), 1):
                due = {"next_timezone": "Nowhere/New", "next_timezone_at": datetime(2020, 1, 1, tzinfo=UTC)}
                await change_guild(connection, guild_id, **zones, **(due if guild_id == 2 else {}))
        for guild in (1, 2):
            track = await harness.settled((await harness.compose(guild=guild)).id)
            assert track.state is State.DELIVERED
            assert (await harness.studio.budgets.budget(guild, 7)).timezone == "Asia/Kathmandu"
            await harness.studio.budgets.set_limits(guild, 7, timezone="Europe/Berlin")
            assert (await harness.studio.budgets.budget(guild, 7)).next_timezone is not None


def test_hopping_between_zones_never_begins_a_day_twice() -> None:
    """A day that comes again goes on where it stood; so what counts is how many different days there were."""
    zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/Santiago", "UTC"]
    guild, at = Guild(1, timezone="UTC"), datetime(2026, 3, 1, tzinfo=UTC)
    days: set[str] = set()
    for hop in range(200):
        zone = guild.zone_at(at) or "UTC"
        days.add(periods(at, zone)[0])
        midnight = periods(at, zone)[1]
        guild = Guild(1, timezone=zone, next_timezone=zones[hop % 5], next_timezone_at=midnight)
        at += timedelta(hours=7)
    assert len(days) <= 200 * 7 / 24 + 2


@pytest.mark.parametrize(
    ("at", "zone", "day", "turns"),
    [
        ("2026-03-29T01:30:00+00:00", "Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00+00:00"),  # 23 hours
        ("2026-10-25T10:00:00+00:00", "Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00+00:00"),  # 25 hours
        (
            "2026-09-05T12:00:00+00:00",
            "America/Santiago",
            "2026-09-05",
            "2026-09-06T04:00:00+00:00",
        ),  # no 0:00
        ("2026-12-31T09:59:59+00:00", "Pacific/Kiritimati", "2026-12-31", "2026-12-31T10:00:00+00:00"),
        ("2026-01-01T05:44:59+00:00", "Asia/Kathmandu", "2026-01-01", "2026-01-01T18:15:00+00:00"),
    ],
)
def test_a_day_turns_at_its_zones_own_midnight(at: str, zone: str, day: str, turns: str) -> None:
    period, tomorrow, _month, _turn = periods(datetime.fromisoformat(at), zone)
    assert (period, tomorrow.astimezone(UTC)) == (day, datetime.fromisoformat(turns))

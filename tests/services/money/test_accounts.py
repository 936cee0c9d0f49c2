"""Guilds that pay with a WaveSpeed key of their own: sealed, apart from the host's, in a queue apart."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any

import pytest
from keyed_studio import HOST, OTHER, OWN, PRICE, SECRET, Shops, sealed, spent
from postgresql import new_postgresql
from studio_harness import StudioHarness
from waiting import PATIENCE, eventually

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.delivery import DeliveryUnavailable
from services.money import accounts
from services.money.accounts import (
    TRIES,
    WITHIN,
    Hold,
    HostsKey,
    KeyNotChecked,
    KeyRefused,
    NoKey,
    NotOffered,
    TooManyKeys,
)
from services.money.budgets import AboveCeiling
from services.storage.database import now
from services.storage.tables import guild_keys
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import Failure, State

NEWER = base64.urlsafe_b64encode(bytes(range(1, 33))).decode()


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
async def test_a_guild_with_a_key_pays_itself_and_the_others_do_not_notice(
    shops: Shops, wave: WaveSpeedStandIn, where: str
) -> None:
    async with shops(**({"database_url": new_postgresql()} if where == "postgresql" else {})) as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        mine, theirs = [(await harness.compose(guild=guild)).id for guild in (1, 2)]
        for track_id in (mine, theirs):
            assert (await harness.settled(track_id)).state is State.DELIVERED
        assert (spent(wave, OWN), spent(wave, HOST)) == (PRICE, PRICE)
        money = await harness.money()
        assert money["guild:1 day"] == money["guild:2 day"] == money["host day"] == (0, PRICE)
        reconciled = await harness.studio.books.reconcile()
        assert [one.guild_id for one in reconciled.comparisons] == [2]
        (_two, one) = sorted(
            (await harness.studio.hosting.overview()).guilds, key=lambda g: -g.guild.guild_id
        )
        assert one.guild.key_id is not None


async def test_the_hosts_limit_and_ceilings_do_not_bind_who_pays_itself(shops: Shops) -> None:
    async with shops(host_daily_limit=0, guild_daily_ceiling=2) as harness:
        with pytest.raises(AboveCeiling):
            await harness.studio.budgets.set_limits(1, 5, daily=3_000_000)
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        await harness.studio.budgets.set_limits(1, 5, daily=3_000_000)
        assert (await harness.settled((await harness.compose()).id)).state is State.DELIVERED
        await harness.studio.remove_key(1, 5)
        budget = await harness.studio.budgets.budget(1, 7)
        assert budget.lines[0].limit == budget.daily_ceiling == 2_000_000


async def test_the_key_is_sealed_and_for_its_guild_only(shops: Shops) -> None:
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        (kept,) = await sealed(harness)
        assert OWN not in kept
        assert OWN not in repr(vars(harness.studio.accounts))
        async with harness.database.write() as connection:  # somebody who can write to the database
            await connection.execute(guild_keys.update().values(guild_id=2))
    async with shops() as harness:
        track = await harness.compose()
        await eventually(lambda: held_in(harness, track.guild_id))
        async with asyncio.timeout(PATIENCE), harness.delivery.news:
            await harness.delivery.news.wait_for(lambda: harness.delivery.held)
        assert harness.delivery.held == [(2, Hold.REFUSED)]


async def held_in(harness: StudioHarness, guild_id: int) -> object:
    return (await harness.studio.queue.view(everything_in(guild_id))).stopped


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("", KeyRefused),
        ("two words", KeyRefused),
        ("nobody's", KeyRefused),
        ("ключ", KeyRefused),
        (HOST, HostsKey),
    ],
)
async def test_a_key_that_is_no_good_changes_nothing(
    shops: Shops, key: str, refusal: type[Exception]
) -> None:
    async with shops(launch=False) as harness:
        with pytest.raises(refusal):
            await harness.studio.bring_key(1, 5, key, "bronze")
        assert await harness.studio.accounts.of_guild(1) is None
        assert await sealed(harness) == []


@pytest.mark.parametrize("then", ["an hour later", "after the clock is set back"])
async def test_keys_are_tried_a_few_times_an_hour_by_guild_and_by_member(
    shops: Shops, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    async with shops(launch=False) as harness:
        for number in range(TRIES):
            with pytest.raises(KeyRefused):
                await harness.studio.bring_key(1, 5, f"nobody-s-key-{number}", "bronze")
        for guild_id, member_id in ((1, 6), (2, 5)):
            with pytest.raises(TooManyKeys) as refused:
                await harness.studio.bring_key(guild_id, member_id, OWN, "bronze")
            assert now() < refused.value.again_at <= now() + WITHIN
        assert await harness.studio.accounts.of_guild(1) is None
        await harness.studio.bring_key(2, 6, OWN, "bronze")
        at = refused.value.again_at if then == "an hour later" else now() - timedelta(days=1)
        monkeypatch.setattr(accounts, "now", lambda: at)
        await harness.studio.bring_key(1, 5, OTHER, "bronze")


async def test_a_key_that_cannot_be_checked_now_changes_nothing(shops: Shops, wave: WaveSpeedStandIn) -> None:
    async with shops(launch=False) as harness:
        wave.faults.add(Fault("down", endpoint="balance", times=None))
        with pytest.raises(KeyNotChecked):
            await harness.studio.bring_key(1, 5, OWN, "bronze")
        assert await harness.studio.accounts.of_guild(1) is None


async def test_where_the_provider_tells_no_balance_the_result_call_tells_a_good_key(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    async with shops(launch=False) as harness:
        wave.faults.add(Fault("missing", endpoint="balance", times=None))
        with pytest.raises(KeyRefused):
            await harness.studio.bring_key(1, 5, "nobody's", "bronze")
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        assert await harness.studio.accounts.of_guild(1)


async def test_without_a_secret_there_are_no_keys(shops: Shops) -> None:
    async with shops(launch=False, guild_keys_secret=None) as harness:
        assert not harness.studio.accounts.offered
        with pytest.raises(NotOffered):
            await harness.studio.bring_key(1, 5, OWN, "bronze")
        with pytest.raises(NoKey):
            await harness.studio.remove_key(1, 5)


async def test_its_queue_is_its_own_with_its_own_level(shops: Shops, wave: WaveSpeedStandIn) -> None:
    held = wave.faults.add(Fault("render_held", times=None))
    async with shops(account_level="bronze") as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        made = {guild: [(await harness.compose(guild=guild)).id for _ in range(3)] for guild in (2, 1)}
        for ids in made.values():  # an account that is full keeps the other guild from nothing
            for track_id in ids[:2]:
                await harness.until(track_id, State.RENDERING)
        for guild in made:
            entries = (await harness.studio.queue.view(everything_in(guild))).entries
            assert entries[2].track.state is State.WAITING
            assert (entries[2].outlook.place, entries[2].outlook.wait > 0) == (0, True)
        assert wave.accounts[OWN].running == wave.accounts[HOST].running == 2
        wave.faults.remove(held)


async def test_an_empty_account_holds_its_guild_and_nobody_else(shops: Shops, wave: WaveSpeedStandIn) -> None:
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        wave.accounts[OWN].deposit = 0
        mine = (await harness.compose(guild=1)).id
        await eventually(lambda: held_in(harness, 1))
        assert (await harness.settled((await harness.compose(guild=2)).id)).state is State.DELIVERED
        async with harness.delivery.news:
            await harness.delivery.news.wait_for(lambda: harness.delivery.held == [(1, Hold.NO_BALANCE)])
        await harness.studio.watch.check_guild_accounts()
        assert (await harness.track(mine)).state is State.WAITING
        assert not harness.delivery.host  # it is not the host's money
        wave.accounts[OWN].deposit = 1_000_000
        await harness.studio.watch.check_guild_accounts()
        assert (await harness.settled(mine)).state is State.DELIVERED
        assert (
            wave.submits[(await harness.track(mine)).seed] == 2
        )  # refused once; nothing was created by that


async def test_an_account_that_tells_no_balance_goes_on_after_a_top_up(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    untold = Fault(
        "refused", endpoint="balance", status=403, message="no access to billing", key=OWN, times=None
    )
    wave.faults.add(untold)
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "silver")
        wave.accounts[OWN].deposit = 0
        mine = (await harness.compose()).id
        await eventually(lambda: held_in(harness, 1))
        key = await harness.studio.accounts.of_guild(1)
        assert key is not None
        assert await harness.studio.accounts.balance(key) is None
        wave.accounts[OWN].deposit = 1_000_000
        await harness.studio.watch.check_guild_accounts()
        assert (await harness.settled(mine)).state is State.DELIVERED
        assert await held_in(harness, 1) is None


async def test_a_revoked_key_holds_until_a_good_one_takes_its_place(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        del wave.accounts[OWN]
        waiting = (await harness.compose()).id
        await eventually(lambda: held_in(harness, 1))
        await harness.studio.watch.check_guild_accounts()
        assert await held_in(harness, 1) is Hold.REFUSED
        await harness.studio.bring_key(1, 6, OTHER, "silver")
        assert (await harness.settled(waiting)).state is State.DELIVERED
        assert (spent(wave, OTHER), spent(wave, HOST)) == (PRICE, 0)
        assert "" in await sealed(harness)  # of the first, nothing is left


async def test_removing_lets_what_runs_finish_and_ends_what_waits(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    held = wave.faults.add(Fault("render_held", times=None))
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        running = (await harness.compose()).id
        await harness.until(running, State.RENDERING)
        await harness.studio.queue.pause(1)
        waiting = (await harness.compose()).id
        assert await harness.studio.remove_key(1, 5) == 1
        ended = await harness.track(waiting)
        assert (ended.state, ended.failure) == (State.FAILED, Failure.KEY_REMOVED)
        assert await harness.kinds(waiting) == ["reserve", "release"]
        async with harness.delivery.news:
            await harness.delivery.news.wait_for(lambda: ("failed", waiting) in harness.delivery.told)
        assert "" not in await sealed(harness)  # the one that runs needs it
        wave.faults.remove(held)
        assert (await harness.settled(running)).state is State.DELIVERED
        await harness.studio.accounts.forget()
        assert await sealed(harness) == [""]
        assert (spent(wave, OWN), spent(wave, HOST)) == (PRICE, 0)
        await harness.studio.queue.resume(1)
        assert (await harness.settled((await harness.compose()).id)).state is State.DELIVERED
        assert spent(wave, HOST) == PRICE


async def test_a_removed_key_stays_until_what_it_paid_for_is_fetched(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    late = wave.faults.add(Fault("garbage", "download", times=None))
    async with shops(fetch_patience=0.2) as harness:
        await harness.studio.bring_key(1, 5, OWN, "silver")
        fetched, left = [(await harness.compose()).id for _ in range(2)]
        for track_id in (fetched, left):
            assert (await harness.settled(track_id)).failure is Failure.NOT_AUDIO
        wave.faults.remove(late)
        await harness.studio.bring_key(1, 5, OTHER, "silver")
        await harness.studio.remove_key(1, 5)
        await harness.studio.refetching.fetch(everything_in(1), fetched, 7, moderator=False)
        assert (await harness.until(fetched, State.DELIVERED)).failure is None
        await harness.studio.accounts.forget()
        assert [bool(one) for one in await sealed(harness)] == [True, False], "one is still to be fetched"
        async with harness.database.write() as connection:
            await tracks.change(connection, left, started_at=now() - timedelta(days=7))
        await harness.studio.accounts.forget()
        assert await sealed(harness) == ["", ""]


async def test_a_fetch_with_a_key_that_is_no_good_ends_and_says_so(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    late = wave.faults.add(Fault("garbage", "download", times=None))
    async with shops(fetch_patience=0.2) as harness:
        await harness.studio.bring_key(1, 5, OWN, "silver")
        track_id = (await harness.compose()).id
        assert (await harness.settled(track_id)).failure is Failure.NOT_AUDIO
        wave.faults.remove(late)
        account = wave.accounts.pop(OWN)
        fetch = harness.studio.refetching.fetch
        await fetch(everything_in(1), track_id, 7, moderator=False)
        ended = await harness.until(track_id, State.FAILED)
        assert (ended.failure, ended.fetch_at is not None) == (Failure.BAD_KEY, True)
        wave.accounts[OWN] = account
        await fetch(everything_in(1), track_id, 7, moderator=False)
        assert (await harness.until(track_id, State.DELIVERED)).failure is None
        assert spent(wave, OWN) == PRICE


async def test_a_restart_goes_on_with_the_guilds_key_also_after_a_new_secret(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    held = wave.faults.add(Fault("render_held", times=None))
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "silver")
        made = [(await harness.compose()).id for _ in range(3)]
        await harness.until(made[1], State.RENDERING)
    wave.faults.remove(held)
    async with shops(guild_keys_secret=f"{NEWER}, {SECRET}") as harness:
        for track_id in made:
            assert (await harness.settled(track_id)).state is State.DELIVERED
        assert (spent(wave, OWN), spent(wave, HOST)) == (3 * PRICE, 0)


async def test_a_lost_secret_costs_the_host_nothing(shops: Shops, wave: WaveSpeedStandIn) -> None:
    async with shops(launch=False) as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
    async with shops(guild_keys_secret=NEWER) as harness:
        track = (await harness.compose()).id
        await eventually(lambda: held_in(harness, 1))
        assert (await harness.track(track)).state is State.WAITING
        assert spent(wave, HOST) == 0


def test_what_the_rest_sees_of_a_key_holds_no_secret() -> None:
    fields: dict[str, Any] = accounts.GuildKey.__dataclass_fields__
    assert not {"key", "sealed"} & set(fields)


async def test_moderators_who_cannot_be_told_now_keep_no_others_from_being_told(shops: Shops) -> None:
    async with shops(launch=False) as harness:
        for guild, key in ((1, OWN), (2, OTHER)):
            await harness.studio.bring_key(guild, 5, key, "bronze")
        async with harness.database.write() as connection:
            await connection.execute(guild_keys.update().values(hold=Hold.REFUSED))
        harness.delivery.closed_to = {1}
        with pytest.raises(DeliveryUnavailable):
            await harness.studio.watch._tell_holds()  # pyright: ignore[reportPrivateUsage]
        assert harness.delivery.held == [(2, Hold.REFUSED)]
        harness.delivery.closed_to = set()
        await harness.studio.watch._tell_holds()  # pyright: ignore[reportPrivateUsage]
        assert harness.delivery.held == [(2, Hold.REFUSED), (1, Hold.REFUSED)]

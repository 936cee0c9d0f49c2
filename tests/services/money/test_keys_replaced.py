"""A guild brings another key, the same once more, or removes it, while tracks are made on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from keyed_studio import HOST, OTHER, OWN, PRICE, Shops, sealed, spent
from studio_harness import FakeDelivery, StudioHarness
from waiting import PATIENCE, eventually, nothing_due

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.money.accounts import Hold
from services.storage.database import now
from services.tracks import tracks
from services.tracks.track import Failure, PutOff, State


@pytest.mark.parametrize("put_off", list(PutOff))
async def test_what_is_put_off_goes_along_with_the_next_key_or_ends_with_the_last(
    shops: Shops, put_off: PutOff
) -> None:
    async with shops(launch=False) as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        unpaid, paid = [(await harness.compose()).id for _ in range(2)]
        first = (await harness.track(paid)).key_id
        async with harness.database.write() as connection:
            begun: dict[str, Any] = {"state": State.SUBMITTING, "put_off": put_off}
            await tracks.change(connection, unpaid, **begun)
            await tracks.change(connection, paid, **begun, intent_at=now())
        await harness.studio.bring_key(1, 5, OTHER, "bronze")
        key = await harness.studio.accounts.of_guild(1)
        assert key is not None
        assert ((await harness.track(unpaid)).key_id, (await harness.track(paid)).key_id) == (key.id, first)
        assert (await harness.studio.accounts.waiting(1), await harness.studio.remove_key(1, 5)) == (1, 1)
        ended, kept = await harness.track(unpaid), await harness.track(paid)
        assert (ended.state, ended.failure, ended.put_off) == (State.FAILED, Failure.KEY_REMOVED, None)
        assert (kept.state, kept.put_off, kept.key_id) == (State.SUBMITTING, put_off, first)
        assert await harness.kinds(unpaid) == ["reserve", "release"]
        assert await harness.kinds(paid) == ["reserve"]


async def test_what_may_be_paid_for_is_found_with_a_key_that_was_held_and_replaced(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after", key=OWN))
    silent = wave.faults.add(Fault("down", "history", key=OWN, times=None))
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        lost = (await harness.compose()).id

        async def away() -> bool:
            return (await harness.track(lost)).put_off is PutOff.AWAY

        await harness.database.until(away)
        key = await harness.studio.accounts.of_guild(1)
        assert key is not None
        async with harness.database.write() as connection:
            await harness.studio.accounts.hold(connection, key.id, Hold.NO_BALANCE)
        await harness.studio.bring_key(1, 5, OTHER, "bronze")
        wave.faults.remove(silent)
        found = await harness.settled(lost)
        assert (found.state, wave.submits[found.seed]) == (State.DELIVERED, 1)
        assert (spent(wave, OWN), spent(wave, OTHER)) == (PRICE, 0)


@pytest.mark.parametrize("then", ["another key", "no key"])
async def test_what_its_key_is_refused_after_that_was_replaced_waits_for_nobody(
    shops: Shops, wave: WaveSpeedStandIn, then: str
) -> None:
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        wave.accounts[OWN].deposit = 0
        asked = wave.faults.add(Fault("hold", "balance", key=OWN))
        begun = (await harness.compose()).id
        await wave.wait_for("submit", 1, answered=True)
        await eventually(lambda: hit(asked))
        if then == "another key":
            await harness.studio.bring_key(1, 5, OTHER, "bronze")
        else:
            assert await harness.studio.remove_key(1, 5) == 0, "it has begun"
        asked.release()
        ended = await harness.settled(begun)
        if then == "another key":
            assert (ended.state, spent(wave, OTHER)) == (State.DELIVERED, PRICE)
        else:
            assert (ended.state, ended.failure) == (State.FAILED, Failure.KEY_REMOVED)
            assert await harness.kinds(begun) == ["reserve", "release"]
            async with asyncio.timeout(PATIENCE), harness.delivery.news:
                await harness.delivery.news.wait_for(lambda: ("failed", begun) in harness.delivery.told)
        assert (harness.delivery.held, spent(wave, HOST)) == ([], 0)


@pytest.mark.parametrize("account", ["the same", "another"])
async def test_what_was_paid_for_with_a_key_that_was_revoked_is_asked_for_with_the_next_one(
    shops: Shops, wave: WaveSpeedStandIn, account: str
) -> None:
    held = wave.faults.add(Fault("render_held", times=None))
    async with shops(fetch_patience=0.2) as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        track_id = (await harness.compose()).id
        await harness.until(track_id, State.RENDERING)
        if account == "the same":
            wave.accounts["the-porch-new-key"] = wave.accounts[OWN]
            await harness.studio.bring_key(1, 5, "the-porch-new-key", "bronze")
        else:
            await harness.studio.bring_key(1, 5, OTHER, "bronze")
        del wave.accounts[OWN]
        held.release()
        ended = await harness.settled(track_id)
        failure = None if account == "the same" else Failure.BAD_KEY
        assert (ended.failure, len(wave.predictions)) == (failure, 1)


@pytest.mark.parametrize("account", ["the same", "another", "none"])
@pytest.mark.parametrize("revoked", ["at once", "while it is put off"])
async def test_what_was_lost_before_its_key_was_revoked_is_looked_for_with_the_next_one_and_not_for_ever(
    shops: Shops, wave: WaveSpeedStandIn, account: str, revoked: str
) -> None:
    held = wave.faults.add(Fault("hold", "submit", key=OWN, when="after"))
    silent = wave.faults.add(Fault("down", "history", key=OWN, times=None))
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        lost = (await harness.compose()).id
        await held.reached()

        async def away() -> bool:
            return (await harness.track(lost)).put_off is PutOff.AWAY

        if revoked != "at once":
            held.release(drop=True)
            await harness.database.until(away)
        if account == "the same":
            wave.accounts["the-porch-new-key"] = wave.accounts[OWN]
            await harness.studio.bring_key(1, 5, "the-porch-new-key", "bronze")
        elif account == "another":
            await harness.studio.bring_key(1, 5, OTHER, "bronze")
        del wave.accounts[OWN]
        wave.faults.remove(silent)
        held.release(drop=True)
        ended = await harness.settled(lost)
        failure = None if account == "the same" else Failure.ANSWER_UNKNOWN
        assert (ended.failure, ended.put_off, len(wave.predictions)) == (failure, None, 1)
        assert await harness.kinds(lost) == ["reserve", "spend"]


async def hit(fault: Fault) -> int:
    return fault.hits


async def states(harness: StudioHarness, track_ids: Sequence[str]) -> list[State]:
    """What became of the tracks once everything has started that may."""
    await harness.studio.dispatch._start_due()
    return [(await harness.track(track_id)).state for track_id in track_ids]


async def test_the_same_key_once_more_lets_no_more_start_than_its_account_allows(shops: Shops) -> None:
    begun, waits = State.SUBMITTING, State.WAITING
    async with shops(launch=False) as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")  # two at once
        made = [(await harness.compose()).id for _ in range(3)]
        assert await states(harness, made) == [begun, begun, waits]
        await harness.studio.bring_key(1, 5, f" {OWN}", "bronze")
        assert await states(harness, made) == [begun, begun, waits]
        await harness.studio.remove_key(1, 5)
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        made[2] = (await harness.compose()).id
        assert await states(harness, made) == [begun, begun, waits]
        assert len(await sealed(harness)) == 1
        await harness.studio.bring_key(1, 6, OWN, "silver")
        assert await states(harness, made) == [begun] * 3
        key = await harness.studio.accounts.of_guild(1)
        assert key is not None
        assert (key.level, key.added_by) == ("silver", 6)
        async with harness.database.write() as connection:
            await harness.studio.accounts.hold(connection, key.id, Hold.NO_BALANCE)
        assert [one.id for one in await harness.studio.accounts.on_hold()] == [key.id], "it is back"


async def test_a_held_key_that_is_brought_once_more_is_tried_and_told_of_anew(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    async with shops() as harness:
        await harness.studio.bring_key(1, 5, OWN, "silver")
        wave.accounts[OWN].deposit = 0
        track = (await harness.compose()).id
        for times in (1, 2):
            async with asyncio.timeout(PATIENCE), harness.delivery.news:
                await harness.delivery.news.wait_for(lambda times=times: len(harness.delivery.held) == times)
            await harness.studio.bring_key(1, 5, OWN, "silver")
        wave.accounts[OWN].deposit = 1_000_000
        await harness.studio.watch.check_guild_accounts()
        assert (await harness.settled(track)).state is State.DELIVERED


async def test_whose_track_ends_with_the_key_is_told_once_though_a_kill_comes_between(shops: Shops) -> None:
    delivery = FakeDelivery()
    async with shops(delivery=delivery) as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        await harness.studio.queue.pause(1)
        track = await harness.compose()
        assert await harness.studio.accounts.remove(1, 5) == [track.id]
    for _ in range(2):
        async with shops(delivery=delivery) as harness:
            async with asyncio.timeout(PATIENCE), delivery.news:
                await delivery.news.wait_for(lambda: ("failed", track.id) in delivery.told)
            await eventually(nothing_due)
        assert delivery.told.count(("failed", track.id)) == 1

"""What the bill says of tracks, and what it does not: lines of no task, bills that tell nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from scripted_server import ScriptedServer, data
from studio_harness import NewStudio, StudioHarness

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from rehearsal.wavespeed.accounts import Entry
from services.money.reconcile import Standing
from services.storage.database import now
from services.storage.tables import tracks as track_table
from services.tracks.track import Failure
from services.wavespeed.client import WaveSpeed
from services.wavespeed.predictions import Charge, Unavailable

PRICE = 5 * 200  # micro-dollars
EITHER_SHAPE = True  # of the bill both are read in tests/services/wavespeed/test_bill.py


def line(kind: Any, micro: int, prediction: str = "") -> Entry:
    return Entry(f"{kind} {micro}", kind, micro, prediction, "", "rehearsal-key", time.time())


async def two_days_ago(harness: StudioHarness) -> None:
    """All that was made was made then: the bill has had its time."""
    then = now() - timedelta(days=2)
    async with harness.database.write() as connection:
        await connection.execute(track_table.update().values(created_at=then, finished_at=then))


# lines of no track -------------------------------------------------------------------------------------


@pytest.mark.parametrize("old", [False, True])
async def test_lines_without_a_prediction_are_no_tracks_charge(
    new_studio: NewStudio, wave: WaveSpeedStandIn, *, old: bool
) -> None:
    wave.faults.add(Fault("lost_before"))
    wave.faults.add(Fault("history_missing", times=None))
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.failure, track.prediction_id) == (Failure.ANSWER_UNKNOWN, None)
        if old:
            await two_days_ago(harness)
        wave.accounts["rehearsal-key"].bill += [line("recharge", 20_000_000), line("deduct", 300)]
        found = await harness.studio.books.reconcile()
        assert found.counts == {Standing.MISSING: 1, Standing.UNKNOWN: 1}
        missing, unknown = found.comparisons
        assert (missing.track_id, missing.bill) == (track.id, 0)
        assert (unknown.track_id, unknown.bill, unknown.correction) == (None, 300, 0)
        assert found.bill == 300, "a top-up is no charge"


async def test_a_track_of_another_version_keeps_no_other_from_being_compared(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        for title in ("Newer", "Ours"):
            await harness.settled((await harness.compose(title)).id)
        newer = track_table.update().where(track_table.c.title == "Newer")
        async with harness.database.write() as connection:
            await connection.execute(newer.values(rework={"kind": "hologram"}))
        found = await harness.studio.books.reconcile()
        assert found.counts == {Standing.MATCHED: 2}


async def test_only_deducts_and_refunds_are_charges_of_a_track(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose()).id)
        assert track.prediction_id is not None
        wave.accounts["rehearsal-key"].bill.append(line("recharge", 7000, track.prediction_id))
        found = await harness.studio.books.reconcile()
        assert found.counts == {Standing.MATCHED: 1}
        assert found.bill == PRICE


@pytest.mark.parametrize(
    ("kind", "amount", "of_task"),
    [
        ("deduct", 12_000, True),
        ("Refund", -12_000, True),
        (None, 12_000, True),
        ("recharge", 0, False),
        ("gift", 0, False),
        (7, 0, False),
    ],
)
def test_a_line_is_a_deduct_a_refund_or_no_charge(kind: object, amount: int, *, of_task: bool) -> None:
    told = {"uuid": "u", "billing_type": kind, "price": 0.012, "prediction": {"uuid": "p"}}
    assert Charge.read(told) == Charge("u", "p", amount, None, of_task)


async def test_a_top_up_without_an_amount_spoils_no_bill(wire: ScriptedServer, client: WaveSpeed) -> None:
    deduct = {"uuid": "u", "billing_type": "deduct", "price": 0.5, "prediction": {"uuid": "p"}}
    wire.answers = [data({"items": [{"uuid": "t", "billing_type": "recharge", "price": "a lot"}, deduct]})]
    assert [one.id for one in await client.bill(now() - timedelta(days=7))] == ["u"]


# bills that tell nothing -------------------------------------------------------------------------------


async def aged(harness: StudioHarness, count: int) -> list[str]:
    """So many tracks, two days old; their predictions."""
    made = [(await harness.compose(f"Track {number}")) for number in range(count)]
    ended = [await harness.settled(one.id) for one in made]
    await two_days_ago(harness)
    return [one.prediction_id or "" for one in ended]


@pytest.mark.parametrize(("made", "named"), [(1, 0), (3, 0), (5, 2)])
async def test_a_bill_that_lacks_most_tracks_tells_nothing(
    new_studio: NewStudio, wave: WaveSpeedStandIn, made: int, named: int
) -> None:
    async with new_studio(reconcile_interval=3600) as harness:
        await aged(harness, made)
        before, bill = await harness.money(), wave.accounts["rehearsal-key"].bill
        whole = list(bill)
        bill[:] = [replace(one, micro=one.micro * 5) for one in whole[:named]]
        with pytest.raises(Unavailable, match=f"it has {named} of {made} tracks"):
            await harness.studio.books.reconcile()
        await harness.studio.watch.compare_bill()
        assert harness.delivery.host == []
        assert harness.studio.prices.of(5) == PRICE, "nothing is learnt from it either"
        bill[:] = whole
        assert (await harness.studio.books.reconcile()).counts == {Standing.MATCHED: made}
        assert await harness.money() == before


async def test_what_a_whole_bill_lacks_is_missing_and_offered(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(reconcile_interval=3600) as harness:
        _first, lost, *_others = await aged(harness, 4)
        bill = wave.accounts["rehearsal-key"].bill
        bill[:] = [one for one in bill if one.prediction != lost]
        found = await harness.studio.books.reconcile()
        assert found.counts == {Standing.MATCHED: 3, Standing.MISSING: 1}
        (missing,) = found.differences
        assert (missing.prediction_id, missing.correction) == (lost, -PRICE)
        assert await harness.studio.books.correct([missing]) == [missing]
        bill[:] = [one for one in bill if one.prediction == ""]
        bill.append(line("deduct", 300))
        with pytest.raises(Unavailable, match="it has 0 of 3 tracks"):  # what was given back is not due
            await harness.studio.books.reconcile()


@pytest.mark.parametrize("kept", [(2, 3), (0, 1), (1, 2, 3), (0, 3, 4)])
async def test_what_another_accounts_bill_lacks_is_shown_and_not_offered(
    new_studio: NewStudio, wave: WaveSpeedStandIn, kept: tuple[int, ...]
) -> None:
    async with new_studio(reconcile_interval=3600) as harness:
        made = await aged(harness, max(4, kept[-1] + 1))
        bill = wave.accounts["rehearsal-key"].bill
        bill[:] = [one for one in bill if one.prediction in {made[number] for number in kept}]
        found = await harness.studio.books.reconcile()
        assert found.counts == {Standing.MATCHED: len(kept), Standing.MISSING: len(made) - len(kept)}
        assert [one.correction for one in found.differences] == [0] * (len(made) - len(kept))
        assert await harness.studio.books.correct(found.differences) == []


async def test_what_is_too_young_for_the_bill_is_neither_due_nor_offered(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(reconcile_interval=3600) as harness:
        for number in range(3):
            await harness.settled((await harness.compose(f"Track {number}")).id)
        wave.accounts["rehearsal-key"].bill.clear()
        found = await harness.studio.books.reconcile()
        assert found.counts == {Standing.MISSING: 3}
        assert found.differences == []


async def test_a_refund_without_its_deduct_gives_back_no_more_than_was_charged(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(reconcile_interval=3600) as harness:
        track = await harness.settled((await harness.compose()).id)
        bill = wave.accounts["rehearsal-key"].bill
        bill[:] = [line("refund", PRICE, track.prediction_id or "")]
        (back,) = (await harness.studio.books.reconcile()).differences
        assert (back.standing, back.correction) == (Standing.REFUNDED, -PRICE)

"""What a rework costs: the whole until somebody says otherwise, and never past a limit."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from reworking import original, rework
from studio_harness import NewStudio, StudioHarness

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.delivery import BillDiffers
from services.money import tariff
from services.money.ledger import ROUNDING
from services.money.reconcile import Standing
from services.money.tariff import Basis, Learnt, Source, basis_in, learnt_from
from services.prompts.models import ACE_STEP, INPAINT, MODELS, OUTPAINT
from services.prompts.rework import Kind
from services.storage import host_state
from services.storage.database import now
from services.storage.tables import tracks as track_table
from services.tracks.track import Failure, State, Track

BASE = "base_price * "


@pytest.fixture(params=["observed", "documented"])
async def shape(request: pytest.FixtureRequest) -> str:
    return request.param


def whole(track: Track) -> int:
    assert track.rework is not None
    return math.ceil(track.rework.seconds * 200)


async def test_the_whole_is_reserved_until_quote_or_bill_says_otherwise_and_the_ledger_is_the_bill(
    new_studio: NewStudio, wave: WaveSpeedStandIn, shape: str
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        first = await rework(harness, Kind.EXTEND, source)
        assert first.price == whole(first)
        ended = await harness.settled(first.id)
        assert ended.state is State.DELIVERED
        assert (ended.price == 1000) is (shape == "observed")
        second = await rework(harness, Kind.EXTEND, source)
        assert second.price == (1000 if shape == "observed" else whole(second))
        await harness.settled(second.id)
        found = await harness.studio.books.reconcile()
        assert found.differences == []
        assert found.ledger == found.bill
    async with new_studio(launch=False) as harness:  # what was learnt outlives a restart
        await harness.studio.prices.recall()
        prices = harness.studio.prices
        assert prices._bases[OUTPAINT.id][0] is (Basis.PART if shape == "observed" else Basis.WHOLE)


async def test_a_quote_that_cannot_be_had_leaves_the_whole_reserved(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        wave.faults.add(Fault("missing", "price", times=None))
        track = await rework(harness, Kind.EXTEND, source)
        assert (await harness.settled(track.id)).price == whole(track)


@pytest.mark.parametrize("room", [1, 0])
async def test_a_higher_quote_is_reserved_too_or_the_track_is_refused_and_free(
    new_studio: NewStudio, wave: WaveSpeedStandIn, room: int
) -> None:
    async with new_studio(price_check_interval=3600) as harness:
        source = await original(harness)
        await harness.studio.queue.pause(1)
        track = await rework(harness, Kind.EXTEND, source)
        wave._api._price_per_second = 2000  # as dear as it was never quoted
        stands = (await harness.money())["member:1:7 day"]
        dear = 10 * (1000 if wave.shape == "observed" else whole(track))
        limit = sum(stands) - track.price + dear + (10_000 if room else -1000)
        await harness.studio.budgets.set_limits(1, 7, member=limit)
        await harness.studio.queue.resume(1)
        ended = await harness.settled(track.id)
        reserved, spent = (await harness.money())["member:1:7 day"]
        assert reserved == 0
        assert spent <= limit
        if room:
            assert ended.state is State.DELIVERED
            assert ended.price == pytest.approx(dear, abs=100)
            assert await harness.kinds(track.id) == ["reserve", "adjust", "spend"]
        else:
            assert ended.failure is Failure.COSTS_MORE
            assert await harness.kinds(track.id) == ["reserve", "release"]
            assert wave.submits[track.seed] == 0


@pytest.mark.parametrize("times", [1_000_000, 1000])
async def test_a_quote_that_nobody_would_ask_is_not_believed(
    new_studio: NewStudio, wave: WaveSpeedStandIn, times: int
) -> None:
    async with new_studio(price_check_interval=3600) as harness:
        source = await original(harness)
        wave._api._price_per_second = 200 * times
        assert [one.quoted for one in await harness.studio.prices.check() if one.model is ACE_STEP] == []
        assert harness.studio.prices.of(60) == 12_000
        wave.accounts["rehearsal-key"].deposit = 10**15
        track = await rework(harness, Kind.EXTEND, source)
        ended = await harness.settled(track.id)
        assert (ended.state, ended.price) == (State.DELIVERED, track.price)
        async with harness.database.write() as connection:  # as one was kept that was believed before
            await host_state.write(connection, host_state.Value.QUOTED, str(200 * times))
    async with new_studio(launch=False) as harness:
        await harness.studio.prices.recall()
        assert harness.studio.prices.of(60) == 12_000


# the rounding ------------------------------------------------------------------------------------------


async def billed(harness: StudioHarness, wave: WaveSpeedStandIn, more: int) -> Track:
    """A settled track, for which the bill takes so many micro-dollars more than the ledger has."""
    track = await harness.settled((await harness.compose(duration=10)).id)
    bill = wave.accounts["rehearsal-key"].bill
    bill[-1] = replace(bill[-1], micro=track.price + more)
    return track


@pytest.mark.parametrize("more", [7, -7, ROUNDING - 1, 1 - ROUNDING])
async def test_a_rounding_is_followed_by_an_entry_of_its_own_and_nobody_is_told(
    new_studio: NewStudio, wave: WaveSpeedStandIn, more: int
) -> None:
    async with new_studio(reconcile_interval=3600) as harness:
        track = await billed(harness, wave, more)
        for _ in range(2):
            await harness.studio.watch.compare_bill()
        assert await harness.kinds(track.id) == ["reserve", "spend", "round"]
        assert (await harness.money())["guild:1 day"] == (0, track.price + more)
        assert not [news for news in harness.delivery.host if isinstance(news, BillDiffers)]
        found = await harness.studio.books.reconcile()
        assert found.ledger == found.bill
        bill = wave.accounts["rehearsal-key"].bill
        bill[-1] = replace(bill[-1], micro=bill[-1].micro + (ROUNDING - 1 if more > 0 else 1 - ROUNDING))
        found = await harness.studio.books.reconcile()  # in small steps too
        assert found.counts == {Standing.DIFFERENT: 1}


async def test_a_larger_difference_and_one_that_a_limit_forbids_are_asked(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(reconcile_interval=3600) as harness:
        track = await billed(harness, wave, 7)
        await harness.studio.budgets.set_limits(1, 7, daily=track.price)
        (asked,) = (await harness.studio.books.reconcile()).differences
        assert asked.correction == 7
        bill = wave.accounts["rehearsal-key"].bill
        bill[-1] = replace(bill[-1], micro=track.price + ROUNDING)
        await harness.studio.budgets.set_limits(1, 7, daily=10**6)
        (asked,) = (await harness.studio.books.reconcile()).differences
        assert asked.correction == ROUNDING
        assert await harness.kinds(track.id) == ["reserve", "spend"]


# what is learnt ----------------------------------------------------------------------------------------


async def test_what_was_billed_is_reserved_from_then_on_also_after_a_restart(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(reconcile_interval=3600) as harness:
        await billed(harness, wave, 2000)  # 4,000 micro-dollars for 10 seconds
        await harness.studio.books.reconcile()
    async with new_studio(reconcile_interval=3600) as harness:
        await harness.studio.queue.pause(1)
        assert (await harness.compose(duration=60)).price == 60 * 400
        assert (await harness.compose(duration=5)).price == 4000  # perhaps it is the price of a run


@pytest.mark.parametrize(
    ("lines", "learnt"),
    [
        ([(10, 2000), (60, 12_000)], Learnt()),
        ([(10, 2200), (60, 12_200), (5.5, 1300)], Learnt()),  # a second more, by rounding
        ([(5, 1900)], Learnt(tariff.Decimal(380), 1900)),  # less than a tenth of a cent more, and no rounding
        ([(5, 2280), (60, 22_800)], Learnt(tariff.Decimal(380))),
        ([(60, 12_000), (5, 2000)], Learnt(tariff.Decimal(400), 2000)),  # it has become dearer
        ([(60, 24_000), (60, 12_000)], Learnt(tariff.Decimal(400))),  # one of them: the higher
        ([(5, 12_000), (240, 48_000)], Learnt(per_run=12_000)),
        ([(60, 50_000), (10, 50_000)], Learnt(per_run=50_000)),
        ([(10, 1000)], Learnt()),
        ([(10, 4000), (60, 24_000)], Learnt(tariff.Decimal(400))),
        ([(10, 50_000), (60, 50_000)], Learnt(per_run=50_000)),
        ([(10, 4000)], Learnt(tariff.Decimal(400), 4000)),
        ([(10, 10**9)], Learnt()),
        ([], Learnt()),
    ],
)
def test_lines_tell_a_price_of_a_second_from_one_of_a_run(lines: Any, learnt: Learnt) -> None:
    assert learnt_from(lines, 200, Learnt()) == learnt


BY_SECOND = Learnt(tariff.Decimal(380))
BY_EITHER = Learnt(tariff.Decimal(380), 91_200)


@pytest.mark.parametrize(
    ("known", "lines", "learnt"),
    [
        (BY_SECOND, [], BY_SECOND),
        (BY_SECOND, [(5, 1900), (5, 1900)], BY_SECOND),
        (BY_SECOND, [(5, 2280), (5, 1520)], BY_SECOND),  # a second more, a second less
        (BY_SECOND, [(60, 12_000)], Learnt()),
        (BY_SECOND, [(60, 18_000)], Learnt(tariff.Decimal(300), 18_000)),
        (BY_EITHER, [(240, 91_200)], BY_EITHER),
        (BY_EITHER, [(5, 1900)], BY_SECOND),
        (BY_EITHER, [(5, 91_200)], BY_EITHER),
        (BY_SECOND, [(240, 120_000)], Learnt(tariff.Decimal(500), 120_000)),
        (Learnt(per_run=12_000), [(240, 48_000)], Learnt(per_run=12_000)),
        (Learnt(per_run=12_000), [(5, 12_000), (240, 60_000)], Learnt(tariff.Decimal(250), 12_000)),
        (Learnt(per_run=12_000), [(5, 1000)], Learnt()),
        (Learnt(tariff.Decimal(220)), [(5, 1000), (10, 2000)], Learnt(tariff.Decimal(220))),  # or a rounding
    ],
)
def test_what_was_learnt_stays_until_a_line_shows_less(known: Learnt, lines: Any, learnt: Learnt) -> None:
    assert learnt_from(lines, 200, known) == learnt


async def test_what_a_long_track_taught_outlives_its_line(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    bill = wave.accounts["rehearsal-key"].bill
    async with new_studio(reconcile_interval=3600) as harness:
        long = await billed(harness, wave, 1800)  # 3,800 micro-dollars for 10 seconds
        await harness.studio.books.reconcile()
        eight_days_ago = now() - timedelta(days=8)
        async with harness.database.write() as connection:
            of_long = track_table.update().where(track_table.c.id == long.id)
            await connection.execute(of_long.values(created_at=eight_days_ago))
        for number in range(2):
            await harness.settled((await harness.compose(f"Short {number}")).id)
            bill[-1] = replace(bill[-1], micro=1900)
        await harness.studio.books.reconcile()
        assert harness.studio.prices.of(240) == 240 * 380
    async with new_studio(launch=False) as harness:
        await harness.studio.prices.recall()
        assert harness.studio.prices.of(240) == 240 * 380


async def test_a_short_track_teaches_and_a_rounding_does_not(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    bill = wave.accounts["rehearsal-key"].bill
    async with new_studio(reconcile_interval=3600) as harness:
        for micro, price in ((1150, 1000), (1900, 1900)):
            track = await harness.settled((await harness.compose()).id)
            bill[-1] = replace(bill[-1], micro=micro)
            found = await harness.studio.books.reconcile()
            assert found.counts == {Standing.MATCHED: len(bill)}
            assert await harness.kinds(track.id) == ["reserve", "spend", "round"]
            assert harness.studio.prices.of(5) == price
        assert harness.studio.prices.of(240) == 240 * 380


EXTENDED = "(extend_before_duration + extend_after_duration)"


@pytest.mark.parametrize(
    ("model", "formula", "basis"),
    [
        (OUTPAINT, BASE + EXTENDED, Basis.PART),
        (OUTPAINT, "(extend_after_duration+extend_before_duration)*base_price", Basis.PART),
        (OUTPAINT, BASE + "$max([5, extend_before_duration + extend_after_duration])", None),
        (OUTPAINT, BASE + "max([extend_before_duration + extend_after_duration, 60])", None),
        (OUTPAINT, BASE + "100 * " + EXTENDED, None),
        (OUTPAINT, BASE + EXTENDED + " + 0.01", None),
        (OUTPAINT, BASE + BASE + EXTENDED, None),
        (OUTPAINT, BASE + "240 + 0 * extend_before_duration * extend_after_duration", None),
        (OUTPAINT, BASE + "extend_before_duration + extend_after_duration", None),
        (OUTPAINT, BASE + "(extend_before_duration * extend_after_duration)", None),
        (OUTPAINT, "unit_price * " + EXTENDED, None),
        (OUTPAINT, BASE + "(audio.duration + extend_before_duration + extend_after_duration)", Basis.WHOLE),
        (OUTPAINT, BASE + "extend_after_duration", None),
        (OUTPAINT, BASE + "(extend_before_duration + extend_after_duration + other)", None),
        (OUTPAINT, '$lookup($, "audio") * (extend_before_duration + extend_after_duration)', None),
        (INPAINT, BASE + "(end_time - start_time)", Basis.PART),
        (INPAINT, BASE + "(start_time - end_time)", None),
        (INPAINT, BASE + "(240 - start_time + end_time)", None),
        (INPAINT, BASE + "$audio_length", Basis.WHOLE),
        (INPAINT, "", None),
        (INPAINT, "($f := function($x) { $f($x) }; $f(end_time - start_time))", None),
        (MODELS["wavespeed-ai/ace-step"], BASE + "duration", None),
    ],
)
def test_a_formula_is_read_and_never_run(model: Any, formula: str, basis: Basis | None) -> None:
    assert basis_in(formula, model, 200, 200) is basis


@pytest.mark.parametrize(
    ("base_price", "basis"),
    [(200, Basis.PART), (1, Basis.PART), (12_000, None), (0, None), (-5, None), (None, None)],
)
def test_a_part_is_one_only_at_a_price_that_is_known(base_price: int | None, basis: Basis | None) -> None:
    assert basis_in(BASE + EXTENDED, OUTPAINT, base_price, 200) is basis


def catalogue_with(wave: WaveSpeedStandIn, formula: str) -> Any:
    """The stand-in's catalogue, billing by the part, with that formula for every model."""
    return type(wave.catalogue)(
        documented=False,
        models={name: replace(model, formula=formula) for name, model in wave.catalogue.models.items()},
    )


async def test_a_formula_with_a_minimum_leaves_the_whole_reserved(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.shape = "documented"  # whose list has formulas
    async with new_studio(launch=False) as harness:
        prices = harness.studio.prices
        wave.catalogue = catalogue_with(wave, BASE + EXTENDED)
        await prices.check()
        assert prices._bases[OUTPAINT.id] == (Basis.PART, Source.FORMULA)
        wave.catalogue = catalogue_with(wave, BASE + "$max([60, " + EXTENDED + "])")
        await prices.check()  # what the formula says no more is not kept either
        assert OUTPAINT.id not in prices._bases
    async with new_studio(launch=False) as harness:
        await harness.studio.prices.recall()
        assert OUTPAINT.id not in harness.studio.prices._bases


async def test_the_formula_says_it_before_anything_is_made(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.catalogue = catalogue_with(wave, BASE + EXTENDED)
    wave.shape = "documented"  # whose list has formulas
    async with new_studio(launch=False) as harness:
        await harness.studio.prices.check()
        assert harness.studio.prices._bases[OUTPAINT.id][0] is Basis.PART

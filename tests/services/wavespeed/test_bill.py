"""The provider's bill, in every notation and to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scripted_server import KEY, ScriptedServer, data, failing, send

from rehearsal.wavespeed import WaveSpeedStandIn
from services.wavespeed.client import WaveSpeed
from services.wavespeed.predictions import Charge, Unavailable

START = datetime.now(UTC) - timedelta(days=7)
NOW = datetime.now(UTC)


def line(number: int, at: object = None) -> dict[str, Any]:
    told = {"uuid": f"u{number}", "price": 0.5, "prediction": {"uuid": f"p{number}"}}
    return told if at is None else told | {"created_at": at}


@pytest.mark.parametrize("shape", ["documented", "observed"])
async def test_all_of_250_lines_are_read(shape: str) -> None:
    async with WaveSpeedStandIn(render_seconds=0.01, shape=shape, render=lambda *_: b"x" * 9) as wave:
        account = wave.accounts["rehearsal-key"]
        async with WaveSpeed(wave.url, "rehearsal-key") as client:
            made = await client.submit("wavespeed-ai/ace-step", {"tags": "ska", "duration": 5, "seed": 1})
            for _ in range(249):
                account.charge(1000, made.id, made.model)
            for _ in range(2):
                assert len(await client.bill(START, expected=True)) == 250
        asked = [request.json for request in wave.requests if request.endpoint == "billings"]
        assert len(asked) == {"documented": 6, "observed": 7}[shape]  # a notation that held is kept


async def test_lines_of_another_time_are_asked_in_the_other_notation(
    wire: ScriptedServer, client: WaveSpeed
) -> None:
    old = int((START - timedelta(days=300)).timestamp() * 1000)
    wire.answers = [data({"items": [line(1, old)], "total": 1}), data({"items": [line(2, f"{NOW:%FT%TZ}")]})]
    assert [one.id for one in await client.bill(START)] == ["u2"]
    first, second = (seen.json["start_time"] for seen in wire.seen)
    assert first.isdecimal()
    assert datetime.fromisoformat(second) == START.replace(microsecond=0)


async def test_times_that_are_ignored_give_the_lines_that_were_asked(
    wire: ScriptedServer, client: WaveSpeed
) -> None:
    both = [line(1, "2020-01-01T00:00:00Z"), line(2, str(int(NOW.timestamp() * 1000)))]
    wire.answers = [data({"items": both})]
    assert [one.id for one in await client.bill(START)] == ["u2"]


async def test_an_empty_bill_is_asked_again_only_where_there_must_be_a_charge(
    wire: ScriptedServer, client: WaveSpeed
) -> None:
    wire.answers = [data({"items": []})]
    assert await client.bill(START) == []
    assert len(wire.seen) == 1
    assert await client.bill(START, expected=True) == []
    assert len(wire.seen) == 3


async def test_refused_in_both_notations_there_is_none(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [send(400, {"code": 400, "message": "times"})]
    async with failing(Unavailable):
        await client.bill(START)
    assert len(wire.seen) == 2
    assert KEY not in str(wire.seen[0].json)


async def test_a_last_page_that_comes_again_ends_a_bill_that_was_read(
    wire: ScriptedServer, client: WaveSpeed
) -> None:
    full = [line(number) for number in range(100)]
    wire.answers = [data({"items": full, "total": 100})]
    assert len(await client.bill(START)) == 100
    assert len(wire.seen) == 2


async def test_pages_without_end_come_to_one(wire: ScriptedServer, client: WaveSpeed) -> None:
    nameless = [{"price": 0.5, "prediction": {"uuid": "p"}}] * 3
    wire.answers = [data({"items": nameless, "has_more": True})]
    async with failing(Unavailable):
        await client.bill(START)
    assert len(wire.seen) == 100


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        (0.012, 12_000),
        ("0.012", 12_000),
        (12_000, 12_000),
        ("12000", 12_000),
        (1, 1_000_000),
        (99, 99_000_000),
        (120.5, 120_500_000),
        (0, 0),
    ],
)
def test_an_amount_is_in_dollars_or_in_micro_dollars(price: object, amount: int) -> None:
    assert Charge.read({"uuid": "u", "price": price}).amount == amount


@pytest.mark.parametrize("price", [10**40, "1e200000", "9" * 60, float("inf"), -(10**16), None, [1]])
def test_an_amount_that_nobody_has_is_none(price: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        Charge.read({"price": price})

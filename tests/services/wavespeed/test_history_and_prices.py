"""What the provider says of submissions gone by, of prices and of the balance."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from scripted_server import (
    INPUTS,
    MODEL,
    NOW,
    Answer,
    ScriptedServer,
    data,
    failing,
    prediction,
    refusal,
    tells_no_amount,
)

from services.wavespeed import client as wavespeed
from services.wavespeed.client import (
    ProviderDown,
    Unavailable,
    WaveSpeed,
)

# history ------------------------------------------------------------------------------------------


def history(*pages: list[dict[str, Any]]) -> list[Answer]:
    return [data({"page": number, "items": page}) for number, page in enumerate([*pages, []], start=1)]


def other(number: int, **more: Any) -> dict[str, Any]:
    return prediction(f"o{number}", inputs={**INPUTS, "seed": 1000 + number}, **more)


@pytest.mark.parametrize("field_name", ["inputs", "input"])
async def test_a_lost_submission_is_found_on_a_later_page(
    wire: ScriptedServer, client: WaveSpeed, field_name: str
) -> None:
    as_kept = {**INPUTS, "lyrics": "[verse]\r\nhello ", "duration": 60.0, "steps": 27}
    mine = prediction("mine") | {field_name: as_kept}
    wire.answers = history([other(1), other(2)], [other(2), other(3)], [mine])
    found = await client.find(MODEL, INPUTS, NOW)
    assert found is not None
    assert found.id == "mine"
    bodies = [request.json for request in wire.seen]
    assert [body["page"] for body in bodies] == [1, 2, 3]
    assert datetime.fromisoformat(bodies[0]["created_after"]) <= NOW - wavespeed.CLOCK_MARGIN


@pytest.mark.parametrize(
    "difference", [{"seed": 8}, {"tags": "funk"}, {"lyrics": "[inst]"}, {"duration": 61}, {"seed": None}]
)
async def test_another_submission_is_not_mistaken_for_ours(
    wire: ScriptedServer, client: WaveSpeed, difference: dict[str, Any]
) -> None:
    wire.answers = history([prediction("near", inputs={**INPUTS, **difference})])
    assert await client.find(MODEL, INPUTS, NOW) is None


async def test_none_means_that_every_page_was_read(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = history(
        *([other(page * 10 + n) for n in range(3)] for page in range(5))
    )  # short pages too
    assert await client.find(MODEL, INPUTS, NOW) is None
    assert len(wire.seen) == 6


async def test_older_ones_other_models_and_taken_ids_do_not_count(
    wire: ScriptedServer, client: WaveSpeed
) -> None:
    old = (NOW - timedelta(hours=1)).isoformat()
    wire.answers = history(
        [
            prediction("old", inputs=INPUTS, created_at=old),
            prediction("other-model", inputs=INPUTS) | {"model": "wavespeed-ai/flux"},
            prediction("taken", inputs=INPUTS),
        ]
    )
    assert await client.find(MODEL, INPUTS, NOW, taken={"taken"}) is None


@pytest.mark.parametrize(
    "answers",
    [
        [refusal(404)],
        [refusal(400, "unknown field created_after")],
        [data({"items": "many"})],
        [data({"items": [1, 2]})],
        [data({"predictions": [prediction("mine", inputs=INPUTS)]})],
        [data({"page": {"list": [prediction("mine", inputs=INPUTS)]}})],
        [data({"items": [], "total": 1})],  # of pages that are counted from 0
        [data({"items": [{"name": "no id"}]})],
        history([prediction("without")]),
        history([other(1), prediction("without")]),
        [data({"items": [other(1)]})],  # the same page again and again
    ],
)
async def test_a_history_that_cannot_tell_says_so(
    wire: ScriptedServer, client: WaveSpeed, answers: list[Answer]
) -> None:
    wire.answers = answers
    async with failing(Unavailable):
        await client.find(MODEL, INPUTS, NOW)


@pytest.mark.parametrize("empty", [{}, {"items": None}, {"page": 1, "total": 0}, {"predictions": []}])
async def test_a_page_with_nothing_in_it_is_empty(
    wire: ScriptedServer, client: WaveSpeed, empty: dict[str, Any]
) -> None:
    wire.answers = [data(empty)]
    assert await client.find(MODEL, INPUTS, NOW) is None
    assert await client.bill(NOW) == []


async def test_a_bill_elsewhere_than_we_know_is_none(wire: ScriptedServer, client: WaveSpeed) -> None:
    for odd in ({"lines": [{"uuid": "a", "price": 1}]}, {"items": [], "total": 7}):
        wire.answers = [data(odd)]
        async with failing(Unavailable):
            await client.bill(NOW)


async def test_a_history_without_end_cannot_tell(
    wire: ScriptedServer, client: WaveSpeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wavespeed, "MOST_PAGES", 4)
    wire.answers = history(*([other(page)] for page in range(9)))
    async with failing(Unavailable):
        await client.find(MODEL, INPUTS, NOW)
    assert len(wire.seen) == 4


async def test_a_history_with_another_clock_cannot_tell(wire: ScriptedServer, client: WaveSpeed) -> None:
    yesterday = format_datetime(NOW - timedelta(days=1), usegmt=True)
    wire.answers = [data({"items": []}, headers={"Date": yesterday})]
    async with failing(Unavailable):
        await client.find(MODEL, INPUTS, NOW)


async def test_a_history_that_is_down_may_be_asked_later(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [refusal(503)]
    async with failing(ProviderDown):
        await client.find(MODEL, INPUTS, NOW)
    wire.answers = [refusal(503), data({"items": None})]
    assert await client.find(MODEL, INPUTS, NOW) is None


# money --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quote", "micro"),
    [
        ({"price": 0.012, "currency": "USD"}, 12_000),
        ({"price": 0.012, "discounted_price": 0.0108, "currency": "USD"}, 10_800),
        ({"price": "0.0002"}, 200),
        ({"price": 0.012, "discounted_price": 0}, 0),
    ],
)
async def test_a_quote_is_in_micro_dollars(
    wire: ScriptedServer, client: WaveSpeed, quote: dict[str, Any], micro: int
) -> None:
    wire.answers = [data(quote)]
    assert await client.price(MODEL, INPUTS) == micro
    assert wire.seen[0].json == {"model_id": MODEL, "inputs": INPUTS}


async def test_the_balance_is_in_micro_dollars(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [refusal(503), data({"balance": 12.3456789})]
    assert await client.balance() == 12_345_679


@pytest.mark.parametrize(
    "answer", [refusal(404), data({}), data({"price": "a lot"}), data({"price": 1, "currency": "EUR"})]
)
async def test_a_quote_or_balance_that_is_not_there_says_so(
    wire: ScriptedServer, client: WaveSpeed, answer: Answer
) -> None:
    wire.answers = [answer]
    await tells_no_amount(client)

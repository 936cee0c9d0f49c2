"""Levels, balance and bill: what the provider's side of the money does."""

import time
from dataclasses import replace

import pytest

from rehearsal.wavespeed import Fault
from rehearsal.wavespeed.answers import moment

BILL = "/api/v3/billings/search"


async def test_the_price_is_told_booked_and_taken_from_the_balance(start, connect):
    wave = await start(balance=1.0)
    wire = connect(wave)
    inputs = {"tags": "funk", "duration": 60}
    quote = await wire.post("/api/v3/model/price", model_id="wavespeed-ai/ace-step", inputs=inputs)
    assert quote == {"price": 0.012, "discounted_price": 0.012, "currency": "USD"}
    created = await wire.submit(duration=60)
    assert [(e.billing_type, e.micro, e.prediction) for e in wave.bill] == [("deduct", 12_000, created["id"])]
    assert (await wire.get("/api/v3/balance"))["balance"] == pytest.approx(0.988)


async def test_a_discount_shows_in_the_quote_and_on_the_bill(start, connect):
    wave = await start(price_per_second=1000, discount=0.25)
    wire = connect(wave)
    quote = await wire.post("/api/v3/model/price", model_id="wavespeed-ai/ace-step", inputs={"tags": "a"})
    assert (quote["price"], quote["discounted_price"]) == (0.06, 0.045)
    await wire.submit()
    assert [entry.micro for entry in wave.bill] == [45_000]
    await wire.refused(404, "/api/v3/model/price", model_id="nothing", inputs={})


async def test_an_empty_account_is_refused_and_nothing_is_created(start, connect):
    wave = await start(balance=0.02)
    wire = connect(wave)
    await wire.submit(duration=60)
    envelope = await wire.refused(402, tags="funk", duration=60)
    assert "balance" in envelope["message"]
    assert len(wave.predictions) == len(wave.bill) == 1


async def test_a_failed_prediction_is_refunded_once_after_the_settable_time(start, connect):
    wave = await start(balance=1.0, refund_seconds=3600)
    wire = connect(wave)
    wave.faults.add(Fault("render_failed"))
    failed = await wire.ended(await wire.submit())
    assert failed["status"] == "failed"
    assert (await wire.get("/api/v3/balance"))["balance"] == pytest.approx(0.988)
    (account,) = wave.accounts.values()
    account.owed = [replace(entry, at=time.time()) for entry in account.owed]  # the hour is over
    assert (await wire.get("/api/v3/balance"))["balance"] == 1
    assert (await wire.get("/api/v3/balance"))["balance"] == 1
    data = await wire.post(BILL, page=1, page_size=10)
    assert [item["billing_type"] for item in data["items"]] == ["refund", "deduct"]
    assert {item["prediction"]["uuid"] for item in data["items"]} == {failed["id"]}
    assert data["items"][0]["prediction"]["status"] == "failed"


async def test_the_bill_is_paged_filtered_and_sorted(wave, wire):
    ids = [(await wire.submit(duration=duration))["id"] for duration in (10, 20, 30)]
    first = await wire.post(BILL, page=1, page_size=2)
    assert ("total" in first, first["has_more"]) == (False, True)
    assert [item["price"] for item in first["items"]] == [0.006, 0.004]
    assert not (await wire.post(BILL, page=2, page_size=2))["has_more"]
    only = await wire.post(BILL, page=1, page_size=9, prediction_uuids=[ids[1]])
    assert [item["price"] for item in only["items"]] == [0.004]
    upward = await wire.post(BILL, page=1, page_size=9, sort="created_at ASC")
    assert [item["prediction"]["uuid"] for item in upward["items"]] == ids
    later = moment(wave.now() + 60)
    assert (await wire.post(BILL, page=1, page_size=9, start_time=later))["items"] == []
    assert (await wire.post(BILL, page=1, page_size=9, model_uuid="another"))["items"] == []
    assert (await wire.post(BILL, page=1, page_size=9, billing_type="refund"))["items"] == []


async def test_the_documented_bill_counts_its_lines_and_takes_milliseconds_only(start, connect):
    wire = connect(await start(shape="documented"))
    for duration in (10, 20, 30):
        await wire.submit(duration=duration)
    first = await wire.post(BILL, page=1, page_size=2, start_time=str(round(time.time() * 1000) - 60_000))
    assert (first["total"], "has_more" in first, len(first["items"])) == (3, False, 2)
    await wire.refused(400, BILL, page=1, page_size=2, start_time=moment(time.time()))


async def test_the_observed_bill_finds_nothing_by_milliseconds(wave, wire):
    await wire.submit()
    earlier = str(round((wave.now() - 60) * 1000))
    assert (await wire.post(BILL, page=1, page_size=9, start_time=earlier))["items"] == []
    asked = moment(wave.now() - 60)
    assert len((await wire.post(BILL, page=1, page_size=9, start_time=asked))["items"]) == 1


@pytest.mark.parametrize(("shape", "price"), [("observed", 0.002), ("documented", 0.008)])
async def test_a_rework_is_billed_by_its_part_or_its_whole(start, connect, shape, price):
    wave = await start(shape=shape, render=None)
    wire = connect(wave)
    made = await wire.ended(await wire.submit(duration=30))
    (output,) = made["outputs"]
    audio = output["url"] if shape == "documented" else output
    inputs = {"audio": audio, "tags": "funk", "extend_after_duration": 10}
    told = await wire.post(
        "/api/v3/model/price", model_id="wavespeed-ai/ace-step/audio-outpaint", inputs=inputs
    )
    assert told["price"] == pytest.approx(price, abs=0.0001)


async def test_bronze_starts_two_a_minute(start, connect):
    wave = await start(level="bronze")
    wire = connect(wave)
    for _ in range(2):
        await wire.ended(await wire.submit())
    envelope = await wire.refused(429, tags="funk")
    assert int(envelope["headers"]["Retry-After"]) >= 1
    assert len(wave.bill) == 2
    (account,) = wave.accounts.values()
    account.minute = 0  # it is over
    await wire.submit()


async def test_bronze_runs_two_at_once_and_counts_only_its_own(start, connect):
    wave = await start(keys=("ada", "ben"), level="bronze", minute=0)
    held = wave.faults.add(Fault("render_held", times=2))
    ada = connect(wave, "ada")
    await ada.submit()
    await ada.submit()
    assert (await ada.refused(429, tags="funk"))["error_code"] == "concurrency_limit"
    await connect(wave, "ben").submit()
    held.release()
    await wave.finished(3)
    await ada.submit()

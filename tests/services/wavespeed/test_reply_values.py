"""Waits, amounts and anything at all in a reply: bounded, and never another error than ours."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import (
    ENDLESS,
    INPUTS,
    MADE,
    MODEL,
    Answer,
    ScriptedServer,
    data,
    failing,
    read,
    reply,
    send,
    tells_no_amount,
)

from services.wavespeed import json_values
from services.wavespeed.client import ProviderDown, Unavailable, WaveSpeed, WaveSpeedError
from services.wavespeed.predictions import Charge, Prediction
from services.wavespeed.responses import LONGEST_RETRY_AFTER, retry_after

# waits and amounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("300", 300.0),
        ("86401", LONGEST_RETRY_AFTER),
        ("9" * 60, LONGEST_RETRY_AFTER),
        ("9" * 5000, None),
        ("1e200000", None),
        ("1_000", None),
        ("٧", None),
        ("nan", None),
        ("", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER),
        ("Fri, 31 Dec 9999 23:59:59 -1200", LONGEST_RETRY_AFTER),
        ("Mon, 01 Jan 0001 00:00:00 +1200", 0.0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0),
        ("Mon, 99 Foo 2030 00:00:00 GMT", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2030 00:00:00 +999999999999", None),
    ],
)
def test_how_long_to_wait_is_bounded(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}) == seconds


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_header_is_a_wait_or_none(value: str, date: str) -> None:
    for one in (value, f"Mon, 01 Jan 2030 {value}", f"Mon, {value} 00:00:00 GMT"):
        found = retry_after({"Retry-After": one, "Date": date})
        assert found is None or 0 <= found <= LONGEST_RETRY_AFTER


@pytest.mark.parametrize(
    ("written", "micro"),
    [
        *((0.012, 12_000), ("0.0002", 200), (3, 3_000_000), ("1e-3", 1000), ("1E+2", 10**8)),
        *(("1e-999999", 0), ("-0.5e+01", -5_000_000), (" +.5 ", 500_000), ("5.", 5_000_000)),
    ],
)
async def test_an_amount_of_money(
    wire: ScriptedServer, client: WaveSpeed, written: object, micro: int
) -> None:
    wire.answers = [data({"price": written, "balance": written, "currency": None})]
    assert await client.balance() == micro
    if micro >= 0:
        assert await client.price(MODEL, INPUTS) == micro


@pytest.mark.parametrize(
    "written",
    [
        *("1e200000", "1e999999999999", "-1e200000", "NaN", "sNaN", "Infinity", "", "a lot", "$5", "0x10"),
        *("1_000", "1_0.5", "١٢", "１２", "1,5", "1.2.3", "1e", "e3", ".", "+", "--1", "1e1.5", "1 000"),
        *("1e8", "1e9", 10**9, 10**12, ENDLESS, True, None, [], {"usd": 1}, float("inf"), float("nan")),
    ],
)
async def test_what_is_no_amount_that_anybody_has(
    wire: ScriptedServer, client: WaveSpeed, written: object
) -> None:
    wire.answers = [data({"price": written, "balance": written})]
    async with failing(Unavailable):
        await client.price(MODEL, INPUTS)
    async with failing(Unavailable):
        await client.balance()
    wire.answers = [data({"items": [{"uuid": "u", "price": written, "billing_type": "deduct"}]})]
    async with failing(Unavailable):
        await client.bill(datetime.now(UTC))


@pytest.mark.parametrize(
    "answer",
    [
        send(200, b'{"data": {"price": 1e200000, "balance": 1e200000}}'),
        send(200, b'{"data": {"price": ' + ENDLESS.encode() + b', "balance": ' + ENDLESS.encode() + b"}}"),
        data({"price": -0.5, "balance": "x"}),
        data({"price": 1, "balance": "x", "currency": "EUR"}),
    ],
)
async def test_a_number_without_end_is_no_amount(
    wire: ScriptedServer, client: WaveSpeed, answer: Answer
) -> None:
    wire.answers = [answer]
    await tells_no_amount(client)


def test_a_line_of_the_bill_with_odd_fields() -> None:
    line = {
        "uuid": 7,
        "price": "0.5",
        "billing_type": "REFUND",
        "prediction": {"uuid": 8},
        "created_at": 1e300,
    }
    assert Charge.read(line) == Charge("7", "8", -500_000, None)
    assert Charge.read({"price": 1, "billing_type": ["x"], "prediction": "p"}) == Charge(
        "", "", 1_000_000, None
    )


# anything at all --------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
        st.sampled_from(
            ["completed", "402", "true", "1e200000", "https://a/b", 10**400, -(10**20), "\ud800"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["id", "status", "code", "data", "url", "message", "error", "price", "items", "uuid"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        *(
            "id",
            "status",
            "outputs",
            "has_nsfw_contents",
            "code",
            "error",
            "error_code",
            "message",
            "created_at",
        ),
        *("timings", "model", "inputs", "input", "price", "billing_type", "prediction", "uuid", "data"),
    ]
)


@pytest.mark.parametrize("huge", [10**400, -(10**400)])
def test_a_number_larger_than_any_is_none(huge: int) -> None:
    assert json_values.number(huge) is None
    assert json_values.code(huge) is None
    assert json_values.moment(huge) is None
    assert json_values.text(huge) in ("inf", "-inf")
    with pytest.raises(ValueError, match="not a number"):
        json_values.micro(huge)


@given(st.dictionaries(FIELDS, VALUES, max_size=6), st.sampled_from([200, 201, 302, 400, 402, 429, 500]))
def test_whatever_is_told_is_read_or_is_an_error_of_ours(told: dict[str, Any], status: int) -> None:
    for envelope in (told, {"code": 200, "data": told}, {"data": {"items": [told]}}):
        body = json.dumps(envelope).encode("utf-8", "surrogatepass")
        with suppress(WaveSpeedError):
            found = Prediction.read(reply(body, status).data, "known")
            assert found.id
            assert f"{found.outputs} {found.error} {found.id}".encode()
    with suppress(ValueError):
        Charge.read(told)


def test_any_bytes_are_read_or_are_no_reply() -> None:
    chance = random.Random(5)
    whole = json.dumps({"code": 200, "data": {**MADE, "outputs": ["https://a/1.mp3"], "timings": {"a": 1.5}}})
    for _ in range(3000):
        body = bytearray(whole.encode())
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(body))
            body[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        with suppress(WaveSpeedError):
            Prediction.read(reply(bytes(body)).data)
    for body in (b"[" * 10**6, b'{"a":' * 10**5, b"\xff" * 100, b"\x00" * 100, b"", b'"' + b"a" * 10**6):
        with pytest.raises(ProviderDown):
            _ = reply(body).data


def test_a_deep_reply_is_refused_and_not_followed_down() -> None:
    deep: object = "https://a/1.mp3"
    for _ in range(500):
        deep = {"url": [deep]}
    found = read(outputs=deep, model=deep, error={"message": deep}, created_at=deep, has_nsfw_contents=deep)
    assert (found.outputs, found.model, found.error, found.created_at, found.nsfw) == (
        (),
        "",
        "",
        None,
        (False,),
    )
    assert json_values.addresses([[["https://a/1.mp3"]]]) == ("https://a/1.mp3",)


def line(number: int) -> dict[str, Any]:
    return {
        "uuid": f"u{number}",
        "price": 0.5,
        "billing_type": "deduct",
        "prediction": {"uuid": f"p{number}"},
    }


FULL = [line(number) for number in range(100)]


@pytest.mark.parametrize(
    ("pages", "read"),
    [
        ([{"items": [line(1)], "has_more": True}, {"items": [line(2)], "has_more": False}], 2),
        ([{"items": [line(1)], "has_more": "true"}, {"items": [line(2)], "has_more": "false"}], 2),
        ([{"items": [line(1)], "total": 2}, {"items": [line(2)], "total": 2}], 2),
        ([{"items": [line(1)], "total": "2"}, {"items": [line(2)], "total": "2"}], 2),
        ([{"items": [line(1)], "total": 1, "has_more": None}], 1),
        ([{"items": FULL}, {"items": [line(100)]}], 101),
        ([{"items": [line(1)], "total": 9}, {"items": []}], 1),
        ([{"items": None}], 0),
    ],
)
async def test_a_bill_is_read_to_its_end_however_that_is_told(
    wire: ScriptedServer, client: WaveSpeed, pages: list[dict[str, Any]], read: int
) -> None:
    wire.answers = [data(page) for page in pages]
    assert len(await client.bill(datetime.now(UTC))) == read
    assert len(wire.seen) == len(pages)


async def test_a_bill_that_gives_the_same_page_again_is_none(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [data({"items": [line(1)], "total": 5})]
    async with failing(Unavailable):
        await client.bill(datetime.now(UTC))
    assert len(wire.seen) == 2

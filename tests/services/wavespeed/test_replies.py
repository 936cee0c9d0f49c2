"""Replies in all their spellings: what is written is read, and nothing is read into it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from scripted_server import (
    ENDLESS,
    INPUTS,
    KEY,
    MADE,
    MODEL,
    Answer,
    ScriptedServer,
    failing,
    read,
    reply,
    send,
)

from services.wavespeed.client import (
    AnswerLost,
    BadKey,
    NoBalance,
    NotFound,
    ProviderDown,
    RateLimited,
    RefusedInput,
    WaveSpeed,
    WaveSpeedError,
)
from services.wavespeed.predictions import Prediction

# a prediction -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ("https://a/1.mp3", ("https://a/1.mp3",)),
        (["https://a/1.mp3", " https://a/2.mp3 "], ("https://a/1.mp3", "https://a/2.mp3")),
        ({"url": "https://a/1.mp3"}, ("https://a/1.mp3",)),
        ([{"url": "https://a/1.mp3", "type": "audio"}], ("https://a/1.mp3",)),
        ([["https://a/1.mp3"]], ("https://a/1.mp3",)),
        ({"audio": {"url": "https://a/1.mp3"}, "kind": "mp3"}, ("https://a/1.mp3",)),
        ({"audio": ["https://a/1.mp3"]}, ("https://a/1.mp3",)),
        ([{"no": "url"}, None, "", 7, True], ()),
        (None, ()),
        ([], ()),
        ("", ()),
        (["ready", "file:///etc/passwd", "/x.mp3", "HTTPS://a/1.mp3"], ("HTTPS://a/1.mp3",)),
        (["https://a/\x00.mp3", "https://a/\ud800", "x" * 9000], ()),
        ([[[[[[["https://a/too-deep"]]]]]]], ()),
        (["https://a/1.mp3"] * 500, ("https://a/1.mp3",) * 100),
    ],
)
def test_outputs_in_every_shape(outputs: object, found: tuple[str, ...]) -> None:
    assert read(outputs=outputs).outputs == found
    assert read(outputs=outputs).outputs_missing == (not found)


def test_outputs_are_missing_only_of_what_was_completed() -> None:
    assert Prediction.read({"id": "p1", "status": "completed"}).outputs_missing
    assert not Prediction.read({"id": "p1", "status": "failed"}).outputs_missing
    assert not Prediction.read({"id": "p1", "status": "processing"}).outputs_missing


@pytest.mark.parametrize("status", [None, "", 3, ["completed"]])
def test_what_names_outputs_and_no_status_is_completed(status: object) -> None:
    """There are none before: the contract."""
    told = {"id": "p1", "status": status, "outputs": ["https://a.example/song.mp3"]}
    assert Prediction.read(told).succeeded
    assert Prediction.read({"outputs": told["outputs"]}, "p1").succeeded
    assert not Prediction.read({**told, "status": "processing"}).done


@pytest.mark.parametrize(
    ("written", "flags"),
    [
        ([False, True], (False, True)),
        (["false"], (False,)),
        (["True ", "FALSE", "no"], (True, False, False)),
        ("false", (False,)),
        ("true", (True,)),
        (True, (True,)),
        (False, (False,)),
        ([1, 0, "1", "0"], (True, False, True, False)),
        ([0.97, 0.02], (True, False)),
        (["unknown", None, {}, [True]], (False, False, False, False)),
        (None, ()),
        ([], ()),
    ],
)
def test_only_what_says_explicit_is_explicit(written: object, flags: tuple[bool, ...]) -> None:
    assert read(has_nsfw_contents=written).nsfw == flags


@pytest.mark.parametrize(
    ("status", "done", "succeeded"),
    [
        ("COMPLETED", True, True),
        (" completed\n", True, True),
        ("Failed", True, False),
        ("TIMEOUT", True, False),
        ("succeeded", False, False),
        ("complete", False, False),
        ("", False, False),
        (None, False, False),
        (["completed"], False, False),
    ],
)
def test_the_documented_ends_are_ends_in_any_case(status: object, done: bool, succeeded: bool) -> None:
    found = read(status=status)
    assert (found.done, found.succeeded) == (done, succeeded)


@pytest.mark.parametrize(
    ("written", "found"), [(7, "7"), ("p\n1", None), ("", None), (True, None), ("x" * 201, None)]
)
def test_an_id_is_a_text_or_a_number(written: object, found: str | None) -> None:
    if found is None:
        with pytest.raises(ProviderDown):
            Prediction.read({"id": written, "status": "created"})
        assert Prediction.read({"id": written, "status": "created"}, "asked for").id == "asked for"
    else:
        assert Prediction.read({"id": written, "status": "created"}, "asked for").id == found


@pytest.mark.parametrize(
    ("told", "code", "error"),
    [
        ({"code": 1200, "error": "no"}, 1200, "no"),
        ({"code": "1200", "error": None}, 1200, ""),
        ({"error": {"code": 5004, "message": "timed out"}}, 5004, "timed out"),
        ({"error_code": 1402.0, "error": ["x"]}, 1402, ""),
        ({"code": 0}, None, ""),
        ({"code": True, "error": 7}, None, "7"),
        ({"code": "moderation", "error": f"{KEY}\r\n\x1b[31m"}, None, "[secret]   [31m"),
        ({"code": 10**30, "error": "x" * 10_000}, None, "x" * 300),
    ],
)
def test_why_it_failed(told: dict[str, Any], code: int | None, error: str) -> None:
    found = Prediction.read({"id": "p1", "status": "failed", **told}, secret=KEY)
    assert (found.code, found.error) == (code, error)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-05-19T06:09:15Z", (6, 9, 15)),
        ("2026-05-19T06:09:15.948268264Z", (6, 9, 15)),
        ("2026-05-19 08:09:15+02:00", (6, 9, 15)),
        ("2026-05-19T06:09:15", (6, 9, 15)),
        ("Tue, 19 May 2026 06:09:15 GMT", (6, 9, 15)),
        (1779170955, (6, 9, 15)),
        ("1779170955", (6, 9, 15)),
        (1779170955123, (6, 9, 15)),
        (1779170955123456, (6, 9, 15)),
        ("1779170955123456789", (6, 9, 15)),
        (1779170955.5, (6, 9, 15)),
        *((odd, None) for odd in (99999999999999, -1, 0, True, None, "", "soon", "9" * 400, 1e300, [], {})),
        *((odd, None) for odd in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", float("nan"))),
        *((odd, None) for odd in ("Mon, 99 Foo 99999999999999 00:00:00 GMT", "2026-13-45T99:99:99Z")),
    ],
)
def test_moments_in_every_spelling(written: object, at: tuple[int, int, int] | None) -> None:
    found = read(created_at=written).created_at
    expected = at and datetime(2026, 5, 19, *at, tzinfo=UTC)
    assert (found and found.replace(microsecond=0)) == expected


@pytest.mark.parametrize(
    ("timings", "found"),
    [
        ({"inference": 812}, 812.0),
        ({"inference": "812.5"}, 812.5),
        ({"inference": "soon"}, None),
        ({"inference": float("inf")}, None),
        ({"inference": True}, None),
        ({}, None),
        (None, None),
        ("812", None),
    ],
)
def test_timings(timings: object, found: float | None) -> None:
    assert read(timings=timings).inference_ms == found


# an envelope ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        send(200, {"code": "200", "data": MADE}),
        send(200, {"code": 0, "data": MADE}),
        send(201, {"code": 201, "data": MADE}),
        send(200, {"code": None, "data": MADE}),
        send(200, {"code": "success", "data": MADE}),
        send(200, {"data": {**MADE, "code": 1200, "status": "failed"}}),
        send(200, MADE),  # bare, as in webhooks
        send(200, {**MADE, "code": 1200, "error": "no"}),
        send(200, {"code": 200, "data": None, **MADE}),
        send(200, {"data": {"id": "p1"}}),
        send(200, b"\xef\xbb\xbf" + json.dumps({"data": MADE}).encode()),
        send(200, json.dumps({"data": MADE}).encode("utf-16")),
        send(200, json.dumps({"data": MADE}).encode().replace(b"ace-step", b"ace\xff\xfestep")),
        send(
            200,
            json.dumps({"data": {**MADE, "timings": {"inference": 0}}}).encode().replace(b": 0", b": NaN"),
        ),
        send(200, json.dumps({"n": 0, "data": MADE}).encode().replace(b": 0", f": {ENDLESS}".encode())),
        send(200, json.dumps({"n": 0, "data": MADE}).encode().replace(b": 0", b": 1e200000")),
    ],
)
async def test_a_task_that_was_made_is_known_by_its_id(
    wire: ScriptedServer, client: WaveSpeed, answer: Answer
) -> None:
    wire.answers = [answer]
    assert (await client.submit(MODEL, INPUTS)).id == "p1"
    assert wire.posts == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"code": "402", "message": "x"}, NoBalance),
        ({"code": " 402 ", "data": None}, NoBalance),
        ({"code": 402.0, "data": {}}, NoBalance),
        ({"error_code": "402"}, NoBalance),
        ({"data": {"error_code": 402, "message": "x"}}, NoBalance),
        ({"code": 200, "data": {"code": "402", "message": "x"}}, NoBalance),
        ({"code": 400, "data": {"message": "Insufficient balance"}}, NoBalance),
        ({"error_code": "insufficient_balance", "data": None}, NoBalance),
        ({"code": 200, "message": "not enough credits", "data": None}, NoBalance),
        ({"code": "401"}, BadKey),
        ({"code": "404"}, NotFound),
        ({"code": "429"}, RateLimited),
        ({"code": "422", "error": {"message": "bad tags"}}, RefusedInput),
        # From here on the task may exist.
        ({"code": "500"}, AnswerLost),
        ({"code": 1402, "message": "x"}, AnswerLost),
        ({"code": "5004"}, AnswerLost),
        ({"code": "499"}, AnswerLost),
        ({"code": "failure", "message": "x"}, AnswerLost),
        ({"code": ENDLESS}, AnswerLost),
        ({"code": True, "data": None}, AnswerLost),
        ({"message": "ok"}, AnswerLost),
        ({"status": "created"}, AnswerLost),
        ({"data": [MADE]}, AnswerLost),
        ({"data": "p1"}, AnswerLost),
        ({"code": 429, "data": MADE}, AnswerLost),  # which of the two?
        ({"code": "402", "data": MADE}, AnswerLost),
        ({"code": 401, "data": {**MADE, "status": "failed"}}, AnswerLost),
    ],
)
async def test_an_error_told_with_a_good_status(
    wire: ScriptedServer, client: WaveSpeed, body: object, kind: type[WaveSpeedError]
) -> None:
    wire.answers = [send(200, body)]
    async with failing(kind):
        await client.submit(MODEL, INPUTS)
    assert wire.posts == 1


@pytest.mark.parametrize(("status", "kind"), [(302, AnswerLost), (307, ProviderDown), (499, AnswerLost)])
async def test_a_status_after_which_the_task_may_exist(
    wire: ScriptedServer, client: WaveSpeed, status: int, kind: type[WaveSpeedError]
) -> None:
    wire.answers = [send(status, b"", headers={"Location": "/elsewhere"})]
    async with failing(kind):
        await client.submit(MODEL, INPUTS)


def test_an_error_says_why_in_whatever_field_it_stands() -> None:
    for body in (
        {"message": "no polka"},
        {"data": {"message": "no polka"}},
        {"error": {"message": "no polka"}},
        {"data": {"error": "no polka"}},
    ):
        with pytest.raises(RefusedInput, match=r"^400: no polka$"):
            _ = reply(body, 400).data


def test_no_part_of_a_key_is_left_where_a_message_is_cut() -> None:
    for before in range(150, 330, 3):
        for message in ("x" * before + KEY, "x" * (before - 150) + KEY * 20):
            with pytest.raises(RefusedInput) as caught:
                _ = reply({"message": message}, 400).data
            assert KEY[:4] not in str(caught.value)


async def test_a_bare_balance_is_a_balance(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [send(200, {"balance": "12.5"})]
    assert await client.balance() == 12_500_000

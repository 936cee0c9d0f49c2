"""The WaveSpeed client against a server that answers byte for byte what a test tells it to."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from scripted_server import (
    INPUTS,
    KEY,
    MODEL,
    NOW,
    Answer,
    ScriptedServer,
    data,
    failing,
    hang_up,
    hold,
    prediction,
    refusal,
    reset,
    send,
)

from services.wavespeed import transport as wiring
from services.wavespeed.client import (
    AnswerLost,
    BadKey,
    NoBalance,
    NotFound,
    NotSent,
    ProviderDown,
    RateLimited,
    RefusedInput,
    TurnedAway,
    WaveSpeed,
    WaveSpeedError,
)

# submit -------------------------------------------------------------------------------------------


async def test_a_submission_sends_the_inputs_the_key_and_who_we_are(
    wire: ScriptedServer, client: WaveSpeed
) -> None:
    wire.answers = [data(prediction(outputs=[], has_nsfw_contents=None, novelty={"a": 1}))]
    made = await client.submit(MODEL, INPUTS)
    (request,) = wire.seen
    assert (request.method, request.path) == ("POST", "/api/v3/wavespeed-ai/ace-step")
    assert request.json == INPUTS
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-client-name"] == "jamboree"
    assert {"x-client-version", "x-client-os"} <= set(request.headers)
    assert (made.id, made.model, made.done, made.outputs, made.nsfw) == ("p1", MODEL, False, (), ())
    assert made.created_at == NOW


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(400, "duration must be <= 240"), RefusedInput),
        (refusal(422), RefusedInput),
        (refusal(413), RefusedInput),
        (refusal(401), BadKey),
        (refusal(403), BadKey),
        (refusal(402), NoBalance),
        (refusal(400, "Insufficient balance, please top up"), NoBalance),
        (refusal(403, "insufficient_credits"), NoBalance),
        (refusal(404, "model not found"), NotFound),
        *((send(status, b"<html>nginx"), TurnedAway) for status in (400, 401, 403, 404, 405, 413)),
        (send(404, b""), TurnedAway),
        (refusal(429), RateLimited),
        (send(429, b"<html>busy", length=900), RateLimited),  # the status is an answer, whatever its body
        (send(200, {"code": 429, "message": "slow down"}), RateLimited),
        (send(200, {"code": 401, "message": "bad key"}), BadKey),
        (send(307, b"", headers={"Location": "/api/v3/elsewhere"}), ProviderDown),
        (send(308, b"", headers={"Location": "http://127.0.0.1:1/"}), ProviderDown),
        # From here on the task may exist.
        *((send(status, b"", headers={"Location": "/there"}), AnswerLost) for status in (300, 301, 302, 303)),
        (refusal(500), AnswerLost),
        (refusal(502), AnswerLost),
        (refusal(503, Retry_After="1"), AnswerLost),
        (refusal(504), AnswerLost),
        (refusal(408), AnswerLost),
        (send(200, {"code": 500, "message": "internal"}), AnswerLost),
        (send(200, b"<html>welcome</html>"), AnswerLost),
        (send(200, b"[1, 2]"), AnswerLost),
        (send(200, b"[" * 100_000), AnswerLost),
        (send(200, b"\xff\xfe\x00"), AnswerLost),
        (send(200, b""), AnswerLost),
        (data(None), AnswerLost),
        (data({"status": "created"}), AnswerLost),
        (data({"id": {"id": 7}, "status": "created"}), AnswerLost),
        (send(200, {"data": prediction()}, length=4000), AnswerLost),
        (send(200, b"{", headers={"Content-Encoding": "gzip"}), AnswerLost),
        (hang_up, AnswerLost),
        (reset, AnswerLost),
        (hold, AnswerLost),
    ],
)
async def test_a_submission_is_sent_once_and_its_fault_named(
    wire: ScriptedServer, client: WaveSpeed, answer: Answer, kind: type[WaveSpeedError]
) -> None:
    wire.answers = [answer]
    async with failing(kind):
        await client.submit(MODEL, INPUTS)
    assert [request.method for request in wire.seen] == ["POST"]


async def test_a_submission_that_could_not_connect_was_not_made() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: refused
        async with (
            WaveSpeed(f"http://127.0.0.1:{taken.getsockname()[1]}", KEY) as client,
            failing(ProviderDown),
        ):
            await client.submit(MODEL, INPUTS)
    for address in ("http://", "gopher://127.0.0.1"):
        async with WaveSpeed(address, KEY) as client, failing(ProviderDown):
            await client.submit(MODEL, INPUTS)


async def test_whether_it_may_be_sent_is_asked_with_the_connection_in_hand(wire: ScriptedServer) -> None:
    wire.answers = [send(body=prediction())]
    answers = [False, True, False, True, True]  # with the connection; then also where the body is written
    asked: list[bool] = []

    def may_post() -> bool:
        asked.append(answers[len(asked)])
        return asked[-1]

    async with WaveSpeed("http://127.0.0.1:1", KEY, may_post=may_post) as client, failing(ProviderDown):
        await client.submit(MODEL, INPUTS)
    assert not asked
    async with WaveSpeed(wire.url, KEY, may_post=may_post) as client:
        for _ in range(2):
            async with failing(NotSent):
                await client.submit(MODEL, INPUTS)
        assert not wire.seen
        await client.submit(MODEL, INPUTS)
        assert wire.seen[0].json == INPUTS
        assert wire.seen[0].headers["content-type"] == "application/json"
    assert asked == answers


async def test_a_submission_whose_tls_handshake_fails_was_not_made(wire: ScriptedServer) -> None:
    wire.answers = [hold]
    async with (
        WaveSpeed(wire.url.replace("http", "https"), KEY, timeout=2) as client,
        failing(ProviderDown),
    ):
        await client.submit(MODEL, INPUTS)  # the server never speaks TLS
    assert not wire.seen


async def test_a_submission_never_uses_a_kept_connection(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [data(prediction())]
    await client.result("p1")
    await client.submit(MODEL, INPUTS)
    await client.submit(MODEL, INPUTS)
    assert len({request.connection for request in wire.seen}) == 3


async def test_submissions_do_not_wait_for_each_other(wire: ScriptedServer, client: WaveSpeed) -> None:
    many, all_there = 120, asyncio.Event()

    async def once_all_are_there(writer: asyncio.StreamWriter) -> None:
        if len(wire.seen) == many:
            all_there.set()
        await all_there.wait()
        await data(prediction())(writer)

    wire.answers = [once_all_are_there]
    made = await asyncio.gather(*(client.submit(MODEL, {**INPUTS, "seed": seed}) for seed in range(many)))
    assert len(made) == many


async def test_a_cookie_is_not_given_back(wire: ScriptedServer) -> None:
    crumb = {"Set-Cookie": "crumb=1; Path=/"}
    wire.answers = [send(200, {"data": prediction()}, headers=crumb)]
    async with WaveSpeed(wire.url.replace("127.0.0.1", "localhost"), KEY) as client:  # an IP's are not kept
        for _ in range(2):
            await client.submit(MODEL, INPUTS)
            await client.result("p1")
    assert [request.headers.get("cookie") for request in wire.seen] == [None] * 4


async def test_a_hundred_submissions_over_broken_wires_arrive_once_each(
    wire: ScriptedServer, client: WaveSpeed
) -> None:
    wire.answers = [fault for _ in range(25) for fault in (hang_up, reset, refusal(503), data(prediction()))]
    numbered = [client.submit(MODEL, {**INPUTS, "seed": seed}) for seed in range(100)]
    outcomes = await asyncio.gather(*numbered, return_exceptions=True)
    assert sorted(request.json["seed"] for request in wire.seen) == list(range(100))
    assert sum(isinstance(outcome, AnswerLost) for outcome in outcomes) == 75


async def test_an_enormous_reply_is_not_read_to_its_end(
    wire: ScriptedServer, client: WaveSpeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "LARGEST_REPLY", 10_000)
    wire.answers = [data(prediction(error="x" * 20_000))]
    async with failing(AnswerLost):
        await client.submit(MODEL, INPUTS)
    async with failing(ProviderDown):
        await client.result("p1")


async def test_an_echoed_key_is_taken_out_of_the_error(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [refusal(401, f"unknown key {KEY}\r\n\x1b[31m{'x' * 999}")]
    with pytest.raises(BadKey) as caught:
        await client.submit(MODEL, INPUTS)
    assert "unknown key [secret]" in str(caught.value)
    assert str(caught.value).isprintable()
    assert KEY not in repr(client)


# result -------------------------------------------------------------------------------------------


async def test_a_result_is_read_in_all_its_spellings(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [
        data(
            prediction(
                status="completed",
                outputs=[
                    "https://a/1.mp3",
                    {"url": "https://a/2.mp3", "kind": "audio"},
                    None,
                    {"no": "url"},
                    "",
                ],
                has_nsfw_contents=[False, True],
                created_at="2025-05-19T06:09:15.948268264Z",
                timings={"inference": 812},
                input={"seed": 7},
                error=None,
            )
        )
    ]
    result = await client.result("p1")
    assert result.outputs == ("https://a/1.mp3", "https://a/2.mp3")
    assert result.nsfw == (False, True)
    assert result.succeeded
    assert result.done
    assert result.created_at == datetime(2025, 5, 19, 6, 9, 15, 948268, UTC)
    assert (result.inference_ms, result.inputs, result.error) == (812.0, {"seed": 7}, "")


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ("created", False),
        ("processing", False),
        ("warming-up", False),
        ("completed", True),
        ("failed", True),
        ("cancelled", True),
        ("timeout", True),
        ("deleted", True),
    ],
)
async def test_only_known_ends_are_ends(
    wire: ScriptedServer, client: WaveSpeed, status: str, done: bool
) -> None:
    wire.answers = [data({"status": status, "error": "out of memory"})]
    result = await client.result("p 1/x")
    assert wire.seen[0].path == "/api/v3/predictions/p%201%2Fx/result"
    assert (result.id, result.done, result.succeeded) == ("p 1/x", done, status == "completed")
    assert result.error == "out of memory"


@pytest.mark.parametrize(
    "fault",
    [
        refusal(429),
        refusal(500),
        refusal(502),
        refusal(503),
        refusal(504),
        hang_up,
        reset,
        hold,
        send(200, b"<html>"),
        send(200, {"data": prediction()}, length=4000),
    ],
)
async def test_a_result_is_asked_for_again(wire: ScriptedServer, client: WaveSpeed, fault: Answer) -> None:
    wire.answers = [fault, fault, data(prediction(status="completed"))]
    assert (await client.result("p1")).succeeded


@pytest.mark.parametrize(
    ("fault", "kind", "asked"),
    [
        (refusal(429), RateLimited, 3),
        (refusal(502), ProviderDown, 3),
        (send(200, b"nonsense"), ProviderDown, 3),
        (send(302, b"", headers={"Location": "/elsewhere"}), ProviderDown, 3),
        (data(prediction("another", "completed", outputs=["https://a.example/1.mp3"])), ProviderDown, 3),
        (refusal(404), NotFound, 1),
        (refusal(401), BadKey, 1),
        (refusal(402), NoBalance, 1),
        (refusal(400), RefusedInput, 1),
        (send(200, {"code": 1401, "message": "no", "data": None}), RefusedInput, 1),
        (refusal(429, Retry_After="3600"), RateLimited, 1),
    ],
)
async def test_a_result_that_does_not_come_has_its_error(
    wire: ScriptedServer, client: WaveSpeed, fault: Answer, kind: type[WaveSpeedError], asked: int
) -> None:
    wire.answers = [fault]
    async with failing(kind):
        await client.result("p1")
    assert len(wire.seen) == asked


FAILED = prediction(status="failed", error="flagged")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (send(200, {"code": 1200, "message": "moderation", "data": FAILED}), 1200),
        (send(200, {"code": 500, "message": "failed", "data": FAILED | {"code": 1402}}), 1402),
        (send(400, {"code": 400, "error_code": "1401", "data": FAILED}), 1401),
        (send(500, {"data": FAILED}), None),
        (send(422, FAILED | {"code": 1401}), 1401),
    ],
)
async def test_a_task_that_failed_is_told_so_beside_the_code_of_an_error(
    wire: ScriptedServer, client: WaveSpeed, told: Answer, code: int | None
) -> None:
    wire.answers = [told]
    result = await client.result("p1")
    assert (result.status, result.error, result.code) == ("failed", "flagged", code)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (send(200, {"code": 1200, "message": "flagged", "data": None}), 1200),
        (send(422, {"error_code": "1402", "message": "flagged"}), 1402),
        (send(500, {"code": 1405, "message": "flagged", "data": {}}), 1405),
    ],
)
async def test_a_code_that_only_ended_tasks_have_says_so_without_the_task(
    wire: ScriptedServer, client: WaveSpeed, told: Answer, code: int
) -> None:
    wire.answers = [told]
    result = await client.result("p1")
    assert (result.id, result.status, result.code) == ("p1", "failed", code)
    assert result.error.endswith("flagged")


@pytest.mark.parametrize("data", [prediction(status="processing"), FAILED | {"id": "another"}])
async def test_of_a_task_that_goes_on_or_another_an_error_says_nothing(
    wire: ScriptedServer, client: WaveSpeed, data: dict[str, Any]
) -> None:
    wire.answers = [send(200, {"code": 500, "message": "x", "data": data})]
    async with failing(ProviderDown):
        await client.result("p1")


async def test_the_provider_says_how_long_to_wait(wire: ScriptedServer, client: WaveSpeed) -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    a_date = {"Date": format_datetime(at, usegmt=True)}
    later = {"Retry_After": format_datetime(at + timedelta(seconds=90), usegmt=True)}
    for headers, wait in (
        ({"Retry_After": "90"}, 90.0),
        ({"Retry_After": "61.5"}, 61.5),
        ({**a_date, **later}, 90.0),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "inf"}, None),
        ({"Retry_After": "-5"}, 0.0),
        ({}, None),
    ):
        wire.answers = [refusal(429, **headers)]
        with pytest.raises(RateLimited) as caught:
            await client.submit(MODEL, INPUTS)
        assert caught.value.retry_after == wait, headers


async def test_a_wait_that_was_asked_for_is_kept(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [refusal(429, Retry_After="0.2"), data(prediction())]
    began = asyncio.get_running_loop().time()
    await client.result("p1")
    assert asyncio.get_running_loop().time() - began >= 0.2

"""The hostile answers of the stand-in: each says what it is to say, and the trap counts who believes it."""

from __future__ import annotations

import asyncio
import re

import aiohttp
import pytest

from rehearsal.wavespeed import Fault, hostile, trap
from rehearsal.wavespeed.faults import KINDS

ACE_STEP = "wavespeed-ai/ace-step"
ASKED = {
    "balance": ("GET", "/api/v3/balance", None),
    "price": (
        "POST",
        "/api/v3/model/price",
        {"model_id": "wavespeed-ai/ace-step", "inputs": {"tags": "funk"}},
    ),
    "billings": ("POST", "/api/v3/billings/search", {"page": 1, "page_size": 10}),
    "models": ("GET", "/api/v3/models", None),
    "submit": ("POST", f"/api/v3/{ACE_STEP}", {"tags": "funk"}),
    "history": ("POST", "/api/v3/predictions", {"page": 1, "page_size": 10}),
    "upload": ("POST", "/api/v3/media/uploads", {"filename": "a.mp3", "size": 4}),
}


def shortened(value: str) -> str:
    """As a test's name."""
    return value[:30]


async def text_of(wire, endpoint: str) -> str:
    """What comes as it is on the wire: much of it no JSON reader takes."""
    method, path, body = ASKED[endpoint]
    headers = {"Authorization": "Bearer rehearsal-key"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, wire.wave.url + path, json=body, allow_redirects=False) as answer,
    ):
        return await answer.text()


@pytest.mark.parametrize("endpoint", ["balance", "price", "billings", "models"])
async def test_every_odd_amount_comes_in_its_turn(wave, wire, endpoint):
    await wire.submit()
    wave.faults.add(Fault("odd_amounts", endpoint, times=None))
    for value in hostile.AMOUNTS:
        told = await text_of(wire, endpoint)
        assert re.search(rf'"(balance|price|base_price)": {re.escape(value)}[,}}]', told)
        assert '"code": 200' in told


@pytest.mark.parametrize("endpoint", ["submit", "history", "billings", "upload"])
@pytest.mark.parametrize("value", hostile.TIMES, ids=shortened)
async def test_an_odd_moment_is_told_where_one_is_told(wave, wire, endpoint, value):
    await wire.submit()
    wave.faults.add(Fault("odd_times", endpoint, value=value))
    assert re.search(rf'"(created_at|expires_at)": {re.escape(value)}[,}}]', await text_of(wire, endpoint))


@pytest.mark.parametrize("value", [*hostile.WAITS, *hostile.LONG_WAITS], ids=shortened)
async def test_an_odd_pause_is_asked_for_and_nothing_is_done(wave, wire, value):
    wave.faults.add(Fault("odd_wait", "submit", value=value))
    assert (await wire.refused(429, tags="funk"))["headers"]["Retry-After"] == value
    assert not wave.predictions


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_a_redirect_leads_into_the_trap_and_the_trap_counts(wave, status):
    wave.faults.add(Fault("redirected", "balance", status=status))
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{wave.url}/api/v3/balance")
    await wave.until(lambda: wave.trap.caught)
    assert "GET /song.mp3" in wave.trap.caught[0]


async def test_a_redirect_round_goes_on_for_as_long_as_it_is_followed(wave, wire):
    url = (await wire.ended(await wire.submit()))["outputs"][0]
    wave.faults.add(Fault("redirected_round", times=None))
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.TooManyRedirects):
            await session.get(url, max_redirects=7)
    assert wave.count("download") == 7
    assert wave.trap.caught == []


async def test_an_output_is_said_to_be_elsewhere(wave, wire):
    wave.faults.add(Fault("elsewhere", times=None))
    told = [(await wire.ended(await wire.submit()))["outputs"][0] for _ in trap.ADDRESSES]
    assert told == [one.replace("{trap}", str(wave.trap.port)) for one in trap.ADDRESSES]


@pytest.mark.parametrize(
    "address", [one for one in trap.ADDRESSES if one.startswith(("http:", "https:")) and "{trap}" in one]
)
async def test_whoever_connects_to_such_an_address_is_caught(wave, address):
    host = address.partition("//")[2].partition("/")[0].rpartition("@")[2].rpartition(":")[0].strip("[]")
    _reader, writer = await asyncio.open_connection(host, wave.trap.port)
    writer.write(b"GET /song.mp3 HTTP/1.1\r\n\r\n")
    await wave.until(lambda: wave.trap.caught == ["b'GET /song.mp3 HTTP/1.1\\r\\n\\r\\n'"])
    writer.close()


@pytest.mark.parametrize("kind", ["ticket_address", "ticket_method"])
async def test_a_ticket_names_what_no_sound_is_put_to(wave, wire, kind):
    field = kind.removeprefix("ticket_").replace("address", "url")
    wave.faults.add(Fault(kind, times=None))
    told = [(await wire.post(ASKED["upload"][1], **ASKED["upload"][2]))["upload"][field] for _ in range(3)]
    assert told == [one.replace("{trap}", str(wave.trap.port)) for one in KINDS[kind].values[:3]]


async def test_whoever_sends_what_a_ticket_may_not_ask_for_is_caught(wave, wire):
    wave.faults.add(Fault("ticket_headers"))
    ticket = (await wire.post(ASKED["upload"][1], **ASKED["upload"][2]))["upload"]
    assert ticket["headers"].items() >= hostile.FORBIDDEN.items()
    for name in ("Cookie", "Authorization", "X-Forwarded-For"):
        good = {**ticket, "headers": {"Content-Type": "audio/mpeg"}}
        await wire.put(good, b"song", **{name: ticket["headers"][name]})
    assert {one.lower() for one in wave.trap.caught} == {
        "put with authorization", "put with cookie", "put with x-forwarded-for",
    }  # fmt: skip


@pytest.mark.parametrize("endpoint", ["balance", "download", "put"])
async def test_a_body_without_end_goes_on_until_the_client_hangs_up(wave, wire, endpoint):
    ticket = (await wire.post(ASKED["upload"][1], **ASKED["upload"][2]))["upload"]
    urls = {
        "balance": ("GET", f"{wave.url}/api/v3/balance"),
        "download": ("GET", (await wire.ended(await wire.submit()))["outputs"][0]),
        "put": ("PUT", ticket["url"]),
    }
    method, url = urls[endpoint]
    wave.faults.add(Fault("without_end", endpoint))
    headers = {"Authorization": "Bearer rehearsal-key"} if endpoint == "balance" else ticket["headers"]
    read = 0
    async with aiohttp.ClientSession() as session:
        answer = await session.request(
            method, url, headers=headers, data=b"song" if method == "PUT" else None
        )
        assert answer.status == 200
        async for chunk in answer.content.iter_any():
            read += len(chunk)
            if read > 20 * 2**20:
                break
        answer.close()
    assert (await wave.wait_for(endpoint, answered=True)).status is None


async def test_even_a_body_without_end_has_one(wave, wire, monkeypatch):
    monkeypatch.setattr(hostile, "MOST_ENDLESS", 3 * len(hostile.CHUNK))
    wave.faults.add(Fault("without_end", "balance"))
    assert len(await text_of(wire, "balance")) < 4 * len(hostile.CHUNK)

"""The client against a hostile stand-in: it goes nowhere, and finds an end to everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from rehearsal.wavespeed.trap import ADDRESSES
from services.wavespeed.client import NotFound, ProviderDown, TooLarge, Unavailable, WaveSpeed, WaveSpeedError

MODEL, INPUTS = "wavespeed-ai/ace-step", {"tags": "funk", "duration": 5, "seed": 1}
LARGEST = 2**20  # bytes of an output in this file


@pytest.fixture
async def hostile() -> AsyncIterator[WaveSpeedStandIn]:
    async with WaveSpeedStandIn(render_seconds=0, render=lambda *_: b"sound", shape="documented") as wave:
        yield wave


@pytest.fixture
async def client(hostile: WaveSpeedStandIn) -> AsyncIterator[WaveSpeed]:
    async with WaveSpeed(hostile.url, "rehearsal-key", timeout=5, attempts=1, backoff=0.01) as client:
        yield client


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.mp3"
    path.write_bytes(b"sound")
    return path


async def output(wave: WaveSpeedStandIn, client: WaveSpeed) -> str:
    made = await client.submit(MODEL, INPUTS)
    await wave.until(lambda: wave.predictions[made.id].done)
    wave.predictions[made.id].known_at = 0
    return next(iter((await client.result(made.id)).outputs), "")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("kind", ["elsewhere", "redirected", "ticket_address"])
async def test_the_client_goes_to_none_of_these_addresses(
    hostile: WaveSpeedStandIn, client: WaveSpeed, sound: Path, kind: str, address: str
) -> None:
    hostile.faults.add(Fault(kind, value=address))
    if kind == "ticket_address":
        with pytest.raises(Unavailable):
            await client.upload(sound, "sound.mp3", "audio/mpeg")
    else:
        with pytest.raises(NotFound):
            await client.download(await output(hostile, client), sound, max_bytes=LARGEST)
    assert hostile.trap.caught == []


@pytest.mark.parametrize("endpoint", ["submit", "result", "balance", "upload", "put"])
async def test_the_api_and_an_upload_are_followed_nowhere(
    hostile: WaveSpeedStandIn, client: WaveSpeed, sound: Path, endpoint: str
) -> None:
    hostile.faults.add(Fault("redirected", endpoint, value="http://127.0.0.1:{trap}/here"))
    ask = {
        "submit": lambda: client.submit(MODEL, INPUTS),
        "result": lambda: client.result("known"),
        "balance": client.balance,
    }.get(endpoint, lambda: client.upload(sound, "sound.mp3", "audio/mpeg"))
    with pytest.raises((ProviderDown, Unavailable)):
        await ask()
    assert hostile.trap.caught == []
    assert not hostile.predictions


async def test_a_ticket_that_asks_for_forbidden_headers_gets_none_of_them(
    hostile: WaveSpeedStandIn, client: WaveSpeed, sound: Path
) -> None:
    hostile.faults.add(Fault("ticket_headers"))
    assert (await client.upload(sound, "sound.mp3", "audio/mpeg")).startswith(hostile.url)
    assert hostile.trap.caught == []


@pytest.mark.parametrize(
    "endpoint", ["submit", "result", "balance", "history", "billings", "upload", "download"]
)
async def test_a_body_without_end_is_given_up_at_its_bound(
    hostile: WaveSpeedStandIn, client: WaveSpeed, sound: Path, endpoint: str
) -> None:
    url = await output(hostile, client)
    hostile.faults.add(Fault("without_end", endpoint, times=None))
    ask = {
        "submit": lambda: client.submit(MODEL, INPUTS),
        "result": lambda: client.result(next(iter(hostile.predictions))),
        "balance": client.balance,
        "history": lambda: client.find(MODEL, INPUTS, datetime.now(UTC)),
        "billings": lambda: client.bill(datetime.now(UTC)),
        "upload": lambda: client.upload(sound, "sound.mp3", "audio/mpeg"),
        "download": lambda: client.download(url, sound, max_bytes=LARGEST),
    }
    async with asyncio.timeout(30):
        with pytest.raises(TooLarge if endpoint == "download" else WaveSpeedError):
            await ask[endpoint]()
    await hostile.until(lambda: hostile.count(endpoint, answered=True) == hostile.count(endpoint))
    assert 200 not in {one.status for one in hostile.requests if one.fault}  # none was heard to its end

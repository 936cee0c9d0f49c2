"""A stand-in on a free port, and a client that sends what it is told and shows what came back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rehearsal.wavespeed import WaveSpeedStandIn

ACE = "/api/v3/wavespeed-ai/ace-step"


def scribble(tags: str, lyrics: str, duration: float, seed: int) -> bytes:
    """Bytes instead of music, as long as a second of it: tests of the wire need not wait for it."""
    return f"{tags}|{lyrics}|{duration}|{seed}|".encode().ljust(16_000, b".")


class Wire:
    def __init__(self, wave: WaveSpeedStandIn, session: aiohttp.ClientSession, key: str) -> None:
        self.wave, self._session = wave, session
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        headers = self._headers | options.pop("headers", {})
        async with self._session.request(method, self.wave.url + path, headers=headers, **options) as answer:
            return answer.status, {"headers": answer.headers} | await answer.json()

    async def get(self, path: str) -> dict[str, Any]:
        status, envelope = await self.ask("GET", path)
        assert (status, envelope["code"]) == (200, 200), envelope
        return envelope["data"]

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        status, envelope = await self.ask("POST", path, json=body)
        assert (status, envelope["code"]) == (200, 200), envelope
        return envelope["data"]

    async def submit(self, tags: str = "funk", **inputs: Any) -> dict[str, Any]:
        return await self.post(ACE, tags=tags, **inputs)

    async def refused(
        self, status: int, path: str = ACE, method: str = "POST", **body: Any
    ) -> dict[str, Any]:
        """The envelope of an answer that must have this status."""
        seen, envelope = await self.ask(method, path, json=body or None)
        assert (seen, envelope["code"]) == (status, status), envelope
        assert envelope["message"]
        return envelope

    async def ended(self, prediction: dict[str, Any]) -> dict[str, Any]:
        """The result, once there is one."""
        await self.wave.until(lambda: self.wave.predictions[prediction["id"]].done)
        return await self.get(f"/api/v3/predictions/{prediction['id']}/result")

    async def put(self, upload: dict[str, Any], data: bytes, **headers: str) -> int:
        """Makes an upload as its ticket says, or with other headers; the status."""
        async with self._session.put(upload["url"], data=data, headers=upload["headers"] | headers) as answer:
            return answer.status

    async def bytes(self, url: str) -> bytes:
        """A file, without the key."""
        async with self._session.get(url) as answer:
            assert answer.status == 200
            return await answer.read()


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[WaveSpeedStandIn]]]:
    """Starts stand-ins that the test's end stops, before the folder goes in which they may keep something;
    quick ones unless told otherwise."""
    waves: list[WaveSpeedStandIn] = []

    async def start(**options: Any) -> WaveSpeedStandIn:
        wave = WaveSpeedStandIn(
            **({"render_seconds": 0.05, "render": scribble, "refund_seconds": 0} | options)
        )
        waves.append(wave)
        return await wave.start()

    yield start
    for wave in waves:
        await wave.stop()


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Wire]]:
    """Clients of a stand-in, by key."""
    async with aiohttp.ClientSession() as session:
        yield lambda wave, key="rehearsal-key": Wire(wave, session, key)


@pytest.fixture
async def wave(start: Callable[..., Awaitable[WaveSpeedStandIn]]) -> WaveSpeedStandIn:
    return await start()


@pytest.fixture
async def wire(wave: WaveSpeedStandIn, connect: Callable[..., Wire]) -> Wire:
    return connect(wave)

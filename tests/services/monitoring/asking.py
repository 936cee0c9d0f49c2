"""What somebody who asks the bot from outside gets, over real HTTP."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families
from studio_harness import StudioHarness

from services.monitoring.health import Gateway
from services.monitoring.server import MonitoringServer

CONNECTED = Gateway(shards=1, connected=1, latency=0.1)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Asked:
    """Whoever asks at that port of this machine."""

    port: int

    async def text(self, path: str, **headers: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}{path}", headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def parts(self, path: str = "/healthz") -> dict[str, Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(
                f"http://127.0.0.1:{self.port}{path}", headers={"Accept": "application/json"}
            ) as answer,
        ):
            return {"status": answer.status, **await answer.json()}

    async def samples(self) -> dict[str, float]:
        """Every sample of /metrics, by its name and labels as they are written."""
        status, said = await self.text("/metrics")
        assert status == 200
        return {
            "".join([sample.name, *(f" {key}={sample.labels[key]}" for key in sorted(sample.labels))]): (
                sample.value
            )
            for family in text_string_to_metric_families(said)
            for sample in family.samples
        }


@asynccontextmanager
async def asked(harness: StudioHarness, gateway: Gateway = CONNECTED) -> AsyncGenerator[Asked]:
    """The studio's listener, as it is connected to a Discord."""
    port = free_port()
    server = MonitoringServer(f"127.0.0.1:{port}", harness.studio, lambda: gateway)
    await server.open()
    try:
        yield Asked(port)
    finally:
        await server.close()

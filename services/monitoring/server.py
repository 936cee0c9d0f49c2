"""The listener at METRICS_ADDRESS: /healthz, /livez, /metrics.

The rule: it tells how the bot is and how much it does, and nothing of whom, so it needs no password; it is
still nobody else's business, and listens on this machine alone unless another host is written out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import structlog
from aiohttp import web
from prometheus_client.exposition import choose_encoder

from services.listener import Listener
from services.metrics import Metrics
from services.monitoring.gauges import Gauges
from services.monitoring.health import Gateway, Health, Report
from services.studio import Studio

log = structlog.get_logger(__name__)

BETWEEN_LAGS = 0.5  # seconds for which the task sleeps that sees how late it wakes
UNWELL = 503  # the HTTP status where something is wrong


class MonitoringServer:
    """Of this process. gateway: says how it is connected to Discord."""

    def __init__(self, address: str, studio: Studio, gateway: Callable[[], Gateway]) -> None:
        self._metrics = studio.metrics
        self._health = Health(studio, gateway)
        self._gauges = Gauges(studio.workers)
        studio.metrics.registry.register(self._gauges)
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/metrics", self._scrape)
        self._address = address
        self._listener = Listener(app, "METRICS_ADDRESS", address)
        self._lagging: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begins to answer, and to see how busy the event loop is. Raises CannotListen."""
        await self._listener.open()
        self._lagging = asyncio.create_task(_measure_lag(self._metrics))
        log.info("telling how the bot is", address=self._address)

    async def close(self) -> None:
        """Answers no more."""
        if self._lagging is not None:
            self._lagging.cancel()
        await self._listener.close()
        await self._health.close()

    async def _healthz(self, request: web.Request) -> web.Response:
        report = await self._health.report()
        return _told(request, report, well=report.well)

    async def _livez(self, request: web.Request) -> web.Response:
        report = await self._health.report()
        return _told(request, report, well=not report.to_restart)

    async def _scrape(self, request: web.Request) -> web.Response:
        self._gauges.update(await self._health.report())
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        body = await asyncio.to_thread(encode, self._metrics.registry)
        return web.Response(body=body, headers={"Content-Type": content_type})


def _told(request: web.Request, report: Report, *, well: bool) -> web.Response:
    """What is wrong, part by part, as text or as JSON; ok where nothing is that the question is about."""
    status = 200 if well else UNWELL
    if "application/json" in request.headers.get("Accept", ""):
        parts = {finding.part: finding.wrong or "ok" for finding in report.findings}
        return web.Response(
            status=status, text=json.dumps({"ok": well, **parts}), content_type="application/json"
        )
    wrong = [f"{finding.part}: {finding.wrong}" for finding in report.findings if finding.wrong]
    lines = ["ok"] if well else wrong
    return web.Response(status=status, text="".join(f"{line}\n" for line in lines))


async def _measure_lag(metrics: Metrics) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + BETWEEN_LAGS
        await asyncio.sleep(BETWEEN_LAGS)
        metrics.loop_lagged(clock() - due)

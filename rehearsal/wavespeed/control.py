"""The rehearsal's own calls, for tests that run the stand-in as a process. No key: loopback only."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from rehearsal.wavespeed.faults import KINDS, Fault

if TYPE_CHECKING:
    from rehearsal.wavespeed.server import Request, WaveSpeedStandIn


class Control:
    def __init__(self, wave: WaveSpeedStandIn) -> None:
        self._wave = wave

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self.hello)
        app.router.add_get("/rehearsal/state", self.state)
        app.router.add_get("/rehearsal/wait", self.wait)
        app.router.add_get("/rehearsal/faults", self.faults)
        app.router.add_post("/rehearsal/faults", self.add)
        app.router.add_delete("/rehearsal/faults", self.clear)
        app.router.add_delete("/rehearsal/faults/{id}", self.remove)
        app.router.add_post("/rehearsal/faults/{id}/release", self.release)

    async def hello(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"name": "WaveSpeed rehearsal", "url": self._wave.url, "faults": list(KINDS)}
        )

    async def state(self, request: web.Request) -> web.Response:
        """Everything; of the requests the last `requests` (default 100)."""
        try:
            last = max(0, int(request.query.get("requests", "100")))
        except ValueError:
            return _wrong("requests is a number.")
        wave = self._wave
        return web.json_response(
            {
                "accounts": [
                    {
                        "key": account.key,
                        "level": account.level,
                        "balance_micro": account.balance,
                        "running": account.running,
                    }
                    for account in wave.accounts.values()
                ],
                "predictions": [prediction.remember() for prediction in wave.predictions.values()],
                "bill": [asdict(entry) for entry in wave.bill],
                "submits": dict(wave.submits),
                "counts": wave.counts,
                "requests": [_request(seen) for seen in wave.requests[max(0, len(wave.requests) - last) :]],
                "faults": [fault.show() for fault in wave.faults],
                "trap": wave.trap.caught,
            }
        )

    async def wait(self, request: web.Request) -> web.Response:
        """Answers when `count` requests to `endpoint` came (`answered=1`: were answered), or 408."""
        query = request.query
        try:
            seen = await self._wave.wait_for(
                query["endpoint"],
                int(query.get("count", "1")),
                float(query.get("timeout", "10")),
                answered=query.get("answered", "") not in ("", "0"),
            )
        except (KeyError, ValueError):
            return _wrong("endpoint is a name, count and timeout are numbers.")
        except TimeoutError:
            return web.json_response({"error": "It did not happen in time."}, status=408)
        return web.json_response(_request(seen))

    async def faults(self, _: web.Request) -> web.Response:
        return web.json_response([fault.show() for fault in self._wave.faults])

    async def add(self, request: web.Request) -> web.Response:
        """One fault, or a list of them."""
        try:
            data = await request.json()
            rules = [Fault.read(one) for one in (data if isinstance(data, list) else [data])]
        except (ValueError, TypeError) as error:
            return _wrong(str(error))
        shown = [self._wave.faults.add(rule).show() for rule in rules]
        return web.json_response(shown if isinstance(data, list) else shown[0], status=201)

    async def clear(self, _: web.Request) -> web.Response:
        self._wave.faults.clear()
        return web.Response(status=204)

    async def remove(self, request: web.Request) -> web.Response:
        if (fault := self._find(request)) is None:
            return _wrong("There is no such fault.", 404)
        self._wave.faults.remove(fault)
        return web.Response(status=204)

    async def release(self, request: web.Request) -> web.Response:
        """Lets go of what it holds; with {"drop": true} the connection is cut."""
        if (fault := self._find(request)) is None:
            return _wrong("There is no such fault.", 404)
        try:
            body = json.loads(await request.read() or b"{}")
            fault.release(drop=bool(body.get("drop")))
        except (ValueError, AttributeError):
            return _wrong("The body is a JSON object or empty.")
        return web.Response(status=204)

    def _find(self, request: web.Request) -> Fault | None:
        return next((fault for fault in self._wave.faults if str(fault.id) == request.match_info["id"]), None)


def _request(seen: Request) -> dict[str, Any]:
    return {
        "endpoint": seen.endpoint,
        "method": seen.method,
        "path": seen.path,
        "json": seen.json,
        "status": seen.status,
        "fault": seen.fault.kind if seen.fault else None,
        "at": seen.at,
    }


def _wrong(reason: str, status: int = 400) -> web.Response:
    return web.json_response({"error": reason}, status=status)

"""The room's console: what happens behind the page, and the hands that a newcomer has there.

The rule: it changes the stand-ins and starts the bot anew; to the bot itself it says nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from rehearsal.discord import DiscordStandIn
from rehearsal.discord import faults as discord_faults
from rehearsal.discord.members.member_side import telling
from rehearsal.wavespeed import WaveSpeedStandIn
from rehearsal.wavespeed import faults as wave_faults

SPEEDS = (0.2, 1.0, 5.0, 20.0)  # times as fast as WaveSpeed renders
SHOWN = 60  # requests
LEDGER = """\
SELECT coalesce(sum(amount) FILTER (WHERE kind IN ('spend', 'correct', 'round')), 0),
       coalesce(sum(amount) FILTER (WHERE kind IN ('reserve', 'adjust') AND track_id NOT IN (
           SELECT track_id FROM ledger_entries WHERE kind IN ('spend', 'release'))), 0)
FROM ledger_entries"""


@dataclass(frozen=True)
class Trouble:
    """A fault that is switched on, or happens `once`, when pressed: at whom, and what the page says of it."""

    at: str
    says: str
    fault: dict[str, Any]
    once: bool = False


TROUBLES = {
    "discord-down": Trouble(
        "Discord", "Is down: every request is answered with 503", {"kind": "down", "status": 503}
    ),
    "discord-lost": Trouble(
        "Discord",
        "Posts, and loses every second answer",
        {"kind": "lost", "method": "POST", "path": "/channels/*/messages", "rate": 0.5},
    ),
    "discord-slow": Trouble(
        "Discord", "Takes a second longer for everything", {"kind": "slow", "seconds": 1.0}
    ),
    "voice-lost": Trouble("Discord", "Loses all that is played in voice channels", {"kind": "voice_lost"}),
    "voice-refused": Trouble("Discord", "Lets nobody into voice channels", {"kind": "voice_refuse"}),
    "voice-late": Trouble(
        "Discord", "Takes 5 s to find a voice server", {"kind": "no_endpoint", "seconds": 5.0}
    ),
    "voice-moves": Trouble(
        "Discord", "Move the bot to another voice server", {"kind": "voice_move"}, once=True
    ),
    "voice-ends": Trouble(
        "Discord", "End the bot's voice session", {"kind": "voice_close", "code": 4006}, once=True
    ),
    "voice-out": Trouble(
        "Discord", "Put the bot out of its voice channel", {"kind": "voice_close", "code": 4014}, once=True
    ),
    "wavespeed-down": Trouble("WaveSpeed", "Is down: every request is answered with 503", {"kind": "down"}),
    "wavespeed-lost": Trouble(
        "WaveSpeed", "Takes what is submitted, and loses the answer", {"kind": "lost_after"}
    ),
    "wavespeed-fails": Trouble("WaveSpeed", "Every render fails", {"kind": "render_failed"}),
    "wavespeed-slow": Trouble(
        "WaveSpeed", "Renders take 20 s longer", {"kind": "render_slow", "seconds": 20.0}
    ),
}


class Console:
    """Between the page and both stand-ins; `folder` is where the bot keeps its ledger."""

    def __init__(self, wave: WaveSpeedStandIn, folder: Path) -> None:
        self.restart = asyncio.Event()
        """Set when the bot is to be ended and started anew."""
        self._wave = wave
        self._database = folder / "jamboree.sqlite"
        self._discord: DiscordStandIn | None = None
        self._on: dict[str, discord_faults.Fault | wave_faults.Fault] = {}

    def add_to(self, app: web.Application, discord: DiscordStandIn) -> None:
        """Its addresses, beside those of the page."""
        self._discord = discord
        for method, path, handler in (
            ("GET", "", self._state),
            ("POST", "/speed", self._set_speed),
            ("POST", "/trouble", self._switch),
            ("POST", "/restart", self._restart),
        ):
            app.router.add_route(method, f"/rehearsal/console{path}", telling(handler))

    async def _state(self, _: web.Request) -> dict[str, Any]:
        spent, reserved = await asyncio.to_thread(ledger, self._database)
        return {
            "bot": "restarting" if self.restart.is_set() else "connected" if self._connected else "away",
            "speed": self._wave.speed,
            "speeds": SPEEDS,
            "troubles": [
                {"name": name, "at": one.at, "says": one.says, "once": one.once, "on": name in self._on}
                for name, one in TROUBLES.items()
            ],
            "billed": sum(one.micro * (1 if one.billing_type == "deduct" else -1) for one in self._wave.bill),
            "spent": spent,
            "reserved": reserved,
            "requests": self._requests(),
        }

    async def _set_speed(self, request: web.Request) -> dict[str, Any]:
        speed = (await request.json())["speed"]
        if speed not in SPEEDS:
            raise LookupError(f"The speed is one of {', '.join(map(str, SPEEDS))}.")
        self._wave.speed = speed
        return {}

    async def _switch(self, request: web.Request) -> dict[str, Any]:
        body = await request.json()
        name, on = body["name"], bool(body["on"])
        trouble = TROUBLES.get(name)
        if trouble is None:
            raise LookupError(f"There is no trouble {name!r}.")
        assert self._discord
        side = self._discord if trouble.at == "Discord" else self._wave
        fault = self._on.pop(name, None)
        if fault:
            side.faults.rules.remove(fault)  # pyright: ignore[reportArgumentType]
        if on:
            module = discord_faults if side is self._discord else wave_faults
            fault = module.Fault.read({"times": None, **trouble.fault})
            side.faults.add(fault)  # pyright: ignore[reportArgumentType]
            if not trouble.once:
                self._on[name] = fault
        return {}

    async def _restart(self, _: web.Request) -> dict[str, Any]:
        self.restart.set()
        return {}

    @property
    def _connected(self) -> bool:
        return self._discord is not None and self._discord.gateway.connected > 0

    def _requests(self) -> list[dict[str, Any]]:
        """The latest of both, newest first."""
        assert self._discord
        passed = [("Discord", one) for one in last(self._discord.requests)]
        passed += [("WaveSpeed", one) for one in last(self._wave.requests)]
        passed.sort(key=lambda pair: pair[1].at, reverse=True)
        return [
            {"to": to, "method": one.method, "path": one.path, "status": one.status, "at": one.at}
            for to, one in passed[:SHOWN]
        ]


def last(requests: Sequence[Any]) -> Sequence[Any]:
    """As many as are shown."""
    return requests[-SHOWN:]


def ledger(database: Path) -> tuple[int, int]:
    """What the bot's ledger says is spent, and reserved for tracks that are not finished: micro-dollars."""
    if not database.exists():
        return 0, 0
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            spent, reserved = connection.execute(LEDGER).fetchone()
        except sqlite3.OperationalError:  # a bot that starts for the first time has no tables yet
            return 0, 0
    return spent, reserved

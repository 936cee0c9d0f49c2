"""The table of faults: one line for each kind. All in FAULTS are ones that the services' contracts allow; in
HOSTILE is what none does, and a stranger can send all the same.

A new kind is a new line in one of them. A tuple (least, most) is drawn anew each time, a list is chosen from.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rehearsal.discord.faults import GATEWAY
from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.wavespeed import Fault as WaveFault
from rehearsal.wavespeed.faults import KINDS as WAVE_KINDS
from rehearsal.wavespeed.hostile import LONG_WAITS
from soak.databases import PostgreSql, Sqlite

if TYPE_CHECKING:
    from soak.world import World

CALLBACK = "/interactions/*/callback"
ANSWERS = "/webhooks/*"
MESSAGES = "/channels/*/messages*"
CALLS = ("voice_close", "voice_garbled", "voice_move")  # what happens to them at once
SERVER_ERRORS = [500, 502, 503, 504]


class Armed(Protocol):
    """A fault that waits to happen. hits: how often it has."""

    hits: int


@dataclass
class Done:
    """One that happens at once."""

    hits: int = 1


Arm = Callable[["World", random.Random], Armed | None]


@dataclass(frozen=True)
class Kind:
    """arm: sets it; None where this world cannot have it now. at_once: it waits for nobody to do anything."""

    name: str
    weight: float
    arm: Arm
    at_once: bool = False


def drawn(chance: random.Random, value: Any) -> Any:
    match value:
        case list():
            return chance.choice(value)  # pyright: ignore[reportUnknownArgumentType]
        case (float() as least, float() as most):
            return round(chance.uniform(least, most), 2)
        case (int() as least, int() as most):
            return chance.randint(least, most)
        case _:
            return value


def wave(weight: float, kind: str, endpoint: str = "", **fields: Any) -> Kind:
    """Of one answer, render or file of WaveSpeed's."""

    values = {"value": list(WAVE_KINDS[kind].values)} if WAVE_KINDS[kind].values else {}

    def arm(world: World, chance: random.Random) -> Armed:
        given = {name: drawn(chance, value) for name, value in (values | fields).items()}
        return world.wave.faults.add(WaveFault(kind, endpoint, **given))

    return Kind(" ".join(filter(None, ["WaveSpeed:", kind, endpoint, fields.get("when", "")])), weight, arm)


def discord(weight: float, kind: Any, method: str = "*", path: str = "*", **fields: Any) -> Kind:
    """Of one request of the bot's, or of its gateway."""

    def arm(world: World, chance: random.Random) -> Armed:
        given = {name: drawn(chance, value) for name, value in fields.items()}
        fault = world.discord.faults.add(DiscordFault(kind, method, path, **given))
        return Done() if kind in GATEWAY else fault

    where = "" if kind in GATEWAY else f" {method} {path} {fields.get('code', '')}".rstrip()
    return Kind(f"Discord: {kind}{where}", weight, arm, at_once=kind in GATEWAY)


def voice(weight: float, kind: Any, **fields: Any) -> Kind:
    """Of a call in which the bot is, or that it will join."""

    def arm(world: World, chance: random.Random) -> Armed | None:
        if kind in CALLS and not any(server.connections for server in world.discord.voice.servers):
            return None
        given = {name: drawn(chance, value) for name, value in fields.items()}
        fault = world.discord.faults.add(DiscordFault(kind, **given))
        return Done() if kind in CALLS else fault

    return Kind(f"voice: {kind}", weight, arm, at_once=kind in CALLS)


def outage(weight: float, name: str, begin: Callable[[World, random.Random], Any]) -> Kind:
    """Of database or disk, for a while; `begin` gives a coroutine, or None where there is no such thing."""

    def arm(world: World, chance: random.Random) -> Armed | None:
        away = begin(world, chance)
        if away is None:
            return None
        world.begin(away)
        return Done()

    return Kind(name, weight, arm, at_once=True)


def _stop(world: World, chance: random.Random) -> Any:
    if not isinstance(world.database, PostgreSql) or not world.database.resting:
        return None
    return world.database.stop(drawn(chance, (0.4, 10.0)), crash=chance.random() < 0.3)


def _cut(world: World, _chance: random.Random) -> Any:
    if not isinstance(world.database, PostgreSql) or not world.database.resting:
        return None
    return world.database.cut()


def _lock(world: World, chance: random.Random) -> Any:
    if not isinstance(world.database, Sqlite) or not world.database.resting:
        return None
    return world.database.lock(drawn(chance, (0.5, 8.0)))


def _fill(world: World, chance: random.Random) -> Any:
    return world.disk.fill(drawn(chance, (0.4, 6.0))) if world.disk.own and world.disk.resting else None


FAULTS: tuple[Kind, ...] = (
    # WaveSpeed takes no submission, or takes it and does not say so
    wave(4, "rate_limited", "submit", retry_after=(0.2, 2.0)),
    wave(3, "down", "submit", status=SERVER_ERRORS),
    wave(3, "down", "submit", status=SERVER_ERRORS, when="after"),
    wave(4, "lost_before"),
    wave(5, "lost_after"),
    wave(2, "garbage", "submit"),
    wave(2, "error_in_200", status=[500, 429, 402]),
    wave(1, "text_code"),
    wave(2, "slow", "submit", seconds=(0.5, 4.0)),
    wave(1, "refused"),
    wave(1, "no_balance"),
    # the render
    wave(2, "render_failed"),
    wave(1, "moderated"),
    wave(1, "cancelled"),
    wave(1, "timeout"),
    wave(1, "deleted"),
    wave(1, "nsfw"),
    wave(2, "wav"),
    wave(1, "not_audio"),
    wave(1, "no_output"),
    wave(2, "output_object"),
    wave(1, "output_text"),
    wave(2, "outputs_late", count=(1, 3)),
    wave(3, "output_late", seconds=(1.0, 8.0)),
    wave(2, "result_late", seconds=(1.0, 6.0)),
    wave(1, "nsfw_text"),
    wave(1, "status_capitals"),
    wave(3, "render_slow", seconds=(1.0, 8.0)),
    wave(2, "history_late", seconds=(0.3, 2.0)),
    # what is asked later
    wave(3, "missing", "result", times=(1, 3)),
    wave(3, "rate_limited", "result", retry_after=(0.2, 2.0)),
    wave(3, "down", "result", status=SERVER_ERRORS, times=(1, 3)),
    wave(2, "garbage", "result"),
    wave(1, "bare"),
    wave(2, "down", "history", status=SERVER_ERRORS),
    wave(1, "without_inputs", "history"),
    wave(1, "down", "balance"),
    wave(1, "down", "billings"),
    # the file
    wave(3, "cut_download"),
    wave(3, "missing", "download", times=(1, 4)),
    wave(2, "garbage", "download"),
    wave(2, "down", "download", status=SERVER_ERRORS),
    wave(1, "down", "upload"),
    wave(1, "down", "put"),
    wave(1, "down", "delete", status=SERVER_ERRORS),
    # Discord does not take a request, or takes it and does not say so
    discord(3, "rate_limited", "POST", MESSAGES, retry_after=(0.3, 2.0), scope=["user", "shared", "global"]),
    discord(2, "rate_limited", "PATCH", MESSAGES, retry_after=(0.3, 3.0), scope=["user", "shared"]),
    discord(2, "rate_limited", "*", ANSWERS, retry_after=(0.3, 2.0)),
    discord(3, "down", "POST", MESSAGES, status=SERVER_ERRORS),
    discord(2, "down", "PATCH", MESSAGES, status=SERVER_ERRORS),
    discord(2, "down", "*", ANSWERS, status=SERVER_ERRORS),
    discord(2, "down", "POST", CALLBACK, status=SERVER_ERRORS),
    discord(3, "lost", "POST", MESSAGES),
    discord(1, "lost", "PATCH", MESSAGES),
    discord(2, "lost", "*", ANSWERS),
    discord(3, "lost", "POST", CALLBACK),
    discord(2, "cut", "POST", MESSAGES),
    discord(2, "cut", "*", ANSWERS),
    discord(2, "cut", "POST", CALLBACK),
    discord(3, "masked", "POST", MESSAGES, status=SERVER_ERRORS),
    discord(2, "masked", "PATCH", MESSAGES, status=SERVER_ERRORS),
    discord(3, "masked", "*", ANSWERS, status=SERVER_ERRORS),
    discord(3, "masked", "POST", CALLBACK, status=SERVER_ERRORS),
    discord(2, "late", "POST", MESSAGES, seconds=(0.5, 4.0)),
    discord(2, "late", "POST", CALLBACK, seconds=(0.2, 4.0)),
    discord(1, "cloudflare", "POST", MESSAGES, status=[429, 502], retry_after=(0.3, 2.0)),
    discord(1, "rate_limited", "PATCH", MESSAGES, code=30046, retry_after=(5.0, 20.0)),
    discord(2, "slow", "POST", CALLBACK, seconds=(0.2, 1.5)),
    discord(2, "slow", "POST", MESSAGES, seconds=(0.5, 4.0)),
    discord(1, "down", "PUT", "/applications/*", status=[500, 503]),
    discord(1, "rate_limited", "GET", "/users/@me", retry_after=(0.3, 1.5)),
    discord(1, "down", "GET", "/users/@me", status=SERVER_ERRORS),
    discord(1, "cut", "GET", "/gateway/bot"),
    discord(1, "cloudflare", "GET", "/users/@me", status=[429, 502], retry_after=(0.3, 2.0)),
    # its gateway
    discord(2, "reconnect"),
    discord(3, "disconnect"),
    discord(1, "close", code=[4000, 4009]),
    discord(1, "invalid_session", resumable=[True, False]),
    # calls
    voice(3, "voice_close", code=[4006, 4015]),
    voice(1, "voice_garbled"),
    voice(2, "voice_move"),
    voice(1, "voice_refuse", code=4017),
    voice(1, "voice_open"),
    voice(2, "voice_lost", times=(5, 40), skip=1),
    voice(1, "no_endpoint", seconds=(0.2, 2.0)),
    # the database and the disk
    outage(5, "PostgreSQL stopped", _stop),
    outage(3, "PostgreSQL's connections cut", _cut),
    outage(6, "SQLite locked", _lock),
    outage(3, "the disk full", _fill),
)

REDIRECTS = [302, 307, 308]
HOSTILE: tuple[Kind, ...] = (
    # outputs and uploads that lead to the trap
    wave(3, "elsewhere"),
    wave(3, "redirected", "download", status=REDIRECTS, times=(1, 3)),
    wave(2, "redirected_round", "download", status=REDIRECTS, times=(1, 9)),
    wave(2, "ticket_address"),
    wave(2, "ticket_method"),
    wave(2, "ticket_headers"),
    wave(1, "redirected", "put", status=REDIRECTS),
    # the API does, where the key would go along
    wave(2, "redirected", "submit", status=REDIRECTS),
    wave(2, "redirected", "result", status=REDIRECTS, times=(1, 3)),
    wave(1, "redirected_round", "result", status=REDIRECTS, times=(1, 3)),
    wave(1, "redirected", "history", status=REDIRECTS),
    wave(1, "redirected", "upload", status=REDIRECTS),
    wave(1, "redirected", "balance", status=REDIRECTS),
    # amounts, moments and pauses that nobody can mean
    wave(3, "odd_amounts", "balance", times=(1, 3)),
    wave(3, "odd_amounts", "price", times=(1, 3)),
    wave(2, "odd_amounts", "billings", times=(1, 2)),
    wave(2, "odd_amounts", "models"),
    wave(2, "odd_times", "submit"),
    wave(2, "odd_times", "result", times=(1, 3)),
    wave(2, "odd_times", "history"),
    wave(2, "odd_times", "billings", times=(1, 2)),
    wave(1, "odd_times", "upload"),
    wave(2, "odd_wait", "submit"),
    wave(2, "odd_wait", "result"),
    wave(1, "odd_wait", "result", value=list(LONG_WAITS)),
    wave(1, "odd_wait", "history"),
    wave(2, "odd_wait", "download"),
    wave(1, "odd_wait", "put"),
    # bodies without end
    wave(2, "trickle", "download", times=1, seconds=1.0),
    wave(2, "without_end", "submit"),
    wave(2, "without_end", "result"),
    wave(2, "without_end", "download"),
    wave(1, "without_end", "history"),
    wave(1, "without_end", "upload"),
    wave(1, "without_end", "put"),
    wave(1, "without_end", "balance"),
    wave(1, "without_end", "billings"),
)


def faults_of(provider: str) -> tuple[Kind, ...]:
    """What can happen in the world of such a provider (seed.PROVIDERS)."""
    return (*FAULTS, *HOSTILE) if provider == "hostile" else FAULTS

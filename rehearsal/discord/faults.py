"""Faults on demand: what can go wrong between a bot and Discord, by rule or by rate."""

from __future__ import annotations

import asyncio
import fnmatch
import random
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web

from rehearsal.discord.api.errors import KNOWN, ApiError
from rehearsal.discord.api.ratelimits import too_many

if TYPE_CHECKING:
    from rehearsal.discord.gateway import Gateway
    from rehearsal.discord.voice.voice import Voice

Kind = Literal[
    "rate_limited",  # 429; `retry_after` seconds, `scope` "user", "shared" or "global", `code` 0 or 30046
    "cloudflare",  # HTML with `status` (error 1015 with 429), and `retry_after` in its header unless it is 0
    "down",  # `status` 500, 502, 503 or 504, nothing done
    "refuse",  # JSON error `code` (with `status` and `message` for one that is not known here)
    "hang",  # the socket is held, nothing is done, until the client gives up
    "slow",  # accepted `seconds` later
    "cut",  # connection cut, nothing done
    "lost",  # done, but the answer is cut
    "masked",  # done, but answered with `status` 500, 502, 503 or 504
    "late",  # done, but answered `seconds` later
    "mute",  # gateway: a socket that is opened, and on which nobody speaks
    "deaf",  # gateway: sockets on which nobody hears or speaks any more
    "close",  # gateway: closed with `code`
    "reconnect",  # gateway: op 7
    "invalid_session",  # gateway: op 9, `resumable` or not
    "disconnect",  # gateway: socket cut
    "voice_close",  # voice gateway: closed with `code`; 4014 puts the bot out, 4006 ends its session
    "voice_garbled",  # voice gateway: says what nobody can read
    "voice_move",  # voice: the bot is sent to another endpoint
    "voice_refuse",  # voice gateway: who identifies or resumes is closed with `code` (4017: no DAVE)
    "voice_open",  # voice gateway: the call is not encrypted from end to end
    "voice_lost",  # voice: what comes over UDP is lost on the way
    "no_endpoint",  # voice: VOICE_SERVER_UPDATE names no endpoint, and another one does `seconds` later
]
GATEWAY: tuple[Kind, ...] = ("close", "reconnect", "invalid_session", "disconnect")
# Rules that are about no request.
VOICE: tuple[Kind, ...] = ("voice_refuse", "voice_open", "voice_lost", "no_endpoint")


class CutError(Exception):
    """The connection is to be cut instead of answered."""


class PageError(Exception):
    """A page of Cloudflare's, which stands before Discord, is to be sent instead of an answer."""

    def __init__(self, status: int, retry_after: float) -> None:
        super().__init__(status)
        self.status = status
        self.headers = {"Retry-After": f"{retry_after:g}"} if retry_after else {}
        what = "1015: You are being rate limited" if status == 429 else f"{status}"
        self.page = f"<!DOCTYPE html><html><head><title>Error {what} | discord.com</title></head></html>"

    def response(self) -> web.Response:
        return web.Response(
            text=self.page, status=self.status, headers=self.headers, content_type="text/html"
        )


@dataclass
class Fault:
    """What goes wrong, and for which requests.

    `method` and `path` (a glob over the path below /api/v10) say which. After `skip` of those the
    next `times` (None: all) get the fault, each with probability `rate`. A socket of the gateway is opened at
    the path "/gateway". Gateway kinds but "mute" happen at once, to `shard` or all; so do "voice_close",
    "voice_garbled" and "voice_move", in every guild. The other voice kinds are rules about identifying,
    packets and joining.
    """

    kind: Kind
    method: str = "*"
    path: str = "*"
    times: int | None = 1
    skip: int = 0
    rate: float = 1.0
    status: int = 500
    code: int = 0
    message: str = "Internal Server Error"
    retry_after: float = 0.5
    scope: str = "user"
    seconds: float = 1.0
    resumable: bool = False
    shard: int | None = None
    hits: int = 0

    @classmethod
    def read(cls, data: dict[str, Any]) -> Fault:
        """From JSON. Raises ValueError naming an unknown field."""
        unknown = set(data) - {f.name for f in fields(cls)}
        if unknown or "kind" not in data:
            raise ValueError(f"A fault needs a kind and has no field {', '.join(sorted(unknown)) or '-'}.")
        return cls(**data)


class Faults:
    def __init__(self, gateway: Gateway, voice: Voice, seed: int = 0) -> None:
        self._gateway, self._voice = gateway, voice
        self._random = random.Random(seed)
        self.rules: list[Fault] = []
        self.release = asyncio.Event()  # lets go of every request that hangs

    def add(self, fault: Fault) -> Fault:
        """Adds a rule for requests, or does what a gateway fault says at once."""
        match fault.kind:
            case "deaf":
                self._gateway.go_deaf(fault.shard)
            case "close":
                self._gateway.close(fault.code or 4000, fault.shard)
            case "reconnect":
                self._gateway.reconnect(fault.shard)
            case "invalid_session":
                self._gateway.invalidate(resumable=fault.resumable, shard=fault.shard)
            case "disconnect":
                self._gateway.cut(fault.shard)
            case "voice_close":
                self._voice.close(fault.code or 4006)
            case "voice_garbled":
                self._voice.garble()
            case "voice_move":
                self._voice.move()
            case _:
                self.rules.append(fault)
        return fault

    def clear(self) -> None:
        """Takes all rules away and lets go of what hangs."""
        self.rules.clear()
        self.release.set()
        self.release = asyncio.Event()

    def choose(self, method: str, path: str) -> Fault | None:
        """The fault for this request, if any; counts it."""
        for fault in self.rules:
            if fault.kind in VOICE or fault.method not in ("*", method):
                continue
            if fnmatch.fnmatchcase(path, fault.path) and self._hits(fault):
                return fault
        return None

    def in_voice(self, kind: Kind) -> Fault | None:
        """The fault of one of the kinds in VOICE, if any; counts it."""
        return next((fault for fault in self.rules if fault.kind == kind and self._hits(fault)), None)

    def _hits(self, fault: Fault) -> bool:
        """Whether it is this one's turn, after those that it skips, and as often as it may."""
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if (fault.times is not None and fault.hits >= fault.times) or self._random.random() >= fault.rate:
            return False
        fault.hits += 1
        return True

    async def before(self, fault: Fault) -> None:
        """What happens before the request is handled. Raises ApiError or CutError."""
        match fault.kind:
            case "rate_limited":
                raise too_many(fault.retry_after, scope=fault.scope, code=fault.code)
            case "cloudflare":
                raise PageError(fault.status, fault.retry_after)
            case "down":
                raise ApiError(fault.status, 0, fault.message)
            case "refuse":
                status, message = KNOWN.get(fault.code, (fault.status, fault.message))
                raise ApiError(status, fault.code, message)
            case "hang":
                await self.release.wait()
                raise CutError
            case "slow":
                await asyncio.sleep(fault.seconds)
            case "cut":
                raise CutError
            case _:
                pass

    async def after(self, fault: Fault) -> None:
        """What happens to the answer of a request that was handled. Raises ApiError or CutError."""
        match fault.kind:
            case "lost":
                raise CutError
            case "masked":
                raise ApiError(fault.status, 0, fault.message)
            case "late":
                await asyncio.sleep(fault.seconds)
            case _:
                pass

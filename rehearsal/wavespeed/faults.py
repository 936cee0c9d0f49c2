"""Faults on demand: what can go wrong between a client and WaveSpeed, by rule or by rate.

A fault touches an answer (of any endpoint), a render (decided when it is created), or a file on its way.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import count
from typing import Any, Literal

from aiohttp import web

from rehearsal.wavespeed import hostile
from rehearsal.wavespeed.answers import ApiError, CutError
from rehearsal.wavespeed.trap import ADDRESSES

Subject = Literal["answer", "render", "file"]

ENDPOINTS = (
    "submit", "result", "history", "balance", "price", "billings", "delete", "models", "webhook_secret",
    "upload", "put", "media", "download",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    subject: Subject
    endpoint: str
    """Where it happens if the fault does not say."""
    status: int = 0
    message: str = ""
    code: int = 0
    """Of a render that fails: the code that its prediction tells."""
    values: tuple[str, ...] = ()
    """What it puts into an answer, one after the other."""


KINDS: Mapping[str, Kind] = {
    # instead of an answer; nothing is done
    "bad_key": Kind("answer", "*", 401, "Invalid API key. Create one at wavespeed.ai/accesskey."),
    "no_balance": Kind("answer", "submit", 402, "Insufficient balance. Please top up your account."),
    "rate_limited": Kind("answer", "*", 429, "Too many requests. Please retry later."),
    "refused": Kind("answer", "submit", 400, "The input was refused."),
    "missing": Kind("answer", "result", 404, "Not found."),
    "history_missing": Kind("answer", "history", 404, "404 page not found"),
    "lost_before": Kind("answer", "submit"),  # connection cut before anything is done
    # `when` "before" (default) or "after" the work is done
    "down": Kind("answer", "*", 503, "Service temporarily unavailable."),
    "error_in_200": Kind("answer", "submit", 500, "Internal error."),  # envelope says `status`, HTTP says 200
    "text_error_in_200": Kind(  # the same, and the code is a text
        "answer", "submit", 402, "Insufficient balance. Please top up your account."
    ),
    "hang": Kind("answer", "submit"),  # the socket is held until released, then cut
    "hold": Kind("answer", "submit"),  # the socket is held until released, then answered
    # done, but the answer is wrong
    "slow": Kind("answer", "*"),  # answered `seconds` later
    "lost_after": Kind("answer", "submit"),  # connection cut
    "garbage": Kind("answer", "*", 200),  # HTML; done all the same, unless `status` is a 4xx
    "text_code": Kind("answer", "submit"),  # the envelope's code is a text: "200"
    "bare": Kind("answer", "result"),  # the data without its envelope, as in webhooks
    "without_inputs": Kind("answer", "history"),  # the inputs are not told, not even to who asks for them
    "inputs_refused": Kind(
        "answer", "history", 400, 'unknown field "include_inputs"'
    ),  # of who asks for them
    # a hostile answer: done, and told with a value that nobody may believe
    "odd_amounts": Kind("answer", "balance", values=hostile.AMOUNTS),  # in every field with an amount
    "odd_times": Kind("answer", "billings", values=hostile.TIMES),  # in every field with a moment
    "odd_wait": Kind(  # in Retry-After; nothing is done
        "answer", "*", 429, "Too many requests. Please retry later.", values=hostile.WAITS
    ),
    "redirected": Kind("answer", "download", 307, values=ADDRESSES),  # into the trap; nothing is done
    "redirected_round": Kind("answer", "download", 302, values=("?again",)),  # to itself
    "without_end": Kind("answer", "*"),  # until the client hangs up
    "trickle": Kind("answer", "download"),  # a byte of it each `seconds`
    "ticket_address": Kind("answer", "upload", values=ADDRESSES),  # the sound is to be put into the trap
    "ticket_method": Kind("answer", "upload", values=hostile.METHODS),
    "ticket_headers": Kind("answer", "upload"),  # hostile.FORBIDDEN
    # the render
    "elsewhere": Kind("render", "submit", values=ADDRESSES),  # its output is to be fetched from the trap
    "render_failed": Kind(
        "render", "submit", message="The model could not generate audio from this input.", code=1403
    ),
    "moderated": Kind("render", "submit", message="The content was flagged by moderation.", code=1200),
    "cancelled": Kind("render", "submit", message="The task was cancelled."),
    "timeout": Kind("render", "submit", message="The task timed out.", code=5004),
    "deleted": Kind("render", "submit", message="The task was deleted."),
    "nsfw": Kind("render", "submit"),
    "wav": Kind("render", "submit"),  # the output is not an MP3
    "not_audio": Kind("render", "submit"),  # the output is an HTML page that calls itself an MP3
    "output_object": Kind("render", "submit"),  # {"url": …} instead of the URL
    "output_text": Kind("render", "submit"),  # `outputs` is the URL itself
    "no_output": Kind("render", "submit"),  # completed, without any output
    "outputs_late": Kind("render", "submit"),  # completed, and the first `count` results name no output
    "output_late": Kind("render", "submit"),  # its address answers 404 until `seconds` after completion
    "result_late": Kind("render", "submit"),  # its result answers 404 in the first `seconds`
    "nsfw_text": Kind("render", "submit"),  # `has_nsfw_contents` holds texts: "false"
    "status_capitals": Kind("render", "submit"),  # COMPLETED
    "render_slow": Kind("render", "submit"),  # takes `seconds` longer
    "render_held": Kind("render", "submit"),  # does not end until released
    "history_late": Kind("render", "submit"),  # appears in the history `seconds` later
    # the file
    "cut_download": Kind("file", "download"),  # Content-Length says more than what comes
}
HELD = ("hold", "hang", "render_held")
FAILURES = ("render_failed", "moderated", "cancelled", "timeout", "deleted")

_ids = count(1)


@dataclass(eq=False)
class Fault:
    """One rule: of the requests that match, `after` pass, then `times` (None: all) get the fault.

    `endpoint` (of ENDPOINTS, "*" for all, empty for the kind's own), `tags` (a part of them, or of the
    prompt where there are none), `seed` and `key` say what matches; with a `rate` below 1 it is a matter of
    chance. `retry_after`, `seconds`: seconds. `count`: of answers; `code`: of a render that fails.
    `value`: of a kind that has values, the one to take (empty: each in turn); {trap}: the trap's port.
    """

    kind: str
    endpoint: str = ""
    times: int | None = 1
    after: int = 0
    rate: float = 1.0
    tags: str = ""
    seed: int | None = None
    key: str = ""
    status: int = 0
    message: str = ""
    retry_after: float = 1.0
    seconds: float = 1.0
    count: int = 1
    code: int = 0
    value: str = ""
    when: Literal["before", "after"] = "before"
    hits: int = field(default=0, init=False)
    """How often it happened."""
    passed: int = field(default=0, init=False)
    drawn: str = field(default="", init=False)
    """The value that it took the last time."""
    id: int = field(default_factory=lambda: next(_ids), init=False)
    _released: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    _reached: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    _drop: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind!r}; there are {', '.join(KINDS)}.")
        kind = KINDS[self.kind]
        self.endpoint = self.endpoint or kind.endpoint
        if self.endpoint not in ("*", *ENDPOINTS):
            raise ValueError(f"There is no endpoint {self.endpoint!r}; there are {', '.join(ENDPOINTS)}.")
        if kind.subject != "answer" and self.endpoint != kind.endpoint:
            raise ValueError(f"{self.kind} happens at {kind.endpoint} only.")
        if self.when not in ("before", "after"):
            raise ValueError('`when` is "before" or "after".')
        self.status = self.status or kind.status
        self.message = self.message or kind.message
        self.code = self.code or kind.code

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Fault:
        """From JSON. Raises ValueError with the reason."""
        known = {f.name for f in fields(cls) if f.init}
        if unknown := set(data) - known:
            raise ValueError(
                f"A fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}."
            )
        try:
            return cls(**data)
        except TypeError:
            raise ValueError("A fault needs a kind.") from None

    def show(self) -> dict[str, Any]:
        """As JSON."""
        return {f.name: getattr(self, f.name) for f in fields(self) if not f.name.startswith("_")}

    def release(self, *, drop: bool = False) -> None:
        """Lets go of what it holds, now and later. `drop`: the connection is cut instead of answered."""
        self._drop = drop
        self._released.set()

    async def reached(self, timeout: float = 60.0) -> None:
        """Waits until it has happened, or until something is held by it. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            await self._reached.wait()

    async def hold(self) -> None:
        """Waits for release(). Raises CutError if that drops."""
        self._reached.set()
        await self._released.wait()
        if self._drop:
            raise CutError

    def matches(self, endpoint: str, inputs: Mapping[str, Any], key: str) -> bool:
        return (
            self.endpoint in ("*", endpoint)
            and (
                not self.tags
                or self.tags in str(inputs.get("tags") or inputs.get("prompt") or inputs.get("lyrics", ""))
            )
            and (self.seed is None or self.seed == inputs.get("seed"))
            and (not self.key or self.key == key)
        )

    def strikes(self, chance: random.Random) -> bool:
        """Whether it happens to a request that matches; counts."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.passed < self.after:
            self.passed += 1
            return False
        if self.rate < 1 and chance.random() >= self.rate:
            return False
        self.hits += 1
        if self.kind not in HELD:
            self._reached.set()
        return True

    def draw(self, trap: int) -> None:
        """Takes its value for this time. trap: the trap's port."""
        values = (self.value,) if self.value else KINDS[self.kind].values
        if values:
            self.drawn = values[(self.hits - 1) % len(values)].replace("{trap}", str(trap))

    async def around(
        self, request: web.Request, work: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answers with the fault. Raises ApiError, CutError."""
        put = self.drawn
        match self.kind:
            case "redirected" | "redirected_round":
                return hostile.redirected(self.status, put)
            case "odd_wait":
                return hostile.put_off(self._refusal(), put)
            case "without_end":
                return await hostile.without_end(request, await work())
            case "trickle":
                return await hostile.trickle(request, await work(), self.seconds)
            case "odd_amounts" | "odd_times" | "ticket_address" | "ticket_method" | "ticket_headers":
                return hostile.retold(await work(), self.kind, put)
            case "hold" | "hang" | "down" if self.when == "before":
                await self._instead()
                return await work()
            case "hold" | "hang" | "down":
                response = await work()
                await self._instead()
                return response
            case "slow":
                await asyncio.sleep(self.seconds)
                return await work()
            case "lost_before":
                raise CutError
            case "lost_after":
                await work()
                raise CutError
            case "garbage":
                if not 400 <= self.status < 500:  # who turns a request away has not handed it on
                    await work()
                return web.Response(
                    status=self.status, text="<html><body>It works!</body></html>", content_type="text/html"
                )
            case "error_in_200" | "text_error_in_200":
                if self.when == "after":
                    await work()
                code = self.status if self.kind == "error_in_200" else str(self.status)
                return web.json_response({"code": code, "message": self.message, "data": None})
            case "text_code" | "bare":
                return _retold(await work(), bare=self.kind == "bare")
            case "without_inputs" | "inputs_refused":
                return await work()
            case _:
                raise self._refusal()

    async def _instead(self) -> None:
        if self.kind == "down":
            raise self._refusal()
        await self.hold()
        if self.kind == "hang":
            raise CutError

    def _refusal(self) -> ApiError:
        after = self.retry_after if self.status == 429 else None
        return ApiError(self.status, self.message, retry_after=after)


def _retold(response: web.StreamResponse, *, bare: bool) -> web.Response:
    """The answer again, without its envelope, or with the envelope's code as a text."""
    assert isinstance(response, web.Response)
    envelope = json.loads(response.body or b"{}")  # pyright: ignore[reportArgumentType]
    told = envelope["data"] if bare else envelope | {"code": str(envelope["code"])}
    return web.json_response(told, status=response.status)


class Faults:
    """The rules in force; seeded, so that rates give the same faults again."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = random.Random(seed)
        self.rules: list[Fault] = []
        self.trap = 0
        """The trap's port."""

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.rules)

    def add(self, fault: Fault) -> Fault:
        self.rules.append(fault)
        return fault

    def at_rate(self, kind: str, rate: float, **where: Any) -> Fault:
        """A fault that goes on happening, with probability `rate`."""
        return self.add(Fault(kind, rate=rate, times=None, **where))

    def remove(self, fault: Fault) -> None:
        """Takes one rule away and lets go of what it holds."""
        self.rules.remove(fault)
        fault.release()

    def clear(self) -> None:
        """Takes all rules away and lets go of what they hold."""
        for fault in list(self.rules):
            self.remove(fault)

    def strike(
        self, subject: Subject, endpoint: str, inputs: Mapping[str, Any], key: str = ""
    ) -> list[Fault]:
        """What happens now: one fault at most to an answer or a file, any number to a render."""
        struck: list[Fault] = []
        for fault in self.rules:
            if KINDS[fault.kind].subject != subject or not fault.matches(endpoint, inputs, key):
                continue
            if fault.strikes(self._chance):
                fault.draw(self.trap)
                struck.append(fault)
                if subject != "render":
                    break
        return struck

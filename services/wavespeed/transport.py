"""How WaveSpeed is reached: sessions, bounded replies, and what may be asked again.

The rule: the key is in no exception, no repr, and goes to WaveSpeed's own address alone.
"""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, Literal, Self, TypeVar

import aiohttp
from yarl import URL

from services.backoff import Backoff
from services.clocks import OtherClock
from services.sockets import new_socket
from services.wavespeed.predictions import (
    NotFound,
    ProviderDown,
    RateLimited,
    RefusedInput,
    Unavailable,
    WaveSpeedError,
    unless_by_page,
)
from services.wavespeed.public_addresses import PublicResolver, is_loopback
from services.wavespeed.responses import Reply
from services.wavespeed.sure_connections import SureConnector

T = TypeVar("T")

VERSION = "0.1.0"
LARGEST_REPLY = 8 * 2**20  # bytes; a history page of 100 predictions with long lyrics has about 1 MiB
LONGEST_WAIT = 60.0  # seconds between two attempts; a provider that asks for more gets it from our caller
Use = Literal["submit", "read", "files"]
"""What a request is for: to make something that costs money, to ask, to bring a file."""

Heard = Callable[[Use, WaveSpeedError | None], None]
"""Is told how each request was answered: with what it came to, or None where it was good."""

BROKE_OFF = (aiohttp.ClientError, TimeoutError)
NO_ANSWER = (aiohttp.ClientError, OSError)  # where no file is written meanwhile; TimeoutError is an OSError


class Transport:
    """Connections for one account. `timeout` and `backoff` in seconds; `attempts` of what may be repeated.

    may_post: whether what must not be sent twice may be sent now. heard: is told of each answer.
    Connections are opened at first use, on the loop that runs then; close() or `async with` ends them.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: float = 30,
        attempts: int = 5,
        backoff: float = 0.5,
        may_post: Callable[[], bool] = lambda: True,
        heard: Heard = lambda _use, _error: None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._here = is_loopback(URL(self._base_url))  # a rehearsal: files may be on this machine too
        self._key = key
        self._timeout = timeout
        self._attempts = attempts
        self._backoff = backoff
        self._may_post = may_post
        self.heard = heard
        self.last_word: tuple[float, type[WaveSpeedError] | None] | None = None
        """When WaveSpeed was last asked, on the monotonic clock, and what it came to; None: it was good."""
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._clock = OtherClock()  # the provider's

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections. A later call would open new ones."""
        while self._sessions:
            await self._sessions.popitem()[1].close()

    # what may be sent again -----------------------------------------------------------------------

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """A call that is not part of the contract: Unavailable where it is not as we know it."""

        async def once() -> Mapping[str, Any]:
            with self._noted("read"):
                return (await self._once(method, path, body)).data

        try:
            return await self._repeat(once)
        except (NotFound, RefusedInput) as error:
            failure = Unavailable(f"{path}: {error}")
            failure.is_page = error.is_page
        raise failure

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        read: Callable[[Reply], Mapping[str, Any]] = attrgetter("data"),
    ) -> Mapping[str, Any]:
        """The data of the answer to a call of the contract, as `read` finds it there. Raises what it says,
        TurnedAway for a page."""
        with self._noted("read"):
            try:
                return read(await self._once(method, path, body))
            except (NotFound, RefusedInput) as error:
                failure = unless_by_page(error)
            raise failure

    async def _once(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Reply:
        """The answer. Raises ProviderDown where none comes, and what `_read` does."""
        try:
            async with self._session("read").request(
                method, self._url(path), json=body, allow_redirects=False
            ) as response:
                return await self._read(response)
        except NO_ANSWER as error:
            failure = ProviderDown(f"no answer: {kind_of(error)}")
        raise failure  # not inside the handler: aiohttp's errors carry the request's headers, so the key

    @contextmanager
    def _noted(self, use: Use) -> Generator[None]:
        """Tells how one request was answered."""
        try:
            yield
        except WaveSpeedError as error:
            self._note(use, error)
            raise
        self._note(use, None)

    def _note(self, use: Use, error: WaveSpeedError | None) -> None:
        if use != "files":  # those are mostly on other hosts
            self.last_word = time.monotonic(), error and type(error)
        self.heard(use, error)

    async def _repeat(
        self,
        once: Callable[[], Awaitable[T]],
        *,
        also: tuple[type[WaveSpeedError], ...] = (),
        attempts: int | None = None,
    ) -> T:
        """Only for what changes nothing at the provider.

        Waits longer each time, never in step with others, and at least as long as it was asked to.
        """
        attempt = 1
        backoff: Backoff | None = None
        while True:
            try:
                return await once()
            except (ProviderDown, RateLimited, *also) as error:
                backoff = backoff or Backoff(self._backoff, LONGEST_WAIT / 2)
                pause = backoff.pause(error.retry_after)
                if attempt >= (attempts or self._attempts) or pause > LONGEST_WAIT:
                    raise
            await asyncio.sleep(pause)
            attempt += 1

    # connections ----------------------------------------------------------------------------------

    def _session(self, use: Use) -> aiohttp.ClientSession:
        """One session for each use: "submit" is for what costs money, "files" does not know the key."""
        if use not in self._sessions:
            headers = {
                "User-Agent": f"jamboree/{VERSION}",
                "X-Client-Name": "jamboree",
                "X-Client-Version": VERSION,
                "X-Client-OS": platform.system().lower(),
            }
            if use == "files":
                headers["Accept-Encoding"] = (
                    "identity"  # sound is packed already; a length is then the file's
                )
            else:
                headers["Authorization"] = f"Bearer {self._key}"
            if use == "submit":
                # Always a new one: one that was kept may have been closed by the server in this moment, and
                # that looks like an answer lost. So does waiting for a free one.
                connector: aiohttp.TCPConnector = SureConnector(self._may_post, "", force_close=True)
            else:
                resolver = PublicResolver(loopback=self._here) if use == "files" else None
                connector = aiohttp.TCPConnector(resolver=resolver, socket_factory=new_socket)
            self._sessions[use] = aiohttp.ClientSession(
                connector=connector,
                headers=headers,
                timeout=self._limits(None if use == "files" else self._timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._sessions[use]

    def _limits(self, total: float | None) -> aiohttp.ClientTimeout:
        """Of a request that may take so many seconds in all; None: as long as something comes."""
        return aiohttp.ClientTimeout(
            total=total,
            sock_connect=min(10.0, self._timeout / 2),  # a connection never made comes first
            sock_read=self._timeout,
        )

    def _url(self, path: str) -> URL:
        return URL(self._base_url + path, encoded=True)

    async def _read(self, response: aiohttp.ClientResponse) -> Reply:
        """Reads a bounded body; where that breaks off, the status remains."""
        self._clock.hear(response.headers.get("Date", ""))
        body, trouble = bytearray(), ""
        try:
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > LARGEST_REPLY:
                    trouble = "the reply is too large"
                    response.close()
                    break
        except NO_ANSWER as error:
            trouble = f"the reply broke off: {kind_of(error)}"
        return Reply.read(response.status, response.headers, bytes(body), trouble, self._key)


def kind_of(error: BaseException) -> str:
    """The kind of an error without its text, which may hold addresses and headers."""
    return type(error).__name__

"""How requests to Discord's API wait for each other, by the limits that Discord's answers announce.

The rule: what Discord still takes is sent at once. What it takes within seconds waits for that; what it takes
only later is refused here, unsent, with the time to wait, and what it has answered waits for nothing.

discord.py's own buckets know a longest wait too, but refuse with it also what could be sent: any request but
the first of a window that is longer. They forget a window that is used up, so that the next requests in it
are answered with 429; and they give the answer to a window's last request only when it is over.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self

import aiohttp
from discord import RateLimited
from discord.http import HTTPClient, Ratelimit

LONGEST_HOLD = 5.0  # seconds for which a request waits in discord.py; who asked waits longer by themselves


def use_in(http: HTTPClient) -> None:
    """From now on, for all requests of that client."""
    http.max_ratelimit_timeout = LONGEST_HOLD  # for a 429 itself; its constructor takes no less than 30
    kept, by_discord_py = http._buckets, http.get_ratelimit  # pyright: ignore[reportPrivateUsage]

    def bucket(key: str) -> Ratelimit:
        if not isinstance(by_discord_py(key), Bucket):  # new, or from before
            kept[key] = Bucket()
        return kept[key]

    http.get_ratelimit = bucket


class Bucket(Ratelimit):
    """What Discord counts together, and how much of it is left until the window ends."""

    def __init__(self) -> None:
        super().__init__(LONGEST_HOLD)
        self._changed = asyncio.Event()  # another one for each change

    async def acquire(self) -> None:
        """Takes one of the requests that are left. Raises RateLimited where none will be for long."""
        self._last_request = self._loop.time()
        while not self._take():
            left = None if self.expires is None else self.expires - self._loop.time()
            if left is not None and left > LONGEST_HOLD and not self.outgoing:
                raise RateLimited(left)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):  # or until an answer that is under way tells more
                    await self._changed.wait()

    def _take(self) -> bool:
        if self.is_expired() or (self.expires is None and not self.outgoing):
            self.reset()
        if self.remaining <= 0:
            return False
        self.remaining -= 1
        self.outgoing += 1
        return True

    def update(self, response: aiohttp.ClientResponse, *, use_clock: bool = False) -> None:
        """What an answer says is left is so without those under way, which Discord may not have counted."""
        super().update(response, use_clock=use_clock)
        self.remaining = int(response.headers["X-RateLimit-Remaining"]) - (self.outgoing - 1)

    async def __aenter__(self) -> Self:
        await self.acquire()
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.outgoing -= 1
        if self.expires is None:  # Discord announces no limit there
            self.reset()
        self._changed.set()
        self._changed = asyncio.Event()

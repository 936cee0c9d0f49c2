"""Webhooks: a finished prediction is POSTed, signed, to the loopback address that its submission named."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp

PAUSES = (0.0, 1.0, 5.0)  # seconds before each attempt
PATIENCE = 10.0  # seconds for an answer


def sign(secret: str, name: str, timestamp: str, body: bytes) -> str:
    """The signature header (wavespeed.ai/docs/verify-webhooks); the key is the secret's text, not decoded."""
    key = secret.removeprefix("whsec_").encode()
    signed = f"{name}.{timestamp}.".encode() + body
    return "v3," + hmac.new(key, signed, hashlib.sha256).hexdigest()


class Webhooks:
    """Delivers in the background. `delivered`: ids of predictions, and what their webhooks answered;
    `taken_at`: when they were taken, by time.monotonic()."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.delivered: list[tuple[str, int]] = []
        self.taken_at: dict[str, float] = {}
        self._session: aiohttp.ClientSession | None = None
        self._deliveries: set[asyncio.Task[None]] = set()

    def send(self, url: str, secret: str, data: dict[str, Any]) -> None:
        """Starts the delivery; attempts end with the first 2xx."""
        delivery = asyncio.create_task(self._deliver(url, secret, data))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)

    async def _deliver(self, url: str, secret: str, data: dict[str, Any]) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        body = json.dumps(data).encode()
        for pause in PAUSES:
            await asyncio.sleep(pause)
            timestamp = str(int(time.time()))
            headers = {
                "Content-Type": "application/json",
                "webhook-id": data["id"],
                "webhook-timestamp": timestamp,
                "webhook-signature": sign(secret, data["id"], timestamp, body),
            }
            try:
                async with self._session.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as answer:
                    self.delivered.append((data["id"], answer.status))
                    self._changed()
                    if answer.ok:
                        self.taken_at.setdefault(data["id"], time.monotonic())
                        return
            except (aiohttp.ClientError, TimeoutError):
                continue

    async def stop(self) -> None:
        """Gives up what is under way."""
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        if self._session:
            await self._session.close()

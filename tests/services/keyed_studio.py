"""Guilds that pay with WaveSpeed keys of their own: their keys at the stand-in, and what they were billed."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from studio_harness import StudioHarness

from rehearsal.wavespeed import WaveSpeedStandIn
from services.storage.tables import guild_keys

HOST, OWN, OTHER = "rehearsal-key", "the-porch-own-key", "another-own-key"
PRICE = 1_000  # micro-dollars for the 5 s that a test's tracks have
SECRET = base64.urlsafe_b64encode(bytes(range(32))).decode()

Shops = Callable[..., AbstractAsyncContextManager[StudioHarness]]


def spent(wave: WaveSpeedStandIn, key: str) -> int:
    """Micro-dollars that the account of that key was billed."""
    return sum(e.micro if e.billing_type == "deduct" else -e.micro for e in wave.accounts[key].bill)


async def sealed(harness: StudioHarness) -> list[str]:
    """What is kept of each key that was brought, erased ones too."""
    async with harness.database.read() as connection:
        return [row.sealed for row in await connection.execute(guild_keys.select())]

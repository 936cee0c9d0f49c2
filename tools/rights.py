"""Writes docs/rights.md, who may use what of all that can be typed, pressed and sent: `make docs`."""

from __future__ import annotations

import asyncio
import sys

from pydantic import SecretStr

from cogs.core.rights import Right, table
from cogs.extensions import build, rights_of
from services.metrics import Metrics
from services.money.ledger import Ledger
from services.money.limits import Limits
from services.settings import Settings
from services.storage.database import Database
from services.studio import Studio
from services.wavespeed.client import WaveSpeed


async def all_rights() -> list[Right]:
    """The rights of a bot that is built to be asked, has nobody's settings and never logs in."""
    none = SecretStr("none")
    settings = Settings(discord_token=none, wavespeed_api_key=none, host_guild_id=1)
    wavespeed, ledger = WaveSpeed(settings.wavespeed_base_url, "none"), Ledger(Limits.of(settings))
    parts = settings, Database("sqlite://"), wavespeed, ledger
    bot = build(settings, lambda posts: Studio(*parts, posts, Metrics()))
    await bot.setup_hook()
    return rights_of(bot)


if __name__ == "__main__":
    sys.stdout.write(table(asyncio.run(all_rights())))

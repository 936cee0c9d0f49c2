"""Writes docs/rights.md, who may use what of all that can be typed, pressed and sent: `make docs`."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from cryptography.fernet import Fernet
from pydantic import SecretStr

from cogs.core.rights import Right, table
from cogs.extensions import Bot, build, rights_of
from services.settings import Settings
from services.studio import unopened

HOME = 1  # the guild in which the host has commands of their own


async def unattached() -> Bot:
    """A bot that is built to be asked: it has nobody's settings and never logs in."""
    none = SecretStr("none")
    secret = SecretStr(Fernet.generate_key().decode())
    settings = Settings(
        discord_token=none,
        wavespeed_api_key=none,
        host_guild_id=HOME,
        guild_keys_secret=secret,
        voice_cloning=True,
    )
    bot = build(settings, partial(unopened, settings))
    await bot.setup_hook()
    return bot


async def all_rights() -> list[Right]:
    """Who may use what."""
    return rights_of(await unattached())


if __name__ == "__main__":
    sys.stdout.write(table(asyncio.run(all_rights())))

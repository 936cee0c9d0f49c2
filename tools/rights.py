"""Writes docs/rights.md, who may use what of all that can be typed, pressed and sent: `make docs`."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from pydantic import SecretStr

from cogs.core.rights import Right, table
from cogs.extensions import build, rights_of
from services.settings import Settings
from services.studio import unopened


async def all_rights() -> list[Right]:
    """The rights of a bot that is built to be asked, has nobody's settings and never logs in."""
    none = SecretStr("none")
    settings = Settings(discord_token=none, wavespeed_api_key=none, host_guild_id=1)
    bot = build(settings, partial(unopened, settings))
    await bot.setup_hook()
    return rights_of(bot)


if __name__ == "__main__":
    sys.stdout.write(table(asyncio.run(all_rights())))

"""The whole bot for measuring: both stand-ins in this process, the bot in one of its own, as in life."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Member
from rehearsal.discord.start import first_world
from rehearsal.wavespeed import WaveSpeedStandIn
from rehearsal.wavespeed.predictions import Takes

ROOT = Path(__file__).parents[1]
START_SECONDS = 120.0
GUILD = "The Porch"
KEY = "rehearsal-key"
Render = Callable[[str, str, float, int], bytes]


@dataclass
class Harness:
    """Both stand-ins and the members, each of whom looks at #music."""

    discord: DiscordStandIn
    wave: WaveSpeedStandIn
    members: list[Member]
    bot: asyncio.subprocess.Process
    start: Callable[[], AbstractAsyncContextManager[asyncio.subprocess.Process]]
    """Starts a further bot, on the same data: for when the first has ended."""


@asynccontextmanager
async def make_harness(
    folder: Path,
    members: int,
    render: Render,
    program: Sequence[str] = (str(ROOT / "bot.py"),),
    *,
    render_seconds: float | Takes = 0.1,
    keys: Sequence[str] = (KEY,),
    **settings: str,
) -> AsyncGenerator[Harness]:
    """A bot that is open, on a gold account, with limits that nobody reaches. program: what Python runs.

    render_seconds, keys: as the stand-in takes them; the bot has the first key. settings: of the bot.

    Discord's rate limits are off: they would keep the bot waiting instead of working. Raises RuntimeError
    with the bot's log where it does not open.
    """
    world = first_world()
    guild = next(one for one in world.guilds.values() if one.name == GUILD)
    names = [f"Member {number}" for number in range(members)]
    for name in names:
        world.add_member(guild.id, name)
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(DiscordStandIn(world=world, rate_limits=False))
        wave = await stack.enter_async_context(
            WaveSpeedStandIn(level="gold", render_seconds=render_seconds, keys=keys, render=render)
        )
        start = partial(_bot, folder, discord, wave, program, settings)
        process = await stack.enter_async_context(start())
        joined = [
            await stack.enter_async_context(await Member.join(discord.url, guild=GUILD, name=name))
            for name in names
        ]
        yield Harness(discord, wave, joined, process, start)
        wave.faults.clear()


@asynccontextmanager
async def _bot(
    folder: Path,
    discord: DiscordStandIn,
    wave: WaveSpeedStandIn,
    program: Sequence[str],
    changes: Mapping[str, str],
) -> AsyncGenerator[asyncio.subprocess.Process]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "PYTHONPATH", "TZ")}
    settings = {
        "DISCORD_TOKEN": "rehearsal-token",
        "WAVESPEED_API_KEY": KEY,
        "DISCORD_API_URL": discord.api_url,
        "WAVESPEED_BASE_URL": wave.url,
        "DATA_DIR": str(folder / "data"),
        "GUILD_ACCESS": "open",
        "WAVESPEED_ACCOUNT_LEVEL": "gold",
        "HOST_DAILY_LIMIT": "1000",
        "GUILD_DAILY_LIMIT": "1000",
        "GUILD_MONTHLY_LIMIT": "1000",
        "GUILD_DAILY_CEILING": "1000",
        "GUILD_MONTHLY_CEILING": "1000",
        "MEMBER_DAILY_LIMIT": "1000",
        "MEMBER_WAITING_LIMIT": "1000",
        **changes,
    }
    log, health = folder / "bot.log", folder / "data" / "health"
    health.unlink(missing_ok=True)  # of a bot that was killed
    with log.open("wb") as written:
        bot = await asyncio.create_subprocess_exec(
            sys.executable,
            *program,
            cwd=folder,
            env=kept | settings | {"PYTHONPATH": str(ROOT)},
            stdout=written,
            stderr=written,
        )
    try:
        await _open(bot, health, log)
        yield bot
    finally:
        if bot.returncode is None:
            bot.terminate()
        await bot.wait()


async def _open(bot: asyncio.subprocess.Process, health: Path, log: Path) -> None:
    give_up = asyncio.get_running_loop().time() + START_SECONDS
    while not await asyncio.to_thread(health.exists):
        if bot.returncode is not None or asyncio.get_running_loop().time() > give_up:
            told = await asyncio.to_thread(log.read_text, "utf-8", "replace")
            raise RuntimeError(f"The bot did not open:\n{told[-2000:]}")
        await asyncio.sleep(0.05)

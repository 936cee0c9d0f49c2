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
from rehearsal.discord.voice.certificate import certificate
from rehearsal.wavespeed import WaveSpeedStandIn
from rehearsal.wavespeed.predictions import Takes

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
GUILD = "The Porch"
KEY = "rehearsal-key"
GUILDS_MADE = 1_730_000_000.0  # the first of those that are added, a millisecond before the next
Render = Callable[[str, str, float, int], bytes]


@dataclass
class Harness:
    """Both stand-ins and the members, each of whom looks at #music."""

    discord: DiscordStandIn
    wave: WaveSpeedStandIn
    members: list[Member]
    bots: list[asyncio.subprocess.Process]
    _stack: AsyncExitStack
    _start: Callable[[], AbstractAsyncContextManager[asyncio.subprocess.Process]]

    @property
    def bot(self) -> asyncio.subprocess.Process:
        """The only one, or the first of several."""
        return self.bots[0]

    async def join(self, guild: str, name: str = "Member 0") -> Member:
        """Somebody who looks at #music of a guild."""
        member = await Member.join(self.discord.url, guild=guild, name=name)
        self.members.append(await self._stack.enter_async_context(member))
        return member

    async def kill(self) -> None:
        """Ends the first bot, at once."""
        self.bot.kill()
        await self.bot.wait()

    async def start_again(self) -> None:
        """A bot on the same data in place of the first, once that has ended; returns when it is open."""
        self.bots[0] = await self._stack.enter_async_context(self._start())


@asynccontextmanager
async def make_harness(
    folder: Path,
    members: int,
    render: Render,
    program: Sequence[str] = (str(ROOT / "bot.py"),),
    *,
    render_seconds: float | Takes = 0.1,
    keys: Sequence[str] = (KEY,),
    guilds: int = 0,
    clusters: int = 1,
    settings: Mapping[str, str] | None = None,
) -> AsyncGenerator[Harness]:
    """A bot that is open, on a gold account, with limits that nobody reaches. program: what Python runs.

    render_seconds, keys: as the stand-in takes them; the bot has the first key. guilds: so many more, of
    which each is the next shard's; nobody has joined in them. settings: of the bot.

    Discord's rate limits are off: they would keep the bot waiting instead of working. Raises RuntimeError
    with the bot's log where it does not open.
    """
    world = first_world()
    porch = next(one for one in world.guilds.values() if one.name == GUILD)
    names = [f"Member {number}" for number in range(members)]
    for name in names:
        world.add_member(porch.id, name)
    for number in range(guilds):
        guild = world.add_guild(f"Guild {number}", made_at=GUILDS_MADE + number / 1000)
        world.add_channel(guild.id, "music")
        world.add_member(guild.id, "Member 0")
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(DiscordStandIn(world=world, rate_limits=False))
        wave = await stack.enter_async_context(
            WaveSpeedStandIn(level="gold", render_seconds=render_seconds, keys=keys, render=render)
        )
        parts = [{}] if clusters == 1 else [_cluster(number, clusters) for number in range(clusters)]
        starts = [
            partial(_bot, folder, discord, wave, program, {**(settings or {}), **part}) for part in parts
        ]
        bots = [await stack.enter_async_context(start()) for start in starts]
        harness = Harness(discord, wave, [], bots, stack, starts[0])
        for name in names:
            await harness.join(GUILD, name)
        yield harness
        wave.faults.clear()


def _cluster(number: int, clusters: int) -> dict[str, str]:
    return {"CLUSTER_ID": str(number), "CLUSTER_COUNT": str(clusters), "SHARD_COUNT": str(clusters)}


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
        "SSL_CERT_FILE": str(certificate()),  # of the voice gateway
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
    which = f"-{changes['CLUSTER_ID']}" if "CLUSTER_ID" in changes else ""
    log, health = folder / f"bot{which}.log", folder / "data" / f"health{which}"
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

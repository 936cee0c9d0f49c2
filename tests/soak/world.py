"""The world of a campaign: both stand-ins, the database, a disk, and the real bot's process between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sounds import tone
from sqlalchemy.exc import SQLAlchemyError

from rehearsal.bot_process import environment
from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Member
from rehearsal.wavespeed import WaveSpeedStandIn
from services.storage.tables import sums
from soak.chronicle import Chronicle
from soak.databases import Disk, PostgreSql, Sqlite
from soak.process import Bot

LIFETIME = 90.0  # seconds that an interaction's token lives; Discord's 900 would never be over
REFUNDED_AFTER = 1.0  # seconds
RENDER_SECONDS = 0.6
SETTINGS = {
    "WAVESPEED_ACCOUNT_LEVEL": "ultra",
    "LOG_FORMAT": "json",
    "GUILD_DAILY_LIMIT": "0.03",  # thirty tracks of five seconds; moderators raise it as it is used up
    "GUILD_DAILY_CEILING": "50",
    "GUILD_MONTHLY_LIMIT": "50",
    "GUILD_MONTHLY_CEILING": "100",
    "MEMBER_DAILY_LIMIT": "0.012",
    "HOST_DAILY_LIMIT": "100",
    "MEMBER_WAITING_LIMIT": "5",
    "INTERACTION_TOKEN_LIFETIME": f"{LIFETIME:g}",
    "POLL_INTERVAL": "0.25",
    "LOST_ANSWER_PATIENCE": "4",
    "REQUEST_TIMEOUT": "5",
    "FETCH_PATIENCE": "15",
    "BALANCE_INTERVAL": "2",
    "PRICE_CHECK_INTERVAL": "10",
    "RECONCILE_INTERVAL": "10",
}
PEOPLE = (  # member, guild, the channel that they look at
    ("Ada", "The Porch", "lounge"),
    ("Ben", "The Porch", "music"),
    ("Cleo", "The Porch", "music"),
    ("Eve", "The Porch", "lounge"),
    ("Finn", "The Porch", "music"),
    ("Gil", "The Porch", "lounge"),
    ("Dora", "Rooftop", "music"),
    ("Hal", "Rooftop", "music"),
    ("Ines", "Rooftop", "music"),
)
MODERATORS = ("Ada", "Dora")


class World:
    """Everything there is. `data` is the bot's folder, on `disk`; logs are kept beside it."""

    def __init__(
        self,
        discord: DiscordStandIn,
        wave: WaveSpeedStandIn,
        database: Sqlite | PostgreSql,
        disk: Disk,
        logs: Path,
        provider: str,
    ) -> None:
        self.discord, self.wave, self.database, self.disk, self.logs = discord, wave, database, disk, logs
        self.provider = provider
        self.chronicle = Chronicle(discord)
        settings = {**SETTINGS, "DATABASE_URL": database.url}
        self.bot = Bot(environment(discord, wave, disk.folder, settings), disk.folder, logs)
        self.members: dict[str, Member] = {}
        self._outages: list[asyncio.Task[Any]] = []

    def begin(self, outage: Coroutine[Any, Any, Any]) -> None:
        """Lets an outage of database or disk take its course."""
        self._outages.append(asyncio.create_task(outage))

    async def all_back(self) -> None:
        """Waits until no outage is under way. Raises what kept one from its end."""
        while self._outages:
            await self._outages.pop()

    async def spent_today(self, guild: int) -> float:
        """Dollars that stand against a guild's day; 0 where that cannot be read now."""
        account = sums.c.account == f"guild:{guild} day"
        query = sa.select(sa.func.sum(sums.c.reserved + sums.c.spent)).where(account)
        with suppress(SQLAlchemyError, OSError):
            async with self.database.witness.read() as connection:
                return int(await connection.scalar(query) or 0) / 1_000_000
        return 0.0


@asynccontextmanager
async def a_world(
    folder: Path, database: type[Sqlite] | type[PostgreSql], seed: int, provider: str = "documented"
) -> AsyncIterator[World]:
    """The bot is not started yet. `provider`: one of seed.PROVIDERS; where hostile, shaped as documented."""
    async with AsyncExitStack() as stack:
        discord = DiscordStandIn(interaction_lifetime=LIFETIME)
        for name, guild, _ in PEOPLE:
            discord.world.add_member(guild, name, moderator=name in MODERATORS)
        await stack.enter_async_context(discord)
        wave = WaveSpeedStandIn(
            render_seconds=RENDER_SECONDS, level="ultra", refund_seconds=REFUNDED_AFTER, seed=seed,
            render=lambda _tags, _lyrics, seconds, _seed: tone(seconds),
            shape="observed" if provider == "observed" else "documented",
        )  # fmt: skip
        await stack.enter_async_context(wave)
        disk = Disk(folder / "data")
        stack.callback(disk.close)
        there = await asyncio.to_thread(database, disk.folder)
        stack.push_async_callback(there.close)
        (folder / "logs").mkdir()
        world = World(discord, wave, there, disk, folder / "logs", provider)
        stack.callback(world.bot.clear_away)
        stack.push_async_callback(world.bot.stop)
        for name, guild, channel in PEOPLE:
            member = await Member.join(discord.url, guild=guild, name=name, channel=channel)
            world.members[name] = await stack.enter_async_context(member)
        yield world

"""The world of a campaign: both stand-ins, the database, a disk, and the real bot's process between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from rehearsal.bot_process import environment
from rehearsal.discord import DiscordStandIn
from rehearsal.discord.entities import VOICE
from rehearsal.discord.members.member import Member
from rehearsal.discord.world import World as Place
from rehearsal.wavespeed import WaveSpeedStandIn
from services.storage.tables import sums
from soak.chronicle import Chronicle
from soak.databases import Disk, PostgreSql, Sqlite
from soak.process import Bot, Life
from soak.together.ears import Ears
from soak.together.own_voices import Consents
from soak.together.tunes import Tunes

if TYPE_CHECKING:
    from soak.members import Person

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
    "DOWNLOAD_PATIENCE": "4",
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
    ("Mona", "The Attic", "music"),
    ("Nick", "The Attic", "music"),
    ("Olga", "The Attic", "music"),
    ("Pia", "The Attic", "music"),
)
MODERATORS = ("Ada", "Dora", "Mona")
ATTIC_MADE = 1_729_000_000.001  # so that of two shards it is on the second
LISTENERS = ("Mona", "Nick", "Olga", "Ada", "Ben", "Gil")  # to parties
BEHIND = "backstage"  # which only moderators see
VOICE_ROOMS = ("Listening Room", "Kitchen")
CLUSTERS = {  # of several; longer than anything that is done to them
    "LEASE_DURATION": "20",
    "LEASE_RENEWAL": "2",
}


class World:
    """Everything there is. `data` is the bots' folder, on `disk`; logs are kept beside it.

    clusters: how many processes share the work.
    """

    def __init__(
        self,
        discord: DiscordStandIn,
        wave: WaveSpeedStandIn,
        database: Sqlite | PostgreSql,
        disk: Disk,
        logs: Path,
        provider: str,
        clusters: int = 1,
    ) -> None:
        self.discord, self.wave, self.database, self.disk, self.logs = discord, wave, database, disk, logs
        self.provider = provider
        self.chronicle = Chronicle(discord)
        settings = {**SETTINGS, "DATABASE_URL": database.url}
        several = {**CLUSTERS, "SHARD_COUNT": str(clusters), "CLUSTER_COUNT": str(clusters)}
        each = [{**several, "CLUSTER_ID": str(one)} for one in range(clusters)] if clusters > 1 else [{}]
        folder = disk.folder
        self.bots = [Bot(environment(discord, wave, folder, settings | one), folder, logs) for one in each]
        self.members: dict[str, Member] = {}
        self.listeners: dict[str, Member] = {}
        """Of each guild that has parties: the same people, who look at a voice channel's chat."""
        self.backstage: Member | None = None
        self.tunes, self.consents, self.ears = Tunes(), Consents(), Ears(self)
        self._outages: list[asyncio.Task[Any]] = []

    # the bots' processes ------------------------------------------------------------------------------------

    @property
    def lives(self) -> list[Life]:
        """Of all of them, in the order in which they began."""
        return sorted((life for bot in self.bots for life in bot.lives), key=lambda life: life.number)

    def log_of(self, life: Life) -> Path:
        return self.logs / f"bot-{life.number:03}.log"

    def cluster_of(self, guild_id: str | None) -> int:
        """Which of them hears of a guild."""
        return (int(guild_id or 0) >> 22) % len(self.bots)

    def bot_of(self, member: Member) -> Bot:
        """The one that answers a member."""
        return self.bots[self.cluster_of(member.guild["id"])]

    async def opened(self, timeout: float = 90.0) -> None:
        """Waits until all are open. Raises TimeoutError."""
        await asyncio.gather(*(bot.opened(timeout) for bot in self.bots))

    async def stop(self) -> None:
        """Ends all of them for good, politely."""
        await asyncio.gather(*(bot.stop() for bot in self.bots))

    def left_behind(self) -> dict[int, list[str]]:
        """What still runs, as it was called, in process groups of lives that have ended."""
        return {group: called for bot in self.bots for group, called in bot.left_behind().items()}

    def clear_away(self) -> None:
        """Ends whatever is left of any life."""
        for bot in self.bots:
            bot.clear_away()

    # who sees what ------------------------------------------------------------------------------------------

    def sees_all(self, person: Person) -> bool:
        """Whether they moderate the guild in which something is hidden."""
        return self.backstage is not None and person.member.id == self.backstage.id

    def behind(self, _member: Member) -> Member:
        """Its moderator, where only they see what is posted."""
        assert self.backstage is not None
        return self.backstage

    @property
    def left_in_voice(self) -> list[str]:
        """The guilds in which the bot is in voice."""
        bot = self.discord.world.bot.id
        return [guild.name for guild in self.discord.world.guilds.values() if bot in guild.voice]

    # what is away -------------------------------------------------------------------------------------------

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
    folder: Path,
    database: type[Sqlite] | type[PostgreSql],
    seed: int,
    provider: str = "documented",
    clusters: int = 1,
) -> AsyncIterator[World]:
    """The bot is not started yet. `provider`: one of seed.PROVIDERS; where hostile, shaped as documented."""
    worlds: list[World] = []  # of which there is one, as soon as anything is rendered
    async with AsyncExitStack() as stack:
        discord = DiscordStandIn(interaction_lifetime=LIFETIME)
        _furnish(discord.world)
        await stack.enter_async_context(discord)
        wave = WaveSpeedStandIn(
            render_seconds=RENDER_SECONDS, level="ultra", refund_seconds=REFUNDED_AFTER, seed=seed,
            render=lambda _tags, _lyrics, seconds, seed: worlds[0].tunes.tune(seconds, seed),
            shape="observed" if provider == "observed" else "documented",
        )  # fmt: skip
        await stack.enter_async_context(wave)
        disk = Disk(folder / "data")
        stack.callback(disk.close)
        there = await asyncio.to_thread(database, disk.folder)
        stack.push_async_callback(there.close)
        (folder / "logs").mkdir()
        world = World(discord, wave, there, disk, folder / "logs", provider, clusters)
        worlds.append(world)
        stack.callback(world.clear_away)
        stack.push_async_callback(world.stop)
        for name, guild, channel in PEOPLE:
            member = await Member.join(discord.url, guild=guild, name=name, channel=channel)
            world.members[name] = await stack.enter_async_context(member)
        for name, guild, _ in PEOPLE:
            if name in LISTENERS:
                member = await Member.join(discord.url, guild=guild, name=name, channel=VOICE_ROOMS[0])
                world.listeners[name] = await stack.enter_async_context(member)
        behind = await Member.join(discord.url, guild="The Attic", name="Mona", channel=BEHIND)
        world.backstage = await stack.enter_async_context(behind)
        yield world


def _furnish(there: Place) -> None:
    """Who lives in it, and where."""
    attic = there.add_guild("The Attic", made_at=ATTIC_MADE, channels=("music", BEHIND)).id
    there.add_channel(attic, VOICE_ROOMS[0], kind=VOICE, made_at=ATTIC_MADE)
    for guild in ("The Attic", "The Porch"):
        there.add_channel(guild, VOICE_ROOMS[1], kind=VOICE)
    for name, guild, _ in PEOPLE:
        there.add_member(guild, name, moderator=name in MODERATORS)
    there.set_permissions(BEHIND, "everyone", deny=["view_channel"])
    for who in ("bot", "Mona"):
        there.set_permissions(BEHIND, who, allow=["view_channel"])

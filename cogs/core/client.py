"""The bot as Discord meets it: one client for all shards, with the studio behind it.

The rule: it knows no cog. `cogs.extensions` builds it, and hands it what others look for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Protocol, TypeVar

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.ext import commands
from structlog.contextvars import bind_contextvars

from cogs.core.coalesced_edits import CoalescedEdits
from services.clocks import OtherClock
from services.monitoring.health import Gateway
from services.pipeline.queue import Taken
from services.prompts.prompt import Rushed
from services.settings import Settings
from services.studio import Studio
from services.tracks.track import Track
from services.wavespeed.sure_connections import SureConnector

T = TypeVar("T")

log = structlog.get_logger(__name__)

# None that is privileged: of messages only that they are there, and that they are deleted.
INTENTS = discord.Intents(
    guilds=True, guild_messages=True, auto_moderation_configuration=True, voice_states=True
)
NEW_MESSAGE = "/messages"  # how the path ends of what only one of the clusters may POST
MOST_TAKEN = 10_000  # interactions that are known to have been taken up; none is told again after minutes
# Optional in Discord's OpenAPI description, and nothing here asks for it; discord.py logs in only with it.
_OF_APPLICATION: dict[str, Any] = {"bot_public": False, "bot_require_code_grant": False}
HEARTBEAT = 15.0  # seconds between two touches of the health file while every shard is connected


class Progress(Protocol):
    """The private answers under the interactions that asked for tracks."""

    async def begin(
        self,
        interaction: discord.Interaction[Any],
        tracks: Sequence[Track],
        warnings: Sequence[Rushed],
        known: Taken | None,
    ) -> None:
        """Gives the answer of tracks that were just asked for together, before any of them starts.

        warnings: what their member should know of the prompt. known: of the tracks, where it is. Raises
        NotAcknowledged.
        """

    async def refresh(self, track: Track) -> None:
        """Brings the answer of a track that was just read up to date, while its interaction can be answered.

        Raises nothing.
        """


class Jamboree(commands.AutoShardedBot):
    """`open` while interactions are taken: after the studio's launch, until it closes."""

    studio: Studio
    answers: Progress

    def __init__(self, settings: Settings, tree: type[app_commands.CommandTree[Jamboree]]) -> None:
        self.clock = OtherClock()  # Discord's
        super().__init__(
            command_prefix=(),  # slash commands only: reading messages is a privilege that is not asked for
            help_command=None,
            tree_cls=tree,
            intents=INTENTS,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=settings.guild_patience,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            http_trace=_traced(self),
            **_shards_of(settings),
        )
        self.settings = settings
        self.open = False
        self.answering: dict[asyncio.Task[Any], discord.Interaction[Any]] = {}
        self.connection: asyncio.Task[None] | None = None
        self.connected: set[int] = set()  # shards that Discord has made ready at least once
        self.edits = CoalescedEdits()
        self._taken: dict[int, None] = {}  # ids of interactions, the oldest first
        self._parts: dict[type[Any], Any] = {}

    def add_part(self, part: object) -> None:
        """What others find by its class, because the client itself knows none of those above it."""
        self._parts[type(part)] = part

    def part(self, kind: type[T]) -> T:
        """The part of the bot that is of that class (`add_part`). Raises KeyError where there is none."""
        return self._parts[kind]

    def new_connector(self) -> SureConnector:
        """Connections to Discord, for one login."""
        return SureConnector(self.studio.database.place_is_sure, NEW_MESSAGE)

    def get_guild(self, id: int, /) -> discord.Guild | None:  # noqa: A002  (discord.py's name for it)
        """None too as long as Discord has said no more of it than that it is unavailable.

        Nothing may be concluded from the channels and roles that it has not told yet.
        """
        guild = super().get_guild(id)
        untold = guild is not None and guild.unavailable and not guild.channels
        return None if untold else guild

    async def on_shard_connect(self, shard_id: int) -> None:
        """Notes that the shard is connected, for the health file."""
        self.connected.add(shard_id)

    async def on_message(self, _message: discord.Message) -> None:
        """What people write is none of ours; discord.py would look for commands in it."""

    async def application_info(self) -> discord.AppInfo:
        """What Discord tells of the application, also where that lacks what discord.py needs to log in."""
        told: Any = await self.http.application_info()
        return discord.AppInfo(self._connection, _OF_APPLICATION | told)

    @property
    def gateway(self) -> Gateway:
        """How this process is connected to Discord; its shards count also before they are begun."""
        own = self.shard_ids or range(self.shard_count or 0)
        begun = self.shards.values()
        seconds = [shard.latency for shard in begun if isfinite(shard.latency)]
        return Gateway(len(own), sum(not shard.is_closed() for shard in begun), max(seconds, default=None))

    def owners(self) -> set[int]:
        """Whoever hosts the bot, as the Developer Portal says: the application's owner, or its team's.

        Of a team also those who could read the bot's token there; nobody who was only invited to it.
        """
        about = self.application
        assert about is not None, "log in first"
        if about.team is None:
            return {about.owner.id}
        may = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
        accepted = discord.TeamMembershipState.accepted
        members = (one for one in about.team.members if one.membership_state is accepted)
        return {about.team.owner_id or 0, *(one.id for one in members if one.role in may)}

    def taken_up(self, interaction: discord.Interaction[Any]) -> bool:
        """Notes that the current task answers the interaction, so that stopping waits for it.

        From then on the task's lines in the log have the interaction's id. False where one did before: after
        a connection that broke, Discord may tell again what it has told.
        """
        if interaction.id in self._taken:
            return False
        self._taken[interaction.id] = None
        if len(self._taken) > MOST_TAKEN:
            del self._taken[next(iter(self._taken))]
        bind_contextvars(interaction=str(interaction.id))
        task = asyncio.current_task()
        assert task is not None
        self.answering[task] = interaction
        task.add_done_callback(self.answering.pop)
        return True

    async def stay_healthy(self, file: Path) -> None:
        """Touches the file for as long as every shard is connected; a health check looks at its age."""
        while True:
            gateway = self.gateway
            if self.is_ready() and gateway.connected == gateway.shards:
                try:
                    await asyncio.to_thread(file.touch)
                except OSError as error:  # no room for its name
                    log.warning("the health file was not touched", error=str(error))
            await asyncio.sleep(HEARTBEAT)


def _traced(bot: Jamboree) -> aiohttp.TraceConfig:
    """Counts the HTTP status of each answer, also of those after which discord.py asks again by itself."""

    async def ended(_session: object, _context: object, end: aiohttp.TraceRequestEndParams) -> None:
        bot.studio.metrics.discord_answered(end.response.status)

    async def broke(_session: object, _context: object, _error: aiohttp.TraceRequestExceptionParams) -> None:
        bot.studio.metrics.discord_answered(None)

    trace = bot.clock.trace()
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(broke)
    return trace


def _shards_of(settings: Settings) -> dict[str, Any]:
    """The shards that this process connects: its own where several share the work, else all there are."""
    shards: dict[str, Any] = {"shard_count": settings.shard_count}
    if settings.cluster_count > 1 and settings.shard_count:
        shards["shard_ids"] = list(range(settings.cluster_id, settings.shard_count, settings.cluster_count))
    return shards

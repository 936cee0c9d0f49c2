"""The bot as Discord meets it: one client for all shards, with the studio behind it.

The rule: it knows no cog. `cogs.extensions` builds it, and hands it what others look for.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Protocol, TypeVar

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands

from cogs import routes, startup
from cogs.automod import AutoMod
from cogs.folding import Folding
from cogs.options import check_options
from cogs.reasons import NotYetOpen
from cogs.replies import Interaction, tell, tell_interrupted
from cogs.sights import Sights
from services.announcements import Announcements
from services.settings import Settings
from services.storage.database import Database
from services.studio import Studio
from services.wavespeed.sure_connections import SureConnector

log = structlog.get_logger(__name__)
T = TypeVar("T")

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nothing here speaks; no need to warn
LONGEST_HOLD = 5.0  # seconds for which discord.py may hold back what others want in the same place
HEARTBEAT = 15.0  # seconds between two touches of the health file while every shard is connected


class Answers(Protocol):
    """The private answers under the interactions that asked for tracks."""

    async def refresh(self, track_id: str) -> None:
        """Brings the track's answer up to date, while its interaction can be answered; raises nothing."""


class Commands(app_commands.CommandTree["Jamboree"]):
    """Every slash and context-menu command; the one place where their errors end."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        if self.client.open:
            self.client.taken_up(interaction)
            check_options(interaction)
            return True
        if interaction.type is discord.InteractionType.autocomplete:
            await interaction.response.autocomplete([])
        else:
            await tell(interaction, NotYetOpen())
        return False

    async def _call(self, interaction: Interaction) -> None:
        """discord.py passes its own errors on, and lets any other end a task that nobody looks at."""
        try:
            await super()._call(interaction)
        except app_commands.AppCommandError:
            raise
        except Exception as error:  # noqa: BLE001  (the last place where the member can still be told)
            await self._failed(interaction, error)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        await self._failed(interaction, error)

    async def _failed(self, interaction: Interaction, error: Exception) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            log.warning("no suggestions", exc_info=error)
        else:
            await tell(interaction, error)


class Jamboree(commands.AutoShardedBot):
    """`open` while interactions are taken: after the studio's launch, until it closes."""

    guild_patience = 2.0  # seconds without another guild after which all have come (discord.py's own default)

    studio: Studio
    answers: Answers

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__(
            command_prefix=(),  # slash commands only: reading messages is a privilege that is not asked for
            help_command=None,
            tree_cls=Commands,
            intents=discord.Intents(guilds=True, auto_moderation_configuration=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=self.guild_patience,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            **_shards_of(settings),
        )
        self.http.max_ratelimit_timeout = LONGEST_HOLD  # its constructor takes no less than 30
        self.settings = settings
        self.open = False
        self._answering: dict[asyncio.Task[Any], Interaction] = {}
        self.connection: asyncio.Task[None] | None = None
        self.connected: set[int] = set()  # shards that Discord has made ready at least once
        self.announcements = Announcements(database)
        self.automod = AutoMod(self)
        self.folding = Folding()
        self.sights = Sights(self)
        self._parts: dict[type[Any], Any] = {}

    def add_part(self, part: object) -> None:
        """What others find by its class, because the client itself knows none of those above it."""
        self._parts[type(part)] = part

    def part(self, kind: type[T]) -> T:
        """The one of that class. Raises KeyError."""
        return self._parts[kind]

    def new_connector(self) -> SureConnector:
        """Connections to Discord, for one login."""
        return SureConnector(self.studio.database.place_is_sure, _posts_a_message)

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Once the gateway is there; discord.py would try inside its own try, deeper each time."""
        await startup.wait_for_gateway(gateway)
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def on_shard_connect(self, shard_id: int) -> None:
        self.connected.add(shard_id)

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

    def taken_up(self, interaction: Interaction) -> None:
        """Notes that the current task answers the interaction, so that stopping waits for it."""
        task = asyncio.current_task()
        assert task is not None
        self._answering[task] = interaction
        task.add_done_callback(self._answering.pop)

    async def shut_door(self, patience: float) -> None:
        """Takes no more interactions. Those taken up have so many seconds; who waits longer is told why."""
        self.open = False
        if not self._answering:
            return
        _done, late = await asyncio.wait(list(self._answering), timeout=patience)
        if late:
            telling = [asyncio.create_task(tell_interrupted(self._answering[task])) for task in late]
            await asyncio.wait(telling, timeout=patience)

    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            await routes.dispatch(interaction)

    async def stay_healthy(self, file: Path) -> None:
        """Touches the file for as long as every shard is connected; a health check looks at its age."""
        while True:
            if self.is_ready() and not any(shard.is_closed() for shard in self.shards.values()):
                await asyncio.to_thread(file.touch)
            await asyncio.sleep(HEARTBEAT)


def _posts_a_message(request: aiohttp.ClientRequest) -> bool:
    """As no edit and no answer to an interaction does: what only one of the clusters may do."""
    return request.method == "POST" and request.url.path.endswith("/messages")


def _shards_of(settings: Settings) -> dict[str, Any]:
    """The shards that this process connects: its own where several share the work, else all there are."""
    shards: dict[str, Any] = {"shard_count": settings.shard_count}
    if settings.cluster_count > 1 and settings.shard_count:
        shards["shard_ids"] = list(range(settings.cluster_id, settings.shard_count, settings.cluster_count))
    return shards

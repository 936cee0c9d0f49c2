"""Which cogs there are: the one place that builds the bot, and gives it what can be typed and pressed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from cogs import album, host, invitations, privacy, queue, rework, variations, voice
from cogs import help as help_and_hello
from cogs.album import AlbumCommands
from cogs.albums import adding, editing, pages, publishing
from cogs.albums.posting import AlbumPosting
from cogs.budget import BudgetCommand
from cogs.compose import Compose
from cogs.connection import startup
from cogs.contest import ContestCommands
from cogs.contests import deciding, entering, voting
from cogs.contests.keeper import ContestKeeper
from cogs.core.automod import AutoMod
from cogs.core.client import Jamboree
from cogs.core.command_tree import Commands
from cogs.core.component_router import Router
from cogs.core.elsewhere import Elsewhere
from cogs.core.responses import Interaction, tell_interrupted
from cogs.core.rights import Right, commands_in, right_to
from cogs.core.sights import Sights
from cogs.help import Hello, Help
from cogs.host import HostCommands
from cogs.invitations import Invitations
from cogs.jam import JamCommands
from cogs.jams import lending, presses, rounds, sections
from cogs.jams.panels import JamPanels
from cogs.languages.command_translator import CommandTranslator
from cogs.languages.guild_languages import GuildLanguages
from cogs.library import family, tracks
from cogs.library.charts import ChartCommands
from cogs.library.family import FamilyCommands
from cogs.library.track import TrackCommand
from cogs.library.tracks import TracksCommand
from cogs.moderating import key, panel, reports, reviews
from cogs.moderating.budget import LimitCommand
from cogs.moderating.key import KeyCommands
from cogs.moderating.log_channel import LogChannel
from cogs.moderating.member import MemberCommands
from cogs.moderating.panel import PanelCommands
from cogs.moderating.reports import ReportCommands
from cogs.moderating.reviews import ReviewCommands
from cogs.own_voices import recordings
from cogs.own_voices import reviews as voice_reviews
from cogs.own_voices.reviews import VoiceReviews
from cogs.parties import presses as party_presses
from cogs.parties.panel import Panels
from cogs.parties.players import PartyPlayers
from cogs.party import PartyCommands
from cogs.posts import ballots, buttons, made_from, menu
from cogs.posts.ballots import BallotBox
from cogs.posts.deleted_messages import DeletedMessages
from cogs.posts.kept_messages import KeptMessages
from cogs.posts.moderators_delivery import ModeratorsDelivery
from cogs.posts.pending_notices import Notices
from cogs.posts.progress_reply import ProgressReplies
from cogs.posts.vote_counts import VoteCounts
from cogs.privacy import PrivacyCommands
from cogs.queue import Queue
from cogs.relay import RelayCommands
from cogs.relays import presses as relay_presses
from cogs.relays.keeper import RelayKeeper
from cogs.remix_seed import Remix
from cogs.requests import drafts, rework_confirmation, submit
from cogs.rework import Rework, SingingCommand
from cogs.variations import VariationCommands
from cogs.voice import VoiceCommands
from services.delivery import Delivery
from services.parties import service as parties
from services.settings import Settings
from services.studio import Studio

ROUTED = (
    album,
    adding,
    editing,
    pages,
    deciding,
    entering,
    voting,
    publishing,
    relay_presses,
    family,
    help_and_hello,
    host,
    invitations,
    lending,
    presses,
    rounds,
    sections,
    key,
    panel,
    party_presses,
    ballots,
    buttons,
    menu,
    privacy,
    queue,
    reports,
    drafts,
    rework_confirmation,
    submit,
    reviews,
    rework,
    tracks,
    variations,
    voice,
    recordings,
    voice_reviews,
)
"""The modules that say what is done with which custom_id."""


class Bot(Jamboree):
    """The client with all of its cogs, and what it does with what comes in."""

    router: Router

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Once the gateway is there; discord.py would try inside its own try, deeper each time."""
        await startup.wait_for_gateway(gateway)
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Routes what was pressed or sent; commands go through the tree."""
        if interaction.type in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            await self.router.dispatch(interaction)

    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """A server has the language that it has in Discord, where its moderators chose none."""
        if before.preferred_locale != after.preferred_locale:
            self.dispatch("rules_changed", after.id, {"language"})

    async def drain(self, patience: float) -> None:
        """Takes no more interactions. Those taken up have so many seconds; who waits longer is told why."""
        self.open = False
        if not self.answering:
            return
        _done, late = await asyncio.wait(list(self.answering), timeout=patience)
        if late:
            telling = [asyncio.create_task(tell_interrupted(self.answering[task])) for task in late]
            await asyncio.wait(telling, timeout=patience)

    async def setup_hook(self) -> None:
        """Adds every cog, those for the host in the host's guild alone."""
        await self.tree.set_translator(CommandTranslator())
        for cog in _cogs(self):
            await self.add_cog(cog)
        if self.settings.host_guild_id is not None:
            await self.add_cog(HostCommands(), guild=discord.Object(self.settings.host_guild_id))


def build(settings: Settings, studio_with: Callable[[Delivery], Studio]) -> Bot:
    """The bot, not yet logged in. studio_with: gives its studio, which posts by that delivery."""
    bot = Bot(settings, Commands)
    bot.router = Router()
    for module in ROUTED:
        bot.router.add(module)
    bot.add_part(Elsewhere(bot))
    delivery = ModeratorsDelivery(bot)
    bot.answers = answers = ProgressReplies(bot)
    bot.studio = studio_with(delivery)
    languages, sights = GuildLanguages(bot), Sights(bot)
    boards, keeper, players = KeptMessages(bot), ContestKeeper(bot), PartyPlayers(bot)
    cogs = AutoMod(bot), JamPanels(bot), DeletedMessages(bot), boards, keeper, players
    for part in (delivery, answers, languages, sights, *cogs):
        bot.add_part(part)
    made_from.register(bot)
    boards.register(parties.KIND, Panels(bot).write, open_in=bot.studio.parties.open_in)
    return bot


def _cogs(bot: Jamboree) -> list[commands.Cog]:
    return [
        Compose(),
        Remix(bot),
        *_grouped(_rework(), Rework(bot), VariationCommands(), *_singing(bot)),
        JamCommands(),
        AlbumCommands(),
        ContestCommands(),
        AlbumPosting(bot),
        PartyCommands(),
        RelayCommands(),
        RelayKeeper(bot),
        Queue(),
        *_grouped(_library(), TracksCommand(), TrackCommand(), FamilyCommands(), ChartCommands(bot)),
        BudgetCommand(),
        PrivacyCommands(bot),
        Help(),
        Hello(bot),
        *_grouped(
            _moderation(),
            PanelCommands(),
            LimitCommand(),
            MemberCommands(),
            ReviewCommands(bot),
            ReportCommands(bot),
            KeyCommands(),
        ),
        LogChannel(bot),
        bot.part(AutoMod),
        Notices(bot),
        VoteCounts(bot),
        bot.part(JamPanels),
        bot.part(DeletedMessages),
        bot.part(KeptMessages),
        bot.part(ContestKeeper),
        bot.part(PartyPlayers),
        bot.part(ProgressReplies),
        BallotBox(bot),
        Invitations(bot),
        VoiceReviews(bot),
        *([VoiceCommands(bot)] if bot.studio.own_voices.offers_to_forget else []),
    ]


def _singing(bot: Jamboree) -> list[commands.Cog]:
    """What is there only where the host has switched it on."""
    return [SingingCommand()] if bot.settings.voice_cloning else []


def _rework() -> app_commands.Group:
    return app_commands.Group(name="rework", description="Make a new track from one that is there.")


def _library() -> app_commands.Group:
    return app_commands.Group(name="library", description="This server's music: look it up, play it again.")


def _moderation() -> app_commands.Group:
    return app_commands.Group(
        name="moderation",
        description="For moderators: what members may make here, and what it may cost.",
        default_permissions=discord.Permissions(manage_guild=True),
    )


def _grouped(group: app_commands.Group, *cogs: commands.Cog) -> tuple[commands.Cog, ...]:
    """The cogs, with their commands in the group in place of at the top. A cog's own group goes below it."""
    for cog in cogs:
        for command in [cog.app_command] if cog.app_command else cog.get_app_commands():
            group.add_command(command)
    return cogs


def command_names(bot: Bot, home: int | None = None) -> list[str]:
    """What is registered for everybody; home: in that server alone. After `setup_hook`."""
    return [one.name for one in bot.tree.get_commands(guild=discord.Object(home) if home else None)]


def rights_of(bot: Bot) -> list[Right]:
    """Who may use what, of all that can be typed, pressed and sent."""
    home = bot.settings.host_guild_id
    everywhere = bot.tree.get_commands()
    at_home = bot.tree.get_commands(guild=discord.Object(home)) if home is not None else []
    typed = [right_to(one) for top in (*everywhere, *at_home) for one in commands_in(top)]
    return typed + bot.router.rights

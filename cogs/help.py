"""/help: what can be done, by what one wants to do; and the hello in a server that the bot was added to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.component_router import button, route, view
from cogs.core.discord_errors import answering
from cogs.core.hints import without_hint
from cogs.core.history import custom_ids, posted_since, say_once
from cogs.core.periodic_tasks import PeriodicTask
from cogs.core.pictures import COLOUR
from cogs.core.responses import Interaction, answer
from cogs.core.rights import Who, check_rank, commands_in, right, right_to
from cogs.languages.guild_languages import publicly
from cogs.requests.drafts import Draft, Form, open_to_write
from cogs.texts import help as texts
from cogs.texts.formatting import LONGEST_DESCRIPTION
from cogs.texts.translation import Text
from services.delivery import Reach
from services.periodic_tasks import each
from services.text.refusal import refuses

log = structlog.get_logger(__name__)

NEW = timedelta(days=7)  # since the bot was added; an earlier version said no hello for what it was not there


class Help(commands.Cog):
    """Says what can be done."""

    @app_commands.command(description="What you can do here, by what you want to do.")
    @right(Who.MEMBER, "Read what one can do")
    async def help(self, interaction: Interaction) -> None:
        """Lists, privately, the commands that the member may use."""
        await _tell(interaction)


class Hello(PeriodicTask):
    """Says hello in a server that it was added to, also while it was away: once, where everybody reads it."""

    interval = 30.0  # seconds

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.look)
        self._greeted: set[int] = set()
        self._turn = asyncio.Lock()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Says it at once."""
        if self.bot.open:
            async with self._turn:
                await each([guild], lambda guild: self._greet(guild, None))

    async def look(self) -> None:
        """Says it in servers that were joined while nobody heard of it."""
        since = discord.utils.utcnow() - NEW
        new = [one for one in self.bot.guilds if one.id not in self._greeted and _joined(one) > since]
        async with self._turn:
            await each(new, lambda guild: self._greet(guild, _joined(guild)))

    async def _greet(self, guild: discord.Guild, joined: datetime | None) -> None:
        """joined: where it may have been said since then. Raises DeliveryUnavailable."""
        channel = _first_to_write_in(guild)
        if channel is None:
            return
        try:
            with await publicly(self.bot, guild.id):
                await self._say_hello(channel, joined)
        except discord.HTTPException as refusal:
            log.info("no hello", guild=guild.id, reason=str(refusal))
        self._greeted.add(guild.id)

    async def _say_hello(self, channel: discord.TextChannel, joined: datetime | None) -> None:
        announcements = self.bot.studio.announcements
        said = await announcements.begin(f"hello {channel.guild.id}", str(texts.HELLO))
        if said.way is not None:
            return
        place = self.bot.get_partial_messageable(channel.id, guild_id=channel.guild.id)
        async with answering():
            if joined is None or await posted_since(place, joined, _is_hello) is None:
                await say_once(
                    place,
                    said,
                    view=view(
                        button(texts.FIRST_SONG, "hello:song", discord.ButtonStyle.primary),
                        button(texts.HOW_IT_WORKS, "hello:help"),
                        button(texts.SET_IT_UP, "hello:setup"),
                    ),
                    allowed_mentions=discord.AllowedMentions.none(),
                )
        await announcements.said(said, Reach.CHANNEL)


def _joined(guild: discord.Guild) -> datetime:
    """When the bot was added; long ago where Discord does not say."""
    me: discord.Member | None = None if guild.unavailable else guild.me
    return (me and me.joined_at) or datetime.min.replace(tzinfo=UTC)


def _is_hello(message: discord.Message) -> bool:
    return "hello:song" in custom_ids(message)


@route(r"hello:song", Who.MEMBER, "Open the form of a first song", sample="hello:song")
async def first_song(interaction: Interaction, _match: re.Match[str]) -> None:
    """Opens an empty form."""
    await open_to_write(interaction, Form("edit", Draft(), title=str(texts.FIRST_TITLE)))


@route(r"hello:help", Who.MEMBER, "Read what one can do, from the bot's hello", sample="hello:help")
async def how_it_works(interaction: Interaction, _match: re.Match[str]) -> None:
    """What `/help` says."""
    await _tell(interaction)


@route(r"hello:setup", Who.MODERATOR, "Read how a server is set up", sample="hello:setup")
async def set_up(interaction: Interaction, _match: re.Match[str]) -> None:
    """Says which commands do that."""
    await answer(interaction, texts.SET_UP)


async def _tell(interaction: Interaction) -> None:
    """Says it all: what does not fit into one embed goes on in the next."""
    without_hint(interaction)  # it says all that hints do
    embeds = [discord.Embed(title=texts.TITLE, colour=COLOUR)]
    for words in [*_topics(interaction), str(texts.BELOW)]:
        whole = f"{embeds[-1].description or ''}\n\n{words}".lstrip()
        if len(whole) > LONGEST_DESCRIPTION:
            embeds.append(discord.Embed(colour=COLOUR))
            whole = words
        embeds[-1].description = whole
    await answer(interaction, embeds=embeds)


def _topics(interaction: Interaction) -> Iterator[str]:
    does = _may_use(interaction)
    for title, names in texts.TOPICS.items():
        own = {name: does[name] for name in names if name in does}
        if own:
            yield texts.topic(title, own)


def _may_use(interaction: Interaction) -> dict[str, str]:
    """What each command does that the member may use, by its name."""
    tree = interaction.client.tree
    everywhere: list[Any] = [*tree.get_commands(), *tree.get_commands(guild=interaction.guild)]
    found: dict[str, str] = {}
    for command in everywhere:
        for one in commands_in(command):
            if isinstance(one, app_commands.Command) and not refuses(
                check_rank, interaction, right_to(one).who
            ):
                found[f"/{one.qualified_name}"] = str(Text(one.description))
    return found


def _first_to_write_in(guild: discord.Guild) -> discord.TextChannel | None:
    """The system channel, or the first text channel, in which the bot may write."""
    system = [guild.system_channel] if guild.system_channel is not None else []
    for channel in [*system, *guild.text_channels]:
        may = channel.permissions_for(guild.me)
        if may.view_channel and may.send_messages:
            return channel
    return None

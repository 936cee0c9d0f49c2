"""/jam: members shape the next track together. Here it is opened, listed, ended; the rest is on its panel."""

from __future__ import annotations

import asyncio

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs.core.discord_errors import answering, is_not_now
from cogs.core.guild_checks import asker_of, automod_for
from cogs.core.permissions import JAMS, JAMS_IN_THREADS, lacking
from cogs.core.responses import Interaction, answer, guild_of, hold, is_moderator
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.jams.panel_message import thread_name
from cogs.jams.panels import JamPanels
from cogs.jams.rounds import question_of_end
from cogs.languages.guild_languages import publicly
from cogs.posts.threads import open_thread, put_away
from cogs.texts.formatting import shortened
from cogs.texts.jams import jam as texts
from services.delivery import DeliveryUnavailable
from services.guilds.checks import approve_theme, check_jams
from services.jams.jams import LONGEST_THEME
from services.jams.service import JamThere, Start
from services.jams.storage import Session
from services.prompts.prompt import LONGEST, SHORTEST, suggest_tags
from services.tracks.sight import everything_in

log = structlog.get_logger(__name__)

SHARE = 60  # percent of those in who must lock in, where the starter says nothing
QUIET = 1440  # minutes after which Discord puts a quiet thread away


class JamCommands(commands.GroupCog, name="jam", description="Make a track together."):
    """Opens a jam, lists those that go on, ends one."""

    @app_commands.command(description="Open a jam: all who join shape the next track together.")
    @app_commands.describe(
        theme="What it is about; also the tracks' title",
        tags="Tags to begin with, separated by commas; all can change them",
        duration="How long the track is, in seconds (60 if you say nothing)",
        share=f"What percentage of those in must lock in before it is made ({SHARE} if you say nothing)",
        thread="In a thread of its own",
    )
    @right(Who.MEMBER, "Open a jam, where the guild's rules let one use jams; each press in it asks again")
    async def start(
        self,
        interaction: Interaction,
        theme: app_commands.Range[str, 1, LONGEST_THEME] = "",
        tags: app_commands.Range[str, 1, 1000] = "",
        duration: app_commands.Range[int, SHORTEST, LONGEST] = 60,
        share: app_commands.Range[int, 1, 100] = SHARE,
        thread: bool = False,
    ) -> None:
        """Opens a jam with its panel, here or in a thread of its own."""
        await hold(interaction)
        title, parsed = await _checked(interaction, theme, tags, duration)
        if refused := _what_i_may_not(interaction, thread=thread):
            await answer(interaction, refused)
            return
        start = Start(
            guild_id=guild_of(interaction),
            # a thread comes after the limits were asked; killed before it, a jam without a channel is over
            channel_id=interaction.id if thread else interaction.channel_id or 0,
            starter_id=interaction.user.id,
            starter_name=interaction.user.display_name,
            theme=title,
            tags=tuple(parsed),
            duration=duration,
            share=share,
            own_thread=thread,
        )
        try:
            session = await interaction.client.studio.jams.start(start)
        except JamThere as there:
            interaction.client.dispatch("jam_changed", there.session.id)  # posted anew, where it was deleted
            raise
        await _open(interaction, session, thread=thread)

    @start.autocomplete("tags")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Tags that go on with what was typed."""
        return [app_commands.Choice(name=value, value=value) for value in suggest_tags(typed)]

    @app_commands.command(name="list", description="The jams that are open in this server.")
    @right(Who.MEMBER, "See the jams that go on")
    async def show(self, interaction: Interaction) -> None:
        """Lists the jams that go on, once each panel was posted anew that was deleted."""
        await hold(interaction)
        bot, sight = interaction.client, await sight_of(interaction)
        found = await bot.studio.jams.going_on(sight)
        await asyncio.gather(*(bot.part(JamPanels).brought(session.id) for session in found))
        lines = [texts.line(session) for session in await bot.studio.jams.going_on(sight)]
        await answer(interaction, "\n".join(lines) or texts.NO_JAM)

    @app_commands.command(description="End a jam: its lead, or a moderator.")
    @app_commands.describe(jam="Which one; the one in this channel if you say nothing")
    @right(Who.MEMBER, "Be asked whether to end a jam: who leads it, or a moderator", decides=True)
    async def end(self, interaction: Interaction, jam: str = "") -> None:
        """Asks whether to end the jam. Raises NoSuchJam, NotTheLead."""
        await hold(interaction)
        reference = jam or str(interaction.channel_id)
        jams, moderator = interaction.client.studio.jams, is_moderator(interaction)
        session = await jams.theirs(
            await sight_of(interaction), reference, interaction.user.id, moderator=moderator
        )
        await question_of_end(interaction, session)

    @end.autocomplete("jam")
    async def which(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Jams that go on, by theme and channel."""
        if interaction.guild_id is None or interaction.guild is None:
            return []
        found = await interaction.client.studio.jams.going_on(await sight_of(interaction))
        choices: list[app_commands.Choice[str]] = []
        for session in found:
            channel = interaction.guild.get_channel_or_thread(session.channel_id)
            name = texts.in_channel(session.jam.theme, channel.name if channel else None)
            if typed.casefold() in name.casefold():
                choices.append(app_commands.Choice(name=shortened(name, 100), value=session.id))
        return choices[:25]


async def _checked(interaction: Interaction, theme: str, tags: str, duration: int) -> tuple[str, list[str]]:
    """Theme and tags, which the guild's rules allow. Raises PromptError and what check_jams does."""
    asker = await asker_of(interaction)
    check_jams(asker)
    automod = await automod_for(interaction.client, asker)
    return await approve_theme(asker, automod, theme, tags, longest=LONGEST_THEME, seconds=duration)


def _what_i_may_not(interaction: Interaction, *, thread: bool) -> str | None:
    """Why nothing can be opened here; None where it can."""
    if thread and not isinstance(interaction.channel, discord.TextChannel):
        return str(texts.NO_THREAD_HERE)
    missing = lacking(interaction, JAMS_IN_THREADS if thread else JAMS)
    return texts.may_not(missing) if missing else None


async def _open(interaction: Interaction, session: Session, *, thread: bool) -> None:
    """Posts the panel, in a thread of its own where that is wished; where that fails there is no jam."""
    bot = interaction.client
    panels = bot.part(JamPanels)
    try:
        with panels.opening(session.id):
            if thread:
                session = await _in_a_thread(interaction, session)
            session = await panels.open(session)
    except (DeliveryUnavailable, discord.HTTPException) as refusal:
        log.warning("no jam opened", jam=session.id, error=str(refusal))
        await bot.studio.jams.give_up(session.id)
        if session.channel_id != interaction.id and thread:
            await put_away(bot, session.channel_id)
        if isinstance(refusal, DeliveryUnavailable) or is_not_now(refusal):
            raise
        refused = texts.no_thread if thread else texts.no_panel
        await answer(interaction, refused(refusal.text or str(refusal.status)))
        return
    await answer(interaction, texts.opened(session))


async def _in_a_thread(interaction: Interaction, session: Session) -> Session:
    """Raises discord.HTTPException, DeliveryUnavailable."""
    bot, channel = interaction.client, interaction.channel
    assert isinstance(channel, discord.TextChannel)
    with await publicly(bot, session.guild_id):
        name = thread_name(session)
    others = {one.channel_id for one in await bot.studio.jams.going_on(everything_in(session.guild_id))}
    made = await open_thread(bot, channel, name, interaction.created_at, others, auto_archive_duration=QUIET)
    placed = await bot.studio.jams.place(session.id, channel_id=made.id)
    try:
        async with answering():
            await made.add_user(interaction.user)
    except (DeliveryUnavailable, discord.HTTPException) as refusal:
        log.info("starter not in the jam's thread", jam=session.id, error=str(refusal))
    return placed

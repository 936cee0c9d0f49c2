"""/relay: a song written a line each. Here it is opened; the rest is on its post."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from cogs.core.guild_checks import anybody_in, automod_for, check_may_ask
from cogs.core.permissions import JAMS, lacking
from cogs.core.responses import Interaction, answer, guild_of, hold
from cogs.core.rights import Who, right
from cogs.core.sights import place_of
from cogs.posts.kept_messages import KeptMessages
from cogs.texts.jams.jam import may_not
from cogs.texts.relays import relay as texts
from services.guilds.checks import approve_theme
from services.relays.relay import (
    LEAST_SEATS,
    LONGEST_THEME,
    MOST_LINES,
    MOST_ROUNDS,
    MOST_SEATS,
    RelayThere,
)
from services.relays.service import Start
from services.relays.storage import post_of


class RelayCommands(commands.GroupCog, name="relay", description="A song written a line each."):
    """Opens a relay."""

    @app_commands.command(
        description="Open a relay: each writes a line and sees only the last one; then it is sung."
    )
    @app_commands.describe(
        theme="What it is about; also the song's title",
        seats="How many write (4 if you say nothing)",
        rounds="How many lines each writes (2 if you say nothing)",
        minutes="How many minutes each has for a line (10 if you say nothing)",
    )
    @right(Who.MEMBER, "Open a relay, where the guild's rules let one ask for tracks")
    async def start(
        self,
        interaction: Interaction,
        theme: app_commands.Range[str, 1, LONGEST_THEME] = "",
        seats: app_commands.Range[int, LEAST_SEATS, MOST_SEATS] = 4,
        rounds: app_commands.Range[int, 1, MOST_ROUNDS] = 2,
        minutes: app_commands.Range[int, 1, 1440] = 10,
    ) -> None:
        """Opens a relay in this channel, with its starter in the first seat."""
        await hold(interaction)
        await check_may_ask(interaction)
        if missing := lacking(interaction, JAMS):
            await answer(interaction, may_not(missing))
            return
        title = await _checked(interaction, theme)
        start = Start(
            guild_id=guild_of(interaction),
            channel_id=interaction.channel_id or 0,
            place_id=place_of(interaction.channel),
            starter_id=interaction.user.id,
            starter_name=interaction.user.display_name,
            theme=title,
            most=min(seats, MOST_LINES // rounds),
            rounds=rounds,
            minutes=minutes,
        )
        bot = interaction.client
        try:
            relay = await bot.studio.relays.start(start)
        except RelayThere as there:
            await bot.part(KeptMessages).look_for(post_of(there.relay_id))
            raise
        kept = await bot.part(KeptMessages).brought(post_of(relay.id))
        if kept is not None and kept.message_id is None and not kept.due:
            await bot.studio.relays.give_up(relay.guild_id, relay.channel_id)
            await answer(interaction, texts.NO_POST)
            return
        await answer(interaction, texts.started(relay))


async def _checked(interaction: Interaction, theme: str) -> str:
    """The theme, which the guild's rules allow whoever has it sung. Raises PromptError."""
    asker = await anybody_in(interaction.client, guild_of(interaction), interaction.channel_id or 0)
    automod = await automod_for(interaction.client, asker)
    return (await approve_theme(asker, automod, theme, longest=LONGEST_THEME))[0]

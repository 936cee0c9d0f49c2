"""/voice and *Use as my voice* in a message's menu: giving one's own voice, and taking it back."""

from __future__ import annotations

import re
import secrets

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.component_router import button, route, view
from cogs.core.guild_checks import asker_of, check_may_ask
from cogs.core.responses import Interaction, answer, guild_of, hold
from cogs.core.rights import Who, right
from cogs.own_voices.recordings import take_from
from cogs.texts.own_voices import voice as texts
from services.prompts.models import MUSIC_01

NUMBERS = 4  # that are said in a recording, so that it is of its own sentence
LONGEST_NAME = 60  # characters of names in the sentence


class VoiceCommands(
    commands.GroupCog, name="voice", description="Your own voice, with which your songs are sung."
):
    """Recording and forgetting."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self.menu = app_commands.ContextMenu(name="Use as my voice", callback=self.use_message)

    async def cog_load(self) -> None:
        """Adds the entry in messages' menus."""
        self.bot.tree.add_command(self.menu)

    @app_commands.command(description="Give me your own voice: I show you a sentence to say.")
    @right(Who.MEMBER, "Be shown the sentence with which one gives one's own voice")
    async def record(self, interaction: Interaction) -> None:
        """Shows a sentence that is made for this one time, and how it is given."""
        await hold(interaction)
        await check_may_ask(interaction)
        studio, user = interaction.client.studio, interaction.user
        guild = interaction.guild.name if interaction.guild else ""
        numbers = ", ".join(str(secrets.randbelow(90) + 10) for _ in range(NUMBERS))
        said = texts.sentence(user.display_name[:LONGEST_NAME], guild[:LONGEST_NAME], numbers)
        asked = await studio.own_voices.ask(guild_of(interaction), user.id, said)
        rules = (await asker_of(interaction)).rules
        text = texts.asked(asked, studio.prices.of(1, MUSIC_01), reviewed=rules.review_channel_id is not None)
        give = button(texts.GIVE_FILE, "voice:file", discord.ButtonStyle.primary)
        await answer(interaction, text, view=view(give))

    @app_commands.command(description="Have the recording of your voice erased; asks you first.")
    @right(Who.MEMBER, "Be asked whether to erase the recording of one's own voice")
    async def forget(self, interaction: Interaction) -> None:
        """Asks first: there is no way back."""
        buttons = view(
            button(texts.FORGET_IT, "voice:forget", discord.ButtonStyle.danger),
            button(texts.KEEP_IT, "voice:keep"),
        )
        await answer(interaction, texts.FORGET, view=buttons)

    @right(Who.MEMBER, "Give the recording in one's own message as one's own voice")
    async def use_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Takes the recording in the member's own, fresh message."""
        await hold(interaction)
        await take_from(interaction, message)


@route(
    r"voice:forget",
    Who.MEMBER,
    "Erase the recording of one's own voice, never anybody else's",
    sample="voice:forget",
    private=True,
)
async def forget_it(interaction: Interaction, _match: re.Match[str]) -> None:
    """Erases the recording of whoever presses."""
    await interaction.response.defer()
    await interaction.client.studio.own_voices.forget(guild_of(interaction), interaction.user.id)
    await interaction.edit_original_response(content=str(texts.FORGOTTEN), view=None)


@route(
    r"voice:keep", Who.MEMBER, "Not erase the recording of one's own voice", sample="voice:keep", private=True
)
async def keep_it(interaction: Interaction, _match: re.Match[str]) -> None:
    """Erases nothing."""
    await interaction.response.edit_message(content=str(texts.KEPT), view=None)

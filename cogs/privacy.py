"""/privacy: a member's own data, as a file or erased. The rule: only ever that of whoever asks."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import re

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.component_router import button, route, view
from cogs.core.responses import Interaction, answer, hold
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.texts import privacy as texts
from cogs.texts.general import KEEP_IT

MOST_FILES = 10  # of one message (Discord: Create Message)
LARGEST = 8_000_000  # bytes that a server of any kind takes; what is larger is packed


class PrivacyCommands(
    commands.GroupCog, name="privacy", description="Your own data: get a copy, or have it deleted."
):
    """Export and deletion."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot

    # What was to go from a channel that was closed to the bot goes when it is open again.

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Tries again what could not be taken down in that guild."""
        self.bot.studio.privacy.opened(guild.id)

    @commands.Cog.listener()
    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """The same, where a channel may have been opened to the bot."""
        if before.overwrites != after.overwrites or before.category_id != after.category_id:
            self.bot.studio.privacy.opened(after.guild.id)

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """The same, where a role may have given the bot a permission."""
        if before.permissions != after.permissions:
            self.bot.studio.privacy.opened(after.guild.id)

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """The same, where the bot itself may have been given a role."""
        if after.id == after.guild.me.id and before.roles != after.roles:
            self.bot.studio.privacy.opened(after.guild.id)

    @app_commands.command(description="A private copy of all that I keep about you, in every server.")
    @right(Who.MEMBER, "Have a copy of one's own data")
    async def export(self, interaction: Interaction) -> None:
        """Gives the member a file with all that is kept about them."""
        await hold(interaction)
        sight = await sight_of(interaction)
        theirs = await interaction.client.studio.privacy.export(interaction.user.id, sight)
        found = {"about": str(texts.ABOUT_EXPORT), **theirs}
        name, data = "jamboree-my-data.json", json.dumps(found, ensure_ascii=False, indent=1).encode()
        if len(data) > LARGEST:
            name, data = f"{name}.gz", await asyncio.to_thread(gzip.compress, data)
        files, room = [discord.File(io.BytesIO(data), name)], LARGEST - len(data)
        for guild_id, recording in await interaction.client.studio.own_voices.recordings_of(
            interaction.user.id
        ):
            room -= len(recording)
            if room >= 0 and len(files) < MOST_FILES:
                files.append(discord.File(io.BytesIO(recording), f"my-voice-{guild_id}.mp3"))
        await answer(interaction, texts.exported(len(found["tracks"])), files=files)

    @app_commands.command(description="Delete your name and words from all that I keep; asks you first.")
    @right(Who.MEMBER, "Be asked whether to delete one's own data")
    async def delete(self, interaction: Interaction) -> None:
        """Asks whether to delete it, and says what of it there is."""
        await hold(interaction)
        own = await interaction.client.studio.privacy.holdings(interaction.user.id)
        await answer(
            interaction,
            texts.question(own.tracks, banned=bool(own.bans)),
            view=view(
                button(texts.DELETE, "privacy:erase", discord.ButtonStyle.danger),
                button(KEEP_IT, "privacy:keep"),
            ),
        )


@route(r"privacy:erase", Who.MEMBER, "Delete one's own data, never anybody else's", private=True)
async def erase(interaction: Interaction, _match: re.Match[str]) -> None:
    """Deletes the data of whoever presses, even where somebody else was asked."""
    await interaction.response.defer()
    count = await interaction.client.studio.privacy.erase(interaction.user.id)
    await interaction.edit_original_response(content=texts.erased(count), view=None)


@route(
    r"privacy:keep", Who.MEMBER, "Not delete one's own data after all", sample="privacy:keep", private=True
)
async def keep(interaction: Interaction, _match: re.Match[str]) -> None:
    """Deletes nothing."""
    await interaction.response.edit_message(content=texts.KEPT, view=None)

"""What a member could not be told at the time is told after their next command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import discord
import structlog
from discord.ext import commands

from cogs.replies import Interaction, guild_of, is_moderator
from cogs.wording import LONGEST_CONTENT, shortened
from services.notices import MODERATORS

if TYPE_CHECKING:
    from cogs.client import Jamboree

log = structlog.get_logger(__name__)


class Notices(commands.Cog):
    """The last way in which a track's outcome reaches its member."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_app_command_completion(self, interaction: Interaction, _command: object) -> None:
        if interaction.response.type is discord.InteractionResponseType.modal:
            return  # a form takes no message beside it; the next command will do
        guild, member = guild_of(interaction), interaction.user.id
        await self._tell(interaction, guild, member)
        if is_moderator(interaction):
            await self._tell(interaction, guild, MODERATORS)

    async def _tell(self, interaction: Interaction, guild: int, member: int) -> None:
        notices = await self.bot.studio.notices.take(guild, member)
        while notices:
            try:
                text = shortened(f"While you were away: {notices[0]}", LONGEST_CONTENT)
                await interaction.followup.send(text, ephemeral=True)
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                log.info("notices kept", member=member, error=str(error))
                for notice in notices:
                    await self.bot.studio.notices.leave(guild, member, notice)
                return
            del notices[0]

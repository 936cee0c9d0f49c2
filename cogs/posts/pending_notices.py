"""What a member could not be told at the time is told after their next command.

The rule: it is kept until Discord may have taken it, and not told again then.
"""

from __future__ import annotations

from functools import partial

import aiohttp
import discord
import structlog
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.responses import Interaction, guild_of, is_moderator
from cogs.core.webhooks import NotSent
from cogs.texts.formatting import LONGEST_CONTENT, shortened
from cogs.texts.general import while_away
from services.messages.notices import MODERATORS
from services.storage.outages import until_back

log = structlog.get_logger(__name__)


class Notices(commands.Cog):
    """The last way in which a track's outcome reaches its member."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._telling: set[int] = set()

    @commands.Cog.listener()
    async def on_app_command_completion(self, interaction: Interaction, _command: object) -> None:
        """Tells the member what waits for them, and moderators what waits for them all."""
        if interaction.response.type is discord.InteractionResponseType.modal:
            return  # a form takes no message beside it; the next command will do
        guild, member = guild_of(interaction), interaction.user.id
        await self._tell(interaction, guild, member)
        if is_moderator(interaction):
            await self._tell(interaction, guild, MODERATORS)

    async def _tell(self, interaction: Interaction, guild: int, member: int) -> None:
        for notice in await self.bot.studio.notices.waiting(guild, member):
            if notice.id in self._telling:  # by another command of the member's
                continue
            self._telling.add(notice.id)
            try:
                text = shortened(while_away(notice.text), LONGEST_CONTENT)
                if not await _said(interaction, text):
                    return
                # Until that is written down it is said by no other command: it would be said twice.
                await until_back(partial(self.bot.studio.notices.discard, notice), stop=self.bot.is_closed)
            finally:
                self._telling.discard(notice.id)


async def _said(interaction: Interaction, text: str) -> bool:
    """Says it below the command's answer. False where Discord surely did not take it."""
    try:
        await interaction.followup.send(text, ephemeral=True)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("notice told or kept", member=interaction.user.id, error=str(error))
        refused = isinstance(error, discord.HTTPException) and error.status < 500
        return not refused and not isinstance(error, NotSent)
    return True

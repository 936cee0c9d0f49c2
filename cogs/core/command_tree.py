"""Every slash and context-menu command: who is let through, and where their errors end."""

from __future__ import annotations

import discord
import structlog
from discord import app_commands

from cogs.core.client import Jamboree
from cogs.core.option_checks import check_options
from cogs.core.responses import Interaction, tell
from cogs.texts.refusals import NotYetOpen

log = structlog.get_logger(__name__)


class Commands(app_commands.CommandTree[Jamboree]):
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

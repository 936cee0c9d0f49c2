"""Every slash and context-menu command: who is let through, and where their errors end."""

from __future__ import annotations

from collections.abc import Sequence

import discord
import structlog
from discord import app_commands
from discord.abc import Snowflake
from discord.utils import MISSING

from cogs.core.client import Jamboree
from cogs.core.hints import look_up_hints
from cogs.core.option_checks import check_options
from cogs.core.responses import Interaction, in_time, take_in, tell
from cogs.core.rights import Command, Who, check_rank, check_standing, commands_in, right_to
from cogs.texts.refusals import NotHost, NotModerator, NotYetOpen

log = structlog.get_logger(__name__)


class Commands(app_commands.CommandTree[Jamboree]):
    """Every slash and context-menu command; the one place where their errors end."""

    def add_command(
        self,
        command: Command | app_commands.Group,
        /,
        *,
        guild: Snowflake | None = MISSING,
        guilds: Sequence[Snowflake] = MISSING,
        override: bool = False,
    ) -> None:
        """Raises NoRight for what does not say who may use it. What is in a group comes with it, once."""
        if not isinstance(command, app_commands.ContextMenu) and command.root_parent in self.get_commands():
            return
        for one in commands_in(command):
            right_to(one)
        super().add_command(command, guild=guild, guilds=guilds, override=override)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Whether the command may run: the bot is open, the options fit, and the member has the right to."""
        try:
            if not self.client.open:
                raise NotYetOpen
            if not self.client.taken_up(interaction):
                return False
            check_options(interaction)
            if interaction.command is not None:  # else nobody knows it, which is said later
                own = right_to(interaction.command)
                check_rank(interaction, own.who)
                if interaction.type is discord.InteractionType.application_command:
                    if not await in_time(interaction, check_standing(interaction, own)):
                        return False
                    if own.who is Who.MEMBER:
                        look_up_hints(interaction)
        except (NotYetOpen, NotModerator, NotHost):
            if interaction.type is discord.InteractionType.autocomplete:
                await interaction.response.autocomplete([])
                return False
            raise
        return True

    async def _call(self, interaction: Interaction) -> None:
        """discord.py passes its own errors on, and lets any other end a task that nobody looks at."""
        take_in(interaction)
        try:
            await super()._call(interaction)
        except app_commands.AppCommandError:
            raise
        except Exception as error:  # noqa: BLE001  (the last place where the member can still be told)
            await self._failed(interaction, error)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tells the member what an error of discord.py's own means for them."""
        await self._failed(interaction, error)

    async def _failed(self, interaction: Interaction, error: Exception) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            log.warning("no suggestions", exc_info=error)
        else:
            await tell(interaction, error)

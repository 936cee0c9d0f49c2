"""/moderation budget: how a guild's moderators set what it may spend."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from cogs.budget import budget_parts
from cogs.core.responses import Interaction, answer, guild_of, hold
from cogs.core.rights import Who, right
from cogs.host import micro_of
from cogs.texts import budget as texts
from services.money.budgets import zone_names

HIGHEST = 1_000_000  # dollars; whatever the host's ceiling is, it is lower


class LimitCommand(commands.Cog):
    """Sets a guild's limits."""

    @app_commands.command(name="budget", description="Set this server's limits and time zone.")
    @app_commands.describe(
        daily="Dollars a day, for example 1.50",
        monthly="Dollars a month, for example 20",
        member="Dollars a day that one member may spend, for example 0.25",
        timezone="The time zone of this server's days, for example Europe/Berlin",
    )
    @right(Who.MODERATOR, "Set a guild's limits and time zone, below the host's ceilings")
    async def set_limits(
        self,
        interaction: Interaction,
        daily: app_commands.Range[float, 0, HIGHEST] | None = None,
        monthly: app_commands.Range[float, 0, HIGHEST] | None = None,
        member: app_commands.Range[float, 0, HIGHEST] | None = None,
        timezone: app_commands.Range[str, 1, 60] | None = None,
    ) -> None:
        """Sets what is given, and leaves the rest as it is. Raises AboveCeiling, UnknownTimezone."""
        await hold(interaction)
        given = {"daily": micro_of(daily), "monthly": micro_of(monthly), "member": micro_of(member)}
        if timezone is None and not any(value is not None for value in given.values()):
            await answer(interaction, texts.NOTHING_GIVEN)
            return
        budgets = interaction.client.studio.budgets
        await budgets.set_limits(guild_of(interaction), interaction.user.id, timezone=timezone, **given)
        await answer(interaction, texts.SET, **await budget_parts(interaction))

    @set_limits.autocomplete("timezone")
    async def suggest(self, _interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Time zones whose name has what was typed."""
        wanted = typed.strip().replace(" ", "_").casefold()
        names = sorted(name for name in zone_names() if wanted in name.casefold())
        return [app_commands.Choice(name=name, value=name) for name in names[:25]]

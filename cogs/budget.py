"""/budget: what a guild spent, of which limit; and how its moderators set the limits.

Discord gives a command either an action of its own or subcommands, so plain /budget is `/budget show` here.
"""

from __future__ import annotations

from decimal import Decimal

import discord
from discord import app_commands
from discord.ext import commands

from cogs.replies import Interaction, answer, guild_of, hold, only_moderators
from cogs.wording import moment, money
from services.ledger import Line, Scope
from services.settings import micro
from services.studio import Budget

HIGHEST = 1_000_000  # dollars; whatever the host's ceiling is, it is lower

_NAMES = {
    Scope.GUILD_DAY: "This server, today",
    Scope.GUILD_MONTH: "This server, this month",
    Scope.MEMBER_DAY: "You, today",
}


class BudgetCommands(commands.GroupCog, name="budget", description="What this server may spend on music."):
    """Shows and sets a guild's limits."""

    @app_commands.command(description="What this server spent and reserved, and how much is left.")
    async def show(self, interaction: Interaction) -> None:
        await hold(interaction)
        budget = await interaction.client.studio.budget(guild_of(interaction), interaction.user.id)
        await answer(interaction, embed=_embed(budget))

    @app_commands.command(description="Set this server's limits (moderators).")
    @app_commands.describe(daily="Dollars a day, for example 1.50", monthly="Dollars a month, for example 20")
    async def set(
        self,
        interaction: Interaction,
        daily: app_commands.Range[float, 0, HIGHEST] | None = None,
        monthly: app_commands.Range[float, 0, HIGHEST] | None = None,
    ) -> None:
        await hold(interaction)
        only_moderators(interaction)
        studio, guild_id = interaction.client.studio, guild_of(interaction)
        if daily is None and monthly is None:
            await answer(interaction, "Nothing was changed: say what to set, `daily`, `monthly` or both.")
            return
        await studio.set_limits(guild_id, daily=_micro(daily), monthly=_micro(monthly))
        budget = await studio.budget(guild_id, interaction.user.id)
        await answer(interaction, "The limits are set.", embed=_embed(budget))


def _micro(dollars: float | None) -> int | None:
    """The dollars as they were typed, in micro-dollars."""
    return None if dollars is None else micro(Decimal(repr(dollars)))


def _embed(budget: Budget) -> discord.Embed:
    embed = discord.Embed(title="Budget")
    for line in budget.lines:
        if line.scope in _NAMES:
            embed.add_field(name=_NAMES[line.scope], value=_stands(line), inline=False)
    return embed.set_footer(
        text=f"Moderators can set up to {money(budget.daily_ceiling)} a day and "
        f"{money(budget.monthly_ceiling)} a month with /budget set."
    )


def _stands(line: Line) -> str:
    reserved = f", {money(line.reserved)} reserved for tracks on their way" if line.reserved else ""
    return (
        f"{money(line.spent)} spent{reserved}, of {money(line.limit)}\n"
        f"**{money(line.left)} left** · starts afresh {moment(line.turns_at)}"
    )

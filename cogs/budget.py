"""/budget: what a guild spent, of which limit; and how its moderators set the limits.

Discord gives a command either an action of its own or subcommands, so plain /budget is `/budget show` here.
"""

from __future__ import annotations

from calendar import monthrange
from typing import Any
from zoneinfo import available_timezones

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.pictures import as_file, drawn, with_picture
from cogs.core.responses import Interaction, answer, guild_of, hold
from cogs.core.rights import Who, right
from cogs.host import micro_of
from cogs.texts import budget as texts
from services.money.budgets import Budget, bars_of
from services.money.limits import Scope
from services.workers import jobs

HIGHEST = 1_000_000  # dollars; whatever the host's ceiling is, it is lower


class BudgetCommands(commands.GroupCog, name="budget", description="What this server may spend on music."):
    """Shows and sets a guild's limits."""

    @app_commands.command(description="What this server spent and reserved, and how much is left.")
    @right(Who.MEMBER, "See what was spent, of which limit")
    async def show(self, interaction: Interaction) -> None:
        """Today and this month: spent, reserved and left of each limit, with a picture."""
        await hold(interaction)
        await answer(interaction, **await _shown(interaction))

    @app_commands.command(name="set", description="Set this server's limits and time zone (moderators).")
    @app_commands.describe(
        daily="Dollars a day, for example 1.50",
        monthly="Dollars a month, for example 20",
        member="Dollars a day that one member may spend, for example 0.25",
        timezone="Where this server's days turn, for example Europe/Berlin",
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
        await answer(interaction, texts.SET, **await _shown(interaction))

    @set_limits.autocomplete("timezone")
    async def suggest(self, _interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Time zones whose name has what was typed."""
        wanted = typed.strip().replace(" ", "_").casefold()
        names = sorted(name for name in available_timezones() if wanted in name.casefold())
        return [app_commands.Choice(name=name, value=name) for name in names[:25]]


async def _shown(interaction: Interaction) -> dict[str, Any]:
    """The budget as an embed, with the month as a picture and in words."""
    budget = await interaction.client.studio.budgets.budget(guild_of(interaction), interaction.user.id)
    limit = budget.line(Scope.GUILD_DAY).limit
    last = budget.days[-1].date
    bars, days_in_month = bars_of(budget.days), monthrange(last.year, last.month)[1]
    picture = await drawn(
        interaction.client, jobs.draw_month, bars, days_in_month, limit, texts.on_month(limit)
    )
    file = as_file(picture, "month.png", texts.month_in_words(bars, limit))
    if file is None:
        return {"embed": _embed(budget)}
    return {"embed": with_picture(_embed(budget), file), "files": [file]}


def _embed(budget: Budget) -> discord.Embed:
    embed = discord.Embed(title=texts.TITLE)
    for line in budget.lines:
        if line.scope in texts.NAMES:
            embed.add_field(name=texts.NAMES[line.scope], value=texts.stands(line), inline=False)
    if days := texts.by_day(budget):
        embed.add_field(name=texts.BY_DAY, value=days, inline=False)
    if budget.next_timezone is not None:
        embed.description = texts.zone_turns(*budget.next_timezone)
    return embed.set_footer(text=texts.footer(budget))

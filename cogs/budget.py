"""/budget: what a guild spent, of which limit; its moderators set them by `/moderation budget`."""

from __future__ import annotations

from calendar import monthrange
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.pictures import as_file, drawn, with_picture
from cogs.core.responses import Interaction, answer, guild_of, hold
from cogs.core.rights import Who, right
from cogs.texts import budget as texts
from services.money.budgets import Budget
from services.money.limits import Scope
from services.workers import jobs


class BudgetCommand(commands.Cog):
    """Shows a guild's limits."""

    @app_commands.command(description="What this server spent and reserved, and how much is left.")
    @right(Who.MEMBER, "See what was spent, of which limit")
    async def budget(self, interaction: Interaction) -> None:
        """Today and this month: spent, reserved and left of each limit, with a picture."""
        await hold(interaction)
        await answer(interaction, **await budget_parts(interaction))


async def budget_parts(interaction: Interaction) -> dict[str, Any]:
    """The budget as an embed, with the month as a picture and in words."""
    budget = await interaction.client.studio.budgets.budget(guild_of(interaction), interaction.user.id)
    limit = budget.line(Scope.GUILD_DAY).limit
    last = budget.days[-1].date
    days_in_month = monthrange(last.year, last.month)[1]
    picture = await drawn(
        interaction.client, jobs.draw_month, budget.days, days_in_month, limit, texts.on_month(limit)
    )
    file = as_file(picture, "month.png", texts.month_in_words(budget.days, limit))
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

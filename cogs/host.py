"""/host: for the bot's owner, in the one server that HOST_GUILD_ID names; elsewhere it does not exist.

The rule: Discord shows it to that server's moderators, and each use asks again whether it is the owner.
"""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.component_router import button, route, view
from cogs.core.pages import cut
from cogs.core.responses import Interaction, answer, hold
from cogs.core.rights import Who, right
from cogs.texts.formatting import LONGEST_CONTENT, shortened
from cogs.texts.general import REFRESH
from cogs.texts.hosting import host as texts
from cogs.texts.hosting.host import NoSuchServer, SeveralServers
from cogs.texts.translation import dollars
from services.hosting import as_id
from services.money.reconcile import Reconciliation
from services.setting_values import micro
from services.wavespeed.client import WaveSpeedError

PAGE = 10  # servers; with the longest names they fill about half of an embed

_STARTS_FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the latter are the same in full width

Server = app_commands.Range[str, 1, 100]
Reason = app_commands.Range[str, 1, 200]


@app_commands.default_permissions(manage_guild=True)
class HostCommands(commands.GroupCog, name="host", description="For whoever hosts me."):
    """What the host sees and does."""

    @app_commands.command(description="Balance, spending of every server, and what is paused.")
    @right(Who.HOST, "See balance and spending of all guilds")
    async def status(self, interaction: Interaction) -> None:
        """Shows balance, spending and every guild, a page at a time."""
        await hold(interaction)
        await answer(interaction, **await _status(interaction, 0))

    @app_commands.command(description="Start no more tracks, in any server.")
    @app_commands.describe(reason="For your own notes")
    @right(Who.HOST, "Pause everything")
    async def pause(self, interaction: Interaction, reason: Reason = "paused") -> None:
        """Lets nothing start anywhere until it is resumed."""
        await hold(interaction)
        await interaction.client.studio.hosting.pause(reason)
        await answer(interaction, texts.PAUSED)

    @app_commands.command(description="Let all servers' queues go on.")
    @right(Who.HOST, "Resume everything")
    async def resume(self, interaction: Interaction) -> None:
        """Lets what waits start again."""
        await hold(interaction)
        waiting = await interaction.client.studio.hosting.resume()
        await answer(interaction, texts.resumed(waiting))

    @app_commands.command(description="Let a server make tracks, or block it.")
    @app_commands.describe(server="Type its name, or its id", access="What it may do from now on")
    @right(Who.HOST, "Allow or block a guild")
    async def access(
        self,
        interaction: Interaction,
        server: Server,
        access: Literal["allowed", "blocked"],
    ) -> None:
        """Lets a guild in or keeps it out; what it has waiting is made all the same."""
        await hold(interaction)
        guild_id = await _guild_id(interaction, server)
        await interaction.client.studio.hosting.set_access(guild_id, interaction.user.id, access)
        name = (await _servers(interaction)).get(guild_id)
        await answer(interaction, texts.access_set(name, guild_id, access))

    @app_commands.command(description="How high a server's moderators may set its limits.")
    @app_commands.describe(
        server="Type its name, or its id", daily="Dollars a day", monthly="Dollars a month"
    )
    @right(Who.HOST, "Set how high a guild's moderators may go")
    async def ceiling(
        self,
        interaction: Interaction,
        server: Server,
        daily: app_commands.Range[float, 0, 1_000_000] | None = None,
        monthly: app_commands.Range[float, 0, 1_000_000] | None = None,
    ) -> None:
        """Sets how high a guild's moderators may set its limits."""
        await hold(interaction)
        guild_id = await _guild_id(interaction, server)
        if daily is None and monthly is None:
            await answer(interaction, texts.NO_CEILING_GIVEN)
            return
        hosting, a_day, a_month = interaction.client.studio.hosting, micro_of(daily), micro_of(monthly)
        await hosting.set_ceilings(guild_id, interaction.user.id, daily=a_day, monthly=a_month)
        name = (await _servers(interaction)).get(guild_id)
        await answer(interaction, texts.ceilings_set(name, guild_id, a_day, a_month))

    @access.autocomplete("server")
    @ceiling.autocomplete("server")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Servers by name."""
        wanted = typed.strip().casefold()
        found = [
            (name, guild_id)
            for guild_id, name in (await _servers(interaction)).items()
            if wanted in name.casefold() or wanted in str(guild_id)
        ]
        return [
            app_commands.Choice(name=f"{shortened(name, 75)} · {guild_id}", value=str(guild_id))
            for name, guild_id in sorted(found)[:25]
        ]

    @app_commands.command(description="Compare the ledger with WaveSpeed's bill of the last 7 days.")
    @right(Who.HOST, "Hold the ledger against the provider's bill")
    async def reconcile(self, interaction: Interaction) -> None:
        """Compares WaveSpeed's bill of the last days with the ledger; changes nothing."""
        await hold(interaction)
        try:
            found = await interaction.client.studio.books.reconcile()
        except WaveSpeedError as error:
            await answer(interaction, texts.no_bill(str(error)))
            return
        await answer(interaction, **reconciled(found))


@route(
    r"host:status:(?P<page>\d{1,4})",
    Who.HOST,
    "Turn the pages of the servers",
    sample="host:status:0",
    private=True,
)
async def turn_page(interaction: Interaction, match: re.Match[str]) -> None:
    """Another page of servers, as it stands now."""
    await interaction.response.defer()
    await interaction.edit_original_response(**await _status(interaction, int(match["page"])))


@route(
    r"host:correct:(?P<shown>[0-9a-f]{16})",
    Who.HOST,
    "Write the correcting entries that were shown",
    sample="host:correct:0000000000000000",
    private=True,
)
async def correct(interaction: Interaction, match: re.Match[str]) -> None:
    """Compares again, and writes what the host was shown and said yes to.

    Where that has become something else, nothing is written: the host sees what it is now and is asked again.
    """
    await interaction.response.defer()
    books = interaction.client.studio.books
    try:
        found = await books.reconcile()
    except WaveSpeedError as error:
        said = texts.not_written(str(error))
    else:
        if found.corrections not in (match["shown"], ""):
            parts = reconciled(found)
            files = parts.pop("files", [])
            await interaction.edit_original_response(content=str(texts.CHANGED), attachments=files, **parts)
            return
        said = texts.corrected(await books.correct(found.differences))
    await interaction.edit_original_response(content=shortened(said, LONGEST_CONTENT), view=None)


def reconciled(found: Reconciliation) -> dict[str, Any]:
    """The comparison as a message: sums, differences as a table and a file, a button to correct."""
    embed = discord.Embed(title=texts.COMPARISON_TITLE)
    embed.add_field(name=texts.LEDGER, value=dollars(found.ledger))
    embed.add_field(name=texts.BILL, value=dollars(found.bill))
    embed.description = texts.counts(found.counts)
    parts: dict[str, Any] = {"embed": embed}
    if found.differences:
        embed.add_field(name=texts.TO_LOOK_AT, value=texts.table(found.differences), inline=False)
        parts["files"] = [discord.File(io.BytesIO(_csv(found).encode()), "reconciliation.csv")]
        if found.corrections:
            parts["view"] = view(
                button(
                    texts.CORRECT,
                    f"host:correct:{found.corrections}",
                    discord.ButtonStyle.danger,
                )
            )
            embed.set_footer(text=texts.WHAT_CORRECTING_DOES)
    return parts


def _csv(found: Reconciliation) -> str:
    """All comparisons, by RFC 4180; the provider's ids are texts to whatever program opens them."""
    rows = io.StringIO()
    write = csv.writer(rows, lineterminator="\n").writerow
    write(["guild", "track", "prediction", "ledger_microdollars", "bill_microdollars", "standing"])
    for one in found.comparisons:
        prediction = _no_formula(one.prediction_id)
        write([one.guild_id, one.number, prediction, one.ledger, one.bill, str(one.standing)])
    return rows.getvalue()


def _no_formula(cell: str) -> str:
    """The text, behind a mark where a spreadsheet would take it for a formula (owasp.org, CSV injection)."""
    return f"'{cell}" if cell.lstrip()[:1] in _STARTS_FORMULAS else cell


def micro_of(dollars: float | None) -> int | None:
    """The dollars as they were typed, in micro-dollars."""
    return None if dollars is None else micro(Decimal(repr(dollars)))


async def _servers(interaction: Interaction) -> dict[int, str]:
    """The names of all servers that are or were here, by id."""
    named = await interaction.client.studio.hosting.names()
    return named | {guild.id: guild.name for guild in interaction.client.guilds}


async def _guild_id(interaction: Interaction, typed: str) -> int:
    """The server's id, where that was typed or one server alone has that name.

    Raises NoSuchServer, SeveralServers.
    """
    if (guild_id := as_id(typed.strip())) is not None:
        return guild_id
    wanted = typed.strip().casefold()
    called_so = [one for one, name in (await _servers(interaction)).items() if name.casefold() == wanted]
    if len(called_so) > 1:
        raise SeveralServers
    if not called_so:
        raise NoSuchServer
    return called_so[0]


async def _status(interaction: Interaction, number: int) -> dict[str, Any]:
    """How everything stands, with some of the servers."""
    bot = interaction.client
    overview = await bot.studio.hosting.overview({guild.id: guild.name for guild in bot.guilds})
    page, shown = cut(overview.guilds, number, PAGE)
    embed = discord.Embed(title=texts.STATUS_TITLE)
    embed.description = texts.status(overview, shown)
    embed.add_field(name=texts.BALANCE, value=texts.balance(overview.balance))
    embed.add_field(name=texts.TODAY, value=texts.today(overview))
    controls: list[discord.ui.Item[Any]] = [button(REFRESH, f"host:status:{page.number}")]
    if page.last:
        embed.set_footer(text=texts.footer(page.said, len(overview.guilds)))
    controls += page.buttons("host:status:{}".format)
    return {"embed": embed, "view": view(*controls)}

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
from cogs.texts.formatting import LONGEST_CONTENT, LONGEST_DESCRIPTION, exact, plain, shortened
from services.hosting import GuildSpending, as_id
from services.money.reconcile import Comparison, Reconciliation, Standing
from services.setting_values import micro
from services.storage.host_state import Value
from services.wavespeed.client import WaveSpeedError

LISTED = 15  # differences in one message; all of them are in the file
PAGE = 10  # servers; with the longest names they fill about half of an embed

_STARTS_FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the latter are the same in full width

_STOPPED = {
    Value.PAUSED: "**Everything is paused** by you; `/host resume` lets it go on.",
    Value.BAD_KEY: "**Starts wait for a key** that WaveSpeed accepts: see WAVESPEED_API_KEY.",
    Value.LOW_BALANCE: "**Starts wait for money**: the balance does not pay for the next track.",
}

_STANDINGS = {
    Standing.MATCHED: "the same in both",
    Standing.MISSING: "in the ledger, not on the bill",
    Standing.DIFFERENT: "different amounts",
    Standing.REFUNDED: "given back by the provider",
    Standing.REFUND_DUE: "failed, the provider's refund is still to come",
    Standing.UNKNOWN: "on the bill, no track of mine",
}


Server = app_commands.Range[str, 1, 100]
Reason = app_commands.Range[str, 1, 200]
_NO_GUILD = (
    "Nothing was changed: I know no such server. Choose one from the list, or type its id, which has digits "
    "only; `/host status` lists all of them."
)
_SEVERAL_GUILDS = (
    "Nothing was changed: several servers have that name. Choose one from the list, or type its id, which "
    "has digits only."
)


_CHANGED = (
    "Nothing was written: bill or ledger have changed since you were shown them. This is how they are now."
)


def _no_bill(error: WaveSpeedError) -> str:
    return f"WaveSpeed gives me no bill ({plain(str(error))}). Try again in some minutes."


@app_commands.default_permissions(manage_guild=True)
class HostCommands(commands.GroupCog, name="host", description="For whoever hosts me."):
    """What the host sees and does."""

    @app_commands.command(description="Balance, spending of every server, and what is paused.")
    @right(Who.HOST, "See balance and spending of all guilds")
    async def status(self, interaction: Interaction) -> None:
        await hold(interaction)
        await answer(interaction, **await _status(interaction, 0))

    @app_commands.command(description="Start no more tracks, in any server.")
    @app_commands.describe(reason="For your own notes")
    @right(Who.HOST, "Pause everything")
    async def pause(self, interaction: Interaction, reason: Reason = "paused") -> None:
        await hold(interaction)
        await interaction.client.studio.hosting.pause(reason)
        await answer(
            interaction,
            "Paused everywhere. What runs is finished; what waits keeps its place until `/host resume`.",
        )

    @app_commands.command(description="Let all servers' queues go on.")
    @right(Who.HOST, "Resume everything")
    async def resume(self, interaction: Interaction) -> None:
        await hold(interaction)
        waiting = await interaction.client.studio.hosting.resume()
        await answer(interaction, f"Resumed. {waiting} waiting tracks go on.")

    @app_commands.command(description="Let a server make tracks, or block it.")
    @app_commands.describe(server="Type its name, or its id", access="What it may do from now on")
    @right(Who.HOST, "Allow or block a guild")
    async def access(
        self,
        interaction: Interaction,
        server: Server,
        access: Literal["allowed", "blocked"],
    ) -> None:
        await hold(interaction)
        guild_id = await _guild_id(interaction, server)
        if isinstance(guild_id, str):
            await answer(interaction, guild_id)
            return
        await interaction.client.studio.hosting.set_access(guild_id, interaction.user.id, access)
        await answer(interaction, f"Server `{guild_id}` is {access} now. What it has waiting goes on.")

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
        await hold(interaction)
        guild_id = await _guild_id(interaction, server)
        if isinstance(guild_id, str):
            await answer(interaction, guild_id)
            return
        if daily is None and monthly is None:
            await answer(interaction, "Nothing was changed: give `daily`, `monthly` or both.")
            return
        hosting = interaction.client.studio.hosting
        await hosting.set_ceilings(
            guild_id, interaction.user.id, daily=micro_of(daily), monthly=micro_of(monthly)
        )
        await answer(interaction, f"Set. The moderators of `{guild_id}` can go that high with `/budget set`.")

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
        await hold(interaction)
        try:
            found = await interaction.client.studio.books.reconcile()
        except WaveSpeedError as error:
            await answer(interaction, _no_bill(error))
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
        said = f"Nothing was written. {_no_bill(error)}"
    else:
        if found.corrections not in (match["shown"], ""):
            parts = reconciled(found)
            files = parts.pop("files", [])
            await interaction.edit_original_response(content=_CHANGED, attachments=files, **parts)
            return
        written = await books.correct(found.differences)
        lines = [f"- {_named(one)}: {_signed(one.correction)}" for one in written[:LISTED]]
        more = f"\n… and {len(written) - LISTED} more" if len(written) > LISTED else ""
        said = f"{len(written)} correcting entries were written:\n" + "\n".join(lines) + more
        if not written:
            said = "Nothing is left to correct."
    await interaction.edit_original_response(content=shortened(said, LONGEST_CONTENT), view=None)


def reconciled(found: Reconciliation) -> dict[str, Any]:
    """The comparison as a message: sums, differences as a table and a file, a button to correct."""
    embed = discord.Embed(title="Ledger and bill, the last 7 days")
    embed.add_field(name="Ledger", value=exact(found.ledger))
    embed.add_field(name="Bill", value=exact(found.bill))
    counted = [f"{found.counts[one]} · {words}" for one, words in _STANDINGS.items() if found.counts[one]]
    embed.description = "\n".join(counted) or "Nothing was made in these days."
    parts: dict[str, Any] = {"embed": embed}
    if found.differences:
        embed.add_field(name="To look at", value=_table(found.differences), inline=False)
        parts["files"] = [discord.File(io.BytesIO(_csv(found).encode()), "reconciliation.csv")]
        if found.corrections:
            parts["view"] = view(
                button(
                    "Write correcting entries",
                    f"host:correct:{found.corrections}",
                    discord.ButtonStyle.danger,
                )
            )
            embed.set_footer(
                text="A correcting entry makes the ledger say what the bill says; none is written yet."
            )
    return parts


def _table(differences: list[Comparison]) -> str:
    rows = [f"{'track':<16}{'ledger':>10}{'bill':>10}  "]
    for one in differences[:LISTED]:
        rows.append(f"{_named(one):<16}{exact(one.ledger):>10}{exact(one.bill):>10}  {one.standing}")
    if len(differences) > LISTED:
        rows.append(f"… and {len(differences) - LISTED} more in the file")
    return shortened("```\n" + "\n".join(rows), 1020) + "\n```"


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


def _named(one: Comparison) -> str:
    """The track; where it is none of mine the beginning of the prediction's id, which ends no code block."""
    if one.number is not None:
        return f"{str(one.guild_id)[-4:]} #{one.number}"
    return one.prediction_id[:14].replace("`", "'") or "no prediction"


def _signed(amount: int) -> str:
    return exact(amount) if amount < 0 else f"+{exact(amount)}"


def micro_of(dollars: float | None) -> int | None:
    """The dollars as they were typed, in micro-dollars."""
    return None if dollars is None else micro(Decimal(repr(dollars)))


async def _servers(interaction: Interaction) -> dict[int, str]:
    """The names of all servers that are or were here, by id."""
    named = await interaction.client.studio.hosting.names()
    return named | {guild.id: guild.name for guild in interaction.client.guilds}


async def _guild_id(interaction: Interaction, typed: str) -> int | str:
    """The server's id, where that was typed or one server alone has that name; else what is wrong with it."""
    if (guild_id := as_id(typed.strip())) is not None:
        return guild_id
    wanted = typed.strip().casefold()
    called_so = [one for one, name in (await _servers(interaction)).items() if name.casefold() == wanted]
    if len(called_so) > 1:
        return _SEVERAL_GUILDS
    return called_so[0] if called_so else _NO_GUILD


async def _status(interaction: Interaction, number: int) -> dict[str, Any]:
    """How everything stands, with some of the servers."""
    bot = interaction.client
    overview = await bot.studio.hosting.overview({guild.id: guild.name for guild in bot.guilds})
    page, shown = cut(overview.guilds, number, PAGE)
    embed = discord.Embed(title="The house")
    stopped = [_STOPPED[overview.stopped], ""] if overview.stopped is not None else []
    servers = list(map(_spending, shown)) or ["I am in no server yet."]
    embed.description = shortened("\n".join([*stopped, "**Servers**", *servers]), LONGEST_DESCRIPTION)
    balance = "WaveSpeed does not say" if overview.balance is None else exact(overview.balance)
    embed.add_field(name="Balance at WaveSpeed", value=balance)
    embed.add_field(
        name="Today, all servers",
        value=f"{exact(overview.today)} spent, {exact(overview.reserved)} reserved, "
        f"of {exact(overview.limit)}",
    )
    controls: list[discord.ui.Item[Any]] = [button("Refresh", f"host:status:{page.number}")]
    if page.last:
        embed.set_footer(text=f"{page.said} · {len(overview.guilds)} servers")
    controls += page.buttons("host:status:{}".format)
    return {"embed": embed, "view": view(*controls)}


def _spending(one: GuildSpending) -> str:
    decided = one.guild.access if one.guild.access in ("allowed", "blocked") else None
    access = f" · {decided or ('' if one.admitted else 'not let in')}".removesuffix(" · ")
    access += " · pays itself" if one.guild.key_id is not None else ""
    waiting = f" · {one.waiting} waiting" if one.waiting else ""
    name = plain(shortened(one.name or "not yet named", 30))
    return (
        f"{name} `{one.guild.guild_id}`{access}{waiting}: {exact(one.today)} of "
        f"{exact(one.daily_limit)} today, {exact(one.month)} of {exact(one.monthly_limit)} this month"
    )

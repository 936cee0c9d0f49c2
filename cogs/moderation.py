"""/moderation: what a guild's moderators allow, on one panel, and the log of every change.

The rule: a press says which rule to change and nothing more; who presses, where, and what the rule was are
read again each time, so a panel that is old, forged or another guild's changes nothing that it should not.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.automod import AutoMod
from cogs.core.component_router import button, route
from cogs.core.fields import TEXT_INPUT, fields_of
from cogs.core.pages import fetched
from cogs.core.responses import Interaction, answer, defer, guild_of, hold, in_time
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.moderating.rule_forms import FORMS, JAMS, Unusable, changes_in, form
from cogs.texts.audit_entries import NAMES, sentence
from cogs.texts.formatting import shortened
from cogs.texts.refusals import Outdated
from services.guilds.rules import Jams, Rules, RulesChanged
from services.words.blocked_words import default_lists

PAGE = 10  # records
LONGEST_TYPED = 1500  # characters of what a moderator typed, given back in a message
COLOUR = discord.Colour(0xF2A33A)


@app_commands.default_permissions(manage_guild=True)
class ModerationCommands(
    commands.GroupCog, name="moderation", description="What members may make with me in this server."
):
    """The panel and the log; Discord shows them to moderators, and each use looks again."""

    @app_commands.command(description="What is allowed in this server, and buttons to change it.")
    @right(Who.MODERATOR, "See a guild's rules")
    async def panel(self, interaction: Interaction) -> None:
        await hold(interaction)
        await interaction.edit_original_response(view=await _panel(interaction))
        interaction.extras["answered"] = True

    @app_commands.command(description="Who changed what in this server, when, from what to what.")
    @right(Who.MODERATOR, "Read who changed what")
    async def log(self, interaction: Interaction) -> None:
        await hold(interaction)
        await interaction.edit_original_response(view=await _log(interaction, 0))
        interaction.extras["answered"] = True


# pressed ------------------------------------------------------------------------------------------------


@route(
    r"moderation:panel",
    Who.MODERATOR,
    "Show the panel again",
    sample="moderation:panel",
    private=True,
    first=defer,
)
async def show_panel(interaction: Interaction, _match: re.Match[str]) -> None:
    await interaction.edit_original_response(view=await _panel(interaction))


@route(
    r"moderation:log:(?P<page>\d{1,5})",
    Who.MODERATOR,
    "Turn the log's pages",
    sample="moderation:log:0",
    private=True,
    first=defer,
)
async def turn_page(interaction: Interaction, match: re.Match[str]) -> None:
    await interaction.edit_original_response(view=await _log(interaction, int(match["page"])))


@route(
    r"moderation:edit:(?P<form>[a-z]+)",
    Who.MODERATOR,
    "Open the form of a rule",
    sample="moderation:edit:words",
    private=True,
)
async def open_form(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form of a rule; a form cannot be put off, so its look-up is quick."""
    if match["form"] not in FORMS or interaction.guild is None:
        raise Outdated
    modal = await in_time(interaction, _form(interaction, match["form"], interaction.guild))
    if modal is not None:
        await interaction.response.send_modal(modal)


async def _form(interaction: Interaction, name: str, guild: discord.Guild) -> discord.ui.Modal:
    return await form(name, await _rules(interaction), guild)


@route(
    r"moderation:form:(?P<form>[a-z]+):(?P<seen>[0-9a-f]{8})",
    Who.MODERATOR,
    "Change a rule, by its form",
    private=True,
    form=True,
    first=defer,
)
async def form_submitted(interaction: Interaction, match: re.Match[str]) -> None:
    """Sets what a form holds, unless somebody else changed the same meanwhile."""
    if match["form"] not in FORMS or interaction.guild is None:
        raise Outdated
    try:
        changes = await changes_in(interaction, match["form"])
        await _change(interaction, match["seen"], **changes)
    except Unusable as refusal:
        said = "Nothing was changed:\n" + "\n".join(f"- {problem}" for problem in refusal.problems[:10])
        await answer(interaction, said + _given_back(refusal.typed))
        return
    except RulesChanged:
        await interaction.edit_original_response(view=await _panel(interaction))
        await answer(
            interaction,
            "Nothing was changed: another moderator changed the same while your form was open. The panel "
            "shows it as it is now; press its button again." + _given_back(_typed(interaction)),
        )
        return
    named = " and ".join(NAMES[rule] for rule in changes)
    await interaction.edit_original_response(view=await _panel(interaction, f"Saved: {named}."))


@route(
    r"moderation:switch:(?P<rule>default_words|automod):(?P<to>on|off)",
    Who.MODERATOR,
    "Switch a rule on or off",
    sample="moderation:switch:automod:on",
    private=True,
    first=defer,
)
async def switch(interaction: Interaction, match: re.Match[str]) -> None:
    """Sets a rule to what the button said, so that an old panel does not turn it back."""
    await _change(interaction, None, **{match["rule"]: match["to"] == "on"})
    said = f"Saved: {NAMES[match['rule']]} is {match['to']}."
    await interaction.edit_original_response(view=await _panel(interaction, said))


async def _rules(interaction: Interaction) -> Rules:
    return await interaction.client.studio.rules.of(guild_of(interaction))


async def _change(interaction: Interaction, seen: str | None, **changes: Any) -> None:
    rules = interaction.client.studio.rules
    await rules.change(guild_of(interaction), interaction.user.id, seen=seen, **changes)


def _typed(interaction: Interaction) -> str:
    """The texts in a submitted form."""
    texts = (field for field in fields_of(interaction) if field.get("type") == TEXT_INPUT)
    return "\n\n".join(str(field["value"]) for field in texts if field.get("value"))


def _given_back(typed: str) -> str:
    if not typed:
        return ""
    fenced = shortened(typed, LONGEST_TYPED).replace("```", "'''")
    return f"\nWhat you typed:\n```\n{fenced}\n```"


# the panel ----------------------------------------------------------------------------------------------


async def _panel(interaction: Interaction, said: str = "") -> discord.ui.LayoutView:
    """What the guild's rules are, each with its button."""
    rules = await _rules(interaction)
    rows = [
        _row("Channels", _listed("#", rules.channels, "Everywhere."), "channels", "Change channels"),
        _row("Roles", _listed("@&", rules.roles, "Everybody may ask for tracks."), "roles", "Change roles"),
        _row("Words", _words(rules), "words", "Change words"),
        _switch("default_words", _default_words(rules), on=rules.default_words),
        _switch("automod", await _automod(interaction, rules), on=rules.automod),
        _row(NAMES["longest"], _longest(rules), "length", "Change length"),
        _row("Review", _review(rules), "review", "Change review"),
        _row("Jams", _jams(rules), "jams", "Change jams"),
        _row("Log", _log_channel(rules), "log", "Change log"),
        _row(NAMES["chart_channel_id"], _charts(rules), "charts", "Change charts"),
    ]
    heading = "## Moderation\nWhat members may make with me here. Changes count from the next track on."
    container = discord.ui.Container[Any](accent_colour=COLOUR)
    container.add_item(discord.ui.TextDisplay(f"{heading}\n\n**{said}**" if said else heading))
    container.add_item(discord.ui.Separator())
    for row in rows:
        container.add_item(row)
    container.add_item(discord.ui.Separator())
    container.add_item(
        discord.ui.ActionRow(
            button("Show the log", "moderation:log:0"), button("Refresh", "moderation:panel")
        )
    )
    return _layout(container)


def _row(name: str, text: str, form_name: str, label: str) -> discord.ui.Section[Any]:
    return discord.ui.Section(f"**{name}**\n{text}", accessory=button(label, f"moderation:edit:{form_name}"))


def _switch(rule: str, text: str, *, on: bool) -> discord.ui.Section[Any]:
    to = "off" if on else "on"
    label = {"default_words": f"Switch list {to}", "automod": f"Switch AutoMod {to}"}[rule]
    accessory = button(label, f"moderation:switch:{rule}:{to}")
    return discord.ui.Section(f"**{NAMES[rule]}**\n{text}", accessory=accessory)


def _listed(sign: str, ids: tuple[int, ...], nothing: str) -> str:
    shown = ", ".join(f"<{sign}{one}>" for one in ids[:15])
    more = f" and {len(ids) - 15} more" if len(ids) > 15 else ""
    return f"Only {shown}{more}; moderators always." if ids else nothing


def _words(rules: Rules) -> str:
    parts = [_counted(len(rules.words), "word"), _counted(len(rules.patterns), "pattern")]
    said = " and ".join(part for part in parts if part)
    if not said:
        return "None of your own are forbidden in tags, titles and lyrics."
    return f"{said} must not be in tags, titles and lyrics, however they are spelled."


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}" if count else ""


def _default_words(rules: Rules) -> str:
    about = f"{sum(len(one.words) for one in default_lists())} slurs and calls to hatred or self-harm"
    note = "What is an ordinary word in another language counts only in the language where it is a slur."
    if rules.default_words:
        return f"On: {about} must not be used. {note}"
    return f"Off. On, it keeps out {about}. {note}"


async def _automod(interaction: Interaction, rules: Rules) -> str:
    if not rules.automod or interaction.guild is None:
        return "Off: the keyword rules of this server's AutoMod do not count for tracks."
    found = await interaction.client.part(AutoMod).rules(interaction.guild)
    if not found.readable:
        return "On, but I may not read this server's AutoMod: give me *Manage Server*, and it counts."
    counted = _counted(found.count, "keyword") or "no keywords yet"
    said = f"On: what this server's AutoMod keeps out of messages counts for tracks too ({counted})."
    if found.skipped:
        patterns = _counted(found.skipped, "pattern")
        said += f" I cannot read {patterns} of it, which count in messages only."
    if found.presets:
        said += " Discord's ready-made lists count in messages only: no bot can read their words."
    return said


def _longest(rules: Rules) -> str:
    return f"{rules.longest} s, for moderators too." if rules.longest else "As long as I can: 240 s."


def _review(rules: Rules) -> str:
    if rules.review_channel_id is None:
        return "Off: a finished track is posted at once."
    return (
        f"A finished track is shown in <#{rules.review_channel_id}> first; moderators publish or withhold it."
    )


def _jams(rules: Rules) -> str:
    if rules.jams is Jams.ROLES:
        return _listed("@&", rules.jam_roles, "")
    return f"{JAMS[rules.jams]}."


def _log_channel(rules: Rules) -> str:
    if rules.log_channel_id is None:
        return "Changes are in the log below, and not posted anywhere."
    return f"Every change is posted in <#{rules.log_channel_id}> too."


def _charts(rules: Rules) -> str:
    if rules.chart_channel_id is None:
        return "Off: `/charts` shows them to whoever asks."
    return f"Every Monday, the week's most voted tracks and makers are posted in <#{rules.chart_channel_id}>."


def _layout(container: discord.ui.Container[Any]) -> discord.ui.LayoutView:
    made = discord.ui.LayoutView(timeout=None)
    made.add_item(container)
    made.stop()
    return made


# the log ------------------------------------------------------------------------------------------------


async def _log(interaction: Interaction, number: int) -> discord.ui.LayoutView:
    """A page of the guild's records, the newest first."""
    sight = await sight_of(interaction)
    records = partial(interaction.client.studio.audit.page, guild_of(interaction), sight)
    page, found, count = await fetched(records, number, PAGE)
    lines = [f"- {sentence(record, hidden=hidden)}" for record, hidden in found] or [
        "Nothing was changed yet."
    ]
    container = discord.ui.Container[Any](accent_colour=COLOUR)
    container.add_item(discord.ui.TextDisplay("## Log\nWho changed what, the newest first."))
    container.add_item(discord.ui.TextDisplay("\n".join(lines)))
    if page.last:
        container.add_item(discord.ui.TextDisplay(f"-# {page.said} · {count} changes"))
    controls = [button("Panel", "moderation:panel"), button("Refresh", f"moderation:log:{page.number}")]
    controls += page.buttons("moderation:log:{}".format, newest_first=True)
    container.add_item(discord.ui.ActionRow(*controls))
    return _layout(container)

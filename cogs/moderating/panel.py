"""/moderation panel, log: what a guild's moderators allow, on one panel, and the log of every change.

The rule: a press says which rule to change and nothing more; who presses, where, and what the rule was are
read again each time, so a panel that is old, forged or another guild's changes nothing that it should not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.automod import AutoMod
from cogs.core.component_router import button, route
from cogs.core.fields import TEXT_INPUT, fields_of, given_back
from cogs.core.pages import fetched
from cogs.core.pictures import COLOUR
from cogs.core.responses import Interaction, answer, defer, guild_of, hold, in_time
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.languages.guild_languages import GuildLanguages
from cogs.moderating.rule_forms import FORMS, Unusable, changes_in, form
from cogs.texts.general import REFRESH
from cogs.texts.moderating import evenings
from cogs.texts.moderating import rules as texts
from cogs.texts.moderating.audit_entries import NAMES, sentence
from cogs.texts.refusals import Outdated, render_refusal
from services.guilds.rules import Rules, RulesChanged
from services.words.blocked_words import default_lists

PAGE = 10  # records


class PanelCommands(commands.Cog):
    """The panel and the log; Discord shows them to moderators, and each use looks again."""

    @app_commands.command(description="What is allowed in this server, and buttons to change it.")
    @right(Who.MODERATOR, "See a guild's rules")
    async def panel(self, interaction: Interaction) -> None:
        """Shows the guild's rules, each with its button."""
        await hold(interaction)
        await interaction.edit_original_response(view=await _panel(interaction))
        interaction.extras["answered"] = True

    @app_commands.command(description="Who changed what in this server, when, from what to what.")
    @right(Who.MODERATOR, "Read who changed what")
    async def log(self, interaction: Interaction) -> None:
        """Shows who changed what, the newest first."""
        await hold(interaction)
        await interaction.edit_original_response(view=await _log(interaction, 0))
        interaction.extras["answered"] = True


# pressed ------------------------------------------------------------------------------------------------


@route(
    r"moderation:panel(?P<page>:1)?",
    Who.MODERATOR,
    "Show the panel again, or the rest of it",
    sample="moderation:panel",
    private=True,
    first=defer,
)
async def show_panel(interaction: Interaction, match: re.Match[str]) -> None:
    """Goes back to the panel."""
    page = 1 if match["page"] else 0
    await interaction.edit_original_response(view=await _panel(interaction, page=page))


@route(
    r"moderation:log:(?P<page>\d{1,5})",
    Who.MODERATOR,
    "Turn the log's pages",
    sample="moderation:log:0",
    private=True,
    first=defer,
)
async def turn_page(interaction: Interaction, match: re.Match[str]) -> None:
    """Shows another page of the log."""
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
        await answer(interaction, **_with(partial(texts.not_changed, refusal.problems), refusal.typed))
        return
    except RulesChanged as refusal:
        shown = await _panel(interaction, page=_page_of(match["form"]))
        await interaction.edit_original_response(view=shown)
        said = render_refusal(refusal)
        await answer(interaction, **_with(lambda typed: said + texts.given_back(typed), _typed(interaction)))
        return
    shown = await _panel(interaction, texts.saved(list(changes)), page=_page_of(match["form"]))
    await interaction.edit_original_response(view=shown)


@route(
    r"moderation:switch:(?P<rule>default_words|automod|own_voices):(?P<to>on|off)",
    Who.MODERATOR,
    "Switch a rule on or off",
    sample="moderation:switch:automod:on",
    private=True,
    first=defer,
)
async def switch(interaction: Interaction, match: re.Match[str]) -> None:
    """Sets a rule to what the button said, so that an old panel does not turn it back."""
    await _change(interaction, None, **{match["rule"]: match["to"] == "on"})
    said = texts.switched(match["rule"], on=match["to"] == "on")
    await interaction.edit_original_response(
        view=await _panel(interaction, said, page=_page_of(match["rule"]))
    )


async def _rules(interaction: Interaction) -> Rules:
    return await interaction.client.studio.rules.of(guild_of(interaction))


async def _change(interaction: Interaction, seen: str | None, **changes: Any) -> None:
    bot, guild_id = interaction.client, guild_of(interaction)
    await bot.studio.rules.change(guild_id, interaction.user.id, seen=seen, **changes)
    if "language" in changes:
        bot.part(GuildLanguages).chosen(guild_id, changes["language"])
    bot.dispatch("rules_changed", guild_id, changes.keys())  # what all see may show some of them


def _with(say: Callable[[str], str], typed: str) -> dict[str, Any]:
    """Parts of an answer that says so, and gives back what was typed where anything was."""
    return given_back(say, typed) if typed else {"content": say("")}


def _typed(interaction: Interaction) -> str:
    """The texts in a submitted form."""
    texts = (field for field in fields_of(interaction) if field.get("type") == TEXT_INPUT)
    return "\n\n".join(str(field["value"]) for field in texts if field.get("value"))


# the panel ----------------------------------------------------------------------------------------------


ON_SECOND = frozenset({"language", "own_voices", "contests", "weekly", "parties"})
"""Forms and switches that are on the panel's second page: one message holds 40 components (Discord)."""


def _page_of(name: str) -> int:
    return 1 if name in ON_SECOND else 0


async def _panel(interaction: Interaction, said: str = "", *, page: int = 0) -> discord.ui.LayoutView:
    """What the guild's rules are, each with its button: the first ones, or the others."""
    rules = await _rules(interaction)
    rows = await _others(interaction, rules) if page else await _first(interaction, rules)
    container = discord.ui.Container[Any](accent_colour=COLOUR)
    container.add_item(discord.ui.TextDisplay(texts.heading(said, others=bool(page))))
    container.add_item(discord.ui.Separator())
    for row in rows:
        container.add_item(row)
    container.add_item(discord.ui.Separator())
    here, there = (
        ("moderation:panel:1", "moderation:panel") if page else ("moderation:panel", "moderation:panel:1")
    )
    container.add_item(
        discord.ui.ActionRow(
            button(texts.SHOW_LOG, "moderation:log:0"),
            button(REFRESH, here),
            button(texts.FIRST_RULES if page else texts.MORE_RULES, there),
        )
    )
    return _layout(container)


async def _first(interaction: Interaction, rules: Rules) -> list[discord.ui.Section[Any]]:
    return [
        _row(str(texts.CHANNELS), texts.channels(rules), "channels"),
        _row(str(texts.ROLES), texts.roles(rules), "roles"),
        _row(str(texts.WORDS), texts.words(rules), "words"),
        _switch("default_words", _default_words(rules), on=rules.default_words),
        _switch("automod", await _automod(interaction, rules), on=rules.automod),
        _row(str(NAMES["longest"]), texts.longest(rules), "length"),
        _row(str(texts.REVIEW), texts.review(rules), "review"),
        _row(str(texts.JAMS), texts.jams(rules), "jams"),
        _row(str(texts.LOG), texts.log(rules), "log"),
        _row(str(NAMES["chart_channel_id"]), texts.charts(rules), "charts"),
    ]


async def _others(interaction: Interaction, rules: Rules) -> list[discord.ui.Section[Any]]:
    rows = [_row(str(texts.LANGUAGE), texts.language(rules, await _spoken_here(interaction)), "language")]
    rows.append(_row(str(NAMES["contests"]), evenings.contests(rules), "contests"))
    rows.append(_row(str(NAMES["contest_channel_id"]), evenings.weekly(rules), "weekly"))
    rows.append(_row(str(NAMES["parties"]), evenings.parties(rules), "parties"))
    if interaction.client.settings.voice_cloning:  # else it would say what cannot be
        rows.append(_switch("own_voices", texts.own_voices(on=rules.own_voices), on=rules.own_voices))
    return rows


def _row(name: str, text: str, form_name: str) -> discord.ui.Section[Any]:
    accessory = button(texts.CHANGE[form_name], f"moderation:edit:{form_name}")
    return discord.ui.Section(texts.row(name, text), accessory=accessory)


def _switch(rule: str, text: str, *, on: bool) -> discord.ui.Section[Any]:
    to = "off" if on else "on"
    label = (texts.SWITCH_OFF if on else texts.SWITCH_ON)[rule]
    accessory = button(label, f"moderation:switch:{rule}:{to}")
    return discord.ui.Section(texts.row(str(NAMES[rule]), text), accessory=accessory)


async def _spoken_here(interaction: Interaction) -> str:
    return await interaction.client.part(GuildLanguages).of(guild_of(interaction))


def _default_words(rules: Rules) -> str:
    count = sum(len(one.words) for one in default_lists())
    return texts.default_words(count, on=rules.default_words)


async def _automod(interaction: Interaction, rules: Rules) -> str:
    if not rules.automod or interaction.guild is None:
        return str(texts.AUTOMOD_OFF)
    found = await interaction.client.part(AutoMod).rules(interaction.guild)
    if not found.readable:
        return str(texts.AUTOMOD_NOT_READABLE)
    return texts.automod(found.count, found.skipped, presets=found.presets)


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
        str(texts.NOTHING_CHANGED_YET)
    ]
    container = discord.ui.Container[Any](accent_colour=COLOUR)
    container.add_item(discord.ui.TextDisplay(str(texts.LOG_HEADING)))
    container.add_item(discord.ui.TextDisplay("\n".join(lines)))
    if page.last:
        container.add_item(discord.ui.TextDisplay(texts.log_footer(page.said, count)))
    controls = [button(texts.PANEL, "moderation:panel"), button(REFRESH, f"moderation:log:{page.number}")]
    controls += page.buttons("moderation:log:{}".format, newest_first=True)
    container.add_item(discord.ui.ActionRow(*controls))
    return _layout(container)

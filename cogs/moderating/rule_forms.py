"""The forms in which moderators change a guild's rules, and what was put into them, read and checked.

The rule: a form's custom_id carries a fingerprint of what it showed, so that what another moderator changed
meanwhile is not overwritten; ids that come back are looked up in the guild that the interaction came from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import discord

from cogs.core.discord_errors import is_not_now
from cogs.core.fields import filled_in
from cogs.core.responses import Interaction
from cogs.texts.moderating import evenings
from cogs.texts.moderating import rules as texts
from cogs.texts.prompts.faults import in_a_row
from cogs.texts.prompts.words import unusable
from cogs.texts.translation import LANGUAGES, Text
from services.contests.contest import LONGEST_THEME
from services.guilds.rules import (
    MOST_PATTERNS,
    MOST_PLACES,
    MOST_THEMES,
    MOST_WORDS,
    Rules,
    WhoMay,
    fingerprint,
)
from services.prompts.prompt import PromptError, parse_duration, parse_title
from services.text.numbers import whole
from services.words.blocked_words import UnusableWord, check_pattern, check_word

LONGEST_FIELD = 4000  # characters (Discord: Text Input)
# What each form sets.
FORMS: dict[str, tuple[str, ...]] = {
    "channels": ("channels",),
    "roles": ("roles",),
    "words": ("words", "patterns"),
    "length": ("longest",),
    "review": ("review_channel_id",),
    "jams": ("jams", "jam_roles"),
    "log": ("log_channel_id",),
    "charts": ("chart_channel_id",),
    "language": ("language",),
    "contests": ("contests", "contest_roles"),
    "weekly": ("contest_channel_id", "contest_themes"),
    "parties": ("parties", "party_roles", "party_channels"),
}
AS_IN_DISCORD = "discord"  # in place of a language
Guild = discord.Guild
Place = discord.abc.GuildChannel | discord.Thread
Changes = dict[str, Any]


class Unusable(Exception):
    """What was put into a form cannot be kept: why, in sentences, and what was typed."""

    def __init__(self, problems: Sequence[str | Text], typed: str = "") -> None:
        self.problems = [str(one) for one in problems]
        super().__init__("\n".join(self.problems))
        self.typed = typed


# opening ------------------------------------------------------------------------------------------------


async def form(name: str, rules: Rules, guild: Guild) -> discord.ui.Modal:
    """The form of that name, filled in with the rules as they are; what is gone cannot be shown."""
    shown = await _without_what_is_gone(name, rules, guild)
    modal = discord.ui.Modal(
        title=str(texts.FORM_TITLES[name]),
        custom_id=f"moderation:form:{name}:{fingerprint(rules, *FORMS[name])}",
        timeout=None,
    )
    for text, description, component in _FIELDS[name](shown, guild):
        modal.add_item(
            discord.ui.Label(
                text=str(text), description=description and str(description), component=component
            )
        )
    modal.stop()  # answered by its custom_id, not by this object
    return modal


async def _without_what_is_gone(name: str, rules: Rules, guild: Guild) -> Rules:
    changes: dict[str, Any] = {}
    for rule in FORMS[name]:
        kept = getattr(rules, rule)
        if rule in ("channels", "party_channels"):
            found = await asyncio.gather(*(find_place(guild, one) for one in kept))
            changes[rule] = tuple(place.id for place in found if place is not None)
        elif rule.endswith("_channel_id") and kept is not None:
            changes[rule] = kept if await find_place(guild, kept) is not None else None
    return replace(rules, **changes)


async def find_place(guild: Guild, channel_id: int) -> Place | None:
    """The guild's channel or thread; of archived threads only Discord itself knows."""
    if (known := guild.get_channel_or_thread(channel_id)) is not None:
        return known
    try:
        return await guild.fetch_channel(channel_id)
    except discord.InvalidData:  # it is another guild's
        return None
    except (discord.NotFound, discord.Forbidden) as error:
        if is_not_now(error):
            raise
        return None


Field = tuple[Text, Text | None, discord.ui.Item[Any]]
_KINDS = discord.ChannelType
_WITHIN = [_KINDS.category, _KINDS.public_thread, _KINDS.news_thread]
_PLACES = [_KINDS.text, _KINDS.news, _KINDS.forum, _KINDS.voice, _KINDS.stage_voice, *_WITHIN]
_VOICE = [_KINDS.voice]
_POSTS = [_KINDS.text, _KINDS.news, _KINDS.private_thread]


def _channels(
    name: str, ids: Sequence[int], most: int = 1, kinds: Sequence[discord.ChannelType] = _POSTS
) -> discord.ui.ChannelSelect[Any]:
    return discord.ui.ChannelSelect(
        custom_id=name,
        channel_types=list(kinds),
        min_values=0,
        max_values=most,
        required=False,
        default_values=[discord.Object(one, type=discord.abc.GuildChannel) for one in ids][:most],  # pyright: ignore[reportArgumentType]
    )


def _roles(name: str, ids: Sequence[int], guild: Guild) -> discord.ui.RoleSelect[Any]:
    known = [role for role in map(guild.get_role, ids) if role is not None]
    return discord.ui.RoleSelect(
        custom_id=name, min_values=0, max_values=MOST_PLACES, required=False, default_values=known
    )


def _text(name: str, value: str, *, long: bool = False) -> discord.ui.TextInput[Any]:
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    most = LONGEST_FIELD if long else 10
    return discord.ui.TextInput(
        custom_id=name, style=style, default=value[:most], required=False, max_length=most
    )


def _channel_fields(rules: Rules, guild: Guild) -> list[Field]:
    field = _channels("channels", rules.channels, MOST_PLACES, _PLACES)
    return [(texts.CHANNELS, texts.CHANNELS_HINT, field)]


def _role_fields(rules: Rules, guild: Guild) -> list[Field]:
    return [(texts.ROLES, texts.ROLES_HINT, _roles("roles", rules.roles, guild))]


def _word_fields(rules: Rules, guild: Guild) -> list[Field]:
    words = _text("words", "\n".join(rules.words), long=True)
    patterns = _text("patterns", "\n".join(rules.patterns), long=True)
    return [
        (texts.WORDS_AND_PHRASES, texts.WORDS_HINT, words),
        (texts.PATTERNS, texts.PATTERNS_HINT, patterns),
    ]


def _length_fields(rules: Rules, guild: Guild) -> list[Field]:
    return [(texts.LONGEST_TRACK, texts.LONGEST_HINT, _text("longest", str(rules.longest or "")))]


def _review_fields(rules: Rules, guild: Guild) -> list[Field]:
    chosen = [rules.review_channel_id] if rules.review_channel_id else []
    return [(texts.REVIEW_CHANNEL, texts.REVIEW_HINT, _channels("review", chosen))]


def _jam_fields(rules: Rules, guild: Guild) -> list[Field]:
    return [
        (texts.WHO_MAY_USE_JAMS, None, _who("jams", rules.jams)),
        (texts.ROLES, texts.JAM_ROLES_HINT, _roles("jam_roles", rules.jam_roles, guild)),
    ]


def _contest_fields(rules: Rules, guild: Guild) -> list[Field]:
    return [
        (evenings.WHO_MAY_START_CONTESTS, None, _who("contests", rules.contests)),
        (texts.ROLES, texts.JAM_ROLES_HINT, _roles("contest_roles", rules.contest_roles, guild)),
    ]


def _weekly_fields(rules: Rules, guild: Guild) -> list[Field]:
    chosen = [rules.contest_channel_id] if rules.contest_channel_id else []
    themes = _text("contest_themes", "\n".join(rules.contest_themes), long=True)
    return [
        (texts.CHANNEL, evenings.WEEKLY_HINT, _channels("weekly", chosen)),
        (evenings.THEMES, evenings.THEMES_HINT, themes),
    ]


def _party_fields(rules: Rules, guild: Guild) -> list[Field]:
    where = _channels("party_channels", rules.party_channels, MOST_PLACES, _VOICE)
    return [
        (evenings.WHO_MAY_START_PARTIES, None, _who("parties", rules.parties)),
        (texts.ROLES, texts.JAM_ROLES_HINT, _roles("party_roles", rules.party_roles, guild)),
        (texts.CHANNELS, evenings.PARTY_CHANNELS_HINT, where),
    ]


def _who(name: str, chosen: WhoMay) -> discord.ui.RadioGroup[Any]:
    options = [
        discord.RadioGroupOption(label=str(label), value=jams, default=jams is chosen)
        for jams, label in texts.JAM_CHOICES.items()
    ]
    return discord.ui.RadioGroup(custom_id=name, options=options)


def _log_fields(rules: Rules, guild: Guild) -> list[Field]:
    chosen = [rules.log_channel_id] if rules.log_channel_id else []
    return [(texts.CHANNEL, texts.LOG_HINT, _channels("log", chosen))]


def _chart_fields(rules: Rules, guild: Guild) -> list[Field]:
    chosen = [rules.chart_channel_id] if rules.chart_channel_id else []
    return [(texts.CHANNEL, texts.CHARTS_HINT, _channels("charts", chosen))]


def _language_fields(rules: Rules, guild: Guild) -> list[Field]:
    named = {AS_IN_DISCORD: str(texts.AS_IN_DISCORD), **LANGUAGES}
    options = [
        discord.RadioGroupOption(label=label, value=code, default=code == (rules.language or AS_IN_DISCORD))
        for code, label in named.items()
    ]
    return [
        (texts.LANGUAGE, texts.LANGUAGE_HINT, discord.ui.RadioGroup(custom_id="language", options=options))
    ]


_FIELDS: dict[str, Callable[[Rules, Guild], list[Field]]] = {
    "channels": _channel_fields,
    "roles": _role_fields,
    "words": _word_fields,
    "length": _length_fields,
    "review": _review_fields,
    "jams": _jam_fields,
    "log": _log_fields,
    "charts": _chart_fields,
    "language": _language_fields,
    "contests": _contest_fields,
    "weekly": _weekly_fields,
    "parties": _party_fields,
}


# reading ------------------------------------------------------------------------------------------------


async def changes_in(interaction: Interaction, name: str) -> Changes:
    """What a submitted form of that name sets. Raises Unusable."""
    assert interaction.guild is not None
    given = filled_in(interaction)
    match name:
        case "channels":
            places = await _places(interaction.guild, given.get("channels"))
            return {"channels": tuple(place.id for place in places)}
        case "roles":
            return {"roles": _roles_of(interaction.guild, given.get("roles"))}
        case "words":
            return await asyncio.to_thread(_words, str(given.get("words")), str(given.get("patterns")))
        case "length":
            return {"longest": _longest(str(given.get("longest") or ""))}
        case "jams":
            return _who_may(interaction.guild, given, "jams", "jam_roles")
        case "contests":
            return _who_may(interaction.guild, given, "contests", "contest_roles")
        case "weekly":
            chosen = await _places(interaction.guild, given.get("weekly"))
            themes = _themes(str(given.get("contest_themes") or ""), needed=bool(chosen))
            return {
                "contest_channel_id": _where_i_may_post(interaction.guild, chosen),
                "contest_themes": themes,
            }
        case "parties":
            places = await _places(interaction.guild, given.get("party_channels"))
            who = _who_may(interaction.guild, given, "parties", "party_roles")
            return who | {"party_channels": tuple(place.id for place in places)}
        case "language":
            return _language(given)
        case _:
            chosen = await _places(interaction.guild, given.get(name))
            return {FORMS[name][0]: _where_i_may_post(interaction.guild, chosen)}


async def _places(guild: Guild, given: Any) -> list[Place]:
    """The channels and threads, where they are the guild's own. Raises Unusable."""
    found = await asyncio.gather(*(find_place(guild, one) for one in _ids(given)))
    there = [place for place in found if place is not None]
    if len(there) < len(found):
        raise Unusable([texts.CHANNEL_GONE])
    return there


def _roles_of(guild: Guild, given: Any) -> tuple[int, ...]:
    """The ids of roles, where they are the guild's own. Raises Unusable."""
    ids = _ids(given)
    if not all(guild.get_role(one) for one in ids):
        raise Unusable([texts.ROLE_GONE])
    return ids


def _ids(given: list[str] | None) -> tuple[int, ...]:
    found = (whole(one) for one in given or [])
    return tuple(one for one in found if one is not None)[:MOST_PLACES]


def _where_i_may_post(guild: Guild, chosen: Sequence[Place]) -> int | None:
    """The channel. Raises Unusable where nothing could be posted in it."""
    if not chosen:
        return None
    channel = chosen[0]
    may = channel.permissions_for(guild.me)
    if not (may.view_channel and may.send_messages and may.embed_links and may.attach_files):
        raise Unusable([texts.cannot_post_in(channel.id)])
    return channel.id


def _words(typed_words: str, typed_patterns: str) -> Changes:
    problems: list[str] = []
    lines = [part for line in typed_words.splitlines() for part in line.split(",")]
    words = _checked(lines, check_word, problems)
    patterns = _checked(typed_patterns.splitlines(), check_pattern, problems)
    if len(words) > MOST_WORDS:
        problems.append(texts.too_many_words(len(words), MOST_WORDS))
    if len(patterns) > MOST_PATTERNS:
        problems.append(texts.too_many_patterns(len(patterns), MOST_PATTERNS))
    if len("\n".join(words)) > LONGEST_FIELD:
        problems.append(texts.words_too_long(LONGEST_FIELD))
    if problems:
        raise Unusable(problems, f"{typed_words}\n\n{typed_patterns}".strip())
    return {"words": tuple(words), "patterns": tuple(patterns)}


def _checked(lines: Sequence[str], check: Callable[[str], str], problems: list[str]) -> list[str]:
    kept: dict[str, None] = {}
    for line in lines:
        if line.strip():
            try:
                kept[check(line)] = None
            except UnusableWord as error:
                problems.append(unusable(error))
    return list(kept)


def _longest(typed: str) -> int | None:
    if not typed.strip():
        return None
    try:
        return parse_duration(typed)
    except PromptError as error:
        raise Unusable([in_a_row(error.faults)], typed) from error


def _themes(typed: str, *, needed: bool) -> tuple[str, ...]:
    """One a line, each once. Raises Unusable."""
    kept: dict[str, None] = {}
    for line in filter(str.strip, typed.splitlines()):
        try:
            kept[parse_title(line, LONGEST_THEME)] = None
        except PromptError as error:
            raise Unusable([in_a_row(error.faults)], typed) from error
    if needed and not kept:
        raise Unusable([evenings.NO_THEMES])
    if len(kept) > MOST_THEMES:
        raise Unusable([evenings.too_many_themes(len(kept), MOST_THEMES)], typed)
    return tuple(kept)


def _who_may(guild: Guild, given: dict[str, Any], name: str, of_roles: str) -> Changes:
    roles = _roles_of(guild, given.get(of_roles))
    try:
        who = WhoMay(str(given.get(name)))
    except ValueError:
        raise Unusable([texts.CHOOSE_WHO]) from None
    if who is WhoMay.ROLES and not roles:
        raise Unusable([texts.CHOOSE_A_ROLE])
    return {name: who, of_roles: roles}


def _language(given: dict[str, Any]) -> Changes:
    chosen = str(given.get("language"))
    if chosen not in (AS_IN_DISCORD, *LANGUAGES):
        raise Unusable([texts.CHOOSE_A_LANGUAGE])
    return {"language": None if chosen == AS_IN_DISCORD else chosen}

"""What moderators read of a server's rules: on `/moderation panel`, and in its forms."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.texts.formatting import shortened
from cogs.texts.moderating.audit_entries import NAMES
from cogs.texts.sentences import Sentences, all_of, plural
from services.guilds.rules import MOST_PATTERNS, Jams, Rules, RulesChanged
from services.prompts.prompt import LONGEST, SHORTEST

LONGEST_TYPED = 1500  # characters of what a moderator typed, given back in a message
LISTED = 15  # channels or roles

REFUSALS: Sentences = {
    RulesChanged: (
        "Nothing was changed: another moderator changed the same while your form was open. The panel shows "
        "it as it is now; press its button again."
    ),
}

# the panel ------------------------------------------------------------------------------------------------

SHOW_LOG = "Show the log"
CHANGE = {
    "channels": "Change channels",
    "roles": "Change roles",
    "words": "Change words",
    "length": "Change length",
    "review": "Change review",
    "jams": "Change jams",
    "log": "Change log",
    "charts": "Change charts",
}
SWITCH_ON = {"default_words": "Switch list on", "automod": "Switch AutoMod on"}
SWITCH_OFF = {"default_words": "Switch list off", "automod": "Switch AutoMod off"}
CHANNELS, ROLES, WORDS, REVIEW, JAMS, LOG = "Channels", "Roles", "Words", "Review", "Jams", "Log"
_HEADING = "## Moderation\nWhat members may make with me here. Changes count from the next track on."
_WHO_MAY_USE_JAMS = {Jams.EVERYBODY: "Everybody who may ask for tracks.", Jams.MODERATORS: "Moderators."}


def heading(said: str = "") -> str:
    """What stands above the rules. said: what was just done."""
    return f"{_HEADING}\n\n**{said}**" if said else _HEADING


def row(name: str, text: str) -> str:
    """A rule, and what it is now."""
    return f"**{name}**\n{text}"


def saved(rules: Sequence[str]) -> str:
    """Says which rules were set, by their names in `Rules`."""
    return f"Saved: {all_of([NAMES[rule] for rule in rules])}."


def switched(rule: str, *, on: bool) -> str:
    """Says that a rule is on or off now."""
    return f"Saved: {NAMES[rule]} is on." if on else f"Saved: {NAMES[rule]} is off."


def channels(rules: Rules) -> str:
    """Where tracks may be asked for."""
    return _only([f"<#{one}>" for one in rules.channels]) if rules.channels else "Everywhere."


def roles(rules: Rules) -> str:
    """Who may ask for tracks."""
    return _only([f"<@&{one}>" for one in rules.roles]) if rules.roles else "Everybody may ask for tracks."


def _only(names: Sequence[str]) -> str:
    if len(names) > LISTED:
        shown = ", ".join(names[:LISTED])
        return f"Only {shown} and {len(names) - LISTED} more; moderators always."
    return f"Only {', '.join(names)}; moderators always."


def words(rules: Rules) -> str:
    """How many of the server's own words are forbidden."""
    count = [_count(len(rules.words), "word", "words"), _count(len(rules.patterns), "pattern", "patterns")]
    said = " and ".join(filter(None, count))
    if not said:
        return "No words of your own are forbidden in tags, titles and lyrics."
    return f"{said} must not be in tags, titles and lyrics, however they are spelled."


def _count(count: int, one: str, many: str) -> str:
    return plural(count, f"{{count}} {one}", f"{{count}} {many}") if count else ""


def default_words(count: int, *, on: bool) -> str:
    """Whether the ready-made list, of so many words, counts."""
    if on:
        return (
            f"On: {count} slurs and calls to hatred or self-harm must not be used. A slur that is an "
            "ordinary word in another language counts only in its own."
        )
    return (
        f"Off. Switched on, it keeps out {count} slurs and calls to hatred or self-harm. A slur that is an "
        "ordinary word in another language counts only in its own."
    )


AUTOMOD_OFF = "Off: the keyword rules of this server's AutoMod do not count for tracks."
AUTOMOD_NOT_READABLE = "On, but I may not read this server's AutoMod: give me *Manage Server*, and it counts."
_PRESETS = "Discord's ready-made lists count in messages only: no bot can read their words."


def automod(keywords: int, skipped: int, *, presets: bool) -> str:
    """What of Discord's AutoMod counts. skipped: patterns that cannot be read; presets: lists that cannot."""
    counts = plural(
        keywords,
        "On: what this server's AutoMod keeps out of messages counts for tracks too ({count} keyword).",
        "On: what this server's AutoMod keeps out of messages counts for tracks too ({count} keywords).",
    )
    if not keywords:
        counts = (
            "On: what this server's AutoMod keeps out of messages counts for tracks too (no keywords yet)."
        )
    unreadable = plural(
        skipped,
        "I cannot read {count} pattern of it, which count in messages only.",
        "I cannot read {count} patterns of it, which count in messages only.",
    )
    return " ".join([counts, *([unreadable] * bool(skipped)), *([_PRESETS] * presets)])


def longest(rules: Rules) -> str:
    """How long a track may be."""
    return f"{rules.longest} s, for moderators too." if rules.longest else "As long as I can: 240 s."


def review(rules: Rules) -> str:
    """Whether moderators hear tracks first."""
    if rules.review_channel_id is None:
        return "Off: a finished track is posted at once."
    return (
        f"A finished track is shown in <#{rules.review_channel_id}> first; moderators publish or withhold it."
    )


def jams(rules: Rules) -> str:
    """Who may use jams."""
    if rules.jams is Jams.ROLES:
        return _only([f"<@&{one}>" for one in rules.jam_roles]) if rules.jam_roles else ""
    return _WHO_MAY_USE_JAMS[rules.jams]


def log(rules: Rules) -> str:
    """Where changes are posted."""
    if rules.log_channel_id is None:
        return "Changes are in the log below, and not posted anywhere."
    return f"Every change is posted in <#{rules.log_channel_id}> too."


def charts(rules: Rules) -> str:
    """Whether the week's charts are posted."""
    if rules.chart_channel_id is None:
        return "Off: `/library charts` shows them to whoever asks."
    return f"Every Monday, the week's most voted tracks and makers are posted in <#{rules.chart_channel_id}>."


# the log --------------------------------------------------------------------------------------------------

PANEL = "Panel"
LOG_HEADING = "## Log\nWho changed what, the newest first."
NOTHING_CHANGED_YET = "Nothing was changed yet."


def log_footer(page: str, changes: int) -> str:
    """Which page it is, of how many changes."""
    return plural(changes, "-# {page} · {count} change", "-# {page} · {count} changes", page=page)


# the forms ------------------------------------------------------------------------------------------------

FORM_TITLES = {
    "channels": "Where tracks are asked for",
    "roles": "Who may ask for tracks",
    "words": "What must not be in a track",
    "length": "How long a track may be",
    "review": "Review before a track is posted",
    "jams": "Jams",
    "log": "Where changes are posted",
    "charts": "Where the week's charts are posted",
}
CHANNELS_HINT = "None chosen: everywhere. A category counts for all channels in it."
ROLES_HINT = "None chosen: everybody. Otherwise only who has one of them, and moderators."
WORDS_AND_PHRASES = "Words and phrases"
WORDS_HINT = "One a line: cat is the word, cat* and *cat its beginning and end, *cat* anywhere."
PATTERNS = "Patterns"
PATTERNS_HINT = f"Regular expressions, one a line, at most {MOST_PATTERNS}. Most servers need none."
LONGEST_TRACK = "Longest track"
LONGEST_HINT = f"Seconds, {SHORTEST} to {LONGEST}. Left empty: as long as I can."
REVIEW_CHANNEL = "Moderators' channel"
REVIEW_HINT = "Finished tracks are shown there first. None chosen: posted at once."
CHANNEL = "Channel"
LOG_HINT = "Every change is posted there as well. None chosen: only in the log itself."
CHARTS_HINT = "Most voted tracks and makers, every Monday. None chosen: not posted."
WHO_MAY_USE_JAMS = "Who may use jams"
JAM_ROLES_HINT = "Where you chose the roles above"
JAM_CHOICES = {
    Jams.EVERYBODY: "Everybody who may ask for tracks",
    Jams.ROLES: "Who has one of these roles",
    Jams.MODERATORS: "Moderators",
}

# What cannot be kept.
CHANNEL_GONE = "One of the channels is not in this server any more."
ROLE_GONE = "One of the roles is not in this server any more."
CHOOSE_WHO = "Choose who may use jams."
CHOOSE_A_ROLE = "Choose at least one role, or everybody."


def cannot_post_in(channel_id: int) -> str:
    """What the bot lacks in a channel that was chosen."""
    return (
        f"I cannot post in <#{channel_id}>. Give me *View Channel*, *Send Messages*, *Embed Links* and "
        "*Attach Files* there, then choose it again."
    )


def too_many_words(count: int, most: int) -> str:
    """More words than are kept."""
    said = "There is {count} word; {most} is the most.", "There are {count} words; {most} is the most."
    return plural(count, *said, most=most)


def too_many_patterns(count: int, most: int) -> str:
    """More patterns than are kept."""
    said = "There is {count} pattern; {most} is the most.", "There are {count} patterns; {most} is the most."
    return plural(count, *said, most=most)


def words_too_long(most: int) -> str:
    """More characters than are kept, in all words together."""
    return f"The words have more than {most:,} characters together."


def not_changed(problems: Sequence[str], typed: str) -> str:
    """Why a form was not kept, the first reasons of many; and what was typed."""
    listed = "\n".join(f"- {problem}" for problem in problems[:10])
    return f"Nothing was changed:\n{listed}{given_back(typed)}"


def given_back(typed: str) -> str:
    """What somebody typed, behind what is said of it; "" where that is nothing."""
    if not typed:
        return ""
    fenced = shortened(typed, LONGEST_TYPED).replace("```", "'''")
    return f"\nWhat you typed:\n```\n{fenced}\n```"

"""What moderators read of a server's rules: on `/moderation panel`, and in its forms."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.texts.general import LANGUAGE_NAMES
from cogs.texts.moderating.audit_entries import NAMES
from cogs.texts.sentences import Sentences, all_of
from cogs.texts.translation import Text, _, plural
from services.guilds.rules import MOST_PATTERNS, Rules, RulesChanged, WhoMay
from services.prompts.prompt import LONGEST, SHORTEST

LISTED = 15  # channels or roles

REFUSALS: Sentences = {
    RulesChanged: Text(
        "Nothing was changed: another moderator changed the same while your form was open. The panel shows "
        "it as it is now; press its button again."
    ),
}

# the panel ------------------------------------------------------------------------------------------------

SHOW_LOG = Text("Show the log")
CHANGE = {
    "channels": Text("Change channels"),
    "roles": Text("Change roles"),
    "words": Text("Change words"),
    "length": Text("Change length"),
    "review": Text("Change review"),
    "jams": Text("Change jams"),
    "log": Text("Change log"),
    "charts": Text("Change charts"),
    "language": Text("Change language"),
    "contests": Text("Change contests"),
    "weekly": Text("Change weekly contest"),
    "parties": Text("Change parties"),
}
LANGUAGE = Text("Language")
LANGUAGE_HINT = Text("For what everybody here reads. Private answers are in each member's own")
AS_IN_DISCORD = Text("As this server is set in Discord")
CHOOSE_A_LANGUAGE = Text("Choose a language.")
SWITCH_ON = {
    "default_words": Text("Switch list on"),
    "automod": Text("Switch AutoMod on"),
    "own_voices": Text("Switch voices on"),
}
SWITCH_OFF = {
    "default_words": Text("Switch list off"),
    "automod": Text("Switch AutoMod off"),
    "own_voices": Text("Switch voices off"),
}
MORE_RULES, FIRST_RULES = Text("More rules"), Text("First rules")
CHANNELS, ROLES, WORDS = Text("Channels"), Text("Roles"), Text("Words")
REVIEW, JAMS, LOG = Text("Review"), Text("Jams"), Text("Log")
_HEADING = Text("## Moderation\nWhat members may make with me here. Changes count from the next track on.")
_HEADING_OF_OTHERS = Text("## Moderation\nMore rules. Changes count at once.")
_WHO_MAY_USE_JAMS = {
    WhoMay.EVERYBODY: Text("Everybody who may ask for tracks."),
    WhoMay.MODERATORS: Text("Moderators."),
}


def heading(said: str = "", *, others: bool = False) -> str:
    """What stands above the rules. said: what was just done. others: above those of the second page."""
    text = str(_HEADING_OF_OTHERS if others else _HEADING)
    return f"{text}\n\n**{said}**" if said else text


def row(name: str, text: str) -> str:
    """A rule, and what it is now."""
    return f"**{name}**\n{text}"


def saved(rules: Sequence[str]) -> str:
    """Says which rules were set, by their names in `Rules`."""
    return _("Saved: {rules}.", rules=all_of([str(NAMES[rule]) for rule in rules]))


def switched(rule: str, *, on: bool) -> str:
    """Says that a rule is on or off now."""
    return _("Saved: {rule} is on.", rule=NAMES[rule]) if on else _("Saved: {rule} is off.", rule=NAMES[rule])


def channels(rules: Rules) -> str:
    """Where tracks may be asked for."""
    return only([f"<#{one}>" for one in rules.channels]) if rules.channels else _("Everywhere.")


def roles(rules: Rules) -> str:
    """Who may ask for tracks."""
    return only([f"<@&{one}>" for one in rules.roles]) if rules.roles else _("Everybody may ask for tracks.")


def only(names: Sequence[str]) -> str:
    """Those that are named there, and moderators; of many the first ones."""
    if len(names) > LISTED:
        return plural(
            len(names) - LISTED,
            "Only {names} and {count} more; moderators always.",
            "Only {names} and {count} more; moderators always.",
            names=", ".join(names[:LISTED]),
        )
    return _("Only {names}; moderators always.", names=", ".join(names))


def words(rules: Rules) -> str:
    """How many of the server's own words are forbidden."""
    if rules.words and rules.patterns:
        return _(
            "{words}, and whatever fits {patterns}, must not be in tags, titles or lyrics, however it is "
            "spelled.",
            words=plural(len(rules.words), "{count} word", "{count} words"),
            patterns=plural(len(rules.patterns), "{count} pattern", "{count} patterns"),
        )
    if rules.words:
        return plural(
            len(rules.words),
            "{count} word must not be in tags, titles or lyrics, however it is spelled.",
            "{count} words must not be in tags, titles or lyrics, however they are spelled.",
        )
    if rules.patterns:
        return plural(
            len(rules.patterns),
            "Whatever fits the {count} pattern must not be in tags, titles or lyrics, however it is spelled.",
            "Whatever fits one of the {count} patterns must not be in tags, titles or lyrics, however it is "
            "spelled.",
        )
    return _("You have not forbidden any words of your own in tags, titles or lyrics.")


def default_words(count: int, *, on: bool) -> str:
    """Whether the ready-made list, of so many words, counts."""
    if on:
        said = plural(
            count,
            "On: {count} slur or call to hatred or self-harm must not be used.",
            "On: {count} slurs and calls to hatred or self-harm must not be used.",
        )
    else:
        said = plural(
            count,
            "Off. Switched on, it keeps out {count} slur or call to hatred or self-harm.",
            "Off. Switched on, it keeps out {count} slurs and calls to hatred or self-harm.",
        )
    ordinary = _("A slur that is an ordinary word in another language is kept out only in its own.")
    return f"{said} {ordinary}"


AUTOMOD_OFF = Text("Off: the keyword rules of this server's AutoMod do not apply to tracks.")
AUTOMOD_NOT_READABLE = Text(
    "On, but I may not read this server's AutoMod: give me *Manage Server*, and it applies."
)
_PRESETS = Text("Discord's ready-made lists apply to messages only: no bot can read their words.")


def automod(keywords: int, skipped: int, *, presets: bool) -> str:
    """What of Discord's AutoMod counts. skipped: patterns that cannot be read; presets: lists that cannot."""
    said = [
        plural(
            keywords,
            "On: what this server's AutoMod keeps out of messages must not be in tracks either ({count} "
            "keyword).",
            "On: what this server's AutoMod keeps out of messages must not be in tracks either ({count} "
            "keywords).",
        )
        if keywords
        else _(
            "On: what this server's AutoMod keeps out of messages must not be in tracks either (no keywords "
            "yet)."
        )
    ]
    if skipped:
        said.append(
            plural(
                skipped,
                "I cannot read {count} of its patterns, which applies to messages only.",
                "I cannot read {count} of its patterns, which apply to messages only.",
            )
        )
    if presets:
        said.append(str(_PRESETS))
    return " ".join(said)


def longest(rules: Rules) -> str:
    """How long a track may be."""
    if rules.longest:
        return _("{seconds} s, for moderators too.", seconds=rules.longest)
    return _("As long as I can: {seconds} s.", seconds=LONGEST)


def review(rules: Rules) -> str:
    """Whether moderators hear tracks first."""
    if rules.review_channel_id is None:
        return _("Off: a finished track is posted at once.")
    return _(
        "A finished track is shown in <#{channel_id}> first; moderators publish or withhold it.",
        channel_id=rules.review_channel_id,
    )


def jams(rules: Rules) -> str:
    """Who may use jams."""
    if rules.jams is WhoMay.ROLES:
        return only([f"<@&{one}>" for one in rules.jam_roles]) if rules.jam_roles else ""
    return str(_WHO_MAY_USE_JAMS[rules.jams])


def log(rules: Rules) -> str:
    """Where changes are posted."""
    if rules.log_channel_id is None:
        return _("Changes are in the log below, and not posted anywhere.")
    return _("Every change is posted in <#{channel_id}> too.", channel_id=rules.log_channel_id)


def language(rules: Rules, spoken: str) -> str:
    """In which language the server reads. spoken: its code."""
    if rules.language is None:
        return _("{language}, as this server is set in Discord.", language=LANGUAGE_NAMES[spoken])
    return _("{language}.", language=LANGUAGE_NAMES[spoken])


def own_voices(*, on: bool) -> str:
    """Whether members may have songs sung with their own voice."""
    if on:
        return _(
            "On: members may record their own voice (`/voice record`) and have songs sung with it. Where you "
            "review tracks, you hear each recording first."
        )
    return _("Off: no songs are sung with members' own voices.")


def charts(rules: Rules) -> str:
    """Whether the week's charts are posted."""
    if rules.chart_channel_id is None:
        return _("Off: `/library charts` shows them to whoever asks.")
    return _(
        "Every Monday, the week's most voted tracks and makers are posted in <#{channel_id}>.",
        channel_id=rules.chart_channel_id,
    )


# the log --------------------------------------------------------------------------------------------------

PANEL = Text("Panel")
LOG_HEADING = Text("## Log\nWho changed what, the newest first.")
NOTHING_CHANGED_YET = Text("Nothing was changed yet.")


def log_footer(page: str, changes: int) -> str:
    """Which page it is, of how many changes."""
    count = plural(changes, "{count} change", "{count} changes")
    return f"-# {page} · {count}"


# the forms ------------------------------------------------------------------------------------------------

FORM_TITLES = {
    "language": Text("In which language I speak here"),
    "contests": Text("Who may start contests"),
    "weekly": Text("The weekly contest"),
    "channels": Text("Where tracks are asked for"),
    "roles": Text("Who may ask for tracks"),
    "words": Text("What must not be in a track"),
    "length": Text("How long a track may be"),
    "review": Text("Review before a track is posted"),
    "jams": Text("Jams"),
    "log": Text("Where changes are posted"),
    "charts": Text("Where the week's charts are posted"),
    "parties": Text("Listening together in voice"),
}
CHANNELS_HINT = Text("None chosen: everywhere. A category counts for all channels in it.")
ROLES_HINT = Text("None chosen: everybody. Otherwise only those who have one of them, and moderators.")
WORDS_AND_PHRASES = Text("Words and phrases")
WORDS_HINT = Text(
    "One a line. cat: the whole word; cat*: at its beginning; *cat: at its end; *cat*: anywhere."
)
PATTERNS = Text("Patterns")
PATTERNS_HINT = Text(
    "Regular expressions, one a line, at most {most_patterns}. Most servers need none.",
    most_patterns=MOST_PATTERNS,
)
LONGEST_TRACK = Text("Longest track")
LONGEST_HINT = Text(
    "Seconds, {shortest} to {longest}. Left empty: as long as I can.", shortest=SHORTEST, longest=LONGEST
)
REVIEW_CHANNEL = Text("Moderators' channel")
REVIEW_HINT = Text("Finished tracks are shown there first. None chosen: posted at once.")
CHANNEL = Text("Channel")
LOG_HINT = Text("Every change is posted there as well. None chosen: only in the log itself.")
CHARTS_HINT = Text("Most voted tracks and makers, every Monday. None chosen: not posted.")
WHO_MAY_USE_JAMS = Text("Who may use jams")
JAM_ROLES_HINT = Text("Where you chose the roles above")
JAM_CHOICES = {
    WhoMay.EVERYBODY: Text("Everybody who may ask for tracks"),
    WhoMay.ROLES: Text("Who has one of these roles"),
    WhoMay.MODERATORS: Text("Moderators"),
}

# What cannot be kept.
CHANNEL_GONE = Text("One of the channels is not in this server any more.")
ROLE_GONE = Text("One of the roles is not in this server any more.")
CHOOSE_WHO = Text("Choose who may do that.")
CHOOSE_A_ROLE = Text("Choose at least one role, or everybody.")


def cannot_post_in(channel_id: int) -> str:
    """What the bot lacks in a channel that was chosen."""
    return _(
        "I cannot post in <#{channel_id}>. Give me *View Channel*, *Send Messages*, *Embed Links* and "
        "*Attach Files* there, then choose it again.",
        channel_id=channel_id,
    )


def too_many_words(count: int, most: int) -> str:
    """More words than are kept."""
    return plural(
        count,
        "There is {count} word; the limit is {most}.",
        "There are {count} words; the limit is {most}.",
        most=most,
    )


def too_many_patterns(count: int, most: int) -> str:
    """More patterns than are kept."""
    return plural(
        count,
        "There is {count} pattern; the limit is {most}.",
        "There are {count} patterns; the limit is {most}.",
        most=most,
    )


def words_too_long(most: int) -> str:
    """More characters than are kept, in all words together."""
    return _("All words together are longer than {most:,} characters.", most=most)


def not_changed(problems: Sequence[str], typed: str) -> str:
    """Why a form was not kept, the first reasons of many; and what was typed."""
    listed = "\n".join(f"- {problem}" for problem in problems[:10])
    said = _("Nothing was changed:")
    return f"{said}\n{listed}{given_back(typed)}"


def given_back(typed: str) -> str:
    """What somebody typed, in its box or where it is, behind what is said of it; "" where that is nothing."""
    if not typed:
        return ""
    said = _("What you typed:")
    return f"\n{said}\n{typed}"

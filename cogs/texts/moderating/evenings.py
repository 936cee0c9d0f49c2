"""What moderators read of the rules of what members do together of an evening: contests and parties."""

from __future__ import annotations

from cogs.texts.moderating.rules import only
from cogs.texts.sentences import all_of
from cogs.texts.translation import Text, _, plural
from services.guilds.rules import Rules, WhoMay

WHO_MAY_START_PARTIES = Text("Who may start parties")
PARTY_CHANNELS_HINT = Text("Voice channels. None chosen: any.")
WHO_MAY_START_CONTESTS = Text("Who may start contests")
WEEKLY_HINT = Text("A contest starts here every Monday. None chosen: none starts by itself.")
THEMES = Text("Themes")
THEMES_HINT = Text("One a line. They take turns, from the first to the last and over again.")
NO_THEMES = Text("Write at least one theme, or choose no channel.")


def contests(rules: Rules) -> str:
    """Who may start contests."""
    if rules.contests is WhoMay.ROLES:
        return only([f"<@&{one}>" for one in rules.contest_roles]) if rules.contest_roles else ""
    if rules.contests is WhoMay.MODERATORS:
        return _("Only moderators start them.")
    return _("Everybody who may ask for tracks starts them.")


def weekly(rules: Rules) -> str:
    """Whether a contest starts by itself each week."""
    if rules.contest_channel_id is None or not rules.contest_themes:
        return _("Off: no contest starts by itself.")
    return plural(
        len(rules.contest_themes),
        "Every Monday, one starts in <#{channel_id}>, with your {count} theme. Entries close on Friday, the "
        "vote on Sunday, both at 20:00.",
        "Every Monday, one starts in <#{channel_id}>, with the next of your {count} themes. Entries close on "
        "Friday, the vote on Sunday, both at 20:00.",
        channel_id=rules.contest_channel_id,
    )


def parties(rules: Rules) -> str:
    """Who may start parties, and where."""
    match rules.parties:
        case WhoMay.ROLES:
            who = only([f"<@&{one}>" for one in rules.party_roles])
        case WhoMay.MODERATORS:
            who = _("Only moderators start them.")
        case WhoMay.EVERYBODY:
            who = _("Everybody may start one.")
    if not rules.party_channels:
        return " ".join([who, _("In any voice channel.")])
    channels = all_of([f"<#{one}>" for one in rules.party_channels])
    return " ".join([who, _("In {channels}.", channels=channels)])


def too_many_themes(count: int, most: int) -> str:
    """More themes than a server may have."""
    return plural(
        count,
        "There is {count} theme; the limit is {most}.",
        "There are {count} themes; the limit is {most}.",
        most=most,
    )

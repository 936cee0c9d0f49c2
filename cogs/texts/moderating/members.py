"""What moderators read in `/moderation member`."""

from __future__ import annotations

from datetime import datetime

from discord.utils import format_dt

from cogs.texts.formatting import given_reason, mention, moment
from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text, _, plural
from services.guilds.bans import Ban, NotBanned

TITLE = Text("May not make tracks")
EVERYBODY_MAY = Text("Every member of this server may make tracks.")
A_BOT = Text("Nothing was changed: a bot cannot ask me for tracks.")

REFUSALS: Sentences = {
    NotBanned: Text(
        "There is nothing to lift: that member may make tracks. `/moderation member list` shows who may not."
    ),
}


def pardoned(member_id: int, lifted: Ban) -> str:
    """Says what was lifted, and who had decided it."""
    return _(
        "<@{member}> may make tracks again. That ends what {moderator} decided on {date}: “{reason}”",
        member=member_id,
        moderator=mention(lifted.moderator_id),
        date=format_dt(lifted.at, "d"),
        reason=given_reason(lifted.reason),
    )


def more(count: int) -> str:
    """How many bans are not listed."""
    return plural(
        count,
        "… and {count} more, whose time ends later or never.",
        "… and {count} more, whose time ends later or never.",
    )


_BANNED = Text(
    "<@{member}> may not make tracks in this server until `/moderation member pardon`. They are told so, "
    "with your reason, when they next ask for one. What they have in the queue goes on; `/queue` cancels it."
)
_BANNED_ANEW = Text(
    "<@{member}> may not make tracks in this server until `/moderation member pardon`. This replaces the "
    "earlier decision. They are told so, with your reason, when they next ask for one. What they have in "
    "the queue goes on; `/queue` cancels it."
)
_TIMED_OUT = Text(
    "<@{member}> may not make tracks in this server until {until}. They are told so, with your reason, "
    "when they next ask for one. What they have in the queue goes on; `/queue` cancels it."
)
_TIMED_OUT_ANEW = Text(
    "<@{member}> may not make tracks in this server until {until}. This replaces the earlier decision. "
    "They are told so, with your reason, when they next ask for one. What they have in the queue goes on; "
    "`/queue` cancels it."
)


def banned(member_id: int, until: datetime | None, *, anew: bool) -> str:
    """Says what was decided. until: None for a ban; anew: something stood before."""
    if until is None:
        return (_BANNED_ANEW if anew else _BANNED).format(member=member_id)
    return (_TIMED_OUT_ANEW if anew else _TIMED_OUT).format(member=member_id, until=format_dt(until))


def a_moderator(member_id: int) -> str:
    """Why nothing was done to them."""
    return _(
        "Nothing was changed: <@{member}> is a moderator (*Manage Server*), and moderators are not timed "
        "out here. Take their role away first.",
        member=member_id,
    )


def line(ban: Ban) -> str:
    """A ban of the list."""
    reason = given_reason(ban.reason, 120)
    why = _("by {moderator}: {reason}", moderator=mention(ban.moderator_id), reason=reason)
    if ban.until is None:
        until = _("<@{member}> until it is lifted", member=ban.member_id)
    else:
        until = _(
            "<@{member}> until {date} ({countdown})",
            member=ban.member_id,
            date=format_dt(ban.until),
            countdown=moment(ban.until),
        )
    return f"{until}\n-# {why}"

"""What people read about limits, budgets and a server's own WaveSpeed key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cogs.texts.formatting import SHOWN, exact, moment, money, plain, remaining, shortened
from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text, _, day_and_month, plural
from services.money.accounts import HostsKey, KeyNotChecked, KeyRefused, NoKey, NotOffered, TooManyKeys
from services.money.budgets import AboveCeiling, Budget, UnknownTimezone
from services.money.limits import LimitReached, Line, Scope
from services.pictures.spending_bars import Day, SpendingWords
from services.prompts.rework import Kind

# By whose limit it is: of one track, and of several at once. What the host spends over all is the host's own.
_HOST = (
    Text(
        "This track costs {price}, but I have almost used up what I may spend today on all servers together."
    ),
    Text(
        "These {tracks} tracks cost {price} together, but I have almost used up what I may spend today "
        "on all servers together."
    ),
)
_TOO_LITTLE_LEFT = {
    Scope.HOST_DAY: _HOST,
    Scope.GUILD_DAY: (
        Text("This track costs {price}, but this server has only {left} of its {limit} left for today."),
        Text(
            "These {tracks} tracks cost {price} together, but this server has only {left} of its {limit} "
            "left for today."
        ),
    ),
    Scope.GUILD_MONTH: (
        Text("This track costs {price}, but this server has only {left} of its {limit} left for this month."),
        Text(
            "These {tracks} tracks cost {price} together, but this server has only {left} of its {limit} "
            "left for this month."
        ),
    ),
    Scope.MEMBER_DAY: (
        Text("This track costs {price}, but you have only {left} of your {limit} left for today."),
        Text(
            "These {tracks} tracks cost {price} together, but you have only {left} of your {limit} left for "
            "today."
        ),
    ),
}
_NOTHING_LEFT = {
    Scope.HOST_DAY: _HOST,
    Scope.GUILD_DAY: (
        Text("This track costs {price}, but this server has nothing left of its {limit} for today."),
        Text(
            "These {tracks} tracks cost {price} together, but this server has nothing left of its {limit} "
            "for today."
        ),
    ),
    Scope.GUILD_MONTH: (
        Text("This track costs {price}, but this server has nothing left of its {limit} for this month."),
        Text(
            "These {tracks} tracks cost {price} together, but this server has nothing left of its {limit} "
            "for this month."
        ),
    ),
    Scope.MEMBER_DAY: (
        Text("This track costs {price}, but you have nothing left of your {limit} for today."),
        Text(
            "These {tracks} tracks cost {price} together, but you have nothing left of your {limit} for "
            "today."
        ),
    ),
}
_WAIT = Text("Please wait until the limit starts afresh {at}.")
_WAIT_OR_RAISE = Text(
    "Please wait until the limit starts afresh {at}, or ask a moderator to raise the limit with "
    "`/moderation budget`."
)
_FEWER = Text("Ask for {count}, or wait until the limit starts afresh {at}.")
_FEWER_OR_RAISE = Text(
    "Ask for {count}, or wait until the limit starts afresh {at}, or ask a moderator to raise the "
    "limit with `/moderation budget`."
)
_SHORTER = {
    None: Text("Make it at most {seconds} seconds long, or wait until the limit starts afresh {at}."),
    Kind.EXTEND: Text("Add at most {seconds} seconds, or wait until the limit starts afresh {at}."),
    Kind.REPAINT: Text("Repaint at most {seconds} seconds, or wait until the limit starts afresh {at}."),
}
_SHORTER_OR_RAISE = {
    None: (
        Text(
            "Make it at most {seconds} seconds long, or wait until the limit starts afresh {at}, or ask a "
            "moderator to raise the limit with `/moderation budget`."
        )
    ),
    Kind.EXTEND: (
        Text(
            "Add at most {seconds} seconds, or wait until the limit starts afresh {at}, or ask a moderator "
            "to raise the limit with `/moderation budget`."
        )
    ),
    Kind.REPAINT: (
        Text(
            "Repaint at most {seconds} seconds, or wait until the limit starts afresh {at}, or ask a "
            "moderator to raise the limit with `/moderation budget`."
        )
    ),
}


def _limit_reached(refusal: LimitReached) -> str:
    line, several = refusal.line, refusal.tracks > 1
    sentences = _TOO_LITTLE_LEFT if line.left >= SHOWN else _NOTHING_LEFT
    stands = sentences[line.scope][several].format(
        tracks=refusal.tracks,
        price=money(refusal.price * refusal.tracks),
        left=remaining(line.left),
        limit=exact(line.limit),
    )
    return f"{stands} {_advice(refusal)}"


def _advice(refusal: LimitReached) -> str:
    """What else could be asked for, as far as all limits still let it in; or when to ask again."""
    at = moment(refusal.line.turns_at)
    raised = refusal.line.scope in (Scope.GUILD_DAY, Scope.GUILD_MONTH)  # by moderators
    if refusal.tracks > 1 and (count := refusal.room // refusal.price):
        return (_FEWER_OR_RAISE if raised else _FEWER).format(count=count, at=at)
    if refusal.tracks == 1 and (less := refusal.instead) is not None:
        sentences = _SHORTER_OR_RAISE if raised else _SHORTER
        return sentences[less.kind].format(seconds=less.seconds, at=at)
    return (_WAIT_OR_RAISE if raised else _WAIT).format(at=at)


_ABOVE_CEILING = {
    Scope.GUILD_DAY: (
        Text(
            "Nothing was changed. Whoever hosts me allows a server at most {ceiling} a day: choose that or "
            "less, or ask the host for more."
        )
    ),
    Scope.GUILD_MONTH: (
        Text(
            "Nothing was changed. Whoever hosts me allows a server at most {ceiling} a month: choose that or "
            "less, or ask the host for more."
        )
    ),
    Scope.MEMBER_DAY: (
        Text(
            "Nothing was changed. Whoever hosts me allows a member at most {ceiling} a day: choose that or "
            "less, or ask the host for more."
        )
    ),
}


def _above_ceiling(refusal: AboveCeiling) -> str:
    return _ABOVE_CEILING[refusal.scope].format(ceiling=exact(refusal.ceiling))


def _unknown_timezone(refusal: UnknownTimezone) -> str:
    name = plain(shortened(refusal.name, 60))
    return _(
        "Nothing was changed: I know no time zone “{name}”. Type a city's zone, such as Europe/Berlin, "
        "and choose from the list.",
        name=name,
    )


def _too_many_keys(refusal: TooManyKeys) -> str:
    return _(
        "Nothing was changed, and I did not check that key: too many were tried within an hour. Please "
        "try again {again_at}.",
        again_at=moment(refusal.again_at),
    )


REFUSALS: Sentences = {
    LimitReached: _limit_reached,
    AboveCeiling: _above_ceiling,
    UnknownTimezone: _unknown_timezone,
    TooManyKeys: _too_many_keys,
    NotOffered: (
        Text(
            "Whoever hosts me pays, and takes no WaveSpeed keys from servers (GUILD_KEYS_SECRET is not set). "
            "Ask them if you want this server to pay for itself."
        )
    ),
    KeyRefused: (
        Text(
            "Nothing was changed: WaveSpeed does not accept that as a key. Copy it again, whole and without "
            "anything around it, from wavespeed.ai, API Keys; then `/moderation key set`."
        )
    ),
    HostsKey: Text(
        "Nothing was changed: that is the key that whoever hosts me pays with. Use one of your own."
    ),
    KeyNotChecked: (
        Text(
            "Nothing was changed: WaveSpeed does not answer, so I cannot check the key. Please try again in "
            "a few minutes."
        )
    ),
    NoKey: Text(
        "This server has no WaveSpeed key of its own: whoever hosts me pays. `/moderation key set` changes "
        "that."
    ),
}

# /budget --------------------------------------------------------------------------------------------------

TITLE = Text("Budget")
BY_DAY = Text("By day")
SET = Text("The limits are set.")
NOTHING_GIVEN = Text("Nothing was changed: give `daily`, `monthly`, `member` or `timezone`.")
NAMES = {
    Scope.GUILD_DAY: Text("This server, today"),
    Scope.GUILD_MONTH: Text("This server, this month"),
    Scope.MEMBER_DAY: Text("You, today"),
}


def stands(line: Line) -> str:
    """What stands against a limit, and what is left of it."""
    spent, limit = money(line.spent), exact(line.limit)
    left = _(
        "**{left} left** · starts afresh {turns_at}",
        left=remaining(line.left),
        turns_at=moment(line.turns_at),
    )
    if line.reserved:
        return _(
            "{spent} spent, {reserved} reserved for tracks on their way, of {limit}\n{left}",
            spent=spent,
            reserved=money(line.reserved),
            limit=limit,
            left=left,
        )
    return _("{spent} spent, of {limit}\n{left}", spent=spent, limit=limit, left=left)


def by_day(budget: Budget) -> str:
    """What was spent on each of the month's last days on which anything was; "" where nothing was."""
    spent = [day for day in budget.days if day.spent]
    listed = " · ".join(f"{day_and_month(day.date, short=True)}: {money(day.spent)}" for day in spent[-10:])
    return f"… · {listed}" if len(spent) > 10 else listed


def zone_turns(zone: str, at: datetime) -> str:
    """From when another time zone counts."""
    return _("The time zone {zone} counts from the end of this day on, {at}.", zone=zone, at=moment(at))


def footer(budget: Budget) -> str:
    """When days turn, and how high moderators may go."""
    day, month = exact(budget.daily_ceiling), exact(budget.monthly_ceiling)
    return _(
        "A day ends at midnight in {timezone}. Moderators can set limits of up to {day} a day and "
        "{month} a month with /moderation budget.",
        timezone=budget.timezone,
        day=day,
        month=month,
    )


# the month's picture --------------------------------------------------------------------------------------


def on_month(daily_limit: int) -> SpendingWords:
    """What is written on the picture. daily_limit: micro-dollars."""
    return SpendingWords("spent", "reserved", _("daily limit"), _in_dollars(daily_limit), "$0")


def month_in_words(days: Sequence[Day], daily_limit: int) -> str:
    """The picture in words: its alt text. daily_limit: micro-dollars."""
    spent = [day for day in days if day.spent]
    said = _(
        "Spending by day this month; the daily limit of {daily_limit} is a dashed line.",
        daily_limit=_in_dollars(daily_limit),
    )
    if not spent:
        return _("{said} Nothing was spent yet.", said=said)
    most = max(spent, key=lambda day: day.spent)
    days_spent = plural(
        len(spent),
        "{total} on {count} day; most on day {day}: {most}.",
        "{total} on {count} days; most on day {day}: {most}.",
        total=_in_dollars(sum(day.spent for day in days)),
        day=most.date.day,
        most=_in_dollars(most.spent),
    )
    return f"{said} {days_spent}"


def _in_dollars(micro: int) -> str:
    """Dollars for a label: $2, $0.50, $0.004."""
    dollars = micro / 1_000_000
    if dollars == int(dollars):
        return f"${dollars:,.0f}"
    return f"${dollars:,.2f}" if dollars >= 0.1 else f"${dollars:.3f}"

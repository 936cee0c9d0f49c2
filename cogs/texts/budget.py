"""What people read about limits, budgets and a server's own WaveSpeed key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cogs.texts.formatting import SHOWN, moment, money, plain, remaining, shortened
from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text, _, day_and_month, dollars, plural
from services.money.accounts import HostsKey, KeyNotChecked, KeyRefused, NoKey, NotOffered, TooManyKeys
from services.money.budgets import AboveCeiling, Budget, UnknownTimezone
from services.money.limits import LimitReached, Line, Scope
from services.pictures.spending_bars import Day, SpendingWords
from services.prompts.rework import Kind, Shorter

_WAIT = Text("Please wait until the limit starts afresh {at}.")
_WAIT_OR_RAISE = Text(
    "Please wait until the limit starts afresh {at}, or ask a moderator to raise the limit with "
    "`/moderation budget`."
)
_FEWER = Text("Ask for {count}, or wait until the limit starts afresh {at}.")
_FEWER_OR_RAISE = Text(
    "Ask for {count}, or wait until the limit starts afresh {at}, or ask a moderator to raise the limit with "
    "`/moderation budget`."
)
_FEWER_ALONE = Text("Ask for {count}.")
# What is said where the whole limit is lower than what was asked.
_FOR_EVER = Text("Waiting does not help: the whole limit is lower than that.")
_FOR_EVER_OR_RAISE = Text(
    "Waiting does not help: the whole limit is lower than that. A moderator can raise it with "
    "`/moderation budget`."
)


def _limit_reached(refusal: LimitReached) -> str:
    stands = _too_little_left(refusal) if refusal.line.left >= SHOWN else _nothing_left(refusal)
    return f"{stands} {_advice(refusal)}"


def _too_little_left(refusal: LimitReached) -> str:
    tracks, line, price = refusal.tracks, refusal.line, money(refusal.price * refusal.tracks)
    left, limit = remaining(line.left), dollars(line.limit)
    match line.scope:
        case Scope.HOST_DAY:
            return _host_limit_reached(refusal, price)
        case Scope.GUILD_DAY:
            return plural(
                tracks,
                "This track costs {price}, but this server has only {left} of its {limit} left for today.",
                "These {count} tracks cost {price} together, but this server has only {left} of its {limit} "
                "left for today.",
                price=price,
                left=left,
                limit=limit,
            )
        case Scope.GUILD_MONTH:
            return plural(
                tracks,
                "This track costs {price}, but this server has only {left} of its {limit} left for this "
                "month.",
                "These {count} tracks cost {price} together, but this server has only {left} of its {limit} "
                "left for this month.",
                price=price,
                left=left,
                limit=limit,
            )
        case Scope.MEMBER_DAY:
            return plural(
                tracks,
                "This track costs {price}, but you have only {left} of your {limit} left for today.",
                "These {count} tracks cost {price} together, but you have only {left} of your {limit} left "
                "for today.",
                price=price,
                left=left,
                limit=limit,
            )


def _nothing_left(refusal: LimitReached) -> str:
    tracks, line, price = refusal.tracks, refusal.line, money(refusal.price * refusal.tracks)
    limit = dollars(line.limit)
    match line.scope:
        case Scope.HOST_DAY:
            return _host_limit_reached(refusal, price)
        case Scope.GUILD_DAY:
            return plural(
                tracks,
                "This track costs {price}, but this server has nothing left of its {limit} for today.",
                "These {count} tracks cost {price} together, but this server has nothing left of its {limit} "
                "for today.",
                price=price,
                limit=limit,
            )
        case Scope.GUILD_MONTH:
            return plural(
                tracks,
                "This track costs {price}, but this server has nothing left of its {limit} for this month.",
                "These {count} tracks cost {price} together, but this server has nothing left of its {limit} "
                "for this month.",
                price=price,
                limit=limit,
            )
        case Scope.MEMBER_DAY:
            return plural(
                tracks,
                "This track costs {price}, but you have nothing left of your {limit} for today.",
                "These {count} tracks cost {price} together, but you have nothing left of your {limit} for "
                "today.",
                price=price,
                limit=limit,
            )


def _host_limit_reached(refusal: LimitReached, price: str) -> str:
    """What the host spends over all servers is the host's own."""
    if refusal.for_ever:
        return plural(
            refusal.tracks,
            "This track costs {price}, which is more than I may spend in a day on all servers together.",
            "These {count} tracks cost {price} together, which is more than I may spend in a day on all "
            "servers together.",
            price=price,
        )
    return plural(
        refusal.tracks,
        "This track costs {price}, but I have almost used up what I may spend today on all servers together.",
        "These {count} tracks cost {price} together, but I have almost used up what I may spend today on all "
        "servers together.",
        price=price,
    )


def _advice(refusal: LimitReached) -> str:
    """What else could be asked for, as far as all limits still let it in; or when to ask again."""
    if refusal.for_ever:
        hosts = refusal.line.scope is Scope.HOST_DAY
        return " ".join([*_instead(refusal), str(_FOR_EVER if hosts else _FOR_EVER_OR_RAISE)])
    at = moment(refusal.line.turns_at)
    raised = refusal.line.scope in (Scope.GUILD_DAY, Scope.GUILD_MONTH)  # by moderators
    if refusal.tracks > 1 and (count := refusal.room // refusal.price):
        return (_FEWER_OR_RAISE if raised else _FEWER).format(count=count, at=at)
    if refusal.tracks == 1 and (less := refusal.instead) is not None:
        return _shorter_or_raise(less, at) if raised else _shorter(less, at)
    return (_WAIT_OR_RAISE if raised else _WAIT).format(at=at)


def _instead(refusal: LimitReached) -> list[str]:
    """The same where waiting does not help."""
    if refusal.tracks > 1 and (count := refusal.room // refusal.price):
        return [_FEWER_ALONE.format(count=count)]
    less = refusal.instead
    if refusal.tracks > 1 or less is None:
        return []
    match less.kind:
        case Kind.EXTEND:
            said = plural(less.seconds, "Add at most {count} second.", "Add at most {count} seconds.")
        case Kind.REPAINT:
            said = plural(less.seconds, "Repaint at most {count} second.", "Repaint at most {count} seconds.")
        case _:
            said = plural(
                less.seconds, "Make it at most {count} second long.", "Make it at most {count} seconds long."
            )
    return [said]


def _shorter(less: Shorter, at: str) -> str:
    match less.kind:
        case Kind.EXTEND:
            return plural(
                less.seconds,
                "Add at most {count} second, or wait until the limit starts afresh {at}.",
                "Add at most {count} seconds, or wait until the limit starts afresh {at}.",
                at=at,
            )
        case Kind.REPAINT:
            return plural(
                less.seconds,
                "Repaint at most {count} second, or wait until the limit starts afresh {at}.",
                "Repaint at most {count} seconds, or wait until the limit starts afresh {at}.",
                at=at,
            )
        case _:
            return plural(
                less.seconds,
                "Make it at most {count} second long, or wait until the limit starts afresh {at}.",
                "Make it at most {count} seconds long, or wait until the limit starts afresh {at}.",
                at=at,
            )


def _shorter_or_raise(less: Shorter, at: str) -> str:
    """The same where a moderator could raise the limit."""
    match less.kind:
        case Kind.EXTEND:
            return plural(
                less.seconds,
                "Add at most {count} second, or wait until the limit starts afresh {at}, or ask a moderator "
                "to raise the limit with `/moderation budget`.",
                "Add at most {count} seconds, or wait until the limit starts afresh {at}, or ask a moderator "
                "to raise the limit with `/moderation budget`.",
                at=at,
            )
        case Kind.REPAINT:
            return plural(
                less.seconds,
                "Repaint at most {count} second, or wait until the limit starts afresh {at}, or ask a "
                "moderator to raise the limit with `/moderation budget`.",
                "Repaint at most {count} seconds, or wait until the limit starts afresh {at}, or ask a "
                "moderator to raise the limit with `/moderation budget`.",
                at=at,
            )
        case _:
            return plural(
                less.seconds,
                "Make it at most {count} second long, or wait until the limit starts afresh {at}, or ask a "
                "moderator to raise the limit with `/moderation budget`.",
                "Make it at most {count} seconds long, or wait until the limit starts afresh {at}, or ask a "
                "moderator to raise the limit with `/moderation budget`.",
                at=at,
            )


_ABOVE_CEILING = {
    Scope.GUILD_DAY: Text(
        "Nothing was changed. Whoever hosts me allows a server at most {ceiling} a day: choose that or less, "
        "or ask the host for more."
    ),
    Scope.GUILD_MONTH: Text(
        "Nothing was changed. Whoever hosts me allows a server at most {ceiling} a month: choose that or "
        "less, or ask the host for more."
    ),
    Scope.MEMBER_DAY: Text(
        "Nothing was changed. Whoever hosts me allows a member at most {ceiling} a day: choose that or less, "
        "or ask the host for more."
    ),
}


def _above_ceiling(refusal: AboveCeiling) -> str:
    return _ABOVE_CEILING[refusal.scope].format(ceiling=dollars(refusal.ceiling))


def _unknown_timezone(refusal: UnknownTimezone) -> str:
    return _(
        "Nothing was changed: I do not know the time zone “{name}”. Type a city's zone, such as "
        "Europe/Berlin, and choose from the list.",
        name=plain(shortened(refusal.name, 60)),
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
    NotOffered: Text(
        "Whoever hosts me pays, and takes no WaveSpeed keys from servers (GUILD_KEYS_SECRET is not set). Ask "
        "them if you want this server to pay for itself."
    ),
    KeyRefused: Text(
        "Nothing was changed: WaveSpeed does not accept that as a key. Copy it again, whole and without "
        "anything around it, from wavespeed.ai, API Keys; then `/moderation key set`."
    ),
    HostsKey: Text(
        "Nothing was changed: that is the key that whoever hosts me pays with. Use one of your own."
    ),
    KeyNotChecked: Text(
        "Nothing was changed: WaveSpeed does not answer, so I cannot check the key. Please try again in a "
        "few minutes."
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
NOTHING_GIVEN = Text(
    "Nothing was changed: give `{daily}`, `{monthly}`, `{member}` or `{timezone}`.",
    daily=Text("daily"),
    monthly=Text("monthly"),
    member=Text("member"),
    timezone=Text("timezone"),
)
NAMES = {
    Scope.GUILD_DAY: Text("This server, today"),
    Scope.GUILD_MONTH: Text("This server, this month"),
    Scope.MEMBER_DAY: Text("You, today"),
}


def stands(line: Line) -> str:
    """What stands against a limit, and what is left of it."""
    spent, limit = money(line.spent), dollars(line.limit)
    left = _(
        "**{left} left** · starts afresh {at}",
        left=remaining(line.left),
        at=moment(line.turns_at),
    )
    if line.reserved:
        used = _(
            "{spent} spent, {reserved} reserved for tracks on their way, of {limit}",
            spent=spent,
            reserved=money(line.reserved),
            limit=limit,
        )
    else:
        used = _("{spent} spent, of {limit}", spent=spent, limit=limit)
    return f"{used}\n{left}"


def by_day(budget: Budget) -> str:
    """What was spent on each of the month's last days on which anything was; "" where nothing was."""
    spent = [day for day in budget.days if day.spent]
    listed = " · ".join(f"{day_and_month(day.date)}: {money(day.spent)}" for day in spent[-10:])
    return f"… · {listed}" if len(spent) > 10 else listed


def zone_turns(zone: str, at: datetime) -> str:
    """From when another time zone counts."""
    return _("The time zone {zone} applies from the end of this day on ({at}).", zone=zone, at=moment(at))


def footer(budget: Budget) -> str:
    """When days turn, and how high moderators may go."""
    return _(
        "A day ends at midnight in {timezone}. Moderators can set limits of up to {daily} a day and "
        "{monthly} a month with /moderation budget.",
        timezone=budget.timezone,
        daily=dollars(budget.daily_ceiling),
        monthly=dollars(budget.monthly_ceiling),
    )


# the month's picture --------------------------------------------------------------------------------------


def on_month(daily_limit: int) -> SpendingWords:
    """What is written on the picture. daily_limit: micro-dollars."""
    return SpendingWords(
        _("spent"), _("reserved"), _("daily limit"), _in_dollars(daily_limit), _in_dollars(0)
    )


def month_in_words(days: Sequence[Day], daily_limit: int) -> str:
    """The picture in words: its alt text. daily_limit: micro-dollars."""
    spent = [day for day in days if day.spent]
    said = _(
        "Spending by day this month; the daily limit of {limit} is a dashed line.",
        limit=_in_dollars(daily_limit),
    )
    if not spent:
        nothing = _("Nothing was spent yet.")
        return f"{said} {nothing}"
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
    step = 10_000 if micro >= 100_000 else 1000
    rounded = round(micro / step) * step
    return dollars(rounded, least=2 if rounded % 1_000_000 else 0)

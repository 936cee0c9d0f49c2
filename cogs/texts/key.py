"""What moderators read about a server's own WaveSpeed key. What stands in its way is in `budget`."""

from __future__ import annotations

from cogs.texts.formatting import mention, moment, remaining
from cogs.texts.outcomes import held_sentence
from cogs.texts.translation import Text, _, plural
from services.money.accounts import GuildKey
from services.settings import LEVELS

FORM_TITLE = Text("This server's own WaveSpeed key")
KEY = Text("API key")
KEY_HINT = Text("From wavespeed.ai, API Keys. Best: a key that only I use, on an account with little money.")
LEVEL = Text("The account's level")
LEVEL_HINT = Text("As WaveSpeed shows it. It says how much may run at once.")
REMOVE = Text("Remove the key")
KEPT = Text("The key stays.")
REMOVED = Text(
    "The key is removed. Whoever hosts me pays for this server's tracks again, within their limits."
)
COUNTS = Text(
    "What this server has spent today and this month, with its own key too, counts towards the host's limits."
)


def level(name: str) -> str:
    """What an account of that level may do."""
    at_once, per_minute = LEVELS.get(name, LEVELS["bronze"])
    return _("{at_once:,} at once, {per_minute:,} starts a minute", at_once=at_once, per_minute=per_minute)


def shown(key: GuildKey, balance: int | None) -> str:
    """How the key stands. balance: in micro-dollars; None where WaveSpeed does not say."""
    given = _(
        "This server pays with its own WaveSpeed key, given by {moderator} {at}.",
        moderator=mention(key.added_by),
        at=moment(key.added_at),
    )
    account = _("WaveSpeed does not say what its account has left.")
    if balance is not None:
        account = _("Its account has {balance} left.", balance=remaining(balance))
    allowed = _("Level {level}: {allowed}.", level=key.level, allowed=level(key.level))
    held = [held_sentence(key.hold)] if key.hold is not None else []
    never = _(
        "I never show the key again. `/moderation key set` replaces it, `/moderation key remove` removes it."
    )
    return "\n".join([given, *held, f"{account} {allowed}", never])


def question(waiting: int) -> str:
    """Whether the key is to be removed, on which so many tracks wait."""
    if not waiting:
        asked = _(
            "Remove this server's WaveSpeed key? What it pays for now is still finished. After that whoever "
            "hosts me pays, within their limits. I erase the key once all that it paid for has been fetched, "
            "after 7 days at the latest."
        )
    else:
        asked = plural(
            waiting,
            "Remove this server's WaveSpeed key? What it pays for now is still finished; {count} track that "
            "waits is not made, and costs nothing. After that whoever hosts me pays, within their limits. I "
            "erase the key once all that it paid for has been fetched, after 7 days at the latest.",
            "Remove this server's WaveSpeed key? What it pays for now is still finished; {count} tracks that "
            "wait are not made, and cost nothing. After that whoever hosts me pays, within their limits. I "
            "erase the key once all that it paid for has been fetched, after 7 days at the latest.",
        )
    return f"{asked} {COUNTS}"


def accepted(name: str) -> str:
    """Says that the server pays from now on, on an account of that level."""
    return _(
        "WaveSpeed accepts the key. From now on this server pays for its tracks itself, in a queue of its "
        "own (level {level}: {allowed}). Its limits are yours to set with `/moderation budget`. I keep the "
        "key encrypted and never show it again; `/moderation key remove` removes it.",
        level=name,
        allowed=level(name),
    )


def removed(ended: int) -> str:
    """Says that the key is gone, and with it so many tracks that waited."""
    if not ended:
        return f"{REMOVED} {COUNTS}"
    tracks = plural(
        ended,
        "{count} waiting track is not made, and costs nothing; whoever asked for it is told.",
        "{count} waiting tracks are not made, and cost nothing; whoever asked for them is told.",
    )
    return f"{REMOVED} {COUNTS} {tracks}"

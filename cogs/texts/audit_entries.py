"""Audit records as sentences: who changed what, from what to what."""

from __future__ import annotations

from dataclasses import replace

from cogs.texts.formatting import ERASED, exact, mention, plain, shortened
from services.guilds.audit import Action, Record
from services.money.limits import Scope
from services.tracks.track_audit import number_in

LONGEST = 290  # characters of one record; ten of them fit one message (Discord: 4,000 of text)
NAMES = {
    "channels": "Channels",
    "roles": "Roles",
    "words": "Words",
    "patterns": "Patterns",
    "default_words": "Ready-made list",
    "automod": "Discord's AutoMod",
    "longest": "Longest track",
    "review_channel_id": "Review",
    "jams": "Jams",
    "jam_roles": "Roles for jams",
    "log_channel_id": "Log",
    "chart_channel_id": "Weekly charts",
}
_LIMITS = {
    Scope.GUILD_DAY: "this server's limit a day",
    Scope.GUILD_MONTH: "this server's limit a month",
    Scope.MEMBER_DAY: "a member's limit a day",
}
_DONE = {
    Action.PAUSE: "paused the queue",
    Action.RESUME: "resumed the queue",
    Action.CANCEL: "cancelled {subject}",
    Action.DELETE: "deleted {subject}",
    Action.END_JAM: "ended a jam in <#{place}>",
    Action.WITHHOLD: "withheld {subject}",
    Action.PUBLISH: "published {subject}",
    Action.CLOSE_VOTE: "ended the vote on {subject}",
    Action.ERASE: "had their own data deleted: {subject}",
    Action.BAN: "let {member} make no tracks",
    Action.UNBAN: "let {member} make tracks again",
}


def told(record: Record, *, hidden: bool) -> str:
    """The record as a log channel has it; the number is what it is found by.

    hidden: it is about a track that not everybody sees who reads the channel.
    """
    return f"{sentence(record, hidden=hidden, whom='not everybody here sees')}\n-# Change {record.id}"


def sentence(record: Record, *, hidden: bool, whom: str = "you cannot see") -> str:
    """The record in one sentence, with its moment as each reader's Discord shows it.

    hidden: neither the title of the track that it is about is in it, nor what was said of that. whom: from
    whom it is hidden.
    """
    if hidden:
        record = replace(record, subject=f"#{number_in(record)}, a track in a channel that {whom}", after="")
    who = mention(record.actor_id)
    if record.action == Action.HOST or not record.actor_id:
        who = "Whoever hosts me"
    elif record.actor_id < 0:
        who = ERASED.capitalize()
    at = f"<t:{round(record.at.timestamp())}:f>"
    return f"{at} {who} {shortened(_what(record), LONGEST)}"


def _what(record: Record) -> str:
    match record.action:
        case Action.RULE:
            return _rule(record)
        case Action.LIMIT:
            name = next(
                (words for scope, words in _LIMITS.items() if scope == record.subject), record.subject
            )
            return f"changed {name}: {_amount(record.before)} → {_amount(record.after)}"
        case Action.TIMEZONE:
            return f"changed the time zone: {plain(record.before)} → {plain(record.after)}"
        case Action.REPORT:
            return f"dismissed the reports ({plain(record.before)}) of {_subject(record)}"
        case Action.HOST:
            name = plain(record.subject.replace("_", " "))
            return f"set this server's {name}: {_amounts(record.before, record.after)}"
        case Action.KEY:
            return _key(record)
        case _:
            done = next((words for action, words in _DONE.items() if action == record.action), record.action)
            member = f"<@{record.subject}>" if record.subject.isdecimal() else ERASED
            said = done.format(subject=_subject(record), member=member, place=record.subject)
            return said + _change(record)


def _key(record: Record) -> str:
    match record.before, record.after:
        case "", level:
            return f"gave this server a WaveSpeed key of its own (level {level})"
        case level, "":
            return f"removed this server's own WaveSpeed key (level {level})"
        case before, after:
            return f"replaced this server's own WaveSpeed key (level {before} → {after})"


def _subject(record: Record) -> str:
    """A track, as in #5 Porch Light; what its maker wrote is no markup."""
    return f"**{plain(record.subject).removeprefix(chr(92))}**"


def _amounts(before: str, after: str) -> str:
    return " → ".join(_amount(one) for one in (before, after))


def _change(record: Record) -> str:
    """What else there is to say, and where something was before it, that too."""
    if record.before and record.after and record.before != record.after:
        return f": {plain(record.before)} → {plain(record.after)}"
    return f": {plain(record.after)}" if record.after else ""


def _amount(kept: str) -> str:
    return exact(int(kept)) if kept.isdecimal() else kept or "the host's default"


def _rule(record: Record) -> str:
    """A rule's change; of lists, what came and what went."""
    name = f"**{NAMES.get(record.subject, record.subject)}**"
    if record.subject in ("words", "patterns", "channels", "roles", "jam_roles"):
        before, after = record.before.splitlines(), record.after.splitlines()
        came = [value(record.subject, one) for one in after if one not in before]
        went = [value(record.subject, one) for one in before if one not in after]
        said = [f"added {', '.join(came)}"] if came else []
        said += [f"removed {', '.join(went)}"] if went else []
        return f"changed {name}: {'; '.join(said) or 'another order'}"
    return f"changed {name}: {value(record.subject, record.before)} → {value(record.subject, record.after)}"


def value(rule: str, kept: str) -> str:
    """A value of a rule, as people read it."""
    match rule:
        case "channels" | "review_channel_id" | "log_channel_id" | "chart_channel_id":
            return f"<#{kept}>" if kept else "none"
        case "roles" | "jam_roles":
            return f"<@&{kept}>"
        case "words":
            return f"||{plain(kept)}||"
        case "patterns":
            return f"`{kept.replace('`', chr(0x2CB))}`"
        case "longest":
            return f"{kept} s" if kept else "as long as I can"
        case _:
            return plain(kept) or "not set"

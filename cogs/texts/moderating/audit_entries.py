"""Audit records as sentences: who changed what, from what to what."""

from __future__ import annotations

from dataclasses import replace

from discord.utils import format_dt

from cogs.texts.formatting import ERASED, ERASED_FIRST, given_reason, mention, plain, shortened
from cogs.texts.general import LANGUAGE_NAMES
from cogs.texts.translation import Text, _, dollars, plural
from services.guilds.audit import Action, Record
from services.guilds.bans import in_audit
from services.money.limits import Scope
from services.tracks.track_audit import number_in
from services.tracks.tracks import CANNOT_BE_READ

LONGEST = 290  # characters of one record; ten of them fit one message (Discord: 4,000 of text)
LONGEST_SHOWN_REASON = 80  # of a ban, of which one record may have two
NAMES = {
    "channels": Text("Channels"),
    "roles": Text("Roles"),
    "words": Text("Words"),
    "patterns": Text("Patterns"),
    "default_words": Text("Ready-made list"),
    "automod": Text("Discord's AutoMod"),
    "longest": Text("Longest track"),
    "review_channel_id": Text("Review"),
    "jams": Text("Jams"),
    "jam_roles": Text("Roles for jams"),
    "parties": Text("Parties"),
    "party_roles": Text("Roles for parties"),
    "party_channels": Text("Channels for parties"),
    "log_channel_id": Text("Log"),
    "chart_channel_id": Text("Weekly charts"),
    "language": Text("Language"),
    "own_voices": Text("Own voices"),
    "contests": Text("Contests"),
    "contest_roles": Text("Roles that start contests"),
    "contest_channel_id": Text("Weekly contest"),
    "contest_themes": Text("Themes of the weekly contest"),
}
_LIMITS = {
    Scope.GUILD_DAY: Text("{at} {who} changed this server's daily limit: {before} → {after}"),
    Scope.GUILD_MONTH: Text("{at} {who} changed this server's monthly limit: {before} → {after}"),
    Scope.MEMBER_DAY: Text("{at} {who} changed each member's daily limit: {before} → {after}"),
}
_DONE = {
    Action.PAUSE: Text("{at} {who} paused the queue"),
    Action.RESUME: Text("{at} {who} resumed the queue"),
    Action.CANCEL: Text("{at} {who} cancelled {subject}"),
    Action.DELETE: Text("{at} {who} deleted {subject}"),
    Action.END_JAM: Text("{at} {who} ended a jam in <#{place}>"),
    Action.END_CONTEST: Text("{at} {who} moved on or ended a contest in <#{place}>"),
    Action.WITHHOLD: Text("{at} {who} withheld {subject}"),
    Action.PUBLISH: Text("{at} {who} published {subject}"),
    Action.CLOSE_VOTE: Text("{at} {who} ended the vote on {subject}"),
    Action.UNBAN: Text("{at} {who} let {member} make tracks again"),
    Action.DELETE_ALBUM: Text("{at} {who} deleted an album of {member}"),
    Action.ALLOW_VOICE: Text("{at} {who} let {member} sing with their own voice"),
    Action.REFUSE_VOICE: Text("{at} {who} did not let {member} sing with the recording they gave"),
    Action.TIMEZONE: Text("{at} {who} changed the time zone: {old} → {new}"),
    Action.REPORT: Text("{at} {who} dismissed the reports ({old}) of {subject}"),
}
_SET_BY_HOST = {
    "access": Text("{at} {who} set this server's access: {before} → {after}"),
    "daily_ceiling": Text("{at} {who} set this server's daily ceiling: {before} → {after}"),
    "monthly_ceiling": Text("{at} {who} set this server's monthly ceiling: {before} → {after}"),
}
_BANNED = Text("{at} {who} banned {member} from making tracks: “{reason}”")
_TIMED_OUT = Text("{at} {who} banned {member} from making tracks until {until}: “{reason}”")
_NO_LONGER_BANNED = Text("Before that, they were banned until a moderator lifted it: “{reason}”")
_NO_LONGER_TIMED_OUT = Text("Before that, they were banned until {until}: “{reason}”")
_BANNED_IN_WORDS = Text("{at} {who} banned {member} from making tracks {new}")  # which an older version kept
_BANNED_ANEW_IN_WORDS = Text("{at} {who} banned {member} from making tracks {new} (before that {old})")
_WHOLE = frozenset({Action.TIMEZONE, Action.REPORT})  # whose sentences say all that changed
_LISTS = frozenset(
    {
        "words",
        "patterns",
        "channels",
        "roles",
        "jam_roles",
        "contest_roles",
        "contest_themes",
        "party_roles",
        "party_channels",
    }
)  # rules of several
_KEY_GIVEN = Text("{at} {who} gave this server a WaveSpeed key of its own (level {new})")
_KEY_REMOVED = Text("{at} {who} removed this server's own WaveSpeed key (level {old})")
_KEY_REPLACED = Text("{at} {who} replaced this server's own WaveSpeed key (level {old} → {new})")
_RULE = Text("{at} {who} changed {rule}: {old} → {new}")
_CAME = Text("{at} {who} changed {rule}: added {added}")
_WENT = Text("{at} {who} changed {rule}: removed {removed}")
_CAME_AND_WENT = Text("{at} {who} changed {rule}: added {added}; removed {removed}")
_ANOTHER_ORDER = Text("{at} {who} put {rule} into another order")
_OTHER = Text("{at} {who} {action}")  # an action, or a limit, that a newer version of the bot wrote down
_OTHER_LIMIT = Text("{at} {who} changed {limit}: {before} → {after}")
_VALUES = {
    "allowed": Text("allowed"),
    "blocked": Text("blocked"),
    "asked": Text("not answered yet"),
    "on": Text("on"),
    "off": Text("off"),
    "everybody": Text("everybody"),
    "roles": Text("some roles"),
    "moderators": Text("moderators"),
}
"""What is kept as one word, as people read it."""
_HIDDEN = Text("#{number}, a track in a channel that you cannot see")
_HIDDEN_FROM_SOME = Text("#{number}, a track in a channel that not everybody here sees")


def log_message(record: Record, *, hidden: bool) -> str:
    """The record as a log channel has it; the number is what it is found by.

    hidden: it is about a track that not everybody sees who reads the channel.
    """
    said = _sentence(record, _HIDDEN_FROM_SOME if hidden else None)
    change = _("Change {number}", number=record.id)
    return f"{said}\n-# {change}"


def moment_of(record: Record) -> str:
    """When it was done, as each reader's Discord shows it; in the same letters in every language."""
    return f"<t:{round(record.at.timestamp())}:f>"


def sentence(record: Record, *, hidden: bool) -> str:
    """The record in one sentence, with its moment as each reader's Discord shows it.

    hidden: neither the title of the track that it is about is in it, nor what was said of that.
    """
    return _sentence(record, _HIDDEN if hidden else None)


def _sentence(record: Record, hidden: Text | None) -> str:
    """hidden: what is said in place of the track's title; None where that may be read."""
    if hidden is not None:
        record = replace(record, subject=hidden.format(number=number_in(record)), after="")
    who = mention(record.actor_id)
    if record.action == Action.HOST or not record.actor_id:
        who = _("Whoever hosts me")
    elif record.actor_id < 0:
        who = str(ERASED_FIRST)
    at = moment_of(record)
    try:
        said = _said(record, at, who)
    except CANNOT_BE_READ:  # another version's way to keep it
        said = _OTHER.format(at=at, who=who, action=record.action)
    return shortened(said, len(f"{at} {who} ") + LONGEST)


def _said(record: Record, at: str, who: str) -> str:
    said: dict[str, object] = {
        "at": at,
        "who": who,
        "old": plain(record.before),
        "new": plain(record.after),
        "before": _amount(record.before),
        "after": _amount(record.after),
    }
    match record.action:
        case Action.RULE:
            return _rule(record, at, who)
        case Action.KEY:
            return _key(record).format(**said | {"old": record.before, "new": record.after})
        case Action.LIMIT:
            limits = {str(scope): limit for scope, limit in _LIMITS.items()}
            return limits.get(record.subject, _OTHER_LIMIT).format(**said | {"limit": record.subject})
        case Action.HOST:
            limit = plain(record.subject.replace("_", " "))
            return _SET_BY_HOST.get(record.subject, _OTHER_LIMIT).format(**said | {"limit": limit})
        case Action.ERASE:
            return plural(
                int(record.subject.partition(" ")[0]),  # "3 tracks"
                "{at} {who} had their own data deleted: **{count} track**",
                "{at} {who} had their own data deleted: **{count} tracks**",
                at=at,
                who=who,
            )
        case _:
            member = f"<@{record.subject}>" if record.subject.isdecimal() else ERASED
            said |= {"member": member, "place": record.subject}
            said |= {"subject": _subject(record), "action": record.action}
            templates = {str(action): done for action, done in _DONE.items()}
            if record.action == Action.BAN:
                return _ban(record, said)
            done = templates.get(record.action, _OTHER).format(**said)
            return done if record.action in _WHOLE else done + _change(record)


def _ban(record: Record, said: dict[str, object]) -> str:
    """Who was banned, until when and why, and what held before that."""
    after, before = in_audit(record.after), in_audit(record.before)
    if after is None or (record.before and before is None):
        return (_BANNED_ANEW_IN_WORDS if record.before else _BANNED_IN_WORDS).format(**said)
    templates = [(after, _BANNED, _TIMED_OUT), (before, _NO_LONGER_BANNED, _NO_LONGER_TIMED_OUT)]
    sentences = [
        (for_good if ban[0] is None else timed).format(
            **said,
            until="" if ban[0] is None else format_dt(ban[0]),
            reason=given_reason(ban[1], LONGEST_SHOWN_REASON),
        )
        for ban, for_good, timed in templates
        if ban is not None
    ]
    return " ".join(sentences)


def _key(record: Record) -> Text:
    if not record.before:
        return _KEY_GIVEN
    return _KEY_REPLACED if record.after else _KEY_REMOVED


def _subject(record: Record) -> str:
    """A track, as in #5 Porch Light; what its maker wrote is no markup."""
    return f"**{plain(record.subject).removeprefix(chr(92))}**"


def _change(record: Record) -> str:
    """What else there is to say, and where something was before it, that too."""
    if record.before and record.after and record.before != record.after:
        return f": {plain(record.before)} → {plain(record.after)}"
    return f": {given_reason(record.after)}" if record.after else ""


def _amount(kept: str) -> str:
    if kept.isdecimal():
        return dollars(int(kept))
    return _word(kept) if kept else _("the host's default")


def _word(kept: str) -> str:
    return str(_VALUES[kept]) if kept in _VALUES else plain(kept)


def _rule(record: Record, at: str, who: str) -> str:
    """A rule's change; of lists, what came and what went."""
    said = {"at": at, "who": who, "rule": f"**{NAMES.get(record.subject, record.subject)}**"}
    if record.subject not in _LISTS:
        old, new = (value(record.subject, kept) for kept in (record.before, record.after))
        return _RULE.format(**said | {"old": old, "new": new})
    before, after = record.before.splitlines(), record.after.splitlines()
    came = ", ".join(value(record.subject, one) for one in after if one not in before)
    went = ", ".join(value(record.subject, one) for one in before if one not in after)
    template = _ANOTHER_ORDER
    if came or went:
        template = _CAME_AND_WENT if came and went else _CAME if came else _WENT
    return template.format(**said | {"added": came, "removed": went})


def value(rule: str, kept: str) -> str:
    """A value of a rule, as people read it."""
    match rule:
        case (
            "channels"
            | "review_channel_id"
            | "log_channel_id"
            | "chart_channel_id"
            | "contest_channel_id"
            | "party_channels"
        ):
            return f"<#{kept}>" if kept else _("none")
        case "roles" | "jam_roles" | "contest_roles" | "party_roles":
            return f"<@&{kept}>"
        case "words":
            return f"||{plain(kept)}||"
        case "patterns":
            return f"`{kept.replace('`', chr(0x2CB))}`"
        case "language":
            return str(LANGUAGE_NAMES[kept]) if kept in LANGUAGE_NAMES else _("as in Discord")
        case "longest":
            return f"{kept} s" if kept else _("as long as I can")
        case _:
            return _word(kept) if kept else _("not set")

"""What members read in and about jams."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.texts.formatting import moment, money, remaining
from cogs.texts.jams.panel import called
from cogs.texts.permissions import named_permissions
from cogs.texts.sentences import Sentences, one_of
from cogs.texts.translation import Text, _, dollars, plural
from services.guilds.rules import NotForJams
from services.jams import contributions, jams, lending
from services.jams.jams import Phase
from services.jams.service import JamThere, TooManyJams
from services.jams.storage import NoSuchJam, Session
from services.money.limits import LimitReached
from services.tracks.request_refusals import TooManyWaiting


def _jam_there(refusal: JamThere) -> str:
    return _(
        "There is a jam in <#{channel_id}> already; one channel has one at a time. Join it, or start "
        "yours in another channel or in a thread of its own (`{thread}: True`).",
        thread=Text("thread"),
        channel_id=refusal.session.channel_id,
    )


def _too_many_jams(refusal: TooManyJams) -> str:
    return plural(
        refusal.limit,
        "This server has {count} jam going on, as many as it can have at a time. Join it (`/jam list`), or "
        "wait until it ends.",
        "This server has {count} jams going on, as many as it can have at a time. Join one of them (`/jam "
        "list`), or wait until one ends.",
    )


def _not_for_jams(refusal: NotForJams) -> str:
    if not refusal.roles:
        return _("In this server, only moderators can use jams (`/moderation panel`). Ask one of them.")
    roles = one_of([f"<@&{role}>" for role in refusal.roles])
    return _(
        "In this server, only members with the role {roles} can use jams. Ask a moderator for it.",
        roles=roles,
    )


def _not_now(refusal: jams.NotNow) -> str:
    match refusal.phase:
        case Phase.MAKING:
            return _(
                "This round's track is being made, so its prompt stays as it is. You can change everything "
                "in the next round."
            )
        case Phase.SHAPING:
            return _("The round is open already: everything can be changed on the panel.")
        case _:
            return _("This round's track is there. Vote below it; *Next round* opens everything again.")


def _not_the_lead(refusal: jams.NotTheLead) -> str:
    if refusal.lead_id is None:
        return _("Nobody is in this jam to decide that. Press *Join / Leave*, and you lead it.")
    return _(
        "Only whoever leads the jam, <@{lead_id}>, or a moderator (*Manage Server*) can do that.",
        lead_id=refusal.lead_id,
    )


def _lent_already(refusal: lending.LentAlready) -> str:
    return _("The voice of <@{member}> is lent to this round already; one round has one.", member=refusal.by)


REFUSALS: Sentences = {
    NoSuchJam: Text(
        "There is no such jam in this server, or it has ended. `/jam list` shows those that are open, "
        "`/jam start` opens one."
    ),
    JamThere: _jam_there,
    TooManyJams: _too_many_jams,
    NotForJams: _not_for_jams,
    jams.NotIn: Text("You are not in this jam. Press *Join / Leave* first; then you can change everything."),
    jams.NotNow: _not_now,
    jams.NotTheLead: _not_the_lead,
    lending.LentAlready: _lent_already,
    lending.NothingToSingOver: Text(
        "A voice sings over a track, and there is none in this jam yet. Lend yours to the next round."
    ),
    lending.AnotherRound: Text(
        "That round is over. Press *Lend my voice* on the panel to lend it to this one."
    ),
    lending.NotLent: Text(
        "There is no voice in this round that you could take back. Only its owner can, or who leads the jam."
    ),
    jams.IsFull: Text(
        "{most} members are in this jam, as many as fit. Wait until somebody leaves.",
        most=jams.MOST_PEOPLE,
    ),
    jams.NoTags: Text(
        "There is no tag yet, and a track needs at least one. Press *Add tags* first: funk, brass, upbeat."
    ),
    contributions.NoSuchTag: Text(
        "That tag is not in the jam any more; somebody was quicker. Nothing was changed."
    ),
    contributions.NoSuchSection: Text(
        "That section is not in the jam any more: it was taken out, or another round has begun."
    ),
    contributions.SectionChanged: Text(
        "Somebody else changed that section meanwhile. Your change was not made; look at it again."
    ),
    contributions.NoSuchProposal: Text(
        "That was decided already, or the round is over. The panel shows how things stand."
    ),
    contributions.TooManyProposals: Text(
        "{most} votes are open, as many as fit. Vote on those first.", most=contributions.MOST_PROPOSALS
    ),
    contributions.TooManySections: Text(
        "There are {most} sections, as many as fit. Change one, or take one out.",
        most=contributions.MOST_SECTIONS,
    ),
    contributions.NothingEarlier: Text(
        "That section was never anything else, so there is nothing to bring back."
    ),
}

# One member's own limit does not let a jam's track in: whose, as its reader hears it.
_ONE_OF_THEM = Text(
    "The track costs {price}, but one of those who are in has less left of their own limit for today "
    "(`/budget` tells you what you have left)."
)
_SHARED_ONE_OF_THEM = Text(
    "The track costs {price}, in equal shares for the {sharing} who are in, but one of them has less "
    "left of their own limit for today (`/budget` tells you what you have left)."
)
_YOU = Text("The track costs {price}, but you have only {left} of your {limit} left for today.")
_SHARED_YOU = Text(
    "The track costs {price}, in equal shares for the {sharing} who are in, but you have only {left} "
    "of your {limit} left for today."
)
_YOU_NOTHING = Text("The track costs {price}, but you have nothing left of your {limit} for today.")
_SHARED_YOU_NOTHING = Text(
    "The track costs {price}, in equal shares for the {sharing} who are in, but you have nothing "
    "left of your {limit} for today."
)
_ANOTHER = Text("The track costs {price}, but <@{member}> has less left of their own limit for today.")
_SHARED_ANOTHER = Text(
    "The track costs {price}, in equal shares for the {sharing} who are in, but <@{member}> has less "
    "left of their own limit for today."
)
# What can be done about it; the second of each, where a shorter track would do; the others, where the whole
# limit is lower than that, so that waiting does not help.
_WITHOUT_THEM = (
    Text("Please go on without them, or wait until the limit starts afresh {at}."),
    Text(
        "Make it at most {seconds} seconds long, or go on without them, or wait until the limit starts "
        "afresh {at}."
    ),
    Text("Please go on without them."),
    Text("Make it at most {seconds} seconds long, or go on without them."),
)
_LEAVE = (
    Text("Please leave it to the others, with *Join / Leave*, or wait until the limit starts afresh {at}."),
    Text(
        "Make it at most {seconds} seconds long, or leave it to the others, with *Join / Leave*, or wait "
        "until the limit starts afresh {at}."
    ),
    Text("Please leave it to the others, with *Join / Leave*."),
    Text("Make it at most {seconds} seconds long, or leave it to the others, with *Join / Leave*."),
)
_LET_JOIN = (
    Text("Please let others join, who then share the price, or wait until the limit starts afresh {at}."),
    Text(
        "Make it at most {seconds} seconds long, or let others join, who then share the price, or wait "
        "until the limit starts afresh {at}."
    ),
    Text("Please let others join, who then share the price."),
    Text("Make it at most {seconds} seconds long, or let others join, who then share the price."),
)


def limit_of_one(refusal: LimitReached, reader_id: int | None) -> str:
    """A member's own limit does not let a jam's track in.

    reader_id: who alone reads it, and is told whose limit that is; None: everybody, who are not told.
    """
    line, shared = refusal.line, refusal.sharing > 1
    advice = _WITHOUT_THEM
    if reader_id is None:
        stands = (_ONE_OF_THEM, _SHARED_ONE_OF_THEM)
    elif reader_id != refusal.member_id:
        stands = (_ANOTHER, _SHARED_ANOTHER)
    else:
        stands = (_YOU, _SHARED_YOU) if line.left else (_YOU_NOTHING, _SHARED_YOU_NOTHING)
        advice = _LEAVE
    if refusal.sharing == 1:
        advice = _LET_JOIN
    less = refusal.instead
    done = advice[2 * refusal.for_ever + (less is not None)]
    values = {
        "price": money(refusal.price),
        "sharing": refusal.sharing,
        "left": remaining(line.left),
        "limit": dollars(line.limit),
        "member": refusal.member_id,
        "seconds": less.seconds if less else 0,
        "at": moment(line.turns_at),
    }
    return f"{stands[shared].format(**values)} {done.format(**values)}"


def too_many_of_one(refusal: TooManyWaiting, reader_id: int | None) -> str:
    """One of those who are in a jam has as many tracks waiting as one may have. reader_id: as above."""
    if reader_id is None:
        return plural(
            refusal.limit,
            "One of those who are in has {count} track waiting already, as many as one member can have at a "
            "time. Try again when it has started, or was cancelled (`/queue`).",
            "One of those who are in has {count} tracks waiting already, as many as one member can have at a "
            "time. Try again when one of these has started, or was cancelled (`/queue`).",
        )
    if reader_id == refusal.member_id:
        return plural(
            refusal.limit,
            "You have {count} track waiting already, as many as one member can have at a time. Try again "
            "when it has started, or was cancelled (`/queue`).",
            "You have {count} tracks waiting already, as many as one member can have at a time. Try again "
            "when one of these has started, or was cancelled (`/queue`).",
        )
    return plural(
        refusal.limit,
        "<@{member}> has {count} track waiting already, as many as one member can have at a time. Try "
        "again when it has started, or was cancelled (`/queue`).",
        "<@{member}> has {count} tracks waiting already, as many as one member can have at a time. Try "
        "again when one of these has started, or was cancelled (`/queue`).",
        member=refusal.member_id,
    )


# /jam -----------------------------------------------------------------------------------------------------

NO_JAM = Text("There is no jam here now. `/jam start` opens one.")
NO_THREAD_HERE = Text(
    "A thread starts from a text channel. Use `/jam start` in one, or here without `{thread}`.",
    thread=Text("thread"),
)
_STANDS = {
    Phase.SHAPING: Text("round {number}: the prompt is being shaped"),
    Phase.MAKING: Text("round {number}: the track is being made"),
    Phase.LISTENING: Text("round {number}: the track is being voted on"),
}


def in_channel(theme: str, channel: str | None) -> str:
    """A jam in the list of those that can be ended."""
    jam = theme or _("A jam")
    if channel is None:
        return _("{jam} in a channel", jam=jam)
    return _("{jam} in #{channel}", jam=jam, channel=channel)


def may_not(permissions: Sequence[str]) -> str:
    """What the bot lacks where a jam is to be, by discord.py's names."""
    missing = named_permissions(permissions)
    return _(
        "I cannot hold a jam here. A moderator can give me {missing} in this channel; then try again.",
        missing=missing,
    )


def no_thread(reason: str) -> str:
    """Discord refuses the thread."""
    return _(
        "No jam was opened: Discord does not let me open a thread in this channel ({reason}). A "
        "moderator can look at my permissions there; then try again.",
        reason=reason,
    )


def no_panel(reason: str) -> str:
    """Discord refuses the panel."""
    return _(
        "No jam was opened: Discord does not let me post in this channel ({reason}). A moderator can "
        "look at my permissions there; then try again.",
        reason=reason,
    )


def opened(session: Session) -> str:
    """Says where the jam is."""
    return _(
        "The jam {jam} is open, and you are in: {address}", jam=called(session.jam), address=_address(session)
    )


def line(session: Session) -> str:
    """A jam of the list."""
    jam, place = session.jam, _address(session) if session.message_id else f"<#{session.channel_id}>"
    name = called(jam) if jam.theme else _("A jam")
    stands = _STANDS[jam.phase].format(number=jam.number)
    who = _("{people} in", people=len(jam.here))
    if jam.lead_id:
        who = _("{people} in, led by <@{lead}>", people=len(jam.here), lead=jam.lead_id)
    return f"- **{name}** {place}: {stands}; {who}"


def _address(session: Session) -> str:
    return f"https://discord.com/channels/{session.guild_id}/{session.channel_id}/{session.message_id}"

"""What members read of relays: its post, the form of a line, and why something is not done."""

from __future__ import annotations

from collections import Counter

from cogs.texts.formatting import in_quotes, listen, mention, moment, money, named, plain, shortened
from cogs.texts.sentences import Sentences, all_of
from cogs.texts.translation import Text, _, plural
from services.guilds.bans import Banned
from services.money.limits import LimitReached, Line, Scope
from services.relays.relay import (
    MOST_RELAYS,
    NoSeat,
    NoSuchRelay,
    NotVotingNow,
    NotYourRelay,
    NotYourTurn,
    Relay,
    RelayThere,
    TooFew,
    TooManyRelays,
)
from services.text.refusal import RequestRefusal
from services.tracks.request_refusals import TooManyWaiting
from services.tracks.track import ENDED, State, Track

REFUSALS: Sentences = {
    NoSuchRelay: Text("There is no such relay here, or it is over. `/relay start` begins one."),
    RelayThere: Text(
        "A relay goes on in this channel already. Take a seat in that one, or wait for its end."
    ),
    TooManyRelays: Text(
        "{most} relays go on in this server, and more cannot. Wait until one is over.", most=MOST_RELAYS
    ),
    NoSeat: Text("There is no free seat any more."),
    TooFew: Text("Nobody writes a relay alone: wait until somebody else has a seat."),
    NotYourTurn: Text("It is not your line. I mention whoever's turn it is."),
    NotYourRelay: Text("Only who started the relay or a moderator (*Manage Server*) can do that."),
    NotVotingNow: Text("Nobody votes on its tags now."),
}

SIT, BEGIN, END = Text("Take a seat / Leave"), Text("Begin"), Text("End it")
WRITE, PASS = Text("Write my line"), Text("Pass")
SING, AGAIN = Text("Sing it now"), Text("Try again")
VOTE = Text("Vote on what it sounds like …")
YOUR_LINE = Text("Your line")
NO_LINE_YET = Text("Nothing is written yet: you begin.")
LONGEST_WORDS = 3300  # characters of a post; the rest is for what goes on …
LONGEST_REASON = 400  # … such as why it is not sung


def heading(relay: Relay) -> str:
    """What it is about."""
    if not relay.theme:
        return _("## A line each")
    return _("## A line each: {theme}", theme=plain(relay.theme))


def seats(relay: Relay) -> str:
    """Who sits, and how it goes."""
    people = all_of([mention(seat.member_id) for seat in relay.seats])
    taken = _("Seats {taken} of {most}: {people}", taken=len(relay.seats), most=relay.most, people=people)
    return f"{taken}\n{rules(relay)}"


def rules(relay: Relay) -> str:
    """How it goes, and who pays."""
    return plural(
        relay.rounds,
        "-# Each writes {count} line, is shown only the last line of the one before, and has {minutes} min; "
        "who sleeps is passed. Then all vote on what it sounds like, and it is sung once, within the limits "
        "of {starter}.",
        "-# Each writes {count} lines, one at a turn, is shown only the last line of the one before, and has "
        "{minutes} min; who sleeps is passed. Then all vote on what it sounds like, and it is sung once, "
        "within the limits of {starter}.",
        minutes=relay.minutes,
        starter=mention(relay.starter_id),
    )


def turn(relay: Relay) -> str:
    """Whose line it is."""
    assert relay.writer is not None
    assert relay.due_at is not None
    return _(
        "Line {number} of {count} is {writer}'s turn; who sleeps is passed {due}.",
        number=relay.turn + 1,
        count=relay.turns,
        writer=mention(relay.writer.member_id),
        due=moment(relay.due_at),
    )


def your_turn(relay: Relay) -> str:
    """Tells whose turn it is."""
    assert relay.writer is not None
    assert relay.due_at is not None
    return _(
        "{writer}, it is your line; you are passed {due}.",
        writer=mention(relay.writer.member_id),
        due=moment(relay.due_at),
    )


def words(relay: Relay) -> str:
    """All lines, each with who wrote it."""
    lines = [f"{plain(line.text)} · {mention(line.member_id)}" for line in relay.written]
    return shortened("\n".join(lines), LONGEST_WORDS)


def vote(relay: Relay) -> str:
    """How the vote on tags stands."""
    assert relay.due_at is not None
    counted = Counter(tag for _member, tag in relay.votes).most_common(8)
    stands = " · ".join(f"{tag} {count}" for tag, count in counted)
    ends = _("What does it sound like? The three with most votes are taken {due}.", due=moment(relay.due_at))
    return "\n".join(filter(None, [ends, stands]))


def refused(relay: Relay) -> str:
    """Why it is not sung yet."""
    return _("It is not sung yet: {reason}", reason=shortened(relay.refused, LONGEST_REASON))


def refused_to_starter(relay: Relay, refusal: RequestRefusal) -> str | None:
    """Why it cannot be asked for, as all read it, where that is about who started it; else None.

    What they have left, and why they may not make tracks, is theirs to know.
    """
    starter = mention(relay.starter_id)
    match refusal:
        case LimitReached(line=Line(scope=Scope.MEMBER_DAY), for_ever=True):
            return _(
                "It costs {price}, which is more than {starter}, who started it, may spend in a day. A "
                "moderator can raise that limit with `/moderation budget`; press *Try again* then.",
                price=money(refusal.price),
                starter=starter,
            )
        case LimitReached(line=Line(scope=Scope.MEMBER_DAY)):
            return _(
                "It costs {price}, which {starter}, who started it, has not left for today. The limit starts "
                "afresh {at}; press *Try again* then.",
                price=money(refusal.price),
                starter=starter,
                at=moment(refusal.line.turns_at),
            )
        case TooManyWaiting():
            return _(
                "{starter}, who started it, has as many tracks waiting as one member can have. Press *Try "
                "again* when one of them has started.",
                starter=starter,
            )
        case Banned():
            return _(
                "{starter}, who started it and would pay for it, may not make tracks in this server now. A "
                "moderator can end it.",
                starter=starter,
            )
        case _:
            return None


def ended(relay: Relay, track: Track | None) -> str:
    """What came of it."""
    if track is None:
        return _("It is over, and was not sung.")
    tags = f"-# {plain(', '.join(relay.tags))}"
    if track.deleted_at is not None or track.held_back:
        return _("It was sung, and cannot be heard any more.")
    if track.state is State.DELIVERED:
        return f"{named(track)}{listen(track)}\n{tags}"
    if track.state in ENDED:
        return _("It could not be sung.")
    return being_sung(relay)


def being_sung(relay: Relay) -> str:
    """It is asked for, or is about to be; and what it will sound like."""
    return f"{BEING_SUNG}\n-# {plain(', '.join(relay.tags))}"


def started(relay: Relay) -> str:
    """It is open."""
    return _(
        "Your relay is open in <#{channel_id}>, and the first seat is yours.", channel_id=relay.channel_id
    )


def taken(relay: Relay, member_id: int) -> str:
    """The member's line is written."""
    if relay.writes_on(member_id):
        return _("Your line is written. I mention you when it is your turn again.")
    return _(
        "Your line is written; it was your last. Once all are there, everybody votes on what it sounds like."
    )


def last_line(line: str) -> str:
    """What the one before wrote, in the form."""
    return in_quotes(line)


def not_taken(reasons: str, typed: str) -> str:
    """The line cannot be taken, and is given back. typed: in a box."""
    return f"{NOT_TAKEN}\n{reasons}\n{typed}"


def too_late(typed: str) -> str:
    """The line is none any more, and is given back. typed: in a box."""
    return f"{TOO_LATE}\n{typed}"


BLANK = Text("There is nothing in this line. Press *Write my line* again, or *Pass*.")
TOO_LATE = Text("This line came too late: the turn that it was for is over.")
NO_POST = Text(
    "No relay was opened: Discord does not let me post in this channel. A moderator can look at my "
    "permissions there; then try again."
)
BEING_SUNG = Text("It is being sung.")
NOT_TAKEN = Text("I could not take this line. Press *Write my line* again:")

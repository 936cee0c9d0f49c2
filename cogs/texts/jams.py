"""Why something cannot be done in a jam, in sentences: what happened, why, and what to do next."""

from __future__ import annotations

from cogs.texts.formatting import exact, moment, money, remaining
from services.jams import contributions, jams
from services.jams.jams import Phase
from services.jams.service import JamThere, TooManyJams
from services.jams.storage import NoSuchJam
from services.money.limits import LimitReached
from services.requests import TooManyWaiting


def why_no_jam(error: BaseException) -> str | None:
    """None for an error that is not one of a jam."""
    match error:
        case NoSuchJam():
            return (
                "There is no such jam in this server, or it has ended. `/jam list` shows those that go on, "
                "`/jam start` opens one."
            )
        case JamThere(session=session):
            return (
                f"There is a jam in <#{session.channel_id}> already; one channel has one at a time. Join it, "
                "or start yours in another channel or in a thread of its own (`thread: yes`)."
            )
        case TooManyJams(limit=limit):
            return (
                f"This server has {limit} jams going on, as many as it can have at a time. Join one of them "
                "(`/jam list`), or wait until one ends."
            )
        case jams.NotIn():
            return "You are not in this jam. Press *Join* first; then you can change everything."
        case jams.NotNow(phase=Phase.MAKING):
            return (
                "This round's track is in the making, so its prompt stays as it is. The next round is yours."
            )
        case jams.NotNow(phase=Phase.SHAPING):
            return "The round is open already: everything can be changed on the panel."
        case jams.NotNow():
            return "This round's track is there. Vote below it; with *Next round* everything opens again."
        case jams.NotTheLead(lead_id=None):
            return "Nobody is in this jam who could decide that. Press *Join*, and you lead it."
        case jams.NotTheLead(lead_id=lead_id):
            return f"Only who leads the jam, <@{lead_id}>, or a moderator (*Manage Server*) can do that."
        case jams.IsFull():
            return f"{jams.MOST_PEOPLE} members are in this jam, as many as fit. Wait until somebody leaves."
        case jams.NoTags():
            return (
                "There is no tag yet, and no track without one. Press *Add tags* first: funk, brass, upbeat."
            )
        case _:
            return _why_not_these_words(error)


def _why_not_these_words(error: BaseException) -> str | None:
    match error:
        case contributions.NoSuchTag():
            return "That tag is not in the jam any more; somebody was quicker. Nothing was changed."
        case contributions.NoSuchSection():
            return "That section is not in the jam any more: it was taken out, or another round has begun."
        case contributions.SectionChanged():
            return "Somebody else changed that section meanwhile. Nothing was changed; look at it again."
        case contributions.NoSuchProposal():
            return "That was decided already, or the round is over. The panel shows what holds."
        case contributions.TooManyProposals():
            return f"{contributions.MOST_PROPOSALS} votes are open, as many as fit. Vote on those first."
        case contributions.TooManySections():
            most = contributions.MOST_SECTIONS
            return f"There are {most} sections, as many as fit. Change one, or take one out."
        case contributions.NothingEarlier():
            return "That section was never anything else, so there is nothing to bring back."
        case _:
            return None


def limit_of_one(refusal: LimitReached, reader_id: int | None) -> str:
    """A member's own limit does not let a jam's track in.

    reader_id: who alone reads it, and is told whose limit that is; None: everybody, who are not told.
    """
    line, sharing = refusal.line, refusal.sharing
    costs = f"The track costs {money(refusal.price)}"
    if sharing > 1:
        costs += f", in equal shares for the {sharing} who are in"
    if reader_id is None:
        stands = "one of them has less left of their own limit for today (`/budget show` says whether you)"
        advice = "go on without them"
    elif reader_id == refusal.member_id:
        left = f"only {remaining(line.left)}" if line.left else "nothing"
        stands = f"you have {left} of your {exact(line.limit)} left for today"
        advice = "leave it to the others, with *Leave*"
    else:
        stands = f"<@{refusal.member_id}> has less left of their own limit for today"
        advice = "go on without them"
    if sharing == 1:
        advice = "let others join, who then share the price"
    advice = f"{advice}, or wait until the limit starts afresh {moment(line.turns_at)}"
    return f"{costs}, but {stands}. {_instead(refusal, advice)}."


def too_many_of_one(refusal: TooManyWaiting, reader_id: int | None) -> str:
    """One of those who are in a jam has as many tracks waiting as one may have. reader_id: as above."""
    whose = f"<@{refusal.member_id}> has" if reader_id is not None else "One of those who are in has"
    if reader_id == refusal.member_id:
        whose = "You have"
    return (
        f"{whose} {refusal.limit} tracks waiting already, as many as one member can have at a time. Try "
        "again when one of them has started, or was cancelled (`/queue`)."
    )


def _instead(refusal: LimitReached, advice: str) -> str:
    said = f"{refusal.instead}, or {advice}" if refusal.instead else f"please {advice}"
    return said[:1].upper() + said[1:]

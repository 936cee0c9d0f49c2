"""What members read of a vote on variations."""

from __future__ import annotations

from cogs.texts.formatting import SHOWN_MAKERS, by, listen, mention, moment, named
from cogs.texts.sentences import all_of
from cogs.texts.translation import Text, _, plural
from services.tracks.ballots import UNMADE, Ballot, Choice, Standing
from services.tracks.track import Track

END = Text("End the vote")


def question(parent: Track | None) -> str:
    """Stands above the choices. parent: of what they are variations, where that is shown."""
    if parent is None:
        return _("**Which one?** Variations")
    return _("**Which one?** Variations of {parent}", parent=named(parent))


def result(standing: Standing, parent: Track | None) -> str:
    """Who won, once the vote is over."""
    of = _("-# Variations") if parent is None else _("-# Variations of {parent}", parent=named(parent))
    return f"{_outcome(standing)}\n{of}"


def rules(ballot: Ballot) -> str:
    """How one votes, and until when."""
    asker = f"<@{ballot.member_id}>"
    if ballot.closes_at is None:
        return _("-# One vote each; a press on another moves it. Asked for by {asker}.", asker=asker)
    ends = moment(ballot.closes_at)
    return _(
        "-# One vote each; a press on another moves it. Asked for by {asker}, who can end it sooner. "
        "Ends {ends}.",
        asker=asker,
        ends=ends,
    )


def ended(ballot: Ballot) -> str:
    """When the vote ended, and by whom."""
    assert ballot.closed_at is not None
    asker, at = f"<@{ballot.member_id}>", moment(ballot.closed_at)
    if ballot.closed_by is None:
        return _("-# Asked for by {asker}. Ended {at}.", asker=asker, at=at)
    return _(
        "-# Asked for by {asker}. Ended {at} by {closed_by}.",
        asker=asker,
        at=at,
        closed_by=mention(ballot.closed_by),
    )


def choice(standing: Standing, one: Choice) -> str:
    """A line for one of them."""
    track = one.track
    if track.state in UNMADE:
        return _("-# {letter} was not made.", letter=one.letter)
    if not one.open:
        return _("-# {letter} is no longer there.", letter=one.letter)
    counted = f" · ♥ {one.votes}" if standing.ballot.closed_at is not None else ""
    return f"**{one.letter}** · {named(track)}{counted}{listen(track)}"


def not_posted(standing: Standing, reason: str) -> str:
    """Tells whoever asked for the tracks. reason: Discord's."""
    numbers = ", ".join(f"#{one.track.number}" for one in standing.open_choices)
    return _(
        "I could not post the vote on your variations {numbers} in <#{channel_id}>: {reason}. The ♥ on "
        "each of them counts all the same.",
        numbers=numbers,
        channel_id=standing.ballot.channel_id,
        reason=reason,
    )


def _outcome(standing: Standing) -> str:
    """Who won, in a sentence."""
    winners, total = standing.winners, sum(one.votes for one in standing.choices)
    if not winners and total:
        return _("**What was voted for is no longer there.**")
    if not winners:
        return _("**Nobody voted.** Every one of them is still there.")
    votes = winners[0].votes
    if len(winners) > 1:
        letters = all_of([one.letter for one in winners])
        return plural(
            total,
            "**{letters} are tied** with {votes} of {count} vote each.",
            "**{letters} are tied** with {votes} of {count} votes each.",
            letters=letters,
            votes=votes,
        )
    letter, track, makers = winners[0].letter, named(winners[0].track), by(winners[0].track, SHOWN_MAKERS)
    return plural(
        total,
        "**{letter} won** with {votes} of {count} vote: {track} by {makers}",
        "**{letter} won** with {votes} of {count} votes: {track} by {makers}",
        letter=letter,
        votes=votes,
        track=track,
        makers=makers,
    )

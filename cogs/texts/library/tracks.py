"""What members read about tracks: found, reworked, voted on, deleted."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.texts.formatting import (
    LONGEST_DESCRIPTION,
    SHOWN_MAKERS,
    by,
    called,
    in_seconds,
    length,
    link,
    moment,
    named,
    plain,
    shortened,
)
from cogs.texts.sentences import Sentences, plural
from services.pipeline.queue import Outlook
from services.pipeline.refetching import NotToBeFetched
from services.tracks.ballots import AlreadyAsked, BallotClosed, NoSuchBallot
from services.tracks.browse import Listed, Order, Wanted
from services.tracks.rework_sources import NotASource, Unfit
from services.tracks.track import (
    Ambiguous,
    HeldBack,
    NoSuchTrack,
    NotYours,
    State,
    StillInTheMaking,
    Track,
)
from services.tracks.votes import NotVotable

_NO_SOURCE = {
    Unfit.HELD_BACK: (
        "#{number} is with the moderators, so nothing can be made from it now. Once one of them publishes "
        "it, it can be reworked."
    ),
    Unfit.NOT_FINISHED: "#{number} is not finished yet. It can be reworked once it plays.",
    Unfit.NEVER_FINISHED: "There is no music of #{number}: it was never finished. Choose another track.",
    Unfit.EXPLICIT: "#{number} is marked explicit, so it can be reworked in age-restricted channels only.",
    Unfit.FROM_A_FILE: (
        "#{number} was made from a member's own file, which I kept only until it was finished. Give me the "
        "file once more with `/rework`."
    ),
    Unfit.SOURCE_DELETED: (
        "The track that #{number} was made from has been deleted. Rework #{number} itself instead, or "
        "another track."
    ),
}


def _ambiguous(refusal: Ambiguous) -> str:
    numbers = ", ".join(f"#{track.number}" for track in refusal.tracks)
    return f"Several tracks are called that: {numbers}. Say which by its number."


def _still_in_the_making(refusal: StillInTheMaking) -> str:
    return (
        f"{named(refusal.track)} is not finished yet, so there is nothing to delete. While it waits, "
        "`/queue` can cancel it; once it is finished, you can delete it."
    )


def _held_back(refusal: HeldBack) -> str:
    track = refusal.track
    if track.state is State.IN_REVIEW:
        return f"#{track.number} waits for a moderator, who listens first. Until then it is private."
    return (
        f"#{track.number} was withheld by a moderator, so only moderators have it now. They can publish it "
        "again; ask one of them."
    )


def _not_a_source(refusal: NotASource) -> str:
    return _NO_SOURCE[refusal.why].format(number=refusal.track.number)


def _not_to_be_fetched(refusal: NotToBeFetched) -> str:
    track = refusal.track
    if track.state is State.FAILED:
        return (
            f"There is nothing to fetch for {named(track)}: WaveSpeed made no sound of it, or keeps it no "
            f"longer. `/library track {track.number}` still has its tags and lyrics."
        )
    return f"{named(track)} need not be fetched again: `/library track {track.number}` says how it stands."


def _not_votable(refusal: NotVotable) -> str:
    track = refusal.track
    if track.held_back:
        return f"#{track.number} is with the moderators. It takes votes once they publish it."
    if track.state.ended:
        return f"#{track.number} was not posted, so there is nothing to vote for."
    return f"#{track.number} is not finished yet. It takes votes once it plays."


REFUSALS: Sentences = {
    NoSuchTrack: (
        "There is no such track in this server; it may have been deleted. When you type `/library track`, I "
        "list the ones there are."
    ),
    Ambiguous: _ambiguous,
    NotYours: "Only the member who asked for this track or a moderator (*Manage Server*) can do that.",
    StillInTheMaking: _still_in_the_making,
    HeldBack: _held_back,
    NotASource: _not_a_source,
    NotToBeFetched: _not_to_be_fetched,
    NotVotable: _not_votable,
    BallotClosed: "This vote is over; its message says who won. The ♥ on each track counts on.",
    NoSuchBallot: "There is no such vote in this server.",
    AlreadyAsked: "These variations were asked for already: a second press does not count.",
}

# /library tracks ----------------------------------------------------------------------------------------

TITLE = "Tracks"
PLAY = "Play one again …"


def listing(wanted: Wanted, found: Sequence[Listed]) -> str:
    """The tracks of a page, below what was asked for."""
    asked = _asked(wanted)
    if not found and asked:
        none = "There are no such tracks yet. Leave something out, or make one with `/compose`."
        return "\n".join([*asked, none])
    if not found:
        return "No music yet. `/compose` makes the first."
    return shortened("\n".join([*asked, *map(_listed, found)]), LONGEST_DESCRIPTION)


def footer(page: str, tracks: int, *, more: bool) -> str:
    """Which page it is, of how many tracks; more: there are others, which are not listed."""
    if more:
        return plural(
            tracks,
            "{page} · the first {count:,} track: search for words, a tag or a maker to find the others",
            "{page} · the first {count:,} tracks: search for words, a tag or a maker to find the others",
            page=page,
        )
    return plural(tracks, "{page} · {count} track", "{page} · {count} tracks", page=page)


def _asked(wanted: Wanted) -> list[str]:
    """What is wanted, in a line; nothing where that is all."""
    parts = ["Most voted first"] if wanted.order is Order.VOTED else []
    parts += [f"by <@{wanted.maker_id}>"] if wanted.maker_id else []
    parts += [f"tag “{plain(wanted.tag)}”"] if wanted.tag else []
    parts += [f"words “{plain(wanted.text)}”"] if wanted.text else []
    return [f"-# {' · '.join(parts)}"] if parts else []


def _listed(one: Listed) -> str:
    track = one.track
    votes = f" · ♥ {one.votes}" if one.votes else ""
    held = {State.IN_REVIEW: " · waits for a moderator", State.WITHHELD: " · not posted"}.get(track.state, "")
    address = link(track)
    where = f" · [listen]({address})" if address else ""
    at = moment(track.finished_at or track.created_at)
    heading = (
        f"{named(track)} · {length(track.seconds or track.duration)}{votes} · {by(track, SHOWN_MAKERS)}{held}"
    )
    return f"{heading}\n-# {plain(shortened(track.sound, 80))} · {at}{where}"


# /library track -----------------------------------------------------------------------------------------

WORDS_BELOW = "*Lyrics*, below, shows the words in full."
TOO_LARGE = "Its MP3 is too large for me to send here."
NO_AUDIO = "Its audio is no longer kept."
AUDIO_AWAY = "I cannot get its MP3 out of its message just now. Please ask again in a few minutes."


def on_its_way(track: Track, outlook: Outlook) -> str:
    """Where a track stands that has not ended."""
    if track.waits:
        return f"{called(track)} waits in the queue; `/queue` shows its place, or why it does not start."
    return f"{called(track)} is being made; expected {in_seconds(outlook.ready)}."


NOT_A_TRACK = "That message is not one of my tracks. Choose the message that a track plays in."

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
    listen,
    moment,
    named,
    plain,
    shortened,
)
from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text, _, plural
from services.pipeline.refetching import NotToBeFetched
from services.pipeline.turns.outlook import Outlook
from services.tracks.ballots import AlreadyAsked, BallotClosed, NoSuchBallot
from services.tracks.browse import Listed, Order, Wanted
from services.tracks.rework_sources import NotASource, Unfit
from services.tracks.track import (
    ENDED,
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
    Unfit.HELD_BACK: Text(
        "#{number} is with the moderators, so nothing can be made from it now. Once one of them "
        "publishes it, it can be reworked."
    ),
    Unfit.NOT_FINISHED: Text("#{number} is not finished yet. It can be reworked once it plays."),
    Unfit.NEVER_FINISHED: Text(
        "There is no music of #{number}: it was never finished. Choose another track."
    ),
    Unfit.EXPLICIT: Text(
        "#{number} is marked explicit, so it can be reworked in age-restricted channels only."
    ),
    Unfit.FROM_A_FILE: Text(
        "#{number} was made from a member's own file, which I kept only until it was finished. Give me "
        "the file once more with `/rework`."
    ),
    Unfit.SUNG_WITH_A_VOICE: Text(
        "#{number} is sung with a member's own voice, so only they make it once more: with *Sing it "
        "yourself* or `/rework voice`, on the track that it was made from."
    ),
    Unfit.SOURCE_DELETED: Text(
        "The track that #{number} was made from has been deleted. Rework #{number} itself instead, or "
        "another track."
    ),
}


def _ambiguous(refusal: Ambiguous) -> str:
    numbers = ", ".join(f"#{track.number}" for track in refusal.tracks)
    return _("Several tracks have that title: {numbers}. Say which one by its number.", numbers=numbers)


def _still_in_the_making(refusal: StillInTheMaking) -> str:
    return _(
        "{track} is not finished yet, so there is nothing to delete. While it waits, `/queue` can cancel "
        "it; once it is finished, you can delete it.",
        track=named(refusal.track),
    )


def _held_back(refusal: HeldBack) -> str:
    track = refusal.track
    if track.state is State.IN_REVIEW:
        return _(
            "#{number} waits for a moderator, who listens first. Until then it is private.",
            number=track.number,
        )
    return _(
        "#{number} was withheld by a moderator, so only moderators have it now. They can publish it "
        "again; ask one of them.",
        number=track.number,
    )


def _not_a_source(refusal: NotASource) -> str:
    return _NO_SOURCE[refusal.why].format(number=refusal.track.number)


def _not_to_be_fetched(refusal: NotToBeFetched) -> str:
    track = refusal.track
    if track.state is State.FAILED:
        return _(
            "There is nothing to fetch for {track}: WaveSpeed made no sound of it, or keeps it no longer. "
            "`/library track {number}` still has its tags and lyrics.",
            track=named(track),
            number=track.number,
        )
    return _(
        "{track} does not need to be fetched again: `/library track {number}` says how it stands.",
        track=named(track),
        number=track.number,
    )


def _not_votable(refusal: NotVotable) -> str:
    track = refusal.track
    if track.held_back:
        return _(
            "#{number} is with the moderators. It takes votes once they publish it.", number=track.number
        )
    if track.state in ENDED:
        return _("#{number} was not posted, so there is nothing to vote for.", number=track.number)
    return _("#{number} is not finished yet. It takes votes once it plays.", number=track.number)


REFUSALS: Sentences = {
    NoSuchTrack: Text(
        "There is no such track in this server; it may have been deleted. When you type "
        "`/library track`, I list the ones there are."
    ),
    Ambiguous: _ambiguous,
    NotYours: Text("Only the member who asked for this track or a moderator (*Manage Server*) can do that."),
    StillInTheMaking: _still_in_the_making,
    HeldBack: _held_back,
    NotASource: _not_a_source,
    NotToBeFetched: _not_to_be_fetched,
    NotVotable: _not_votable,
    BallotClosed: Text("This vote is over; its message says who won. The ♥ on each track still counts."),
    NoSuchBallot: Text("There is no such vote in this server."),
    AlreadyAsked: Text("These variations were asked for already: a second press does not count."),
}

# /library tracks ----------------------------------------------------------------------------------------

TITLE = Text("Tracks")
PLAY = Text("Play one again …")
_HELD = {State.IN_REVIEW: Text("waits for a moderator"), State.WITHHELD: Text("not posted")}


def listing(wanted: Wanted, found: Sequence[Listed]) -> str:
    """The tracks of a page, below what was asked for."""
    asked = _asked(wanted)
    if not found and asked:
        none = _("There are no such tracks yet. Leave something out, or make one with `/compose`.")
        return "\n".join([*asked, none])
    if not found:
        return _("No music yet. `/compose` makes the first.")
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
    parts = [_("Most voted first")] if wanted.order is Order.VOTED else []
    parts += [_("by <@{maker_id}>", maker_id=wanted.maker_id)] if wanted.maker_id else []
    parts += [_("tag “{tag}”", tag=plain(wanted.tag))] if wanted.tag else []
    parts += [_("words “{text}”", text=plain(wanted.text))] if wanted.text else []
    return [f"-# {' · '.join(parts)}"] if parts else []


def _listed(one: Listed) -> str:
    track = one.track
    votes = f" · ♥ {one.votes}" if one.votes else ""
    held = f" · {_HELD[track.state]}" if track.state in _HELD else ""
    at = moment(track.finished_at or track.created_at)
    heading = (
        f"{named(track)} · {length(track.seconds or track.duration)}{votes} · {by(track, SHOWN_MAKERS)}{held}"
    )
    return f"{heading}\n-# {plain(shortened(track.sound, 80))} · {at}{listen(track)}"


# /library track -----------------------------------------------------------------------------------------

WORDS_BELOW = Text("*Lyrics*, below, shows the words in full.")
TOO_LARGE = Text("Its MP3 is too large for me to send here.")
NO_AUDIO = Text("Its audio is no longer kept.")
AUDIO_AWAY = Text("I cannot fetch its MP3 just now. Please ask again in a few minutes.")


def not_in_its_channel(track: Track) -> str:
    """Where a delivered track stands that has no message."""
    return _("{track} is finished, but is not in the channel.", track=named(track))


def on_its_way(track: Track, outlook: Outlook) -> str:
    """Where a track stands that has not ended."""
    if track.waits:
        return _(
            "{track} waits in the queue; `/queue` shows its place, or why it does not start.",
            track=called(track),
        )
    return _("{track} is being made; expected {ready}.", track=called(track), ready=in_seconds(outlook.ready))


NOT_A_TRACK = Text("That message is not one of my tracks. Choose the message that a track plays in.")

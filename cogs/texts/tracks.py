"""Why a track cannot be published, withheld, reported or seen, in sentences."""

from __future__ import annotations

from cogs.texts.formatting import mention, moment, named, plain
from services.money.accounts import HostsKey, KeyNotChecked, KeyRefused, NoKey, NotOffered, TooManyKeys
from services.pipeline.refetching import NotToBeFetched
from services.pipeline.review import AlreadyDecided, NotForItsChannel
from services.pipeline.uploads import FileGone
from services.privacy.erasure import UnderWay
from services.tracks.ballots import AlreadyAsked, BallotClosed, NoSuchBallot
from services.tracks.reports import MOST_A_DAY, AlreadyReported, NothingToReport, TooManyReports
from services.tracks.track import HeldBack, NotASource, State, Track, Unfit
from services.tracks.votes import NotVotable


def why_not(error: BaseException) -> str | None:
    """What happened and what to do next; None for an error that is not one of these."""
    match error:
        case HeldBack(track=track) if track.state is State.IN_REVIEW:
            return f"#{track.number} waits for a moderator, who listens first. Until then it is private."
        case HeldBack(track=track):
            return (
                f"#{track.number} was withheld by a moderator, so only moderators have it now. They can "
                "publish it again; ask one of them."
            )
        case NotASource(track=track, why=why):
            return _NO_SOURCE[why].format(number=track.number)
        case FileGone():
            return (
                "I no longer have that file: I keep one for an hour if it is not confirmed, and else until "
                "its track is finished. Give it to me once more with `/rework`."
            )
        case NotToBeFetched(track=track) if track.state is State.FAILED:
            return (
                f"There is nothing to fetch for {named(track)}: WaveSpeed made no sound of it, or keeps it "
                f"no longer. `/track {track.number}` still has its tags and lyrics."
            )
        case NotToBeFetched(track=track):
            return f"{named(track)} need not be fetched again: `/track {track.number}` says how it stands."
        case NotForItsChannel(track=track):
            return (
                f"{named(track)} is marked explicit and <#{track.channel_id}> is not age-restricted, so I do "
                "not post it there. Make the channel age-restricted, then press *Publish* again."
            )
        case AlreadyReported(track=track):
            return f"You have reported {named(track)} already. Once is enough: moderators have it."
        case TooManyReports(again_at=again_at):
            return (
                f"You have reported {MOST_A_DAY} tracks within a day, as many as one member can. The next "
                f"one is possible {moment(again_at)}; if it cannot wait, write to a moderator."
            )
        case NothingToReport(track=track) if track.state is State.DELIVERED:
            return f"{named(track)} is your own. If you no longer want it there, press *Delete* below it."
        case NothingToReport(track=track):
            return f"#{track.number} is not public now, so there is nothing to report."
        case BallotClosed():
            return "This vote is over; its message says who won. The ♥ on each track counts on."
        case NoSuchBallot():
            return "There is no such vote in this server."
        case AlreadyAsked():
            return "These variations were asked for already: a second press does not count."
        case NotVotable(track=track) if track.held_back:
            return f"#{track.number} is with the moderators. It takes votes once they publish it."
        case NotVotable(track=track) if track.state.ended:
            return f"#{track.number} was not posted, so there is nothing to vote for."
        case NotVotable(track=track):
            return f"#{track.number} is not finished yet. It takes votes once it plays."
        case UnderWay(tracks=tracks):
            listed = ", ".join(named(track) for track in tracks[:5]) + (" …" if len(tracks) > 5 else "")
            return (
                f"Nothing was deleted: {listed} is still under way. Cancel what waits with `/queue`, "
                "let the rest finish, then use `/privacy delete` again."
            )
        case AlreadyDecided(track=track):
            return _already_decided(track)
        case NotOffered():
            return (
                "Whoever hosts me pays, and takes no WaveSpeed keys from servers (GUILD_KEYS_SECRET is not "
                "set). Ask them if you want this server to pay for itself."
            )
        case KeyRefused():
            return (
                "Nothing was changed: WaveSpeed does not accept that as a key. Copy it again, whole and "
                "without anything around it, from wavespeed.ai, API Keys; then `/key set`."
            )
        case TooManyKeys(again_at=again_at):
            return (
                "Nothing was changed, and that key was not looked at: too many were tried within an hour. "
                f"Please try again {moment(again_at)}."
            )
        case HostsKey():
            return (
                "Nothing was changed: that is the key that whoever hosts me pays with. Use one of your own."
            )
        case KeyNotChecked():
            return (
                "Nothing was changed: WaveSpeed does not answer, so I cannot check the key. Please try again "
                "in a few minutes."
            )
        case NoKey():
            return (
                "This server has no WaveSpeed key of its own: whoever hosts me pays. `/key set` changes that."
            )
        case _:
            return None


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


def _already_decided(track: Track) -> str:
    match track.state:
        case State.WITHHELD if track.withheld_by is not None:
            reason = plain(track.withheld_because or "")
            return f"{named(track)} is withheld already, by {mention(track.withheld_by)}: “{reason}”"
        case State.DELIVERED | State.DELIVERING if track.reviewed_by is not None:
            by = mention(track.reviewed_by)
            return f"{named(track)} was published already, by {by}. It can be withheld again."
        case State.DELIVERED:
            return f"{named(track)} is published already; `/track {track.number}` shows it."
        case State.FAILED | State.CANCELLED:
            return f"There is no music of {named(track)}: it was never finished."
        case State.WITHHELD:
            return f"{named(track)} is not posted: {track.withheld_because or 'it is marked explicit'}."
        case _:
            return f"{named(track)} is not finished yet. Try again when it is; `/queue` cancels what waits."

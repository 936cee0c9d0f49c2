"""What moderators and those whom they moderate read: reviews, reports, bans, rules."""

from __future__ import annotations

from cogs.texts.formatting import mention, moment, named, plain
from cogs.texts.sentences import Sentences
from services.guilds.bans import NotBanned
from services.guilds.rules import RulesChanged
from services.pipeline.review import AlreadyDecided, NotForItsChannel
from services.tracks.reports import MOST_A_DAY, AlreadyReported, NothingToReport, TooManyReports
from services.tracks.track import State


def _not_for_its_channel(refusal: NotForItsChannel) -> str:
    track = refusal.track
    return (
        f"{named(track)} is marked explicit and <#{track.channel_id}> is not age-restricted, so I do not "
        "post it there. Make the channel age-restricted, then press *Publish* again."
    )


def _already_decided(refusal: AlreadyDecided) -> str:
    track = refusal.track
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


def _already_reported(refusal: AlreadyReported) -> str:
    return f"You have reported {named(refusal.track)} already. Once is enough: moderators have it."


def _too_many_reports(refusal: TooManyReports) -> str:
    return (
        f"You have reported {MOST_A_DAY} tracks within a day, as many as one member can. The next one is "
        f"possible {moment(refusal.again_at)}; if it cannot wait, write to a moderator."
    )


def _nothing_to_report(refusal: NothingToReport) -> str:
    track = refusal.track
    if track.state is State.DELIVERED:
        return f"{named(track)} is your own. If you no longer want it there, press *Delete* below it."
    return f"#{track.number} is not public now, so there is nothing to report."


REFUSALS: Sentences = {
    NotForItsChannel: _not_for_its_channel,
    AlreadyDecided: _already_decided,
    AlreadyReported: _already_reported,
    TooManyReports: _too_many_reports,
    NothingToReport: _nothing_to_report,
    NotBanned: ("That member may make tracks: there is nothing to lift. `/member list` shows who may not."),
    RulesChanged: (
        "Nothing was changed: another moderator changed the same while your form was open. The panel shows "
        "it as it is now; press its button again."
    ),
}

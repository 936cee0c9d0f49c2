"""What moderators and those whom they moderate read: reviews and reports."""

from __future__ import annotations

from cogs.texts.formatting import (
    by,
    link,
    mention,
    moment,
    named,
    plain,
    review_link,
    shortened,
    titled,
    unnamed,
)
from cogs.texts.outcomes import why_withheld
from cogs.texts.sentences import Sentences, plural
from services.pipeline.review import AlreadyDecided, NotForItsChannel
from services.tracks.reports import MOST_A_DAY, AlreadyReported, NothingToReport, Reported, TooManyReports
from services.tracks.track import State, Track


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
            return f"{named(track)} is published already; `/library track {track.number}` shows it."
        case State.FAILED | State.CANCELLED:
            return f"There is no music of {named(track)}: it was never finished."
        case State.WITHHELD:
            return f"{named(track)} is not posted: {why_withheld(track)}."
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
}

# reviews --------------------------------------------------------------------------------------------------

PUBLISH = "Publish"
WITHHOLD = "Withhold"
REASON = "Reason"
KEEPS_IT = "Its maker is shown this. The message goes, the record stays."
LOSES_IT = "Its only MP3 goes with its message. To keep it, first give me Read Message History there."
WAITING_TITLE = "Waiting for a moderator"
NOTHING_WAITS = (
    "No track waits for a moderator. `/moderation panel` sets whether moderators hear tracks first."
)


def withhold_title(track: Track) -> str:
    """The title of the form that asks why."""
    return f"Withhold #{track.number}: {titled(track)}"


def withheld(track: Track) -> str:
    """Says so to the moderator who did it."""
    return (
        f"{named(track)} is withheld: its message goes, its MP3 is given to moderators only, and "
        f"{by(track, 3)} is told your reason. `/library track {track.number}` can publish it again."
    )


def withheld_for_good(track: Track) -> str:
    """The same of a track whose only MP3 goes with its message."""
    return (
        f"{named(track)} is withheld: its message goes, and its only MP3 with it, because I may not read the "
        f"messages there. {by(track, 3)} is told your reason."
    )


def published(track: Track) -> str:
    """Says so to the moderator who did it."""
    return f"{named(track)} is on its way to <#{track.channel_id}>, where {by(track, 3)} is told."


def waiting_footer(page: str, count: int) -> str:
    """Which page it is, of how many tracks."""
    tracks = plural(count, "{count} track", "{count} tracks, the longest waiting first")
    return f"{page} · {tracks}"


def waits(track: Track) -> str:
    """A track of the list, with the way to its buttons."""
    where = review_link(track) or f"`/library track {track.number}`"
    if track.review_message_id is None and track.state is State.WITHHELD:
        where = f"`/library track {track.number}` (not shown: {why_withheld(track)})"
    if track.finished_at is None:
        return f"- {named(track)} by <@{track.member_id}>: {where}"
    return f"- {named(track)} by <@{track.member_id}> since {moment(track.finished_at)}: {where}"


def to_review(track: Track, *, audible: bool) -> str:
    """Stands above a track that is shown to moderators. audible: its MP3 may be played there."""
    waits = f"{named(track)} for <#{track.channel_id}> waits for a moderator to publish or withhold it."
    if audible:
        return waits
    return (
        f"{waits} It is marked explicit and this channel is not age-restricted: `/library track "
        f"{track.number}` in one that is gives you its MP3."
    )


def decided(track: Track) -> str:
    """What that message says once it was decided."""
    match track.state:
        case State.WITHHELD if track.withheld_by is not None:
            reason = plain(track.withheld_because or "")
            return f"{named(track)} was withheld by {mention(track.withheld_by)}: “{reason}”"
        case State.WITHHELD:
            return f"{named(track)} is withheld: {why_withheld(track)}."
        case _ if track.deleted_at is not None:
            return f"{named(track)} was deleted."
        case _:
            where = link(track) or "its channel did not take it"
            if track.reviewed_by is None:
                return f"{named(track)} was published: {where}"
            return f"{named(track)} was published by {mention(track.reviewed_by)}: {where}"


def withheld_by_itself(track: Track) -> str:
    """Tells moderators of a track that could not be shown to them for review."""
    return (
        f"{named(track)} by {by(track)} is withheld: {why_withheld(track)}. `/moderation panel` sets the "
        f"channel; `/library track {track.number}` publishes this one."
    )


def withheld_by_itself_untitled(track: Track) -> str:
    """The same, where not everybody may know the track who reads it."""
    return (
        f"{unnamed(track)} is withheld: {why_withheld(track)}. `/moderation panel` sets the channel; "
        f"`/library track {track.number}` publishes this one, for whoever sees it."
    )


# what moderators are asked to do themselves: the reason is Discord's ---------------------------------------


def cannot_take_down(track: str, reason: str, address: str) -> str:
    """A track's message stays. track: as sentences call it."""
    return f"I cannot take the message of {track} down ({reason}). Please delete it yourselves: {address}"


def cannot_credit_anew(reason: str, address: str) -> str:
    """A track's message goes on naming somebody."""
    return (
        "I cannot take the name of a member who had their data deleted out of a track's message "
        f"({reason}). Please delete it yourselves: {address}"
    )


def cannot_delete_mention(reason: str, address: str) -> str:
    """Another message goes on naming somebody."""
    return (
        f"I cannot delete a message that names a member who had their data deleted ({reason}). Please delete "
        f"it yourselves: {address}"
    )


def cannot_update_log(reason: str, address: str) -> str:
    """A message in the log goes on naming somebody."""
    return (
        "I cannot take the name of a member who had their data deleted out of a message "
        f"({reason}). Please delete it yourselves: {address}"
    )


# reports --------------------------------------------------------------------------------------------------

DISMISS = "Dismiss"
WHAT_IS_WRONG = "What is wrong with it? Only moderators read this."
NO_REPORTS = "No reports are open. Members report a track from its message's menu."
SHOWN = 5  # reports of one track in a message


def report_title(track: Track) -> str:
    """The title of the form that asks why."""
    return f"Report #{track.number}: {titled(track)}"


def reported(track: Track) -> str:
    """Says so to whoever reported it."""
    return (
        f"Thank you. Your report of {named(track)} is with this server's moderators, who decide what becomes "
        "of it. Nobody else sees it."
    )


def reports(found: Reported) -> str:
    """The last reports of a track, for moderators."""
    track, count = found.track, len(found.reports)
    where = link(track) or "its message is gone"
    said = "{track} has {count} report: {where}", "{track} has {count} reports: {where}"
    has = plural(count, *said, track=named(track), where=where)
    return "\n".join(
        [
            has,
            *(
                f"- <@{one.member_id}> {moment(one.at)}: {plain(shortened(one.reason, 200))}"
                for one in found.reports[-SHOWN:]
            ),
        ]
    )


def reports_untitled(found: Reported) -> str:
    """The same, where not everybody may know the track who reads it."""
    return plural(
        len(found.reports),
        "{track} has {count} report; `/moderation reports` shows it.",
        "{track} has {count} reports; `/moderation reports` shows them.",
        track=unnamed(found.track),
    )


def reports_footer(number: int, count: int) -> str:
    """Which of the reported tracks it is, counted from 1."""
    said = "-# {number} of {count} reported track", "-# {number} of {count} reported tracks"
    return plural(count, *said, number=number)


def dismissed(found: Reported, member_id: int) -> str:
    """Says so where moderators read."""
    count = len(found.reports)
    if not count:
        return f"{named(found.track)} has no open reports: another moderator has seen to them."
    return plural(
        count,
        "{track} stays: {count} report dismissed by <@{member}>.",
        "{track} stays: {count} reports dismissed by <@{member}>.",
        track=named(found.track),
        member=member_id,
    )

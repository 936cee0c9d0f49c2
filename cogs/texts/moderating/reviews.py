"""What moderators and those whom they moderate read: reviews and reports."""

from __future__ import annotations

from cogs.texts.formatting import (
    by,
    given_reason,
    link,
    mention,
    moment,
    named,
    review_link,
    titled,
    unnamed,
)
from cogs.texts.outcomes import why_withheld
from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text, _, plural
from services.pipeline.review import AlreadyDecided, NotForItsChannel
from services.tracks.reports import MOST_A_DAY, AlreadyReported, NothingToReport, Reported, TooManyReports
from services.tracks.track import State, Track


def _not_for_its_channel(refusal: NotForItsChannel) -> str:
    track = refusal.track
    return _(
        "{track} is marked explicit and <#{channel_id}> is not age-restricted, so I do not post it "
        "there. Make the channel age-restricted, then press *Publish* again.",
        track=named(track),
        channel_id=track.channel_id,
    )


def _already_decided(refusal: AlreadyDecided) -> str:
    track = refusal.track
    match track.state:
        case State.WITHHELD if track.withheld_by is not None:
            return _(
                "{track} is withheld already, by {moderator}: “{reason}”",
                track=named(track),
                moderator=mention(track.withheld_by),
                reason=given_reason(track.withheld_because),
            )
        case State.DELIVERED | State.DELIVERING if track.reviewed_by is not None:
            return _(
                "{track} was published already, by {moderator}. It can be withheld again.",
                track=named(track),
                moderator=mention(track.reviewed_by),
            )
        case State.DELIVERED:
            return _(
                "{track} is published already; `/library track {number}` shows it.",
                track=named(track),
                number=track.number,
            )
        case State.FAILED | State.CANCELLED:
            return _("There is no music of {track}: it was never finished.", track=named(track))
        case State.WITHHELD:
            return _("{track} is not posted: {reason}.", track=named(track), reason=why_withheld(track))
        case _:
            return _(
                "{track} is not finished yet. Try again when it is; `/queue` cancels what waits.",
                track=named(track),
            )


def _already_reported(refusal: AlreadyReported) -> str:
    return _(
        "You have reported {track} already. Once is enough: moderators have it.", track=named(refusal.track)
    )


def _too_many_reports(refusal: TooManyReports) -> str:
    return plural(
        MOST_A_DAY,
        "You have reported {count} track within a day, as many as one member can. The next one is possible "
        "{again_at}; if it cannot wait, write to a moderator.",
        "You have reported {count} tracks within a day, as many as one member can. The next one is possible "
        "{again_at}; if it cannot wait, write to a moderator.",
        again_at=moment(refusal.again_at),
    )


def _nothing_to_report(refusal: NothingToReport) -> str:
    track = refusal.track
    if track.state is State.DELIVERED:
        return _(
            "{track} is your own. If you no longer want it there, press *Delete* below it.",
            track=named(track),
        )
    return _("#{number} is not public now, so there is nothing to report.", number=track.number)


REFUSALS: Sentences = {
    NotForItsChannel: _not_for_its_channel,
    AlreadyDecided: _already_decided,
    AlreadyReported: _already_reported,
    TooManyReports: _too_many_reports,
    NothingToReport: _nothing_to_report,
}

# reviews --------------------------------------------------------------------------------------------------

PUBLISH = Text("Publish")
WITHHOLD = Text("Withhold")
REASON = Text("Reason")
KEEPS_IT = Text("Its maker reads this. The message goes; the record stays.")
LOSES_IT = Text("Its only MP3 goes with its message. To keep it, first give me Read Message History there.")
WAITING_TITLE = Text("Waiting for a moderator")
NOTHING_WAITS = Text(
    "No track waits for a moderator. `/moderation panel` sets whether moderators hear tracks first."
)


def withhold_title(track: Track) -> str:
    """The title of the form that asks why."""
    return _("Withhold #{number}: {title}", number=track.number, title=titled(track))


def withheld(track: Track) -> str:
    """Says so to the moderator who did it."""
    return _(
        "{track} is withheld: its message goes, its MP3 is given to moderators only, and I tell {makers} "
        "your reason. `/library track {number}` can publish it again.",
        track=named(track),
        makers=by(track, 3),
        number=track.number,
    )


def withheld_for_good(track: Track) -> str:
    """The same of a track whose only MP3 goes with its message."""
    return _(
        "{track} is withheld: its message goes, and its only MP3 with it, because I may not read the "
        "messages there. I tell {makers} your reason.",
        track=named(track),
        makers=by(track, 3),
    )


def published(track: Track) -> str:
    """Says so to the moderator who did it."""
    return _(
        "{track} is on its way to <#{channel_id}>, where I tell {makers}.",
        track=named(track),
        channel_id=track.channel_id,
        makers=by(track, 3),
    )


def waiting_footer(page: str, count: int) -> str:
    """Which page it is, of how many tracks."""
    tracks = plural(count, "{count} track waits", "{count} tracks wait, the longest first")
    return f"{page} · {tracks}"


def waits(track: Track) -> str:
    """A track of the list, with the way to its buttons."""
    where = review_link(track) or _("`/library track {number}`", number=track.number)
    if track.review_message_id is None and track.state is State.WITHHELD:
        where = _(
            "`/library track {number}` (not shown: {reason})", number=track.number, reason=why_withheld(track)
        )
    if track.finished_at is None:
        return _("- {track} by <@{member}>: {where}", track=named(track), member=track.member_id, where=where)
    return _(
        "- {track} by <@{member}> since {finished}: {where}",
        track=named(track),
        member=track.member_id,
        finished=moment(track.finished_at),
        where=where,
    )


def to_review(track: Track, *, audible: bool) -> str:
    """Stands above a track that is shown to moderators. audible: its MP3 may be played there."""
    waits = _(
        "{track} for <#{channel_id}> waits for a moderator to publish or withhold it.",
        track=named(track),
        channel_id=track.channel_id,
    )
    if audible:
        return waits
    explicit = _(
        "It is marked explicit, and this channel is not age-restricted. To hear it, use `/library track "
        "{number}` in one that is.",
        number=track.number,
    )
    return f"{waits} {explicit}"


def decided(track: Track) -> str:
    """What that message says once it was decided."""
    match track.state:
        case State.WITHHELD if track.withheld_by is not None:
            return _(
                "{track} was withheld by {moderator}: “{reason}”",
                track=named(track),
                moderator=mention(track.withheld_by),
                reason=given_reason(track.withheld_because),
            )
        case State.WITHHELD:
            return _("{track} is withheld: {reason}.", track=named(track), reason=why_withheld(track))
        case _ if track.deleted_at is not None:
            return _("{track} was deleted.", track=named(track))
        case _:
            # Translators: in the place of an address, behind a colon.
            where = link(track) or _("its channel did not take it")
            if track.reviewed_by is None:
                return _("{track} was published: {where}", track=named(track), where=where)
            return _(
                "{track} was published by {moderator}: {where}",
                track=named(track),
                moderator=mention(track.reviewed_by),
                where=where,
            )


def withheld_by_itself(track: Track) -> str:
    """Tells moderators of a track that could not be shown to them for review."""
    return _(
        "{track} by {makers} is withheld: {reason}. `/moderation panel` sets the channel; "
        "`/library track {number}` publishes this one.",
        track=named(track),
        makers=by(track),
        reason=why_withheld(track),
        number=track.number,
    )


def withheld_by_itself_untitled(track: Track) -> str:
    """The same, where not everybody may know the track who reads it."""
    return _(
        "{track} is withheld: {reason}. `/moderation panel` sets the channel; `/library track {number}` "
        "publishes this one, for whoever sees it.",
        track=unnamed(track),
        reason=why_withheld(track),
        number=track.number,
    )


# what moderators are asked to do themselves: the reason is Discord's ---------------------------------------


def cannot_take_down(track: Track, reason: str, address: str) -> str:
    """A track's message stays."""
    return _(
        "I cannot take the message of {track} down ({reason}). Please delete it yourselves: {address}",
        track=named(track),
        reason=reason,
        address=address,
    )


def cannot_take_down_untitled(track: Track, reason: str, address: str) -> str:
    """The same, where not everybody may know the track who reads it."""
    return _(
        "I cannot take the message of track #{number} down ({reason}). Please delete it yourselves: "
        "{address}",
        number=track.number,
        reason=reason,
        address=address,
    )


def cannot_credit_anew(reason: str, address: str) -> str:
    """A track's message goes on naming somebody."""
    return _(
        "A track's message names a member who had their data deleted, and I cannot change it ({reason}). "
        "Please delete it yourselves: {address}",
        reason=reason,
        address=address,
    )


def cannot_delete_mention(reason: str, address: str) -> str:
    """Another message goes on naming somebody."""
    return _(
        "A message names a member who had their data deleted, and I cannot delete it ({reason}). Please "
        "delete it yourselves: {address}",
        reason=reason,
        address=address,
    )


def cannot_update_log(reason: str, address: str) -> str:
    """A message in the log goes on naming somebody."""
    return _(
        "A message in the log names a member who had their data deleted, and I cannot change it "
        "({reason}). Please delete it yourselves: {address}",
        reason=reason,
        address=address,
    )


# reports --------------------------------------------------------------------------------------------------

DISMISS = Text("Dismiss")
WHAT_IS_WRONG = Text("What is wrong with it? Only moderators read this.")
NO_REPORTS = Text("There are no open reports. Members report a track from its message's menu (*Apps*).")
SHOWN = 5  # reports of one track in a message


def report_title(track: Track) -> str:
    """The title of the form that asks why."""
    return _("Report #{number}: {title}", number=track.number, title=titled(track))


def reported(track: Track) -> str:
    """Says so to whoever reported it."""
    return _(
        "Thank you. Your report of {track} is with this server's moderators, who decide what becomes of "
        "it. Nobody else sees it.",
        track=named(track),
    )


def reports(found: Reported) -> str:
    """The last reports of a track, for moderators."""
    # Translators: in the place of an address, behind a colon.
    where = link(found.track) or _("its message is gone")
    has = plural(
        len(found.reports),
        "{track} has {count} report: {where}",
        "{track} has {count} reports: {where}",
        track=named(found.track),
        where=where,
    )
    shown = (
        f"- <@{one.member_id}> {moment(one.at)}: {given_reason(one.reason, 200)}"
        for one in found.reports[-SHOWN:]
    )
    return "\n".join([has, *shown])


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
    said = plural(
        count, "{number} of {count} reported track", "{number} of {count} reported tracks", number=number
    )
    return f"-# {said}"


def dismissed(found: Reported, member_id: int) -> str:
    """Says so where moderators read."""
    count = len(found.reports)
    if not count:
        return _("{track} has no open reports: another moderator has seen to them.", track=named(found.track))
    return plural(
        count,
        "{track} stays: {count} report dismissed by <@{member}>.",
        "{track} stays: {count} reports dismissed by <@{member}>.",
        track=named(found.track),
        member=member_id,
    )

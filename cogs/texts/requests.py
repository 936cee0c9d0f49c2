"""What members read when they ask for a track."""

from __future__ import annotations

from discord.utils import format_dt

from cogs.texts.formatting import given_reason, moment, named
from cogs.texts.prompts.faults import render_faults
from cogs.texts.sentences import Sentences, one_of
from cogs.texts.translation import Text, _, plural
from services.guilds.bans import Banned, TimedOut
from services.guilds.rules import NotInThisChannel, NotWithTheseRoles
from services.pipeline.sources import SourceAway, SourceNotKept
from services.pipeline.uploads import FileGone
from services.text.faults import PromptError
from services.tracks.request_refusals import (
    AskedAlready,
    ComesOutTheSame,
    DatabaseAway,
    GuildBlocked,
    PriceWentUp,
    StillSecret,
    TooManyWaiting,
)

NOTHING_STARTED = Text("Nothing was started and nothing was charged.")


def _prompt_error(refusal: PromptError) -> str:
    return _("Nothing was started and nothing was charged:\n{faults}", faults=render_faults(refusal.faults))


def _not_in_this_channel(refusal: NotInThisChannel) -> str:
    if not refusal.channels:
        return _(
            "This server's rules name only channels or threads that are gone or archived, so nobody but "
            "moderators can ask for tracks. Write in an archived thread to open it again, or ask a moderator "
            "to choose others with `/moderation panel`."
        )
    channels = one_of([f"<#{channel}>" for channel in refusal.channels])
    return _("In this server, tracks are asked for in {channels}. Please ask again there.", channels=channels)


def _not_with_these_roles(refusal: NotWithTheseRoles) -> str:
    if not refusal.roles:
        return _(
            "This server's rules name only roles that are gone, so nobody but moderators can ask for tracks. "
            "A moderator can choose others with `/moderation panel`."
        )
    roles = one_of([f"<@&{role}>" for role in refusal.roles])
    return _(
        "In this server, only members with the role {roles} can ask for tracks. Ask a moderator for it, "
        "or let somebody who has it ask for you.",
        roles=roles,
    )


def _too_many_waiting(refusal: TooManyWaiting) -> str:
    return plural(
        refusal.limit,
        "You have {count} track waiting already, as many as one member can have at a time. Ask again when it "
        "has started, or cancel it with `/queue`.",
        "You have {count} tracks waiting already, as many as one member can have at a time. Ask again when "
        "one of them has started, or cancel one with `/queue`.",
    )


def _comes_out_the_same(refusal: ComesOutTheSame) -> str:
    if refusal.like.rework is None:
        return _(
            "Nothing was started and nothing was charged: with this seed, these tags and lyrics it would "
            "come out just like {track}. Change one of them, or press *Again* there for a new take.",
            track=named(refusal.like),
        )
    return _(
        "Nothing was started and nothing was charged: with this seed it would come out just like {track}. "
        "Change something, or press *Again* there for a new take.",
        track=named(refusal.like),
    )


def _banned(refusal: Banned) -> str:
    reason = given_reason(refusal.reason)
    if refusal.until is None:
        return _(
            "You may not make tracks in this server, or have a say in others', until a moderator lifts that. "
            "A moderator gave this reason: “{reason}”. If you think that it is a mistake, ask one of this "
            "server's moderators.",
            reason=reason,
        )
    return _(
        "You may not make tracks in this server, or have a say in others', until {date} ({remaining}). A "
        "moderator gave this reason: “{reason}”. If you think that it is a mistake, ask one of this server's "
        "moderators.",
        date=format_dt(refusal.until),
        remaining=moment(refusal.until),
        reason=reason,
    )


def _timed_out(refusal: TimedOut) -> str:
    return _(
        "This server's moderators have timed you out until {date} ({remaining}). Until then you can listen "
        "and read, but neither make tracks nor have a say in others'.",
        date=format_dt(refusal.until),
        remaining=moment(refusal.until),
    )


def _still_secret(refusal: StillSecret) -> str:
    return _(
        "#{number} is in a contest that goes on, and nobody is to know yet whose it is; what is made from it "
        "would tell. Try again when the contest is over.",
        number=refusal.entry.number,
    )


REFUSALS: Sentences = {
    PromptError: _prompt_error,
    NotInThisChannel: _not_in_this_channel,
    NotWithTheseRoles: _not_with_these_roles,
    TooManyWaiting: _too_many_waiting,
    ComesOutTheSame: _comes_out_the_same,
    StillSecret: _still_secret,
    Banned: _banned,
    TimedOut: _timed_out,
    GuildBlocked: Text("Whoever hosts me does not let this server make tracks. Ask them."),
    PriceWentUp: Text("The price has gone up meanwhile."),
    AskedAlready: Text(
        "You have confirmed that already: the track is made once. `/queue` shows what is under way."
    ),
    DatabaseAway: Text(
        "My database does not answer, so I could not take your request. If it was taken after all, "
        "`/queue` shows it once the database is back, and it is made and charged once. If it does not show "
        "it, please ask again then."
    ),
    SourceAway: Text(
        "I cannot fetch the MP3 that it is to be made from just now. Please ask again in a few minutes."
    ),
    SourceNotKept: Text(
        "The audio of the track that it is to be made from is no longer kept. Choose another."
    ),
    FileGone: Text(
        "I no longer have that file: I keep one for an hour unless it is confirmed, and then until its "
        "track is finished. Give it to me once more with `/rework`."
    ),
}

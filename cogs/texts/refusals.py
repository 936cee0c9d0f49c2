"""Why something cannot be done, in sentences: what happened, why, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import aiohttp
import discord
import structlog
from discord import app_commands

from cogs.texts.formatting import SHOWN, exact, moment, money, named, plain, remaining, shortened
from cogs.texts.jams import why_no_jam
from cogs.texts.tracks import why_not
from services.delivery import StageUnavailable
from services.guilds.bans import Banned, NotBanned
from services.guilds.rules import NotForJams, NotInThisChannel, NotWithTheseRoles
from services.money.budgets import AboveCeiling, UnknownTimezone
from services.money.limits import LimitReached, Scope
from services.pipeline.queue import NotWaiting
from services.prompts.prompt import Fault, PromptError
from services.requests import (
    AskedAlready,
    DatabaseAway,
    GuildBlocked,
    SourceAway,
    SourceNotKept,
    TooManyWaiting,
)
from services.storage.outages import is_away
from services.studio import Studio
from services.text.refusal import Refusal
from services.tracks.track import Ambiguous, NoSuchTrack, NotYours, State, StillInTheMaking, Track

log = structlog.get_logger(__name__)

LISTED = 5  # channels or roles in one sentence


class NotModerator(Refusal):
    """Only who may manage the server may do that."""


class NotHost(Refusal, app_commands.CheckFailure):
    """Only the bot's owner may do that, in the host's own server."""


class NotYetOpen(Refusal):
    """The bot is starting or stopping."""


class Outdated(Refusal):
    """A button that no version of the bot that runs now knows."""


class Unopened(Refusal):
    """A form without the message below which it is opened, so there is nothing that it could change."""


class WrongOption(Refusal):
    """A command's option (its name) is not `wanted`: "a number" and the like."""

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(f"{name} is not {wanted}")
        self.name, self.wanted = name, wanted


class TooMuchToCarry(Refusal):
    """What is searched for does not fit a button's custom_id, where some letters and emoji count double."""


def explain(error: BaseException, studio: Studio) -> str | None:
    """What a member can do about an error that has a reason; None for one that has none."""
    match error:
        case NoSuchTrack():
            return (
                "There is no such track in this server; it may have been deleted. When you type `/track`, "
                "I list the ones there are."
            )
        case Ambiguous(tracks=tracks):
            numbers = ", ".join(f"#{track.number}" for track in tracks)
            return f"Several tracks are called that: {numbers}. Say which by its number."
        case NotYours():
            return "Only the member who asked for this track or a moderator (*Manage Server*) can do that."
        case NotModerator():
            return (
                "Only moderators, members with the *Manage Server* permission, can do that. Ask one of them."
            )
        case NotInThisChannel(channels=()):
            return (
                "This server's rules name only channels or threads that are gone or archived, so nobody but "
                "moderators can ask for tracks. Write in an archived thread to open it again, or ask a "
                "moderator to choose others with `/moderation panel`."
            )
        case NotWithTheseRoles(roles=()):
            return (
                "This server's rules name only roles that are gone, so nobody but moderators can ask for "
                "tracks. A moderator can choose others with `/moderation panel`."
            )
        case NotInThisChannel(channels=channels):
            where = listed([f"<#{channel}>" for channel in channels])
            return f"In this server, tracks are asked for in {where}. Please ask again there."
        case NotWithTheseRoles(roles=roles):
            which = listed([f"<@&{role}>" for role in roles])
            return (
                f"In this server, only members with the role {which} can ask for tracks. Ask a moderator "
                "for it, or let somebody who has it ask for you."
            )
        case NotForJams(roles=()):
            return "In this server, only moderators can use jams (`/moderation panel`). Ask one of them."
        case NotForJams(roles=roles):
            which = listed([f"<@&{role}>" for role in roles])
            return f"In this server, only members with the role {which} can use jams. Ask a moderator for it."
        case PromptError(faults=faults):
            return f"Nothing was started and nothing was charged:\n{told(faults)}"
        case NotHost():
            return "Only whoever hosts me can do that."
        case NotYetOpen():
            return "I am just starting up or shutting down. Please try again in a minute."
        case (
            discord.DiscordServerError() | discord.RateLimited() | aiohttp.ClientError() | StageUnavailable()
        ):
            return (
                "Discord did not answer me, so I do not know if what you asked for was done. Please look "
                "before you ask again."
            )
        case Outdated():
            return (
                "I no longer know this button; an older version of me made it. Please use a command instead."
            )
        case Unopened():
            return (
                "I cannot see which message this form belongs to, so nothing was done. Please press the "
                "button that opens it again."
            )
        case WrongOption(name=name, wanted=wanted):
            return f"Nothing was done: *{plain(name)}* must be {wanted}. Please send the command again."
        case TooMuchToCarry():
            return (
                "That is more than I can carry from page to page. Please search for fewer or shorter words."
            )
        case NotWaiting(track=track):
            return _no_longer_waiting(track)
        case StillInTheMaking(track=track):
            return (
                f"{named(track)} is not finished yet, so there is nothing to delete. While it waits, "
                "`/queue` can cancel it; once it is finished, you can delete it."
            )
        case LimitReached():
            return _limit_reached(error)
        case AskedAlready():
            return (
                "You have confirmed that already: the track is made once. `/queue` shows what is under way."
            )
        case DatabaseAway():
            return (
                "My database does not answer, so I could not take your request. If it was taken after all, "
                "`/queue` shows it once the database is back, and it is made and charged once. Else please "
                "ask again then."
            )
        case SourceAway():
            return (
                "I cannot get the MP3 that it is to be made from out of its message just now. Please ask "
                "again in a few minutes."
            )
        case SourceNotKept():
            return "The audio of the track that it is to be made from is no longer kept. Choose another."
        case GuildBlocked():
            return "Whoever hosts me does not let this server make tracks. Ask them."
        case Banned(until=until, reason=reason):
            return _banned(until, reason)
        case NotBanned():
            return "That member may make tracks: there is nothing to lift. `/member list` shows who may not."
        case UnknownTimezone(name=name):
            return (
                f"Nothing was changed: I know no time zone “{plain(shortened(name, 60))}”. Type a city's "
                "zone, such as Europe/Berlin, and choose from the list."
            )
        case TooManyWaiting(limit=limit):
            return (
                f"You have {limit} tracks waiting already, as many as one member can have at a time. Ask "
                "again when one of them has started, or cancel one with `/queue`."
            )
        case AboveCeiling(scope=scope, ceiling=ceiling):
            period = "month" if scope is Scope.GUILD_MONTH else "day"
            whom = "a member" if scope is Scope.MEMBER_DAY else "a server"
            return (
                f"Nothing was changed. Whoever hosts me allows {whom} at most {exact(ceiling)} a {period}: "
                "choose that or less, or ask the host for more."
            )
        case app_commands.NoPrivateMessage():
            return "I make music in servers only. Ask me in a channel of one."
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return "I was just updated, and your Discord does not know yet. Restart Discord, then try again."
        case _:
            return why_not(error) or why_no_jam(error) or (_away(error) if is_away(error) else None)


def _away(error: BaseException) -> str:
    log.warning("a member met something that is away", exc_info=error)
    return (
        "My database or my disk does not answer at the moment, so this may not have been done. Please look "
        "in a minute, and try again if it was not."
    )


def _banned(until: datetime | None, reason: str) -> str:
    ends = "until a moderator lifts that"
    if until is not None:
        ends = f"until {discord.utils.format_dt(until)} ({moment(until)})"
    return (
        f"You may not make tracks in this server {ends}. A moderator gave this reason: “{plain(reason)}” If "
        "you think that it is a mistake, ask one of this server's moderators."
    )


def told(faults: Iterable[Fault]) -> str:
    """The faults as a list for their member."""
    return "\n".join(
        f"- **{fault.field.replace('_', ' ').capitalize()}**: {plain(fault.problem)} {plain(fault.remedy)}"
        for fault in faults
    )


def listed(names: list[str]) -> str:
    """a, b or c; with many, the first ones."""
    if len(names) > LISTED:
        return f"{', '.join(names[:LISTED])} or {len(names) - LISTED} others"
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _no_longer_waiting(track: Track) -> str:
    if track.state is State.CANCELLED:
        return f"{named(track)} was cancelled already."
    if track.state.ended:
        return f"{named(track)} has ended already; there is nothing left to cancel."
    return (
        f"{named(track)} is being rendered already and has to be paid for, so it can no longer be cancelled. "
        "You can delete it when it is finished."
    )


def _limit_reached(error: LimitReached) -> str:
    line = error.line
    left, limit = f"only {remaining(line.left)}" if line.left >= SHOWN else "nothing", exact(line.limit)
    match line.scope:
        case Scope.HOST_DAY:  # what the host spends over all is the host's own business
            stands = "I have almost used up what I may spend today on all servers together"
        case Scope.GUILD_DAY:
            stands = f"this server has {left} of its {limit} left for today"
        case Scope.GUILD_MONTH:
            stands = f"this server has {left} of its {limit} left for this month"
        case Scope.MEMBER_DAY:
            stands = f"you have {left} of your {limit} left for today"
    advice = f"wait until the limit starts afresh {moment(line.turns_at)}"
    if line.scope in (Scope.GUILD_DAY, Scope.GUILD_MONTH):
        advice += ", or ask a moderator to raise the limit with `/budget set`"
    costs, fits = _what_fits(error)
    return f"{costs}, but {stands}. {f'{fits}, or {advice}' if fits else f'Please {advice}'}."


def _what_fits(error: LimitReached) -> tuple[str, str | None]:
    """What was asked, and what all limits would still let in; None for nothing."""
    if error.tracks > 1:
        several = f"These {error.tracks} tracks cost {money(error.price * error.tracks)} together"
        most = error.room // error.price
        return several, f"Ask for {most}" if most else None
    return f"This track costs {money(error.price)}", error.instead or None

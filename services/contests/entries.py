"""Entering a contest and leaving it, in the caller's transaction, in which the contest is locked.

The rule: an entry is one's own, keeps the contest's rules, and counts for whoever enters it as one of theirs,
made alone or with others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contests import storage
from services.contests.contest import (
    MOST,
    BreaksRules,
    Contest,
    ContestFull,
    EnteredAlready,
    Entry,
    MadeElsewhere,
    NotEntered,
    NotOpenForEntries,
    NotTheMaker,
    NotToBeEntered,
    Phase,
    TooExplicit,
    TooManyEntries,
)
from services.messages.kept_messages import touch, touch_posted
from services.storage.database import now
from services.storage.tables import contest_entries
from services.tracks.sight import Sight
from services.tracks.track import State, Track


@dataclass(frozen=True, slots=True)
class Place:
    """A contest's channel. readers: what everybody sees who reads it; what several made elsewhere is not
    shown there by one of them.
    """

    readers: Sight
    age_restricted: bool = False


def post_of(contest_id: str) -> str:
    """The key of the contest's post, among `services.messages.kept_messages`."""
    return f"contest:{contest_id}"


def result_of(contest_id: str) -> str:
    """The key of the message that tells who won."""
    return f"podium:{contest_id}"


async def changed(connection: AsyncConnection, contest: Contest) -> None:
    """Has the contest's messages brought up to date; comes in the transaction that changes it."""
    await touch(connection, post_of(contest.id), contest.guild_id, contest.channel_id)
    if contest.phase is Phase.ENDED:
        where = contest.thread_id or contest.channel_id
        await touch(connection, result_of(contest.id), contest.guild_id, where)


async def track_changed(connection: AsyncConnection, track_id: str) -> None:
    """The track came or went: what names it, or counts it, is to say so."""
    own = contest_entries.c.track_id == track_id
    for contest_id in list(await connection.scalars(sa.select(contest_entries.c.contest_id).where(own))):
        await touch_messages(connection, contest_id)


async def touch_messages(connection: AsyncConnection, contest_id: str) -> None:
    """What the contest's messages show became another; none is posted for it."""
    await touch_posted(connection, post_of(contest_id), result_of(contest_id))


def check_open(contest: Contest, entries: Sequence[Entry], member_id: int) -> None:
    """Raises NotOpenForEntries, ContestFull, TooManyEntries."""
    if contest.phase is not Phase.ENTRIES or contest.entries_until <= now():
        raise NotOpenForEntries
    taking_part = [one for one in entries if one.there or one.coming]
    if len(taking_part) >= MOST:
        raise ContestFull
    theirs = [one for one in taking_part if member_id in (one.entered_by, *one.track.makers)]
    if len(theirs) >= contest.rules.each:
        raise TooManyEntries(contest.rules.each)


async def enter(
    connection: AsyncConnection, contest: Contest, track: Track, member_id: int, place: Place | None = None
) -> None:
    """Enters a track that is there, for one of its makers.

    Raises NotTheMaker, NotToBeEntered, MadeElsewhere, TooExplicit, EnteredAlready, BreaksRules and what
    `check_open` does.
    """
    entries = await storage.entries_of(connection, contest.id)
    if member_id not in track.makers:
        raise NotTheMaker
    if any(one.track.id == track.id for one in entries):
        raise EnteredAlready
    check_open(contest, entries, member_id)
    if track.state is not State.DELIVERED or track.contest_id not in (None, contest.id):
        raise NotToBeEntered
    if place is not None and len(track.makers) > 1 and not place.readers.sees(track):
        raise MadeElsewhere
    if place is not None and track.explicit and not place.age_restricted:
        raise TooExplicit
    _check_rules(contest, track)
    await storage.enter(connection, contest, track, member_id)
    await changed(connection, contest)


async def enter_new(connection: AsyncConnection, contest_id: str, track: Track) -> None:
    """Enters a track in the transaction that asks for it: it is its makers' alone until the contest is over.

    Raises NoSuchContest, BreaksRules and what `check_open` does; the track is not asked for then.
    """
    contest = await storage.get(connection, contest_id, lock=True)
    check_open(contest, await storage.entries_of(connection, contest.id), track.member_id)
    _check_rules(contest, track)
    await storage.enter(connection, contest, track, track.member_id)
    await changed(connection, contest)


async def leave(connection: AsyncConnection, contest: Contest, track: Track, member_id: int) -> None:
    """Takes the entry back, for one of its makers, as long as entries are open.

    Raises NotTheMaker, NotEntered, NotOpenForEntries.
    """
    if member_id not in track.makers:
        raise NotTheMaker
    if contest.phase is not Phase.ENTRIES:
        raise NotOpenForEntries
    if not await storage.withdraw(connection, contest.id, track.id):
        raise NotEntered
    await changed(connection, contest)


def _check_rules(contest: Contest, track: Track) -> None:
    if breaches := contest.rules.breaches(track):
        raise BreaksRules(contest, breaches)

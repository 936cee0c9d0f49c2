"""Ballots: variations of one track, and the vote in which a channel chooses among them.

The rule: a ballot is opened in the transaction that asks for its tracks, and everything after it (message,
closing, result) is read from these tables, so it survives any restart. What was counted when it closed is its
result, whatever its tracks are given later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.audit import Action, record
from services.storage.database import Database, insert, now
from services.storage.tables import ballots as table
from services.storage.tables import tracks as track_table
from services.text.refusal import Refusal
from services.tracks import tracks, votes
from services.tracks.sight import Sight
from services.tracks.track import ENDED, NotYours, State, Track
from services.tracks.votes import Vote

MOST = 4  # variations at once
LETTERS = "ABCD"
PATIENCE = timedelta(days=1)  # for tracks that moderators have not decided upon; then it goes on without them
UNMADE = frozenset({State.FAILED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Ballot:
    """A row of `ballots`. minutes: for which it is open. result: votes by track id, once it is closed.

    shown: its message says what is so, or none will.
    """

    id: str
    guild_id: int
    channel_id: int
    member_id: int
    parent_id: str | None
    minutes: int
    created_at: datetime
    intent_at: datetime | None = None
    message_id: int | None = None
    closes_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: int | None = None
    result: dict[str, int] | None = None
    shown: bool = False

    @property
    def erased(self) -> bool:
        """Whether its maker had their data deleted: its message has their words."""
        return self.member_id < 0


@dataclass(frozen=True, slots=True)
class Choice:
    """One variation in a ballot. votes: its votes now or, once the ballot is closed, then."""

    letter: str
    track: Track
    votes: int

    @property
    def open(self) -> bool:
        """Whether it can be chosen."""
        return self.track.state in votes.OPEN and self.track.deleted_at is None


@dataclass(frozen=True, slots=True)
class Standing:
    """A ballot and its choices, A first; those that were never finished have a letter too."""

    ballot: Ballot
    choices: Sequence[Choice]

    @property
    def waiting(self) -> bool:
        """Whether there may be more to choose from soon."""
        patient = now() - self.ballot.created_at < PATIENCE
        return any(
            one.track.state not in ENDED or (patient and one.track.state is State.IN_REVIEW)
            for one in self.choices
        )

    @property
    def to_say(self) -> object:
        """What its message must say, whatever becomes of the votes."""
        return replace(self.ballot, shown=False), [(one.track.id, one.open) for one in self.choices]

    @property
    def open_choices(self) -> list[Choice]:
        """Those that can still be voted for."""
        return [one for one in self.choices if one.open]

    @property
    def winners(self) -> list[Choice]:
        """Those with most votes, of those that there still are; empty where nobody voted."""
        most = max((one.votes for one in self.open_choices), default=0)
        return [one for one in self.open_choices if one.votes == most] if most else []


class NoSuchBallot(Refusal):
    """The guild has no such vote."""


class AlreadyAsked(Refusal):
    """The variations were asked for already: their confirmation was pressed twice."""


class BallotClosed(Refusal):
    """The vote is over."""

    def __init__(self, ballot: Ballot) -> None:
        super().__init__(ballot.id)
        self.ballot = ballot


class Ballots:
    """Votes on variations, from the first track to the result."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def press(self, sight: Sight, track_id: str, member_id: int) -> Vote:
        """Gives, moves or takes back the member's vote. Raises BallotClosed and what `Votes.press` does."""

        async def vote(connection: AsyncConnection) -> Vote:
            track = await tracks.seen(connection, sight, track_id)
            if track is not None and track.set_id is not None:
                await votes.lock_set(connection, track.set_id)
                ballot = await _get(connection, track.set_id)
                if ballot is not None and ballot.closed_at is not None:
                    raise BallotClosed(ballot)
            return await votes.press(connection, sight, track_id, member_id)

        return await votes.counted_once(self._database, vote, member_id)

    async def pending(self) -> list[Ballot]:
        """Those that something is still to be done for: posted, closed, shown or taken down."""
        leftover = sa.and_(table.c.member_id < 0, table.c.message_id.is_not(None))
        over = sa.and_(table.c.closed_at.is_(None), table.c.closes_at <= now())
        to_do = sa.or_(table.c.shown.is_(False), over, leftover)
        query = table.select().where(to_do).order_by(table.c.created_at)
        async with self._database.read() as connection:
            return [Ballot(**row._mapping) for row in await connection.execute(query)]  # pyright: ignore[reportPrivateUsage]

    async def standing(self, ballot_id: str) -> Standing | None:
        """The ballot with its choices; None where there is none."""
        async with self._database.read() as connection:
            ballot = await _get(connection, ballot_id)
            return await _standing(connection, ballot) if ballot else None

    async def intend(self, ballot_id: str) -> Ballot:
        """Writes down that its message is about to be posted, where that is not there yet."""
        await self._change(ballot_id, table.c.intent_at.is_(None), intent_at=now())
        async with self._database.read() as connection:
            ballot = await _get(connection, ballot_id)
        assert ballot is not None
        return ballot

    async def posted(self, ballot: Ballot, message_id: int) -> None:
        """Its message is there; what was written down first stays."""
        values = {"message_id": message_id, "closes_at": ballot.closes_at}
        await self._change(ballot.id, table.c.message_id.is_(None), **values)

    async def theirs(self, sight: Sight, ballot_id: str, member_id: int, *, moderator: bool) -> Ballot:
        """The ballot, where that member may decide over it. Raises NoSuchBallot or NotYours."""
        async with self._database.read() as connection:
            return await _theirs(connection, sight, ballot_id, member_id, moderator=moderator)

    async def close(
        self, sight: Sight, ballot_id: str, actor_id: int | None = None, *, moderator: bool = False
    ) -> Ballot:
        """Counts and ends it; what was counted first stays. actor_id: None where its time is over.

        Raises NoSuchBallot, NotYours, BallotClosed.
        """
        async with self._database.write() as connection:
            await votes.lock_set(connection, ballot_id)
            ballot = await _theirs(connection, sight, ballot_id, actor_id, moderator=moderator)
            if ballot.closed_at is not None:
                raise BallotClosed(ballot)
            standing = await _standing(connection, ballot)
            result = {one.track.id: one.votes for one in standing.choices}
            unshowable = ballot.shown and ballot.message_id is None
            values = {"closed_at": now(), "closed_by": actor_id, "result": result, "shown": unshowable}
            await connection.execute(table.update().where(table.c.id == ballot_id).values(**values))
            if actor_id is not None and actor_id != ballot.member_id:
                numbers = ", ".join(f"#{one.track.number}" for one in standing.choices)
                await record(connection, ballot.guild_id, actor_id, Action.CLOSE_VOTE, subject=numbers)
            closed = await _get(connection, ballot_id)
            assert closed is not None
            return closed

    async def says(self, standing: Standing) -> None:
        """Its message says that; where it is otherwise by now, the message is still to be changed."""
        async with self._database.write() as connection:
            own = table.c.id == standing.ballot.id
            await connection.execute(sa.select(table.c.id).where(own).with_for_update())
            ballot = await _get(connection, standing.ballot.id)
            if ballot is not None and (await _standing(connection, ballot)).to_say == standing.to_say:
                await connection.execute(table.update().where(own).values(shown=True))

    async def shown(self, ballot_id: str, *, taken_down: bool = False) -> None:
        """There is nothing to do for it: there is no message, or will be none."""
        values: dict[str, Any] = {"message_id": None} if taken_down else {}
        await self._change(ballot_id, sa.true(), shown=True, **values)

    async def _change(self, ballot_id: str, where: sa.ColumnElement[bool], **values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                table.update().where(table.c.id == ballot_id).where(where).values(**values)
            )


def new_ballot(
    guild_id: int,
    channel_id: int,
    member_id: int,
    parent_id: str | None,
    minutes: int,
    ballot_id: str | None = None,
) -> Ballot:
    """A ballot to be opened with its tracks. ballot_id: one that `tracks.new_id` gave before."""
    own_id = ballot_id or tracks.new_id()
    return Ballot(own_id, guild_id, channel_id, member_id, parent_id, minutes, now())


async def open_ballot(connection: AsyncConnection, ballot: Ballot) -> None:
    """Writes a new ballot down. Raises AlreadyAsked where there is one with that id."""
    values = {name: getattr(ballot, name) for name in Ballot.__slots__}
    written = await connection.execute(insert(connection, table).values(**values).on_conflict_do_nothing())
    if not written.rowcount:
        raise AlreadyAsked


async def mark_stale(connection: AsyncConnection, member_id: int) -> None:
    """Has votes shown anew that name the member, who ended one, or made what it varies; comes before they are
    erased."""
    origin = table.c.parent_id.in_(sa.select(track_table.c.id).where(track_table.c.member_id == member_id))
    naming = sa.or_(table.c.closed_by == member_id, sa.and_(origin, table.c.message_id.is_not(None)))
    await connection.execute(table.update().where(naming).values(shown=False))


async def show_anew(connection: AsyncConnection, track: Track) -> None:
    """The track came or went: votes of which it is a choice, or the origin, are to say so."""
    naming = sa.or_(table.c.id == track.set_id, table.c.parent_id == track.id)
    posted = table.c.message_id.is_not(None)
    await connection.execute(table.update().where(naming, posted).values(shown=False))


async def _theirs(
    connection: AsyncConnection, sight: Sight, ballot_id: str, actor_id: int | None, *, moderator: bool
) -> Ballot:
    """actor_id: None for the bot itself. Raises NoSuchBallot or NotYours."""
    ballot = await _get(connection, ballot_id)
    if ballot is None or ballot.guild_id != sight.guild_id or not sight.sees_channel(ballot.channel_id):
        raise NoSuchBallot
    if actor_id is not None and actor_id != ballot.member_id and not moderator:
        raise NotYours
    return ballot


async def _get(connection: AsyncConnection, ballot_id: str) -> Ballot | None:
    row = (await connection.execute(table.select().where(table.c.id == ballot_id))).one_or_none()
    return Ballot(**row._mapping) if row else None  # pyright: ignore[reportPrivateUsage]


async def _standing(connection: AsyncConnection, ballot: Ballot) -> Standing:
    found = await tracks.of_set(connection, ballot.id)
    counted = ballot.result or await votes.counts(connection, [track.id for track in found])
    choices = [
        Choice(letter, track, counted.get(track.id, 0)) for letter, track in zip(LETTERS, found, strict=False)
    ]
    return Standing(ballot, choices)

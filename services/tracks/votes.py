"""Votes: a member has one in each set of tracks. The rule: who votes for another of the set moves their vote,
who votes for the same again takes it back, and two presses at once are two presses.

A set is what was made to be chosen from: the variations of one request, the tracks of a jam's round
(`tracks.set_id`). A track in none is a set of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.database import Database, insert, now
from services.storage.outages import until_back
from services.storage.tables import tracks as track_table
from services.storage.tables import votes
from services.text.refusal import Refusal
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.track import NoSuchTrack, State, Track

PATIENCE = 20.0  # seconds that a member waits for a database that is away
OPEN = frozenset({State.DELIVERING, State.DELIVERED})  # delivering: its message may be there already


class NotVotable(Refusal):
    """The track is not public: not finished, waiting for a moderator, or withheld."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is {track.state}")
        self.track = track


@dataclass(frozen=True, slots=True)
class Vote:
    """What became of a member's vote. given: whether it is now the track's; False where it was taken back.

    changed: ids of the tracks that have another count now.
    """

    track: Track
    given: bool
    changed: tuple[str, ...]


class Votes:
    """Takes and counts votes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def press(self, sight: Sight, track_id: str, member_id: int) -> Vote:
        """Gives the member's vote to the track, or takes it back where the track has it.

        Raises NoSuchTrack (for what is not seen and deleted ones too) and NotVotable.
        """
        vote = partial(press, sight=sight, track_id=track_id, member_id=member_id)
        return await counted_once(self._database, vote, member_id)

    async def counts(self, track_ids: Collection[str]) -> dict[str, int]:
        """How many votes each of the tracks has; 0 for every id without any."""
        return await self._database.read_in_one_go(partial(counts, track_ids=track_ids))

    async def last_voted(self, seconds: float) -> list[Track]:
        """The tracks that got a vote in the last seconds before the newest vote of all."""
        async with self._database.read() as connection:
            newest = await connection.scalar(sa.select(sa.func.max(votes.c.at)))
            if newest is None:
                return []
            late = votes.c.at > newest - timedelta(seconds=seconds)
            ids = list(await connection.scalars(sa.select(votes.c.track_id).where(late).distinct()))
            return await tracks.all_of(connection, ids)

    async def count(self, track_id: str) -> int:
        """How many votes the track has."""
        return (await self.counts([track_id]))[track_id]


async def counted_once(
    database: Database, vote: Callable[[AsyncConnection], Awaitable[Vote]], member_id: int
) -> Vote:
    """A press in a transaction of its own. Where the answer to its commit is lost it is looked whether it was
    counted: made again, it would be taken back. Raises what `vote` does, and what stays away."""
    made: Vote | None = None

    async def act() -> Vote:
        nonlocal made
        async with database.write() as connection:
            if made is not None:
                track = await _locked(connection, made.track)
                if (await _of_member(connection, track, member_id) == track.id) is made.given:
                    return made
            made = await vote(connection)
        return made

    return await until_back(act, patience=PATIENCE)


async def press(connection: AsyncConnection, sight: Sight, track_id: str, member_id: int) -> Vote:
    """The same within a transaction that writes."""
    track = await tracks.seen(connection, sight, track_id)
    if track is None:
        raise NoSuchTrack
    track = await _locked(connection, track)
    if track.state not in OPEN:
        raise NotVotable(track)
    before = await _of_member(connection, track, member_id)
    in_set = track.set_id or track.id
    if before == track.id:
        own = sa.and_(votes.c.set_id == in_set, votes.c.member_id == member_id)
        await connection.execute(votes.delete().where(own))
        await _recount(connection, [track.id])
        return Vote(track, given=False, changed=(track.id,))
    values = {"track_id": track.id, "at": now()}
    vote = {"set_id": in_set, "member_id": member_id, "guild_id": track.guild_id, **values}
    query = insert(connection, votes).values(vote)
    await connection.execute(query.on_conflict_do_update(index_elements=["set_id", "member_id"], set_=values))
    changed = (track.id,) if before is None else (before, track.id)
    await _recount(connection, changed)
    return Vote(track, given=True, changed=changed)


async def _of_member(connection: AsyncConnection, track: Track, member_id: int) -> str | None:
    """The track of its set that has the member's vote."""
    own = sa.and_(votes.c.set_id == (track.set_id or track.id), votes.c.member_id == member_id)
    return await connection.scalar(sa.select(votes.c.track_id).where(own))


async def take_all_of(connection: AsyncConnection, member_id: int) -> None:
    """Takes back every vote that the member gave."""
    own = votes.c.member_id == member_id
    theirs = track_table.c.id.in_(sa.select(votes.c.track_id).where(own))
    locked = sa.select(track_table.c.id).where(theirs).order_by(track_table.c.id).with_for_update()
    voted = list(await connection.scalars(locked))
    await connection.execute(votes.delete().where(own))
    await _recount(connection, voted)


async def _recount(connection: AsyncConnection, track_ids: Collection[str]) -> None:
    """Keeps beside the tracks how many votes they have: after every change of `votes`, with them locked."""
    if not track_ids:
        return
    given = sa.select(sa.func.count()).where(votes.c.track_id == track_table.c.id).scalar_subquery()
    query = track_table.update().where(track_table.c.id == sa.bindparam("voted")).values(votes=given)
    await connection.execute(query, [{"voted": track_id} for track_id in track_ids])


async def counts(connection: AsyncConnection, track_ids: Collection[str]) -> dict[str, int]:
    """The same within a transaction."""
    query = sa.select(votes.c.track_id, sa.func.count().label("given")).where(votes.c.track_id.in_(track_ids))
    rows = await connection.execute(query.group_by(votes.c.track_id))
    return dict.fromkeys(track_ids, 0) | {row.track_id: row.given for row in rows}


async def _locked(connection: AsyncConnection, track: Track) -> Track:
    """The track as it is now, with its set's rows locked until the end, so that votes in it take turns."""
    if track.set_id is not None:
        await lock_set(connection, track.set_id)
    else:
        own = track_table.c.id == track.id
        await connection.execute(sa.select(track_table.c.id).where(own).with_for_update())
    locked = await tracks.get(connection, track.id)
    if locked is None or locked.deleted_at is not None:
        raise NoSuchTrack
    return locked


async def lock_set(connection: AsyncConnection, set_id: str) -> None:
    """Nobody votes in the set, and nothing happens to its tracks, until the end of the transaction."""
    own = track_table.c.set_id == set_id
    await connection.execute(
        sa.select(track_table.c.id).where(own).order_by(track_table.c.id).with_for_update()
    )

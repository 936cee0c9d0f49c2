"""Votes on either database: one for each member in a set, moved or taken back, and two presses are two."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from kept_track import a_track

from services.storage.database import Database, now
from services.storage.tables import tracks as table
from services.tracks.sight import everything_in
from services.tracks.track import NoSuchTrack, State
from services.tracks.votes import NotVotable, Votes, take_all_of

MEMBERS = range(700_000_000_000_000_000, 700_000_000_000_000_050)


async def test_a_second_press_takes_the_vote_back(database: Database) -> None:
    votes, track = Votes(database), await a_track(database)
    first = await votes.press(everything_in(1), track.id, 8)
    assert (first.given, first.changed) == (True, (track.id,))
    assert await votes.count(track.id) == 1
    second = await votes.press(everything_in(1), track.id, 8)
    assert (second.given, second.changed) == (False, (track.id,))
    assert await votes.counts([track.id, "x" * 20]) == {track.id: 0, "x" * 20: 0}


async def test_in_a_set_a_vote_moves_and_elsewhere_it_stays(database: Database) -> None:
    votes, alone = Votes(database), await a_track(database)
    one, two = [await a_track(database, set_id="a set") for _ in range(2)]
    for track in (alone, one):
        await votes.press(everything_in(1), track.id, 8)
    moved = await votes.press(everything_in(1), two.id, 8)
    assert (moved.given, set(moved.changed)) == (True, {one.id, two.id})
    counted = await votes.counts([alone.id, one.id, two.id])
    assert counted == {alone.id: 1, one.id: 0, two.id: 1}


async def test_each_track_knows_how_many_votes_it_has(database: Database) -> None:
    """Whatever becomes of votes: given, moved within a set, taken back, erased with who gave them."""
    votes = Votes(database)
    alone = await a_track(database)
    first, second = [await a_track(database, set_id="s") for _ in range(2)]
    for track, member in (
        (alone, 5),
        (alone, 6),
        (alone, 7),
        (first, 5),
        (second, 6),
        (first, 6),
        (alone, 7),
    ):
        await votes.press(everything_in(1), track.id, member)
        await _check_counts(database)
    async with database.write() as connection:
        await take_all_of(connection, 5)
        await take_all_of(connection, 99)  # who gave none
    await _check_counts(database)
    assert await votes.counts([alone.id, first.id, second.id]) == {alone.id: 1, first.id: 1, second.id: 0}


async def _check_counts(database: Database) -> None:
    async with database.read() as connection:
        query = sa.select(table.c.id, table.c.votes)
    async with database.read() as connection:
        kept = {row.id: row.votes for row in await connection.execute(query)}
    assert kept == await Votes(database).counts(kept)


async def test_fifty_at_once_are_fifty(database: Database) -> None:
    votes, track = Votes(database), await a_track(database)
    await asyncio.gather(*(votes.press(everything_in(1), track.id, member) for member in MEMBERS))
    assert await votes.count(track.id) == 50
    odd = [member for member in MEMBERS if member % 2]
    await asyncio.gather(*(votes.press(everything_in(1), track.id, member) for member in odd))
    assert await votes.count(track.id) == 25


async def test_presses_of_one_member_at_once_count_each(database: Database) -> None:
    votes, track = Votes(database), await a_track(database)
    results = await asyncio.gather(*(votes.press(everything_in(1), track.id, 8) for _ in range(7)))
    assert sum(vote.given for vote in results) == 4
    assert await votes.count(track.id) == 1
    several = [await a_track(database, set_id="a set") for _ in range(3)]
    await asyncio.gather(*(votes.press(everything_in(1), track.id, 9) for track in several))
    assert sum((await votes.counts([track.id for track in several])).values()) == 1


async def test_what_is_not_public_takes_no_votes(database: Database) -> None:
    votes = Votes(database)
    for state in State:
        track = await a_track(database, state=state, withheld_because="rude")
        if state in (State.DELIVERED, State.DELIVERING):
            assert (await votes.press(everything_in(1), track.id, 8)).given
        else:
            with pytest.raises(NotVotable):
                await votes.press(everything_in(1), track.id, 8)
            assert await votes.count(track.id) == 0
    deleted, abroad = await a_track(database, deleted_at=now()), await a_track(database, guild_id=2)
    for track in (deleted, abroad):
        with pytest.raises(NoSuchTrack):
            await votes.press(everything_in(1), track.id, 8)

"""Contests as they are kept. The rule: whoever changes one has locked its row, so that of two at once each is
one; a transaction that also locks the guild locks that first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contests.contest import (
    Contest,
    Entry,
    EntryRules,
    NoSuchContest,
    Pair,
    Phase,
    Standing,
    Voting,
)
from services.contests.counting import Vote
from services.storage.database import insert, now
from services.storage.tables import GOING_ON, contest_entries, contest_listens, contest_pairs, contest_votes
from services.storage.tables import contests as table
from services.storage.tables import tracks as track_table
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.track import Track
from services.tracks.unreadable import read_each


async def add(connection: AsyncConnection, rules: EntryRules, **values: Any) -> Contest:
    """Writes a new contest down, which is open for entries."""
    row = {"id": tracks.new_id(), "phase": Phase.ENTRIES, "rules": asdict(rules), "created_at": now()}
    query = table.insert().values(row | {"round": 0, "rounds": 0} | values).returning(*table.c)
    return _contest((await connection.execute(query)).one())


async def get(connection: AsyncConnection, contest_id: str, *, lock: bool = False) -> Contest:
    """The contest, of any guild. Raises NoSuchContest."""
    query = table.select().where(table.c.id == contest_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NoSuchContest
    return _contest(row)


async def seen(connection: AsyncConnection, sight: Sight, contest_id: str, *, lock: bool = False) -> Contest:
    """The contest, where it is seen. Raises NoSuchContest."""
    contest = await get(connection, contest_id, lock=lock)
    if contest.guild_id != sight.guild_id or not sight.sees_channel(contest.channel_id):
        raise NoSuchContest
    return contest


async def find(connection: AsyncConnection, *which: sa.ColumnElement[bool], most: int = 100) -> list[Contest]:
    """Those contests, the newest first; not those that cannot be read, which must not hide the others."""
    query = table.select().where(*which).order_by(table.c.created_at.desc(), table.c.id).limit(most)
    return read_each(await connection.execute(query), _contest, "contest")


def going_on() -> sa.ColumnElement[bool]:
    """The condition that a contest is not over."""
    return sa.text(GOING_ON)  # pyright: ignore[reportReturnType]  (SQLAlchemy takes either)


async def change(connection: AsyncConnection, contest_id: str, **values: Any) -> Contest:
    """Writes the values."""
    query = table.update().where(table.c.id == contest_id).values(**values)
    return _contest((await connection.execute(query.returning(*table.c))).one())


async def remove(connection: AsyncConnection, contest: Contest) -> None:
    """There was no such contest; nothing was entered in it."""
    await connection.execute(table.delete().where(table.c.id == contest.id))


async def reveal(connection: AsyncConnection, contest_id: str) -> None:
    """What was made for the contest is seen like any other track from now on."""
    own = track_table.c.contest_id == contest_id
    await connection.execute(track_table.update().where(own).values(contest_id=None))


# what was entered ------------------------------------------------------------------------------------------


async def enter(connection: AsyncConnection, contest: Contest, track: Track, member_id: int) -> None:
    """Writes an entry down; nothing where it is one already."""
    values = {"contest_id": contest.id, "track_id": track.id, "entered_by": member_id, "entered_at": now()}
    await connection.execute(insert(connection, contest_entries).values(values).on_conflict_do_nothing())


async def entries_of(connection: AsyncConnection, contest_id: str) -> list[Entry]:
    """All that was entered, also what has left since; in the order of their numbers, or as entered."""
    own = contest_entries.c.contest_id == contest_id
    order = contest_entries.c.number, contest_entries.c.entered_at, contest_entries.c.track_id
    rows = (await connection.execute(contest_entries.select().where(own).order_by(*order))).all()
    known = {one.id: one for one in await tracks.all_of(connection, [row.track_id for row in rows])}
    return [
        Entry(known[row.track_id], row.entered_by, row.entered_at, row.number, row.place, row.points)
        for row in rows
        if row.track_id in known
    ]


async def change_entry(connection: AsyncConnection, contest_id: str, track_id: str, **values: Any) -> None:
    """Writes the values."""
    own = contest_entries.c.contest_id == contest_id, contest_entries.c.track_id == track_id
    await connection.execute(contest_entries.update().where(*own).values(**values))


async def withdraw(connection: AsyncConnection, contest_id: str, track_id: str) -> bool:
    """Takes an entry out; False where it is none."""
    own = contest_entries.c.contest_id == contest_id, contest_entries.c.track_id == track_id
    return bool((await connection.execute(contest_entries.delete().where(*own))).rowcount)


async def standing_of(connection: AsyncConnection, contest: Contest) -> Standing:
    """The contest with all that was entered."""
    entries = await entries_of(connection, contest.id)
    pairs = await pairs_of(connection, contest.id) if contest.voting is Voting.PAIRS else []
    return Standing(contest, entries, pairs, await count_voters(connection, contest))


# votes -----------------------------------------------------------------------------------------------------


async def pairs_of(connection: AsyncConnection, contest_id: str) -> list[Pair]:
    """The pairs of all rounds so far, in order."""
    columns = [one for one in contest_pairs.c if one.name != "contest_id"]
    query = sa.select(*columns).where(contest_pairs.c.contest_id == contest_id)
    rows = await connection.execute(query.order_by(contest_pairs.c.round, contest_pairs.c.pair))
    return [Pair(*row) for row in rows]


async def keep_pairs(connection: AsyncConnection, contest_id: str, pairs: Iterable[Pair]) -> None:
    """Writes pairs down, new ones or those that were decided."""
    keys = ["contest_id", "round", "pair"]
    for pair in pairs:
        values = asdict(pair)
        query = insert(connection, contest_pairs).values(contest_id=contest_id, **values)
        await connection.execute(query.on_conflict_do_update(index_elements=keys, set_=values))


async def vote(
    connection: AsyncConnection, contest: Contest, pair: int, member_id: int, choices: Collection[str]
) -> None:
    """Writes down what the member chooses, in place of what they chose before; nothing: takes that back."""
    key = {"contest_id": contest.id, "round": contest.round, "pair": pair, "member_id": member_id}
    await connection.execute(
        contest_votes.delete().where(*(contest_votes.c[name] == one for name, one in key.items()))
    )
    if choices:
        await connection.execute(contest_votes.insert().values(**key, choices=list(choices), at=now()))


async def votes_of(connection: AsyncConnection, contest: Contest) -> dict[int, list[Vote]]:
    """The votes in what is voted on now, by pair; of a ranking under 0."""
    heard: dict[int, set[str]] = {}
    opened = contest_listens.select().where(contest_listens.c.contest_id == contest.id)
    for row in await connection.execute(opened):
        heard.setdefault(row.member_id, set()).add(row.track_id)
    found: dict[int, list[Vote]] = {}
    for row in await connection.execute(contest_votes.select().where(*_now(contest))):
        by = frozenset(heard.get(row.member_id, ()))
        found.setdefault(row.pair, []).append(Vote(row.member_id, tuple(row.choices), by))
    return found


async def choices_of(
    connection: AsyncConnection, contest: Contest, member_id: int
) -> dict[int, tuple[str, ...]]:
    """What the member chose in what is voted on now, by pair; of a ranking under 0."""
    own = contest_votes.select().where(*_now(contest), contest_votes.c.member_id == member_id)
    return {row.pair: tuple(row.choices) for row in await connection.execute(own)}


async def count_voters(connection: AsyncConnection, contest: Contest) -> int:
    """How many have voted in what is voted on now; once it is over, in all."""
    if contest.voters is not None:
        return contest.voters
    query = sa.select(sa.func.count(sa.distinct(contest_votes.c.member_id))).where(*_now(contest))
    return await connection.scalar(query) or 0


async def count_all_voters(connection: AsyncConnection, contest_id: str) -> int:
    """How many have voted in any round."""
    own = contest_votes.c.contest_id == contest_id
    query = sa.select(sa.func.count(sa.distinct(contest_votes.c.member_id))).where(own)
    return await connection.scalar(query) or 0


def _now(contest: Contest) -> tuple[sa.ColumnElement[bool], ...]:
    return contest_votes.c.contest_id == contest.id, contest_votes.c.round == contest.round


async def heard_by(connection: AsyncConnection, contest_id: str, member_id: int) -> frozenset[str]:
    """The entries, by their tracks' ids, that the member has opened."""
    own = contest_listens.c.contest_id == contest_id, contest_listens.c.member_id == member_id
    return frozenset(await connection.scalars(sa.select(contest_listens.c.track_id).where(*own)))


async def note_heard(
    connection: AsyncConnection, contest_id: str, member_id: int, track_ids: Collection[str]
) -> None:
    """The member has opened those entries."""
    for track_id in track_ids:
        values = {"contest_id": contest_id, "track_id": track_id, "member_id": member_id, "at": now()}
        await connection.execute(insert(connection, contest_listens).values(values).on_conflict_do_nothing())


def _contest(row: sa.Row[Any]) -> Contest:
    values: dict[str, Any] = dict(row._mapping)  # pyright: ignore[reportPrivateUsage]  (SQLAlchemy's documented name)
    rules = values["rules"]
    values["rules"] = EntryRules(rules["longest"], tuple(rules["tags"]), rules["model"], rules["each"])
    values["voting"], values["phase"] = Voting(values["voting"]), Phase(values["phase"])
    return Contest(**values)


def due(at: datetime) -> sa.ColumnElement[bool]:
    """The condition that what goes on is over by then."""
    entries = sa.and_(table.c.phase == Phase.ENTRIES, table.c.entries_until <= at)
    votes = sa.and_(table.c.phase == Phase.VOTING, table.c.round_until <= at)
    return sa.or_(entries, votes)

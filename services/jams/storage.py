"""Jams as they are kept: one row each, with all that `services.jams.jams.Jam` says as JSON.

The rule: whoever changes a jam has locked its row, so that of two presses at once each is one press. A
transaction that also locks the guild locks that first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.jams.jams import Jam, Line, Loan, Person, Phase, Proposal, Round, Section, Tag
from services.storage.database import insert, now
from services.storage.tables import jam_people, jams
from services.text.refusal import Refusal
from services.tracks.tracks import new_id
from services.tracks.unreadable import read_each


class NoSuchJam(Refusal):
    """The guild has no such jam, or it has ended."""


@dataclass(frozen=True, slots=True)
class Session:
    """A row of `jams`.

    message_id: its panel's; None where it is to be posted. old_message_id: its panel's before that, which
    goes once the new one is there.
    """

    id: str
    guild_id: int
    channel_id: int
    jam: Jam
    version: int
    created_at: datetime
    touched_at: datetime
    message_id: int | None
    ended_at: datetime | None
    ended_by: int | None
    recap_at: datetime | None
    recap_message_id: int | None
    told: bool
    old_message_id: int | None = None


async def add(connection: AsyncConnection, guild_id: int, channel_id: int, jam: Jam) -> Session:
    """Writes a new jam down."""
    at = now()
    values = {"id": new_id(), "guild_id": guild_id, "channel_id": channel_id, "version": 1}
    values |= {"phase": jam.phase, "state": plain(jam), "created_at": at, "touched_at": at, "told": False}
    row = (await connection.execute(jams.insert().values(values).returning(*jams.c))).one()
    session = _session(row)
    await _note_people(connection, session.id, jam)
    return session


async def get(
    connection: AsyncConnection, jam_id: str, guild_id: int | None = None, *, lock: bool = False
) -> Session:
    """The jam, where a guild is given only of that guild. Raises NoSuchJam."""
    query = jams.select().where(jams.c.id == jam_id)
    if guild_id is not None:
        query = query.where(jams.c.guild_id == guild_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NoSuchJam
    return _session(row)


async def find(connection: AsyncConnection, *which: sa.ColumnElement[bool]) -> list[Session]:
    """Those jams, the oldest first; not those that cannot be read, which must not hide the others."""
    query = jams.select().where(*which).order_by(jams.c.created_at, jams.c.id)
    return read_each(await connection.execute(query), _session, "jam")


async def save(connection: AsyncConnection, session: Session, jam: Jam, *, touched: bool = True) -> Session:
    """Writes what the jam is now. touched: somebody did that, so it is not idle."""
    changes: dict[str, Any] = {"phase": jam.phase, "state": plain(jam), "version": session.version + 1}
    if touched:
        changes["touched_at"] = now()
    if jam.phase is Phase.ENDED and session.ended_at is None:
        changes["ended_at"] = now()
    await _note_people(connection, session.id, jam, session.jam.participants)
    return await change(connection, session.id, **changes)


async def change(connection: AsyncConnection, jam_id: str, **values: Any) -> Session:
    """Writes the values."""
    query = jams.update().where(jams.c.id == jam_id).values(**values)
    return _session((await connection.execute(query.returning(*jams.c))).one())


async def tell_anew(connection: AsyncConnection, jam_id: str | None) -> None:
    """A track of the jam came or went: where its recap is there, or is being posted, that is to say so."""
    there = jams.c.recap_message_id.is_not(None)
    values = {"version": jams.c.version + 1, "told": sa.case((there, sa.false()), else_=jams.c.told)}
    if jam_id is not None:
        begun = sa.and_(jams.c.id == jam_id, jams.c.recap_at.is_not(None))
        await connection.execute(jams.update().where(begun).values(values))


def is_open() -> sa.ColumnElement[bool]:
    """The condition that a jam has not ended."""
    return jams.c.phase != Phase.ENDED


async def _note_people(
    connection: AsyncConnection, jam_id: str, jam: Jam, before: Sequence[Person] = ()
) -> None:
    """Who was in stays known, so that `/privacy` finds what they wrote."""
    known = {person.id for person in before}
    for person in jam.participants:
        if person.id not in known:
            values = {"jam_id": jam_id, "member_id": person.id}
            await connection.execute(insert(connection, jam_people).values(values).on_conflict_do_nothing())


def _session(row: sa.Row[Any]) -> Session:
    values = dict(row._mapping)  # pyright: ignore[reportPrivateUsage]  (SQLAlchemy's documented name)
    del values["phase"]  # stands in the state too
    return Session(jam=read(values.pop("state")), **values)


# as JSON ------------------------------------------------------------------------------------------------


def plain(jam: Jam) -> dict[str, Any]:
    """The jam as JSON has it."""
    kept = asdict(jam)
    kept["people"] = kept.pop("participants")  # what it has been called there from the first
    return kept


def read(kept: Any) -> Jam:
    """The jam in what was kept."""
    rounds = tuple(
        Round(one["track_id"], _tags(one["tags"]), _sections(one["sections"])) for one in kept["rounds"]
    )
    parts: dict[str, Any] = kept | {
        "phase": Phase(kept["phase"]),
        "participants": tuple(Person(**one) for one in kept["people"]),
        "tags": _tags(kept["tags"]),
        "sections": _sections(kept["sections"]),
        "proposals": tuple(_proposal(one) for one in kept["proposals"]),
        "rounds": rounds,
        "loan": Loan(**kept["loan"]) if kept.get("loan") else None,
    }
    del parts["people"]
    return Jam(**parts)


def _tags(kept: Any) -> tuple[Tag, ...]:
    return tuple(Tag(**one) for one in kept)


def _sections(kept: Any) -> tuple[Section, ...]:
    return tuple(_section(one) for one in kept)


def _section(kept: Any) -> Section:
    earlier = tuple(_lines(lines) for lines in kept["earlier"])
    parts: dict[str, Any] = {**kept, "lines": _lines(kept["lines"]), "earlier": earlier}
    return Section(**parts)


def _lines(kept: Any) -> tuple[Line, ...]:
    return tuple(Line(**one) for one in kept)


def _proposal(kept: Any) -> Proposal:
    votes = tuple((int(member_id), bool(agrees)) for member_id, agrees in kept["votes"])
    parts: dict[str, Any] = {**kept, "strikes": tuple(kept["strikes"]), "votes": votes}
    return Proposal(**parts)

"""Browsing a guild's music: newest or most voted, by maker, by tag, by words of title and lyrics.

The rule: what somebody typed is compared, never part of a query; and nobody is listed what they may not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from services.storage.database import Database
from services.storage.tables import track_words, votes
from services.storage.tables import tracks as table
from services.tracks import tracks
from services.tracks.search import with_tag, with_words
from services.tracks.sight import Sight, made_by
from services.tracks.track import State, Track


class Order(StrEnum):
    """Which tracks come first."""

    NEWEST = "newest"
    VOTED = "voted"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tracks: with all of it. text: words that title or lyrics have. tag: one, or how one begins."""

    order: Order = Order.NEWEST
    maker_id: int | None = None
    tag: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A track and its votes."""

    track: Track
    votes: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the tracks. number: from 0; pages, total: of all that fit."""

    listed: Sequence[Listed]
    number: int
    pages: int
    total: int


class Music:
    """Every guild's finished tracks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, sight: Sight, wanted: Wanted, number: int, size: int) -> Page:
        """That page of what is wanted, or the last one where there are fewer."""
        where = sa.and_(sight.of_tracks(), table.c.deleted_at.is_(None), _finished(sight), _fits(wanted))
        found = sa.select(table.c.id).join_from(table, track_words, isouter=True).where(where)
        given = (
            sa.select(sa.func.count())
            .where(votes.c.track_id == table.c.id)
            .correlate(table)
            .scalar_subquery()
        )
        first = [given.desc()] if wanted.order is Order.VOTED else []
        async with self._database.read() as connection:
            total = await connection.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0
            pages = max(1, -(-total // size))
            number = min(number, pages - 1)
            query = found.add_columns(given).order_by(*first, table.c.number.desc())
            rows = (await connection.execute(query.offset(number * size).limit(size))).all()
            loaded = {one.id: one for one in await tracks.all_of(connection, [row[0] for row in rows])}
        return Page([Listed(loaded[row[0]], row[1]) for row in rows], number, pages, total)


def _finished(sight: Sight) -> sa.ColumnElement[bool]:
    """What is public and the viewer's own; for a moderator what is held back too."""
    held_back = table.c.state.in_((State.IN_REVIEW, State.WITHHELD))
    theirs = made_by(sight.member_id) if sight.member_id is not None else sa.false()
    theirs = sa.true() if sight.moderator else theirs
    return sa.or_(table.c.state == State.DELIVERED, sa.and_(held_back, theirs))


def _fits(wanted: Wanted) -> sa.ColumnElement[bool]:
    parts: list[sa.ColumnElement[bool]] = [sa.true()]
    if wanted.maker_id is not None:
        parts.append(made_by(wanted.maker_id))
    if wanted.tag:
        parts.append(with_tag(wanted.tag))
    if wanted.text:
        parts.append(with_words(wanted.text))
    return sa.and_(*parts)

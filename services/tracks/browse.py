"""Browsing a guild's music: newest or most voted, by maker, by tag, by words of title and lyrics.

The rule: what somebody typed is compared, never part of a query; and nobody is listed what they may not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from services.storage.database import Database
from services.storage.tables import track_makers, track_words
from services.storage.tables import tracks as table
from services.tracks import tracks
from services.tracks.search import with_tag, with_words
from services.tracks.sight import Sight, made_by
from services.tracks.track import State, Track

MOST = 1000  # tracks that one search lists; who looks for others says more of them


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
    """Some of the tracks. number: from 0; pages, total: of those that fit, MOST at the most.

    more: there are others that fit, which are not listed.
    """

    listed: Sequence[Listed]
    number: int
    pages: int
    total: int
    more: bool


class Music:
    """Every guild's finished tracks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, sight: Sight, wanted: Wanted, number: int, size: int) -> Page:
        """That page of what is wanted, or the last one where there are fewer."""
        where = sa.and_(
            sight.of_tracks(), table.c.deleted_at.is_(None), _finished(sight), _fits(wanted, sight.guild_id)
        )
        first = [table.c.votes.desc()] if wanted.order is Order.VOTED else []
        found = sa.select(table.c.id).join_from(table, track_words, isouter=True).where(where)
        query = found.order_by(*first, table.c.number.desc()).limit(MOST + 1)
        async with self._database.read() as connection:
            ids = list(await connection.scalars(query))
            total = min(len(ids), MOST)
            pages = max(1, -(-total // size))
            number = min(number, pages - 1)
            shown = ids[number * size : min((number + 1) * size, total)]
            loaded = {one.id: one for one in await tracks.all_of(connection, shown)}
        listed = [Listed(loaded[one], loaded[one].votes) for one in shown if one in loaded]
        return Page(listed, number, pages, total, len(ids) > total)


def _finished(sight: Sight) -> sa.ColumnElement[bool]:
    """What is public and the viewer's own; for a moderator what is held back too."""
    held_back = table.c.state.in_((State.IN_REVIEW, State.WITHHELD))
    theirs = made_by(sight.member_id) if sight.member_id is not None else sa.false()
    theirs = sa.true() if sight.moderator else theirs
    return sa.or_(table.c.state == State.DELIVERED, sa.and_(held_back, theirs))


def _fits(wanted: Wanted, guild_id: int) -> sa.ColumnElement[bool]:
    parts: list[sa.ColumnElement[bool]] = [sa.true()]
    if wanted.maker_id is not None:
        alone = sa.select(table.c.id).where(
            table.c.guild_id == guild_id, table.c.member_id == wanted.maker_id
        )
        among = sa.select(track_makers.c.track_id).where(track_makers.c.member_id == wanted.maker_id)
        parts.append(table.c.id.in_(alone.union_all(among)))
    if wanted.tag:
        parts.append(with_tag(wanted.tag))
    if wanted.text:
        parts.append(with_words(wanted.text))
    return sa.and_(*parts)

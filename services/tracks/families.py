"""Families: a track and all that was made from it, and what changed from each to the next.

The rule: of what a viewer may not see (made where they do not see it, held back by moderators, deleted,
erased) there is its place in the family and why nothing is said of it, and no word of it: neither its own nor
in what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.pictures.family_rows import FamilyRow, FamilyRows
from services.prompts.prompt import INSTRUMENTAL
from services.storage.database import Database
from services.storage.tables import tracks as table
from services.tracks import tracks
from services.tracks.ballots import UNMADE
from services.tracks.sight import Sight
from services.tracks.track import State, Track
from services.tracks.votes import counts

LARGEST = 2000  # tracks of one family that are looked at
MOST_TAGS = 4  # that came or went, in one sentence
ERASED, DELETED, ELSEWHERE = "erased by its maker", "deleted", "made where you do not see it"
HIDDEN = (ERASED, DELETED, ELSEWHERE)  # notes of tracks of which nothing else may be shown


@dataclass(frozen=True, slots=True)
class Relative:
    """One track in a family, as a viewer may see it.

    depth: generations from the first one shown. note: what there is to say of its state, "" for a public
    track. hidden: nothing but that note may be shown. changes: what changed from its parent, in words; empty
    where it has none or one of the two is hidden. more: children of it that are not shown.
    """

    track: Track
    votes: int
    depth: int
    note: str
    hidden: bool
    changes: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Family:
    """The family of the track `asked`, parents before children. total: tracks in all of it.

    above: generations before the first one that is shown.
    """

    asked: str
    relatives: Sequence[Relative]
    total: int
    above: int

    @property
    def cut(self) -> bool:
        """Whether there is more than is shown."""
        return len(self.relatives) < self.total


class Families:
    """Finds families."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def family(self, track: Track, sight: Sight, sees: Callable[[Track], bool], most: int) -> Family:
        """The track's family, cut to the `most` tracks nearest to it.

        sees: whether the viewer may see a track that moderators may have to themselves.
        """
        async with self._database.read() as connection:
            parents = await _tree(connection, track)
            voted = await counts(connection, list(parents))
            chosen = _nearest(track.id, parents, voted, most)
            found = {one.id: one for one in await tracks.all_of(connection, chosen)}
        return _family(track.id, parents, found, voted, lambda one: _note(one, sight), sees)


def _family(
    asked: str,
    parents: dict[str, str | None],
    found: dict[str, Track],
    voted: dict[str, int],
    note: Callable[[Track], str],
    sees: Callable[[Track], bool],
) -> Family:
    def is_hidden(track: Track) -> bool:
        return note(track) in HIDDEN or not sees(track)

    children = _children(parents)
    first = next(one for one in found if parents[one] not in found)
    relatives: list[Relative] = []
    to_come = [(first, 0)]
    while to_come:
        track_id, depth = to_come.pop()
        track, shown = found[track_id], [one for one in children[track_id] if one in found]
        hidden = is_hidden(track)
        parent = found.get(parents[track_id] or "")
        changes = () if parent is None or hidden or is_hidden(parent) else what_changed(parent, track)
        more = len(children[track_id]) - len(shown)
        relatives.append(Relative(track, voted[track_id], depth, note(track), hidden, tuple(changes), more))
        to_come += [(one, depth + 1) for one in sorted(shown, key=lambda one: -found[one].number)]
    return Family(asked, relatives, len(parents), len(_ancestors(first, parents)))


async def _tree(connection: AsyncConnection, track: Track) -> dict[str, str | None]:
    """The parent of each track in the family; without those that came to nothing and led to nothing."""
    own = table.c.guild_id == track.guild_id
    up = sa.select(table.c.id, table.c.parent_id).where(own, table.c.id == track.id)
    climbed = up.cte("up", recursive=True)
    climbed = climbed.union(
        sa.select(table.c.id, table.c.parent_id).where(own, table.c.id == climbed.c.parent_id)
    )
    rows = await connection.execute(sa.select(climbed.c.id, climbed.c.parent_id))
    above = {row.id: row.parent_id for row in rows}
    root = next(one for one, parent in above.items() if parent not in above)
    columns = (table.c.id, table.c.parent_id, table.c.state)
    down = sa.select(*columns).where(table.c.id == root).cte("down", recursive=True)
    down = down.union(sa.select(*columns).where(own, table.c.parent_id == down.c.id))
    rows = (await connection.execute(sa.select(down).limit(LARGEST))).all()
    parents: dict[str, str | None] = {row.id: row.parent_id for row in rows}
    parents |= {one: parent for one, parent in above.items() if one not in parents}
    parents[root] = None
    came_to_nothing = {row.id for row in rows if row.state in UNMADE} - {track.id}
    while leaves := came_to_nothing - {parent for parent in parents.values() if parent}:
        parents = {one: parent for one, parent in parents.items() if one not in leaves}
        came_to_nothing -= leaves
    return parents


def _nearest(asked: str, parents: dict[str, str | None], voted: dict[str, int], most: int) -> list[str]:
    """The tracks nearest to that one in the tree; of those equally near, its forebears, then most votes."""
    children = _children(parents)
    forebears = set(_ancestors(asked, parents))
    chosen, ring = [asked], [asked]
    seen = {asked}
    while ring and len(chosen) < most:
        near: list[str] = []
        for one in ring:
            around = [parents[one], *children[one]]
            near += [other for other in around if other is not None and other not in seen]
            seen.update(near)
        ring = sorted(near, key=lambda one: (one not in forebears, -voted[one]))
        chosen += ring
    return chosen[:most]


def _children(parents: dict[str, str | None]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {one: [] for one in parents}
    for one, parent in parents.items():
        if parent is not None:
            children[parent].append(one)
    return children


def _ancestors(track_id: str, parents: dict[str, str | None]) -> list[str]:
    found: list[str] = []
    parent = parents[track_id]
    while parent is not None:
        found.append(parent)
        parent = parents[parent]
    return found


def _note(track: Track, sight: Sight) -> str:
    match track.state:
        case _ if track.member_id < 0:
            return ERASED
        case _ if track.deleted_at is not None:
            return DELETED
        case _ if not sight.sees(track):
            return ELSEWHERE
        case State.IN_REVIEW:
            return "waits for a moderator"
        case State.WITHHELD:
            return "withheld" if track.held_back else "not posted"
        case State.FAILED | State.CANCELLED:
            return "never finished"
        case State.DELIVERED:
            return ""
        case _:
            return "in the making"


# what changed -------------------------------------------------------------------------------------------


def what_changed(parent: Track, child: Track) -> list[str]:
    """What is different in the child, a few words each, what matters most first."""
    said = [child.rework.summary(child.tags)] if child.rework else []
    if not child.rework and parent.model != child.model:
        said.append(f"model {child.model.removeprefix('wavespeed-ai/')}")
    if not child.rework and parent.idea != child.idea:
        said.append("another idea")
    elif not child.rework and parent.tags.casefold() != child.tags.casefold():
        said.append(_tags(_split(parent.tags), _split(child.tags)))
    if parent.words != child.words:
        said.append(_lyrics(parent.words, child.words))
    if parent.duration != child.duration:
        said.append(f"{_length(parent.duration)} → {_length(child.duration)}")
    said.append("same seed" if parent.seed == child.seed else "new seed")
    if parent.title != child.title:
        said.append("new title")
    return said


def _split(tags: str) -> list[str]:
    return [tag.strip() for tag in tags.split(",") if tag.strip()]


def _tags(before: Sequence[str], after: Sequence[str]) -> str:
    had, has = ({tag.casefold() for tag in tags} for tags in (before, after))
    moved = [f"+{tag}" for tag in after if tag.casefold() not in had]
    moved += [f"−{tag}" for tag in before if tag.casefold() not in has]
    if not moved:
        return "tags in another order"
    more = f" and {len(moved) - MOST_TAGS} more" if len(moved) > MOST_TAGS else ""
    return f"tags {' '.join(moved[:MOST_TAGS])}{more}"


def _lyrics(before: str, after: str) -> str:
    if after == INSTRUMENTAL:
        return "now instrumental"
    if not after:
        return "words left to the model"
    if before in ("", INSTRUMENTAL):
        return "words written"
    came = went = 0
    for how, old, old_end, new, new_end in SequenceMatcher(
        None, before.splitlines(), after.splitlines(), autojunk=False
    ).get_opcodes():
        if how != "equal":
            went, came = went + old_end - old, came + new_end - new
    return " ".join(
        ["words", *([f"+{came}"] if came else []), *([f"−{went}"] if went else []), _lines(came, went)]
    )


def _lines(came: int, went: int) -> str:
    return "line" if max(came, went) == 1 else "lines"


def _length(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


# in words -----------------------------------------------------------------------------------------------


def described(family: Family, most: int) -> str:
    """The family in words, for who cannot see its picture; at most so many characters."""
    by_id = {one.track.id: one for one in family.relatives}
    said = [_counted(family)]
    for one in family.relatives:
        parent = by_id.get(one.track.parent_id or "")
        made = f" from #{parent.track.number}" if parent else ""
        changes = f": {', '.join(one.changes)}" if one.changes else ""
        said.append(f"{in_words(one)}{made}{changes}.")
    return _within(said, most)


def in_words(one: Relative) -> str:
    """A relative in a few words, without markup: #12 “Porch Light” by Ben, 3 votes."""
    if one.hidden:
        return f"#{one.track.number} {one.note}"
    votes = f", {one.votes} {'vote' if one.votes == 1 else 'votes'}" if one.votes else ""
    note = f", {one.note}" if one.note else ""
    return f"#{one.track.number} “{one.track.title or 'Untitled'}” by {one.track.member_name}{votes}{note}"


def _counted(family: Family) -> str:
    if not family.cut:
        return f"A family of {family.total} {'track' if family.total == 1 else 'tracks'}."
    return (
        f"{len(family.relatives)} of the family's {family.total} tracks: those nearest to the one asked for."
    )


def _within(said: Iterable[str], most: int) -> str:
    text = " ".join(said)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def rows_of(family: Family) -> FamilyRows:
    """What the family's picture is drawn from: plain values, and of what is hidden no word."""
    return FamilyRows(family.asked, tuple(map(_row, family.relatives)), family.total, family.above)


def _row(one: Relative) -> FamilyRow:
    track, hidden = one.track, one.hidden
    return FamilyRow(
        id=track.id,
        parent_id=track.parent_id or "",
        number=track.number,
        title="" if hidden else track.title,
        maker="" if hidden else track.member_name,
        seed=0 if hidden else track.seed,
        votes=0 if hidden else one.votes,
        note=one.note,
        hidden=hidden,
        changes=one.changes,
        more=one.more,
    )

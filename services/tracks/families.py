"""Families: a track and all that was made from it, and what changed from each to the next.

The rule: of what a viewer may not see (made where they do not see it, held back by moderators, deleted,
erased) there is its place in the family and why nothing is said of it, and no word of it: neither its own nor
in what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import Enum, auto

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.prompts.prompt import INSTRUMENTAL
from services.prompts.rework import Rework, TagChanges, tag_changes
from services.storage.database import Database
from services.storage.tables import tracks as table
from services.tracks import tracks
from services.tracks.ballots import UNMADE
from services.tracks.sight import Sight
from services.tracks.track import State, Track
from services.tracks.votes import counts

LARGEST = 2000  # tracks of one family that are looked at


class Note(Enum):
    """What there is to say of a track's state, where it is not public."""

    ERASED = auto()  # by its maker
    DELETED = auto()
    ELSEWHERE = auto()  # made where the viewer does not see it
    IN_REVIEW = auto()
    WITHHELD = auto()
    NOT_POSTED = auto()
    NEVER_FINISHED = auto()
    IN_THE_MAKING = auto()


HIDDEN = (Note.ERASED, Note.DELETED, Note.ELSEWHERE)  # of such tracks nothing else may be shown


class Words(Enum):
    """What became of a track's words, where it is not that some lines were changed."""

    INSTRUMENTAL = auto()
    LEFT_TO_MODEL = auto()
    WRITTEN = auto()


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines came and went."""

    came: int
    went: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different in a track from the one that it was made from; None where something is not.

    rework: what was done to the sound, and the tags that it has since; then tags, model and idea say nothing
    more. model: the id of the one it has since. durations: in seconds, before and since.
    """

    rework: tuple[Rework, str] | None = None
    model: str | None = None
    another_idea: bool = False
    tags: TagChanges | None = None
    words: Words | Lines | None = None
    durations: tuple[int, int] | None = None
    same_seed: bool = True
    new_title: bool = False


@dataclass(frozen=True, slots=True)
class Relative:
    """One track in a family, as a viewer may see it.

    depth: generations from the first one shown. note: None for a public track. hidden: nothing but that note
    may be shown. changes: None where it has no parent there, or one of the two is hidden. more: children of
    it that are not shown.
    """

    track: Track
    votes: int
    depth: int
    note: Note | None
    hidden: bool
    changes: Changes | None
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
    note: Callable[[Track], Note | None],
    sees: Callable[[Track], bool],
) -> Family:
    def is_hidden(track: Track) -> bool:
        return note(track) in HIDDEN or not sees(track)

    children = _children(parents)
    first = asked
    while (parent := parents[first]) in found:
        first = parent
    relatives: list[Relative] = []
    to_come = [(first, 0)]
    while to_come:
        track_id, depth = to_come.pop()
        track, shown = found[track_id], [one for one in children[track_id] if one in found]
        hidden = is_hidden(track)
        parent = found.get(parents[track_id] or "")
        changes = None
        if parent is not None and not hidden and not is_hidden(parent):
            changes = what_changed(parent, track)
        more = len(children[track_id]) - len(shown)
        relatives.append(Relative(track, voted[track_id], depth, note(track), hidden, changes, more))
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


def _note(track: Track, sight: Sight) -> Note | None:
    match track.state:
        case _ if track.member_id < 0:
            return Note.ERASED
        case _ if track.deleted_at is not None:
            return Note.DELETED
        case _ if not sight.sees(track):
            return Note.ELSEWHERE
        case State.IN_REVIEW:
            return Note.IN_REVIEW
        case State.WITHHELD:
            return Note.WITHHELD if track.held_back else Note.NOT_POSTED
        case State.FAILED | State.CANCELLED:
            return Note.NEVER_FINISHED
        case State.DELIVERED:
            return None
        case _:
            return Note.IN_THE_MAKING


def what_changed(parent: Track, child: Track) -> Changes:
    """What is different in the child."""
    changes = Changes(
        words=_words(parent.words, child.words) if parent.words != child.words else None,
        durations=(parent.duration, child.duration) if parent.duration != child.duration else None,
        same_seed=parent.seed == child.seed,
        new_title=parent.title != child.title,
    )
    if child.rework is not None:
        return replace(changes, rework=(child.rework, child.tags))
    another_idea = parent.idea != child.idea
    retagged = not another_idea and parent.tags.casefold() != child.tags.casefold()
    return replace(
        changes,
        model=child.model if parent.model != child.model else None,
        another_idea=another_idea,
        tags=tag_changes(parent.tags, child.tags) if retagged else None,
    )


def _words(before: str, after: str) -> Words | Lines:
    if after == INSTRUMENTAL:
        return Words.INSTRUMENTAL
    if not after:
        return Words.LEFT_TO_MODEL
    if before in ("", INSTRUMENTAL):
        return Words.WRITTEN
    came = went = 0
    for how, old, old_end, new, new_end in SequenceMatcher(
        None, before.splitlines(), after.splitlines(), autojunk=False
    ).get_opcodes():
        if how != "equal":
            went, came = went + old_end - old, came + new_end - new
    return Lines(came, went)

"""An album as a value: whose it is, what is on it in which order, and who may do what with it.

The rule: its owner and moderators do everything with it; those it is shared with choose and order its tracks,
and its cover. What a reader may not see, or is deleted or withheld, is not on the album that they see; it
keeps its place, and is there again when it is let through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.text.refusal import Refusal
from services.tracks.track import Track

MOST_TRACKS = 50  # of one album
MOST_ALBUMS = 20  # of one member in a guild
MOST_SHARERS = 10  # of one album; Discord's select of members has room for 25
LONGEST_TITLE = 80  # characters, as of a track's
LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class Album:
    """A row of `albums`, and what goes with it. Times in UTC.

    title_by, description_by: whose words these are; after an erasure a negative number, and no words.
    cover_id: the track whose cover it has; None: one drawn from the colours of all.
    origin: what became this album by one press ("jam:" and its id); None where somebody put it together.
    track_ids: all that were put on it, in order, whoever sees them. sharers: who may change it, too.
    """

    id: str
    guild_id: int
    owner_id: int
    title: str
    title_by: int
    description: str
    description_by: int
    cover_id: str | None
    origin: str | None
    created_at: datetime
    changed_at: datetime
    track_ids: tuple[str, ...] = ()
    sharers: tuple[int, ...] = ()

    def may_decide(self, member_id: int, *, moderator: bool) -> bool:
        """Whether that member names it, shares it, publishes and deletes it."""
        return moderator or member_id == self.owner_id

    def may_fill(self, member_id: int, *, moderator: bool) -> bool:
        """Whether that member chooses its tracks, their order and its cover."""
        return self.may_decide(member_id, moderator=moderator) or member_id in self.sharers


@dataclass(frozen=True, slots=True)
class Shown:
    """An album as somebody sees it. tracks: those of it that they may hear, in order."""

    album: Album
    tracks: Sequence[Track]

    @property
    def seconds(self) -> float:
        """How long all of it plays."""
        return sum(track.seconds or track.duration for track in self.tracks)

    @property
    def cover(self) -> Track | None:
        """The track whose cover it has, where that is on what is seen; None: one is drawn."""
        return next((one for one in self.tracks if one.id == self.album.cover_id), None)


@dataclass(frozen=True, slots=True)
class Collection:
    """What becomes an album by one press. origin: names it, such as "jam:" and a jam's id; one album each.

    title_by: whose words the title is, so that it goes where they have their data deleted.
    """

    origin: str
    title: str
    title_by: int
    track_ids: Sequence[str]


class NoSuchAlbum(Refusal):
    """The guild has no such album, or the member sees nothing of it."""


class AmbiguousAlbum(Refusal):
    """Several albums have the title that was typed."""


class NotYourAlbum(Refusal):
    """Only its owner or a moderator may do that."""


class NotShared(Refusal):
    """Only its owner, those it is shared with, or a moderator may do that."""


class AlbumFull(Refusal):
    """No more tracks go on it."""


class TooManyAlbums(Refusal):
    """The member has as many as anybody may have in one guild."""


class TooManySharers(Refusal):
    """It is to be shared with more than an album can be."""


class NothingToCollect(Refusal):
    """There is no track that everybody may hear of what was to become an album."""


class NotOnAlbum(Refusal):
    """The track is not, or no longer, on the album."""


def moved(order: Sequence[str], seen: Sequence[str], track_id: str, to: int) -> list[str]:
    """The order with the track at the place `to` (from 0) among those that are seen.

    What is not seen stays behind what it stood behind. Raises NotOnAlbum.
    """
    if track_id not in seen:
        raise NotOnAlbum
    others = [one for one in seen if one != track_id]
    rest = [one for one in order if one != track_id]
    to = max(0, min(to, len(others)))
    if to == 0:
        return [track_id, *rest]
    behind = rest.index(others[to - 1]) + 1
    return [*rest[:behind], track_id, *rest[behind:]]

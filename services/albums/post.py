"""An album's post as a value: where it stands, and which of its messages has which of its tracks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.text.refusal import Refusal

HEAD, SOUND, ARCHIVE = "album", "album-sound", "album-archive"  # kinds of its messages
MOST_FILES = 10  # of one message (Discord: Create Message)


class Kind(StrEnum):
    """As what an album is published. Kept in the database."""

    CHANNEL = "channel"  # messages in a channel
    THREAD = "thread"  # of its own, below a channel
    FORUM = "forum"  # a post in a forum, which is a thread too


@dataclass(frozen=True, slots=True)
class Post:
    """A row of `album_posts`; the columns say what is in it."""

    album_id: str
    guild_id: int
    member_id: int
    kind: Kind
    channel_id: int
    place_id: int | None
    intent_at: datetime | None
    tag: str
    counted: bool
    sounds: int
    archives: int
    posted: bool
    renamed: bool
    gone: bool

    @property
    def head(self) -> str:
        """The key of its first message: cover, list and credits."""
        return f"{HEAD}:{self.album_id}"

    def sound(self, number: int) -> str:
        """The key of that one of the messages with MP3s; from 1."""
        return f"{SOUND}:{self.tag}-s{number:02d}"

    def archive(self, number: int) -> str:
        """The key of that one of the messages with a part of the archive; from 1."""
        return f"{ARCHIVE}:{self.tag}-z{number:02d}"

    @property
    def keys(self) -> list[str]:
        """The keys of all its messages, in the order in which they are posted."""
        sounds = [self.sound(number) for number in range(1, self.sounds + 1)]
        archives = [self.archive(number) for number in range(1, self.archives + 1)]
        return [self.head, *sounds, *archives]


@dataclass(frozen=True, slots=True)
class Print:
    """A track in a post. number: on the album as it was published. sound, archive: as their columns."""

    track_id: str
    number: int
    sound: int | None
    archive: int | None


class AlreadyPublished(Refusal):
    """The album has a post, or had one that is still being taken down. channel_id: where it stands."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(f"in channel {channel_id}")
        self.channel_id = channel_id


class NotPublished(Refusal):
    """The album has no post."""


def planned(sizes: Sequence[tuple[str, int | None]], most: int) -> list[Print]:
    """Which message has which track, and which part of the archive.

    sizes: of each track's MP3, in bytes, in order. most: bytes of the files of one message. A track whose MP3
    is not kept (None), or larger than that, is in none.
    """
    fitting = [(track_id, size) for track_id, size in sizes if size is not None and size <= most]
    sound = {one: place for place, group in enumerate(_groups(fitting, most, MOST_FILES), 1) for one in group}
    archive = {one: place for place, group in enumerate(_groups(fitting, most), 1) for one in group}
    return [
        Print(track_id, number, sound.get(track_id), archive.get(track_id))
        for number, (track_id, _size) in enumerate(sizes, 1)
    ]


def _groups(sizes: Sequence[tuple[str, int]], most: int, count: int | None = None) -> Iterator[list[str]]:
    """In order, each group as large as it may be."""
    group, total = list[str](), 0
    for track_id, size in sizes:
        if group and (total + size > most or len(group) == count):
            yield group
            group, total = [], 0
        group.append(track_id)
        total += size
    if group:
        yield group

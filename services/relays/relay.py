"""A relay as a value: who has a seat, whose line it is, what was written.

The rule: until all lines are there, nobody is told more of them than the last one, and only whose turn it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.prompts.prompt import Prompt, parse_prompt
from services.text.refusal import Refusal

LEAST_SEATS, MOST_SEATS = 2, 12
MOST_ROUNDS = 4
MOST_LINES = 24
MOST_RELAYS = 5  # of one guild that go on
LONGEST_LINE = 90  # characters; the next one reads it in a form, which has room for a hundred
LONGEST_THEME = 60
MOST_TAGS = 3  # of one member's vote, and of the song
VERSE = 4  # lines of each
STYLES = (
    "folk", "funk", "jazz", "rock", "pop", "blues", "soul", "gospel", "country", "reggae", "ska", "punk",
    "metal", "techno", "house", "ambient", "synthwave", "disco", "hip hop", "bossa nova", "waltz", "lo-fi",
    "brass", "acoustic guitar",
)  # fmt: skip
UNVOTED = ("folk", "acoustic guitar")  # where nobody voted


class Phase(StrEnum):
    """Where a relay is. Kept in the database."""

    SEATS = "seats"
    WRITING = "writing"
    VOTING = "voting"  # on tags; all words are shown
    MAKING = "making"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits there; name: what they were called."""

    member_id: int
    name: str

    @property
    def taken(self) -> bool:
        """Whether somebody sits there; not who had their data deleted."""
        return self.member_id > 0


@dataclass(frozen=True, slots=True)
class Line:
    """What was written in a turn; "" where it was passed."""

    turn: int
    member_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Relay:
    """A row of `relays`, with its seats and lines. minutes: for each line, and for the vote."""

    id: str
    guild_id: int
    channel_id: int
    place_id: int | None
    starter_id: int
    starter_name: str
    theme: str
    most: int
    rounds: int
    minutes: int
    phase: Phase
    turn: int
    due_at: datetime | None
    track_id: str | None
    refused: str
    created_at: datetime
    seats: tuple[Seat, ...] = ()
    lines: tuple[Line, ...] = ()
    votes: tuple[tuple[int, str], ...] = ()

    @property
    def turns(self) -> int:
        """How many lines it has in all."""
        return len(self.seats) * self.rounds

    @property
    def writer(self) -> Seat | None:
        """Whose line it is; None where nobody writes now."""
        return self.seats[self.turn % len(self.seats)] if self.phase is Phase.WRITING else None

    def heir(self, gone: Collection[int] = ()) -> Seat | None:
        """Who is in it longest of those who wrote a line, or else have a seat; nobody who was erased, and
        none of those who are gone (ids)."""
        wrote = {line.member_id for line in self.written}
        there = [seat for seat in self.seats if seat.taken and seat.member_id not in gone]
        return next((seat for seat in there if seat.member_id in wrote), next(iter(there), None))

    @property
    def written(self) -> list[Line]:
        """The lines that were not passed."""
        return [line for line in self.lines if line.text]

    @property
    def last_line(self) -> str:
        """What whoever writes now is shown; "" where there is none yet."""
        return self.written[-1].text if self.written else ""

    @property
    def tags(self) -> list[str]:
        """What it is sung with: the tags with most votes."""
        counted = Counter(tag for _member, tag in self.votes)
        ranked = sorted(counted, key=lambda tag: (-counted[tag], STYLES.index(tag)))
        return ranked[:MOST_TAGS] or list(UNVOTED)

    @property
    def makers(self) -> tuple[tuple[int, str], ...]:
        """Who wrote a line, in the order of their seats."""
        ids = {line.member_id for line in self.written}
        return tuple((seat.member_id, seat.name) for seat in self.seats if seat.member_id in ids)

    @property
    def lyrics(self) -> str:
        """All lines, in verses."""
        texts = [line.text for line in self.written]
        verses = [texts[at : at + VERSE] for at in range(0, len(texts), VERSE)]
        return "\n\n".join("\n".join(["[verse]", *verse]) for verse in verses)

    def with_line(self, text: str) -> Relay:
        """The same with the line of whose turn it is."""
        assert self.writer is not None
        return replace(self, lines=(*self.lines, Line(self.turn, self.writer.member_id, text)))

    def may_end(self, member_id: int, *, moderator: bool) -> bool:
        """Whether that member begins it, skips somebody, and ends it."""
        return moderator or member_id == self.starter_id

    def writes_on(self, member_id: int) -> bool:
        """Whether a turn of that member's goes on or is still to come."""
        left = range(self.turn, self.turns) if self.phase is Phase.WRITING else ()
        return any(self.seats[turn % len(self.seats)].member_id == member_id for turn in left)

    def sits(self, member_id: int) -> bool:
        """Whether that member has a seat."""
        return any(seat.member_id == member_id for seat in self.seats)


@dataclass(frozen=True, slots=True)
class Sung:
    """A relay's song, as `Requests.approve` looks at what is written."""

    relay: Relay

    @property
    def texts(self) -> Mapping[str, str]:
        """What was written, by field."""
        return {"title": self.relay.theme, "lyrics": self.relay.lyrics, "tags": ", ".join(self.relay.tags)}

    def prompt(self) -> Prompt:
        """What it asks for. Raises PromptError."""
        return parse_prompt(duration=self.seconds(), **self.texts)

    def seconds(self) -> int:
        """Some for each line, and for what is played around them."""
        return min(15 + 5 * len(self.relay.written), 180)


class NoSuchRelay(Refusal):
    """The guild has no such relay, or it has ended."""


class RelayThere(Refusal):
    """One goes on in that channel."""

    def __init__(self, relay_id: str) -> None:
        super().__init__(relay_id)
        self.relay_id = relay_id


class TooManyRelays(Refusal):
    """As many go on in the guild as may."""


class NoSeat(Refusal):
    """All seats are taken, or it has begun."""


class TooFew(Refusal):
    """Nobody writes a relay alone."""


class NotYourTurn(Refusal):
    """It is somebody else's line, or another one of theirs than they were shown."""


class NotYourRelay(Refusal):
    """Only who started it or a moderator may do that."""


class NotVotingNow(Refusal):
    """Its tags are not voted on now."""


def votable(tags: Sequence[str]) -> list[str]:
    """Those of them that can be voted for, each once."""
    return [tag for tag in STYLES if tag in tags][:MOST_TAGS]

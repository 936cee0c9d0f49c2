"""Jams: members shape the next track together. Here a jam is a value, and what somebody does makes another.

The rules, which the panel says too: who is in may change everything. What you added you may take away; what
somebody else who is in added, or what contradicts it, the majority of those in decides. Any change of words,
tags, length or seed opens all locks. Who started the jam leads it; when they leave, whoever has been in
longest does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from services.prompts.section_markers import INSTRUMENTAL
from services.prompts.singing import sung
from services.text.refusal import Refusal

MOST_PEOPLE = 100  # members in one jam
LONGEST_THEME = 60  # characters; a title, with its round, has 80


class Phase(StrEnum):
    """Where a jam's round is."""

    SHAPING = "shaping"  # its prompt is changed, and locked in
    MAKING = "making"  # its track is in the queue or in the making
    LISTENING = "listening"  # its track is there, and voted on
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is in, or was. name: as they were called when they joined; "" where it was erased."""

    id: int
    name: str
    here: bool = True
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """by: the member who added it."""

    text: str
    by: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of lyrics; by: the member who first wrote it so."""

    text: str
    by: int


Lines = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the lyrics. heading: one of the model's markers. revision: counts its changes, from 1.

    earlier: what it was before, the newest last, so that nobody's lines are lost.
    """

    id: int
    heading: str
    lines: Lines = ()
    revision: int = 1
    earlier: tuple[Lines, ...] = ()

    @property
    def text(self) -> str:
        """All lines, below each other."""
        return "\n".join(line.text for line in self.lines)

    @property
    def writers(self) -> tuple[int, ...]:
        """Whose lines are in it, in the order in which they are sung."""
        return tuple(dict.fromkeys(line.by for line in self.lines if is_sung(line)))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the majority decides: tags to strike, one to add in their place, or a section to go."""

    id: int
    by: int
    strikes: tuple[str, ...] = ()
    adds: str | None = None
    removes: int | None = None
    votes: tuple[tuple[int, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """What a track was made from, and by whom each of it was."""

    track_id: str
    tags: tuple[Tag, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Loan:
    """A member's own voice, lent to one round. source_id: the track of the jam that it sings over.

    price: micro-dollars that the member was shown and said yes to.
    """

    by: int
    source_id: str
    price: int


@dataclass(frozen=True, slots=True)
class Jam:
    """share: percent of those in who must lock in. duration: seconds. seed: None where the bot picks one.

    due: enough have locked in, and the track has not been asked for yet. track_id: this round's. failed: the
    track that came to nothing last. refused: why none was asked for, as a sentence in the
    server's language. parent_id: the track that this round started from. ending: it ends with this round's
    track. loan: with whose voice this round is sung. lapsed: whose voice was lent to it and is no more.
    own_thread: its thread was opened for it, and named by its theme.
    """

    theme: str
    starter_id: int
    duration: int = 60
    seed: int | None = None
    share: int = 100
    participants: tuple[Person, ...] = ()
    tags: tuple[Tag, ...] = ()
    sections: tuple[Section, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    rounds: tuple[Round, ...] = ()
    phase: Phase = Phase.SHAPING
    due: bool = False
    ending: bool = False
    track_id: str | None = None
    failed: str | None = None
    refused: str = ""
    parent_id: str | None = None
    next_id: int = field(default=1)
    loan: Loan | None = None
    lapsed: int | None = None
    own_thread: bool = False

    @property
    def here(self) -> tuple[Person, ...]:
        """Who is in, in the order in which they came."""
        return tuple(person for person in self.participants if person.here)

    @property
    def number(self) -> int:
        """Of the round, from 1."""
        return len(self.rounds) + (self.phase is Phase.SHAPING)

    @property
    def lead(self) -> Person | None:
        """Who leads it: whoever started it or, where they have left, who is in the longest."""
        return self.person(self.starter_id) or next(iter(self.here), None)

    @property
    def lead_id(self) -> int | None:
        """Their id; None where nobody is in."""
        return self.lead.id if self.lead else None

    @property
    def needed(self) -> int:
        """How many must lock in."""
        return max(1, -(-len(self.here) * self.share // 100))

    @property
    def locked(self) -> int:
        """How many have locked in."""
        return sum(person.locked for person in self.here)

    @property
    def majority(self) -> int:
        """How many votes carry a proposal."""
        return len(self.here) // 2 + 1

    @property
    def lyrics(self) -> str:
        """What is sung, as a prompt has it."""
        return lyrics_of(self.sections)

    @property
    def title(self) -> str:
        """Of the round's track; "" where it is to be chosen."""
        if not self.theme or self.number == 1:
            return self.theme
        return f"{self.theme}, round {self.number}"

    @property
    def can_be_made(self) -> bool:
        """Whether there is anything to make it from."""
        return bool(self.tags) or self.loan is not None

    @property
    def makers(self) -> tuple[Person, ...]:
        """Who is credited: all who are in, and those who left but whose lines are sung."""
        writers = {writer for section in self.sections for writer in section.writers}
        return tuple(one for one in self.participants if one.here or (one.id in writers and one.id > 0))

    def person(self, member_id: int) -> Person | None:
        """The member, if they are in."""
        return next((person for person in self.here if person.id == member_id), None)


def lyrics_of(sections: Sequence[Section]) -> str:
    """The sections as lyrics: "" where there are none, "[inst]" where nobody sings."""
    if sections and all(section.heading == INSTRUMENTAL and not section.lines for section in sections):
        return INSTRUMENTAL
    parts = (f"{section.heading}\n{section.text}".strip() for section in sections)
    return "\n\n".join(parts)


def is_sung(line: Line) -> bool:
    """Whether there are words in the line, beside what stands in [brackets]."""
    return bool(sung(line.text))


def lines_written(rounds: Sequence[Round]) -> dict[int, int]:
    """How many different sung lines of those rounds each member wrote."""
    sections = [section for one in rounds for section in one.sections]
    sung = {line for section in sections for line in section.lines if is_sung(line)}
    return Counter(line.by for line in sung)


# why not ------------------------------------------------------------------------------------------------


class JamRefusal(Refusal):
    """Why something cannot be done in a jam; nothing was changed."""


class NotIn(JamRefusal):
    """Who does that must have joined."""


class NotNow(JamRefusal):
    """The prompt can be changed only while it is shaped."""

    def __init__(self, phase: Phase) -> None:
        super().__init__(str(phase))
        self.phase = phase


class NotTheLead(JamRefusal):
    """Only who leads the jam, or a moderator, can do that."""

    def __init__(self, lead_id: int | None) -> None:
        super().__init__(f"{lead_id} leads it")
        self.lead_id = lead_id


class IsFull(JamRefusal):
    """As many are in as can be."""


class NoTags(JamRefusal):
    """Without a tag there is nothing to make."""


# who is in ----------------------------------------------------------------------------------------------


def join(jam: Jam, member_id: int, name: str) -> Jam:
    """Who is in stays in. Raises IsFull."""
    if jam.person(member_id):
        return jam
    if len(jam.here) >= MOST_PEOPLE:
        raise IsFull
    others = tuple(person for person in jam.participants if person.id != member_id)
    return replace(jam, participants=(*others, Person(member_id, name)))


def left(jam: Jam, member_id: int) -> Jam:
    """Without the member; their tags and lines stay, their voice does not.

    `contributions.leave` counts anew what they voted on.
    """
    people = tuple(
        replace(person, here=False, locked=False) if person.id == member_id else person
        for person in jam.participants
    )
    jam = replace(jam, participants=people)
    return without_voice(jam) if jam.loan is not None and jam.loan.by == member_id else jam


def without_voice(jam: Jam) -> Jam:
    """The voice that was lent is lent no more: all lock in anew, or lend another."""
    return replace(changed(jam), loan=None, lapsed=jam.loan.by if jam.loan else None)


def lock(jam: Jam, member_id: int) -> Jam:
    """The member agrees with the prompt as it is. Raises NotIn, NotNow, NoTags."""
    must_shape(jam, member_id)
    if not jam.can_be_made:
        raise NoTags
    locked = tuple(replace(one, locked=True) if one.id == member_id else one for one in jam.participants)
    return see_whether_due(replace(jam, participants=locked))


def unlock(jam: Jam, member_id: int) -> Jam:
    """The member wants to change something after all. Raises NotIn, NotNow."""
    must_shape(jam, member_id)
    unlocked = tuple(replace(one, locked=False) if one.id == member_id else one for one in jam.participants)
    return replace(jam, participants=unlocked, due=False)


def lock_or_unlock(jam: Jam, member_id: int) -> Jam:
    """Who has locked in wants to change something after all; anybody else agrees. Raises as `lock` does.

    Where enough have locked in and yet nothing is made, since a limit was in the way, each press tries again.
    """
    person = jam.person(member_id)
    if person is not None and person.locked and jam.locked < jam.needed:
        return unlock(jam, member_id)
    return lock(jam, member_id)


def see_whether_due(jam: Jam) -> Jam:
    """Enough may have locked in."""
    if jam.phase is not Phase.SHAPING:
        return jam
    enough = jam.due or jam.locked >= jam.needed
    return replace(jam, due=enough and bool(jam.here) and jam.can_be_made)


def make_now(jam: Jam, member_id: int, *, moderator: bool) -> Jam:
    """The lead says so, whoever has locked in. Raises NotTheLead, NotNow, NoTags."""
    must_lead(jam, member_id, moderator=moderator)
    if jam.phase is not Phase.SHAPING:
        raise NotNow(jam.phase)
    if not jam.here:
        raise NotTheLead(None)
    if not jam.can_be_made:
        raise NoTags
    return replace(jam, due=True)


def must_shape(jam: Jam, member_id: int) -> None:
    """Raises NotIn, or NotNow where the prompt is not shaped."""
    if jam.person(member_id) is None:
        raise NotIn
    if jam.phase is not Phase.SHAPING:
        raise NotNow(jam.phase)


def must_lead(jam: Jam, member_id: int, *, moderator: bool) -> None:
    """Raises NotTheLead."""
    if jam.lead_id != member_id and not moderator:
        raise NotTheLead(jam.lead_id)


def changed(jam: Jam) -> Jam:
    """The prompt is another now: what was locked in, asked for or refused no longer holds."""
    people = tuple(replace(person, locked=False) for person in jam.participants)
    return replace(jam, participants=people, due=False, refused="", failed=None, lapsed=None)


def tagged(jam: Jam, tags: tuple[Tag, ...]) -> Jam:
    """With those tags from the start."""
    return replace(jam, tags=tags)


def settle(jam: Jam, member_id: int, *, duration: int, seed: int | None) -> Jam:
    """Sets length and seed. Raises NotIn, NotNow."""
    must_shape(jam, member_id)
    if (jam.duration, jam.seed) == (duration, seed):
        return jam
    return changed(replace(jam, duration=duration, seed=seed))

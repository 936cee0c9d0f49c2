"""A contest as a value, and what stands in the way of who takes part in one.

The rule: it is open for entries, then for votes, then over; or cancelled from either. Until it is over nobody
learns from it who made what: entries have numbers, which are drawn when the vote opens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.text.refusal import Refusal, RequestRefusal
from services.tracks.track import ENDED, State, Track

MOST = 25  # entries: as many as one select offers (Discord: Select Menu)
CHOICES = 3  # of a ranking
LONGEST_THEME = 90  # characters; a thread's name has room for it
MOST_TAGS = 5  # that every entry must have
MOST_EACH = 5  # entries of one member
AT_ONCE = 3  # contests of one guild
LATE = timedelta(minutes=30)  # for which the vote waits for tracks that were asked for in time


class Phase(StrEnum):
    """Where a contest is. The value is kept in the database."""

    ENTRIES = "entries"
    VOTING = "voting"
    ENDED = "ended"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether it still goes on."""
        return self in (Phase.ENTRIES, Phase.VOTING)


class Voting(StrEnum):
    """How is voted. The value is kept in the database."""

    PAIRS = "pairs"  # in rounds of two; who wins goes on
    RANKING = "ranking"  # each names up to three, in order


class Breach(StrEnum):
    """What of a contest's rules a track does not keep."""

    TOO_LONG = "too long"
    TAG_MISSING = "tag missing"
    OTHER_MODEL = "other model"


@dataclass(frozen=True, slots=True)
class EntryRules:
    """What an entry must be. longest: seconds; None: any length. tags: all of them are to be among the
    track's. model: the provider's id of it; None: any. each: entries that one member may have.
    """

    longest: int | None = None
    tags: tuple[str, ...] = ()
    model: str | None = None
    each: int = 1

    def breaches(self, track: Track) -> list[Breach]:
        """What the track does not keep of them."""
        found: list[Breach] = []
        if self.longest is not None and round(track.seconds or track.duration) > self.longest:
            found.append(Breach.TOO_LONG)
        given = {tag.strip().casefold() for tag in track.tags.split(",")}
        if not given.issuperset(tag.casefold() for tag in self.tags):
            found.append(Breach.TAG_MISSING)
        if self.model is not None and track.model != self.model:
            found.append(Breach.OTHER_MODEL)
        return found


@dataclass(frozen=True, slots=True)
class Contest:
    """A row of `contests`. minutes: for which is voted. round: of votes, from 1, of `rounds`; 0: none yet.

    starter_id: None where it started by itself; below 0 where they had their data deleted.
    """

    id: str
    guild_id: int
    channel_id: int
    place_id: int | None
    thread_id: int | None
    event_id: int | None
    starter_id: int | None
    week: str | None
    theme: str
    voting: Voting
    rules: EntryRules
    phase: Phase
    created_at: datetime
    entries_until: datetime
    minutes: int
    round: int
    rounds: int
    round_until: datetime | None
    ended_at: datetime | None
    ended_by: int | None
    voters: int | None

    @property
    def until(self) -> datetime | None:
        """When what goes on now is over; None where it is."""
        if self.phase is Phase.ENTRIES:
            return self.entries_until
        return self.round_until if self.phase is Phase.VOTING else None

    @property
    def each_round(self) -> timedelta:
        """How long one round of votes lasts."""
        return timedelta(minutes=self.minutes) / max(1, self.rounds)

    @property
    def votes_until(self) -> datetime:
        """When the last vote may be given, as far as that is known now."""
        if self.round_until is None:
            return self.ended_at or self.entries_until + timedelta(minutes=self.minutes)
        return self.round_until + self.each_round * (self.rounds - self.round)


@dataclass(frozen=True, slots=True)
class Entry:
    """A track in a contest. number: None until the vote opens. place: None until the contest is over."""

    track: Track
    entered_by: int
    entered_at: datetime
    number: int | None = None
    place: int | None = None
    points: int | None = None

    @property
    def there(self) -> bool:
        """Whether it takes part: it is finished, and was neither deleted nor withheld."""
        return self.track.state is State.DELIVERED and self.track.deleted_at is None

    @property
    def coming(self) -> bool:
        """Whether it may take part soon: it is being made, or moderators have not heard it."""
        making = self.track.state not in ENDED or self.track.state is State.IN_REVIEW
        return making and self.track.deleted_at is None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that stand against each other, by their tracks' ids; second None: the first just goes on."""

    round: int
    pair: int
    first: str
    second: str | None
    winner: str | None = None
    first_votes: int | None = None
    second_votes: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A contest with all that was entered, in their order: of numbers, of places once it is over.

    pairs: of all rounds. voters: how many have voted in what goes on.
    """

    contest: Contest
    entries: Sequence[Entry]
    pairs: Sequence[Pair] = ()
    voters: int = 0

    @property
    def there(self) -> list[Entry]:
        """Those that take part now."""
        return [one for one in self.entries if one.there]

    @property
    def in_vote(self) -> list[Entry]:
        """Those that take part and have a number."""
        return [one for one in self.entries if one.there and one.number is not None]

    @property
    def placed(self) -> list[Entry]:
        """Those that have a place, the best first, without those that have left since."""
        found = [one for one in self.entries if one.there and one.place is not None]
        return sorted(found, key=lambda one: one.place or 0)

    @property
    def open_pairs(self) -> list[tuple[Pair, Entry, Entry]]:
        """The pairs of this round in which both still take part."""
        known = {one.track.id: one for one in self.in_vote}
        return [
            (pair, known[pair.first], known[pair.second])
            for pair in self.pairs
            if pair.round == self.contest.round and pair.first in known and pair.second in known
        ]

    def numbered(self, number: int) -> Entry:
        """Raises NoSuchEntry where none that takes part has the number."""
        for one in self.in_vote:
            if one.number == number:
                return one
        raise NoSuchEntry


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a member has done so far. heard: numbers that they have opened. own: numbers of theirs.

    choices: numbers in order, for each pair that they voted in; of a ranking, under 0.
    """

    standing: Standing
    heard: frozenset[int]
    own: frozenset[int]
    choices: dict[int, tuple[int, ...]]


# what stands in the way -----------------------------------------------------------------------------------


class NoSuchContest(RequestRefusal):
    """There is no such contest, or it is not seen."""


class NoSuchEntry(Refusal):
    """No entry that takes part has that number."""


class ContestThere(Refusal):
    """A contest goes on in that channel already."""

    def __init__(self, contest: Contest) -> None:
        super().__init__(contest.id)
        self.contest = contest


class TooManyContests(Refusal):
    """As many go on in the guild as it can have at a time."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} contests")
        self.limit = limit


class NotOpenForEntries(RequestRefusal):
    """Nothing can be entered any more."""


class NotOpenForVotes(Refusal):
    """There is no vote now, or no longer in that pair."""


class NotEntered(Refusal):
    """The track is no entry of that contest."""


class EnteredAlready(Refusal):
    """The track is an entry already."""


class ContestFull(RequestRefusal):
    """As many tracks are entered as a contest can have."""


class TooManyEntries(RequestRefusal):
    """The member has as many entries as one may, alone or with others."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} entries")
        self.limit = limit


class NotTheStarter(Refusal):
    """Only who started the contest, or a moderator, may do that."""


class NotTheMaker(Refusal):
    """Only who made a track enters it, or takes it back."""


class NotToBeEntered(Refusal):
    """The track is not finished, or not public."""


class TooExplicit(Refusal):
    """The track is marked explicit, and the contest's channel is not age-restricted."""


class NotHeardHere(Refusal):
    """Entries (numbers) are marked explicit, and are not played where not adults alone are."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(str(numbers))
        self.numbers = numbers


class MadeElsewhere(Refusal):
    """Others made the track too, in a channel that not all who read the contest's see."""


class BreaksRules(RequestRefusal):
    """The track does not keep the contest's rules."""

    def __init__(self, contest: Contest, breaches: Sequence[Breach]) -> None:
        super().__init__(", ".join(breaches))
        self.contest = contest
        self.breaches = breaches


class NotHeard(Refusal):
    """The member votes for what they have not opened: entries with these numbers."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(str(numbers))
        self.numbers = tuple(numbers)


class OwnEntry(Refusal):
    """The member made what they vote for, alone or with others."""

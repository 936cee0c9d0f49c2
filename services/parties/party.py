"""What a party is: plain values, and the rules by which it goes on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.text.refusal import Refusal
from services.tracks.sight import Sight
from services.tracks.track import State, Track

MOST_TRACKS = 200  # that one party plays, from its start to its end


class Ended(StrEnum):
    """Why a party is over."""

    STOPPED = "stopped"  # by whoever may
    PLAYED = "played"  # all of it
    ALONE = "alone"  # nobody listened for a while
    SENT_AWAY = "sent away"  # the bot was disconnected, or the channel is gone
    NOT_LET_IN = "not let in"  # the bot may not join, or not speak
    REFUSED = "refused"  # Discord's voice did not let it in, time after time
    UNENCRYPTED = "unencrypted"  # the call did not become encrypted from end to end, time after time
    MOVED = "moved"  # somebody took the bot to another voice channel, where another party goes on with it
    RULES = "rules"  # the same, to one where moderators want none


@dataclass(frozen=True, slots=True)
class Audience:
    """All those who may listen in a voice channel. adults: whether Discord shows it to adults only."""

    sight: Sight
    adults: bool = False

    @property
    def guild_id(self) -> int:
        """Their guild's id."""
        return self.sight.guild_id

    def may_hear(self, track: Track) -> bool:
        """Whether the track is there to be played to all of them."""
        there = track.state is State.DELIVERED and track.deleted_at is None
        return there and self.sight.sees(track) and (self.adults or not track.explicit)


@dataclass(frozen=True, slots=True)
class Party:
    """A row of `parties`. place: of what plays now, in the queue from 0. played: milliseconds of it."""

    id: str
    guild_id: int
    channel_id: int
    starter_id: int
    starter_name: str
    started_at: datetime
    place: int
    played: int
    paused: bool
    ended_at: datetime | None
    ended_because: Ended | None


@dataclass(frozen=True, slots=True)
class Queued:
    """A track in a party's queue. track: None where those who listen may not hear it (any more)."""

    place: int
    track: Track | None
    added_by: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A party and its queue. skips: ids of those who want to hear no more of what plays."""

    party: Party
    queue: Sequence[Queued]
    skips: frozenset[int]

    @property
    def now(self) -> Queued | None:
        """What plays now; None at the end, or where that cannot be played any more."""
        here = next((one for one in self.queue if one.place == self.party.place), None)
        return here if here is not None and here.track is not None else None

    @property
    def coming(self) -> list[Queued]:
        """What is next, as far as it can be played."""
        return [one for one in self.queue if one.place > self.party.place and one.track is not None]


def skip_wanted(skips: Collection[int], listeners: Collection[int]) -> bool:
    """Whether half of those who listen want to hear no more of it; who left does not count."""
    return bool(listeners) and 2 * len(set(skips) & set(listeners)) >= len(set(listeners))


def skips_missing(skips: Collection[int], listeners: Collection[int]) -> int:
    """How many more must want it."""
    return max(0, (len(set(listeners)) + 1) // 2 - len(set(skips) & set(listeners)))


class NoSuchParty(Refusal):
    """The guild has no such party, or it is over."""


class PartyThere(Refusal):
    """The guild has a party already."""

    def __init__(self, party: Party) -> None:
        super().__init__(party.id)
        self.party = party


class NothingToPlay(Refusal):
    """None of these tracks can be played to those who listen."""


class QueueFull(Refusal):
    """A party plays so many tracks at the most."""

    def __init__(self, most: int) -> None:
        super().__init__(str(most))
        self.most = most


class NotYourParty(Refusal):
    """Only whoever started the party, and moderators, may do that."""

    def __init__(self, party: Party) -> None:
        super().__init__(party.id)
        self.party = party


class NotListening(Refusal):
    """Only those who are in the party's voice channel may do that."""

    def __init__(self, party: Party) -> None:
        super().__init__(party.id)
        self.party = party

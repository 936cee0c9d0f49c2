"""A track as a value: one piece of music asked for, from request to delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.prompts.models import model_of
from services.prompts.rework import Rework
from services.prompts.section_markers import INSTRUMENTAL
from services.text.refusal import Refusal


class State(StrEnum):
    """Where a track is in its life."""

    WAITING = "waiting"
    SUBMITTING = "submitting"
    RENDERING = "rendering"
    MASTERING = "mastering"  # downloading, checking, tagging
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    IN_REVIEW = "in_review"  # finished and paid for; shown to moderators, who publish or withhold it
    WITHHELD = "withheld"  # by a moderator; or explicit, and its channel is not age-restricted
    FAILED = "failed"
    CANCELLED = "cancelled"


class PutOff(StrEnum):
    """Why a track that has begun holds none of its account's places."""

    AWAY = "away"  # what it needs cannot be had now, and is nothing that the provider renders
    BACK = "back"  # it can be had again: the track stands in line, as before it began


ENDED = frozenset(  # nothing more comes of the track by itself
    {State.DELIVERED, State.IN_REVIEW, State.WITHHELD, State.FAILED, State.CANCELLED}
)
AUDIBLE = frozenset({State.DELIVERED, State.IN_REVIEW, State.WITHHELD})  # there is an MP3 of it


class NoSuchTrack(Refusal):
    """The guild has no such track."""


class NotYours(Refusal):
    """Only its maker or a moderator may do that."""


class HeldBack(Refusal):
    """Moderators have the track to themselves: it waits for them, or one of them withheld it."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is {track.state}")
        self.track = track


class Ambiguous(Refusal):
    """Several tracks have the title that was typed."""

    def __init__(self, tracks: list[Track]) -> None:
        super().__init__(f"{len(tracks)} tracks have that title")
        self.tracks = tracks


class StillInTheMaking(Refusal):
    """The track has not ended, so it cannot be deleted."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is {track.state}")
        self.track = track


def check_may_delete(track: Track, *, moderator: bool) -> None:
    """Whether who may decide over the track may delete it now. Raises StillInTheMaking; HeldBack where
    moderators keep it, as what it was withheld for.
    """
    if track.state not in ENDED:
        raise StillInTheMaking(track)
    if track.state is State.WITHHELD and track.withheld_by is not None and not moderator:
        raise HeldBack(track)


class Failure(StrEnum):
    """Why a track failed."""

    BAD_KEY = "bad_key"
    NOT_PAID = "not_paid"  # refused for lack of money, time and again, on an account that has enough
    BUSY = "busy"  # the provider's rate limit, for longer than we wait
    REFUSED = "refused"
    PROVIDER_DOWN = "provider_down"
    ANSWER_LOST = "answer_lost"  # not in the provider's history: not billed
    ANSWER_UNKNOWN = "answer_unknown"  # the history cannot tell: counted as spent
    RENDER_FAILED = "render_failed"
    MODERATED = "moderated"  # by the provider's own moderation
    NOT_ACCEPTED = "not_accepted"  # inputs that it found wrong only after it had taken them: counted as spent
    NOT_HEARD = "not_heard"  # it could not reach the sound that it was to be made from
    PROVIDER_TIMEOUT = "provider_timeout"  # it took the provider too long, as it says itself
    RENDER_TIMEOUT = "render_timeout"
    NO_OUTPUT = "no_output"  # it is finished, and there is no address from which to fetch it
    NOT_AUDIO = "not_audio"
    UNWORKABLE = "unworkable"  # it ended, twice, the worker process that was to make a track of it
    OVERSIZED = "oversized"  # its file has more bytes than any song has
    TOO_SLOW = "too_slow"  # its file comes by the byte
    TOO_LARGE = "too_large"  # for where it is to be posted
    GONE = "gone"  # the provider no longer has it
    UNTOLD = "untold"  # the provider does not say what became of it, though it says it of others
    SOURCE_GONE = "source_gone"  # what it is made from was deleted or withheld meanwhile
    VOICE_GONE = "voice_gone"  # the recording with which it was to be sung was deleted meanwhile
    VOICE_TAKEN_BACK = "voice_taken_back"  # whoever had lent theirs to a jam's round lends it no more
    VOICE_OFF = "voice_off"  # host or moderators have switched it off meanwhile that members' voices sing
    PRICE_WENT_UP = "price_went_up"  # the provider asks more than its member said yes to
    SOURCE_NOT_KEPT = "source_not_kept"  # its audio is gone, here and from its message
    NOT_UPLOADED = "not_uploaded"  # the provider does not take the sound
    COSTS_MORE = "costs_more"  # the provider asks more than was reserved, and a limit does not allow it
    KEY_REMOVED = "key_removed"  # the guild's own key, which was to pay for it
    INTERNAL = "internal"


class WithheldBecause(StrEnum):
    """Why the bot withholds a track by itself; older versions kept words of their own in its place."""

    NO_REVIEW = "no_review"  # moderators hear tracks first, and it could not be shown to them
    NOT_KEPT = "not_kept"  # there is no audio of it any more
    BROKE = "broke"  # it could not be posted


# The provider refunds predictions that failed (facts page); wrong parameters are not among what it names.
REFUNDED = frozenset({Failure.RENDER_FAILED, Failure.MODERATED, Failure.NOT_HEARD, Failure.PROVIDER_TIMEOUT})


# The codes with which the provider's predictions fail (facts page); any other is of its own.
FAILURE_OF_CODE = {
    1200: Failure.MODERATED,
    1400: Failure.NOT_ACCEPTED,
    1401: Failure.NOT_ACCEPTED,
    1402: Failure.NOT_HEARD,
    1403: Failure.RENDER_FAILED,
    1405: Failure.RENDER_FAILED,
    5004: Failure.PROVIDER_TIMEOUT,
}


def failure_beside(code: int | None, found: Failure) -> Failure:
    """What a submission came to that was answered with that code, where the history says `found` of it.

    Where it cannot tell, it may have been billed all the same: that is none of what is given back.
    """
    why = FAILURE_OF_CODE.get(code or 0, found)
    return found if found is Failure.ANSWER_UNKNOWN and why in REFUNDED else why


@dataclass(frozen=True, slots=True)
class Reply:
    """The interaction that asked: its token (good for 15 minutes), when it came, its member's language."""

    token: str
    at: datetime
    language: str = "en"

    def __repr__(self) -> str:
        return "Reply(token=[secret])"


@dataclass(frozen=True, slots=True)
class Track:
    """A row of `tracks`. Money in micro-dollars, times in UTC, duration in seconds."""

    id: str
    guild_id: int
    number: int
    guild_name: str
    channel_id: int
    member_id: int
    member_name: str
    model: str
    title: str
    tags: str
    lyrics: str
    duration: int
    seed: int
    parent_id: str | None
    jam_id: str | None
    set_id: str | None
    price: int
    turn: int
    pauses: int
    state: State
    failure: Failure | None
    created_at: datetime
    started_at: datetime | None
    intent_at: datetime | None
    prediction_id: str | None
    output_url: str | None
    explicit: bool
    publish_intent_at: datetime | None
    message_channel_id: int | None
    message_id: int | None
    finished_at: datetime | None
    deleted_at: datetime | None
    bitrate: int | None
    lowered: bool
    seconds: float | None
    withheld_by: int | None
    withheld_because: str | None
    """A moderator's reason; where none withheld it, a WithheldBecause, or None: it is explicit."""
    reviewed_by: int | None
    review_channel_id: int | None
    review_message_id: int | None
    moderated_at: datetime | None
    idea: str
    rework: Rework | None
    source_url: str | None
    key_id: int | None
    fetch_at: datetime | None
    worker_deaths: int
    reply: Reply | None
    place_id: int | None = None
    put_off: PutOff | None = None
    process: str | None = None
    votes: int = 0
    contest_id: str | None = None
    """The contest that it was made for, while that goes on: until its end it is its makers' alone."""
    voice_id: str | None = None
    """The recording of its maker's voice that is sung with in it, or in what it was made from."""
    voice_url: str | None = None
    """Where the provider hears that recording."""
    singer_id: int | None = None
    """Who lent it, in a jam; None where it is its maker's own."""
    credited: tuple[tuple[int, str], ...] = ()
    """Ids and names of all who made it, where several did."""

    @property
    def makers(self) -> tuple[int, ...]:
        """The ids of all who made it: who asked for it, or where several did, all of them."""
        return tuple(member_id for member_id, _name in self.credited) or (self.member_id,)

    @property
    def maker_names(self) -> tuple[str, ...]:
        """What they were called; nobody who was erased."""
        names = [name for _id, name in self.credited] or [self.member_name]
        return tuple(filter(None, names))

    @property
    def singers(self) -> tuple[int, ...]:
        """The ids of those whose own voice it is that is cloned in it."""
        return self.makers if self.singer_id is None else (self.singer_id,)

    @property
    def lent_by(self) -> str:
        """What the member is called who lent their voice to it; "" where nobody did, or was erased."""
        return dict(self.credited).get(self.singer_id or 0, "")

    @property
    def workflow_id(self) -> str:
        """The workflow that makes it; after each pause another one, because none runs twice."""
        return f"{self.id}.{self.pauses}"

    @property
    def waits(self) -> bool:
        """Whether it stands in line, or is put off until what it needs can be had."""
        return self.state is State.WAITING or (self.put_off is not None and self.state not in ENDED)

    @property
    def held_back(self) -> bool:
        """Whether moderators have it to themselves: not yet reviewed, or withheld by one."""
        return self.state is State.IN_REVIEW or (
            self.state is State.WITHHELD and self.withheld_because is not None
        )

    @property
    def messages(self) -> list[tuple[int, int]]:
        """Channel and message, of where it is posted and of where moderators hear it, as far as there are."""
        posted = (self.message_channel_id, self.message_id)
        shown = (self.review_channel_id, self.review_message_id)
        return [(where, one) for where, one in (posted, shown) if where is not None and one is not None]

    @property
    def inputs(self) -> dict[str, Any]:
        """What is sent to the provider; the same for the POST and for finding it in the history."""
        return model_of(self.model).inputs(self)

    @property
    def played_below(self) -> str | None:
        """Where the provider hears what a voice sings over; None where that has a singer of its own."""
        return self.source_url if self.rework and self.rework.below else None

    @property
    def sung_after(self) -> str | None:
        """Where the provider hears the song in whose way a voice sings; None where it has no singer."""
        return None if self.rework and self.rework.below else self.source_url

    @property
    def instrumental(self) -> bool:
        """Whether nobody sings."""
        return self.lyrics == INSTRUMENTAL

    @property
    def sound(self) -> str:
        """What it sounds like, as far as that was said: tags, or the idea that it was made from."""
        return self.tags or self.idea or (self.rework.old_tags if self.rework else "")

    @property
    def words(self) -> str:
        """What is sung, as far as it is known; in a longer or repainted track also what was sung before."""
        return self.rework.all_words(self.lyrics) if self.rework else self.lyrics

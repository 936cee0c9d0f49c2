"""How the services talk back to people: one small protocol, which a cog implements for Discord.

The rule: a method of it returns when who is to know knows, and raises `DeliveryUnavailable` when trying again
later may help; it never raises anything else that a track should die of. What is told twice is said once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from services.audio.credits import Credits
from services.guilds.audit import Record
from services.messages.announcements import Announcement
from services.money.accounts import GuildKey, Hold
from services.money.prices import Quote
from services.money.reconcile import Reconciliation
from services.storage.disk import Room
from services.tracks.track import Track
from services.workers.pool import WorkerEnded


class DeliveryUnavailable(Exception):
    """The platform does not answer now; nothing was lost, try again.

    wait: seconds for which it has asked not to be asked; 0 where it has not.
    """

    def __init__(self, reason: str = "", wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class AudioGone(Exception):
    """A track's MP3 is not kept any more: not here, and not in its message, or there is no such message."""


class AudioClosed(DeliveryUnavailable):
    """Whether a track's MP3 is in its message cannot be seen, until somebody gives the bot access again."""


class Reach(StrEnum):
    """Where the finished track reached its member."""

    CHANNEL = "channel"  # a message in the channel it was asked for in
    REPLY = "reply"  # privately, under the interaction that asked
    DIRECT = "direct"  # a direct message
    NOTICE = "notice"  # nowhere yet: a notice waits for the member's next command


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a finished track. message_id and channel_id are None where nothing was posted."""

    reach: Reach
    channel_id: int | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class PriceDiffers:
    """The provider asks another price for a model than the host set; the higher one is reserved."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class BalanceLow:
    """What the account has left, and what the waiting tracks will cost (micro-dollars).

    held: starts wait until there is more. balance None: the provider refused a track for lack of money.
    """

    balance: int | None
    needed: int
    held: bool


@dataclass(frozen=True, slots=True)
class BalanceBack:
    """There is money again, and so many tracks that waited for it go on."""

    balance: int | None
    waiting: int


@dataclass(frozen=True, slots=True)
class BillDiffers:
    """The provider's bill says something else than the ledger."""

    reconciliation: Reconciliation


@dataclass(frozen=True, slots=True)
class TrackUnworkable:
    """A track was given up because its sound ended, twice, the worker process that was to make its file."""

    track: Track
    ended: WorkerEnded
    """How it ended the second time."""


@dataclass(frozen=True, slots=True)
class DiskLow:
    """The disk that the folder is on will soon be full."""

    room: Room


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """The provider does not accept the host's key (any more): starts wait until it does."""


@dataclass(frozen=True, slots=True)
class KeyBack:
    """The host's key is accepted again, and what waited goes on."""


@dataclass(frozen=True, slots=True)
class TracksUnreadable:
    """Tracks, with these ids, that are in line and whose rows cannot be read: they wait, the others go on."""

    ids: Sequence[str]


HostNews = (
    PriceDiffers
    | BalanceLow
    | BalanceBack
    | BillDiffers
    | TrackUnworkable
    | DiskLow
    | KeyRefused
    | KeyBack
    | TracksUnreadable
)


class Delivery(Protocol):
    """What the studio needs of the place where people are."""

    async def credits(self, track: Track) -> Credits:
        """What the track's files say of it, in the words in which they say it."""
        ...

    def credits_of_file(self, name: str) -> Credits:
        """What the card of a member's own file says of it. name: the file's."""
        ...

    async def upload_limit(self, track: Track) -> int:
        """The largest file, in bytes, that may be posted where the track goes."""
        ...

    async def was_told(self, track: Track) -> bool:
        """Whether Discord took the answer in which the track's member reads that it is asked for.

        Raises DeliveryUnavailable where that cannot be told now.
        """
        ...

    async def allows_explicit(self, track: Track) -> bool:
        """Whether the track's channel is age-restricted."""
        ...

    async def moved(self, track: Track) -> None:
        """The track entered a new state: bring its requester's answer up to date, where that still can be."""
        ...

    async def publish(self, track: Track, mp3: Path) -> Delivered:
        """Posts the finished track, once: a second call for the same track finds the first one's message."""
        ...

    async def withheld(self, track: Track) -> None:
        """Tells the member that the track is kept, not posted, and why; moderators, where they must act."""
        ...

    async def show(self, track: Track, mp3: Path, channel_id: int) -> Delivered | None:
        """Shows a finished track to moderators in that channel, once; None where it cannot be shown there."""
        ...

    async def in_review(self, track: Track) -> None:
        """Tells the member that the track is finished and waits for a moderator."""
        ...

    async def reviewed(self, track: Track) -> bool:
        """Says on the message that moderators were shown what became of the track; False where it may not."""
        ...

    async def audio_posted(self, track: Track) -> int | None:
        """How many bytes the MP3 in the track's message has; None where either is gone, or closed to us."""
        ...

    def fetch_audio(self, track: Track) -> AsyncGenerator[bytes]:
        """The MP3 in the track's message, in pieces, all of it. Raises AudioGone, DeliveryUnavailable."""
        ...

    async def take_down(self, track: Track, channel_id: int, message_id: int) -> bool:
        """Deletes one of the track's messages. False where it stays for now; gone already is fine.

        Moderators are asked for what stays, here and in the three below.
        """
        ...

    async def update_log_message(self, change: Record, channel_id: int, message_id: int) -> bool:
        """Tells a change anew, in the message in which it was told, as it reads since somebody was erased.

        False where the message stays as it is.
        """
        ...

    async def credit_anew(self, track: Track, mp3: Path | None) -> bool:
        """Says who made the track anew, in its message, since one of several was erased; nothing if gone.

        False where a message stays as it is.
        """
        ...

    async def delete_mention(self, guild_id: int, channel_id: int, message_id: int) -> bool:
        """Deletes a message that names somebody who was erased; False where it stays for now."""
        ...

    async def unsay(self, track: Track, said: Announcement) -> bool:
        """Deletes what may have been said in a channel of a track whose maker was erased since.

        False where it stays for now.
        """
        ...

    async def failed(self, track: Track) -> None:
        """Tells the member what became of the track (`track.failure`), why, and what to do."""
        ...

    async def key_held(self, key: GuildKey, why: Hold, occasion: str) -> None:
        """Tells the guild's moderators, once on that occasion, why nothing starts on its own account."""
        ...

    async def tell_host(self, news: HostNews, occasion: str | None) -> None:
        """Tells whoever hosts the bot, once on that occasion, or logs that they do not take it.

        occasion: None where nothing can be written down; it is told each time then.
        """
        ...

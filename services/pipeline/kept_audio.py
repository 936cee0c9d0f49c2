"""The MP3s of finished tracks: in the store (`services.storage.audio_store`), or in their channel's messages.

The rule: whoever needs one asks here. What is not in the store comes back from its message, whole or not at
all; that it is gone is not believed at once; and what was asked for is not pruned while it is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

import structlog

from services.audio.ogg import is_whole
from services.backoff import Backoff
from services.delivery import AudioClosed, AudioGone, Delivery, DeliveryUnavailable
from services.storage.audio_store import AudioStore, card_name, mp3_name, names_of, opus_name
from services.storage.outages import until_back
from services.storage.private_files import write_pieces
from services.tracks.track import Track

GONE_FOR_SURE = 3  # times in a row that Discord has said so …
BETWEEN_ASKS = 1.0  # … with so many seconds between two
KEEPING = 60.0  # seconds for which a message stays that is to go, while its MP3 cannot be had …
BETWEEN_TRIES = 2.0  # … with so many between two tries

log = structlog.get_logger(__name__)


class KeptAudio:
    """The MP3s of tracks, in `store`."""

    def __init__(self, delivery: Delivery, store: AudioStore) -> None:
        self._delivery = delivery
        self._store = store
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def lock(self, track_id: str) -> asyncio.Lock:
        """Held by whoever brings that track's MP3 back, makes it anew or takes it away."""
        return self._locks.setdefault(track_id, asyncio.Lock())

    async def get(self, track: Track) -> Path:
        """A file with the track's MP3, brought back from its message if need be.

        Whether it may be heard is for whoever asks to know. Raises AudioGone where it is nowhere;
        DeliveryUnavailable; OSError of the store.
        """
        async with self.lock(track.id):
            try:
                return await self._store.fetch(mp3_name(track.id))
            except FileNotFoundError:
                return await self._bring_back(track)

    async def card(self, track_id: str) -> Path | None:
        """A file with the track's card (PNG); None where there is none. Raises OSError of the store."""
        try:
            return await self._store.fetch(card_name(track_id))
        except FileNotFoundError:
            return None

    async def opus(self, track: Track, encode: Callable[[Path, Path], Awaitable[None]]) -> Path:
        """A file with the track as it is played in voice; made from the MP3 where there is no whole one.

        encode: from one path to another. Raises what it and `get` raise.
        """
        mp3 = await self.get(track)
        async with self.lock(track.id):
            name = opus_name(track.id)
            with suppress(FileNotFoundError):
                kept = await self._store.fetch(name)
                if await asyncio.to_thread(is_whole, kept):
                    return kept
                log.warning("what is played in voice is damaged, and made anew", track=track.id)
            part = self._store.scratch / f"{track.id}.opus.part"
            try:
                await encode(mp3, part)
                await self._store.keep(name, part)
            finally:
                await asyncio.to_thread(part.unlink, missing_ok=True)
            return await self._store.fetch(name)

    async def has(self, track: Track) -> bool:
        """Whether the track's MP3 is kept, and not in its message alone. Raises OSError of the store."""
        return await self._store.has(mp3_name(track.id))

    async def keep(self, track: Track, mp3: Path, card: Path | None, *, patient: bool = False) -> None:
        """Keeps what was made of the track, in place of what was; its lock is held.

        patient: waits for a store that is away, instead of raising OSError.
        """
        of_card, of_mp3 = card_name(track.id), mp3_name(track.id)
        first = partial(self._store.keep, of_card, card) if card else partial(self._store.delete, [of_card])
        for act in (first, partial(self._store.keep, of_mp3, mp3)):
            await (until_back(act) if patient else act())

    async def delete(self, track: Track) -> None:
        """Deletes what is kept of the track. Raises OSError of the store."""
        await self._store.delete(names_of(track.id))

    async def save(self, track: Track, *, stop: Callable[[], bool] = lambda: False) -> None:
        """Has the MP3 here before its message goes, where it may be there alone.

        What is to be taken down waits a minute for that and no longer, not even for a slow answer: that it
        goes matters more. stop: whether the bot is closing; raises CancelledError then.
        """
        reason: Exception | None = None
        backoff = Backoff(BETWEEN_TRIES, BETWEEN_TRIES)
        with suppress(TimeoutError):
            async with asyncio.timeout(KEEPING):
                while True:
                    try:
                        await self.get(track)
                        return
                    except (AudioGone, AudioClosed) as error:
                        reason = error
                        break
                    except (DeliveryUnavailable, OSError) as error:
                        reason = error
                        if stop():
                            raise asyncio.CancelledError from error
                    await backoff.wait()
        log.warning("its audio is not kept", track=track.id, reason=repr(reason))

    async def _bring_back(self, track: Track) -> Path:
        if track.message_id is None or track.deleted_at is not None:
            raise AudioGone
        for asked in range(1, GONE_FOR_SURE + 1):
            try:
                return await self._fetch(track)
            except AudioGone:
                if asked == GONE_FOR_SURE:
                    raise
            await asyncio.sleep(BETWEEN_ASKS)
        raise AudioGone

    async def _fetch(self, track: Track) -> Path:
        part = self._store.scratch / f"{track.id}.mp3.part"
        try:
            async with aclosing(self._delivery.fetch_audio(track)) as pieces:
                await write_pieces(part, pieces)
            await self._store.keep(mp3_name(track.id), part)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        log.info("audio brought back from its message", track=track.id)
        return await self._store.fetch(mp3_name(track.id))

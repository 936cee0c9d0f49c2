"""The MP3s of finished tracks: kept here, or in their channel's messages.

The rule: whoever needs one asks here. What is not here comes back from its message, whole or not at all; that
it is gone is not believed at once; and what was asked for is as young as what was just made, so that nothing
is pruned while it is used.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
from weakref import WeakValueDictionary

import structlog

from services.backoff import Backoff
from services.delivery import AudioClosed, AudioGone, Delivery, DeliveryUnavailable
from services.storage.files import mp3_path
from services.storage.private_files import write_pieces
from services.tracks.track import Track

GONE_FOR_SURE = 3  # times in a row that Discord has said so …
BETWEEN_ASKS = 1.0  # … with so many seconds between two
KEEPING = 60.0  # seconds for which a message stays that is to go, while its MP3 cannot be had …
BETWEEN_TRIES = 2.0  # … with so many between two tries

log = structlog.get_logger(__name__)


class KeptAudio:
    """The MP3s of this process's tracks, in `data_dir`."""

    def __init__(self, delivery: Delivery, data_dir: Path) -> None:
        self._delivery = delivery
        self._data_dir = data_dir
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def lock(self, track_id: str) -> asyncio.Lock:
        """Held by whoever brings that track's MP3 back, makes it anew or takes it away."""
        return self._locks.setdefault(track_id, asyncio.Lock())

    async def get(self, track: Track) -> Path:
        """Where the track's MP3 is, brought back from its message if need be.

        Whether it may be heard is for whoever asks to know. Raises AudioGone where it is nowhere;
        DeliveryUnavailable; OSError of the disk.
        """
        path = mp3_path(self._data_dir, track.id)
        async with self.lock(track.id):
            if not await asyncio.to_thread(_used, path):
                await self._bring_back(track, path)
        return path

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

    async def _bring_back(self, track: Track, path: Path) -> None:
        if track.message_id is None or track.deleted_at is not None:
            raise AudioGone
        for asked in range(1, GONE_FOR_SURE + 1):
            try:
                await self._fetch(track, path)
                return
            except AudioGone:
                if asked == GONE_FOR_SURE:
                    raise
            await asyncio.sleep(BETWEEN_ASKS)

    async def _fetch(self, track: Track, path: Path) -> None:
        part = path.with_name(f"{path.name}.part")
        try:
            async with aclosing(self._delivery.fetch_audio(track)) as pieces:
                await write_pieces(part, pieces)
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        log.info("audio brought back from its message", track=track.id)


def _used(path: Path) -> bool:
    """Makes the file young, where the disk allows it; False where there is none."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError as error:  # a disk that takes no writes has it, and prunes nothing
        log.warning("a used MP3 was not made young", path=path.name, error=str(error))
        return path.exists()
    return True

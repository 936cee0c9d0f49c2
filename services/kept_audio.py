"""The MP3s of finished tracks: kept here, or in their channel's messages.

The rule: whoever needs one asks here. What is not here comes back from its message, whole or not at all; and
what was asked for is as young as what was just made, so that nothing is pruned while it is used.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from pathlib import Path
from weakref import WeakValueDictionary

import structlog

from services.private_files import write_pieces
from services.shelf import mp3_path
from services.stage import AudioGone, Stage
from services.tracks import Track

log = structlog.get_logger(__name__)


class KeptAudio:
    """The MP3s of this process's tracks, in `data_dir`."""

    def __init__(self, stage: Stage, data_dir: Path) -> None:
        self._stage = stage
        self._data_dir = data_dir
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def lock(self, track_id: str) -> asyncio.Lock:
        """Held by whoever brings that track's MP3 back, makes it anew or takes it away."""
        return self._locks.setdefault(track_id, asyncio.Lock())

    async def get(self, track: Track) -> Path:
        """Where the track's MP3 is, brought back from its message if need be.

        Whether it may be heard is for whoever asks to know. Raises AudioGone where it is nowhere;
        StageUnavailable; OSError of the disk.
        """
        path = mp3_path(self._data_dir, track.id)
        async with self.lock(track.id):
            if not await asyncio.to_thread(_used, path):
                await self._bring_back(track, path)
        return path

    async def _bring_back(self, track: Track, path: Path) -> None:
        if track.message_id is None or track.deleted_at is not None:
            raise AudioGone
        part = path.with_name(f"{path.name}.part")
        try:
            async with aclosing(self._stage.fetch_audio(track)) as pieces:
                await write_pieces(part, pieces)
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        log.info("audio brought back from its message", track=track.id)


def _used(path: Path) -> bool:
    """Makes the file young; False where there is none."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True

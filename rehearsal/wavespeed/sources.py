"""The audio that reworks start from: fetched, measured and put by, so that outputs can be made from it.

Nothing is taken that does not play, that plays longer than LONGEST, or that has more than LARGEST bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from rehearsal.wavespeed.answers import ApiError
from rehearsal.wavespeed.media import KEPT

if TYPE_CHECKING:
    from rehearsal.music.decoding import Recording
    from rehearsal.wavespeed.server import WaveSpeedStandIn

LONGEST = (
    240.0  # seconds: what ACE-Step makes at most (its pages; they allow longer inputs, up to 60 minutes)
)
LARGEST = 100 * 2**20  # bytes; 240 s of 48 kHz 32-bit stereo are 92 MB
PATIENCE = 30.0  # seconds in which a file must have come


@dataclass(frozen=True, slots=True)
class Source:
    """`name`: the digest of its bytes, by which it is put by; `seconds`: how long it plays; `origin`: how it
    came about, where this stand-in recognises a piece of its own; `kind`: what the file is."""

    name: str
    seconds: float
    origin: str
    kind: str


class Unusable(Exception):
    """What is wrong with it."""


class Sources:
    """`folder`: where they are put by; None for one that goes with this stand-in."""

    def __init__(self, wave: WaveSpeedStandIn, folder: Path | None) -> None:
        self._wave = wave
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="wavespeed-sources-")
        self.folder = folder or Path(self._temporary.name if self._temporary else "")
        self._session: aiohttp.ClientSession | None = None

    async def of(self, url: str, name: str = "audio") -> Source:
        """What is at an address: an upload or output of this stand-in's, or any http(s) one.

        name: the input that has the address.

        Raises ApiError 400 with the reason."""
        try:
            return await asyncio.to_thread(self._put_by, await self._data(url))
        except Unusable as error:
            raise ApiError(400, f'property "{name}" {error}') from None

    async def _data(self, url: str) -> bytes:
        try:
            parts = urlsplit(url)
            proper = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            proper = False
        if not proper:
            raise Unusable("must be an http(s) address")
        if url.startswith(f"{self._wave.url}/"):
            own = await self._wave.media.data(urlsplit(url).path)
            if own is None:
                raise Unusable("could not be fetched: there is no such file, or it is no longer kept")
            return own
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        data = bytearray()
        try:
            async with self._session.get(url) as answer:
                if answer.status != 200:
                    raise Unusable(f"could not be fetched: it answers with HTTP {answer.status}")
                async for chunk in answer.content.iter_any():
                    data += chunk
                    if len(data) > LARGEST:
                        raise Unusable(f"has more than the {LARGEST // 2**20} MiB that are taken")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            reason = "it took too long" if isinstance(error, TimeoutError) else "nothing could be read there"
            raise Unusable(f"could not be fetched: {reason}") from None
        return bytes(data)

    def _put_by(self, data: bytes) -> Source:
        name = hashlib.sha256(data).hexdigest()
        sound, kind = _decoded(data)
        self.put(name, data)
        return Source(name, sound.seconds, self._wave.sound.repertoire.find(sound), kind)

    def put(self, name: str, data: bytes) -> None:
        """Puts a file by; those that need not be kept any more go."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.iterdir():
            with suppress(FileNotFoundError):
                if old.stat().st_mtime < time.time() - KEPT:
                    old.unlink()
        part = self.folder / f"{name}.{uuid.uuid4().hex}.part"
        part.write_bytes(data)
        part.replace(self.folder / name)

    def get(self, name: str) -> bytes:
        """A file that was put by."""
        return (self.folder / name).read_bytes()

    async def stop(self) -> None:
        if self._session:
            await self._session.close()
        if self._temporary:
            self._temporary.cleanup()


def _decoded(data: bytes) -> tuple[Recording, str]:
    """Its sound, and what the file is. Raises Unusable."""
    from rehearsal.music.decoding import NotAudio, TooLong, decode, format_of

    try:
        return decode(data, LONGEST), format_of(data)
    except NotAudio:
        raise Unusable("is not audio that can be read (MP3, WAV, FLAC, OGG, M4A, AAC)") from None
    except TooLong:
        raise Unusable(f"plays longer than the {LONGEST:g} s that are taken") from None

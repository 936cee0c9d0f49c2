"""Finished audio: one seam behind which it is kept, here as files or for all machines in an object store.

In the store: each track's MP3 and card, its Opus once it was played in voice, and members' own files until
their track has ended. On the machine, in DATA_DIR: what is in the making (`….download`, `….part`, archives),
because workers work on paths. A name in the store is the file's place below DATA_DIR, so that one can be
copied into the other.

The rule: what is kept is whole or not there. A store that is away is an OSError for which
`services.storage.outages` waits; FileNotFoundError says that a sound is not kept any more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import structlog

from services.storage import files

log = structlog.get_logger(__name__)


class StoreAway(ConnectionError):
    """The store does not answer, or does not let us in just now."""


class StoreRefuses(Exception):
    """The store cannot be used as it is set up. str() says why, as the end of a sentence."""


def names_of(track_id: str) -> tuple[str, ...]:
    """The names of all that may be kept of a track."""
    return mp3_name(track_id), card_name(track_id), opus_name(track_id)


def mp3_name(track_id: str) -> str:
    """The name of a track's MP3."""
    return f"tracks/{track_id}.mp3"


def card_name(track_id: str) -> str:
    """The name of a track's card (PNG)."""
    return f"tracks/{track_id}.png"


def opus_name(track_id: str) -> str:
    """The name of what is played of a track in voice (`services.audio.opus`)."""
    return f"tracks/{track_id}.opus"


def own_file_name(file_id: str) -> str:
    """The name of a member's own file."""
    return f"own/{file_id}"


def own_card_name(file_id: str) -> str:
    """The name of the picture (PNG) of that file's loudness."""
    return f"own/{file_id}.png"


class AudioStore(Protocol):
    """Where finished audio is kept. Every method may raise OSError, StoreAway among them."""

    @property
    def scratch(self) -> Path:
        """A folder of this machine's for what is in the making."""
        ...

    @property
    def trouble(self) -> str:
        """What the last request to it met, in the store's word; "" where it was served."""
        ...

    async def check(self) -> None:
        """Sees whether it can be written to. Raises StoreRefuses."""
        ...

    async def fetch(self, name: str) -> Path:
        """A file of this machine's with what is kept under that name; not to be written to.

        It stays for some minutes at least. Raises FileNotFoundError where nothing is.
        """
        ...

    async def has(self, name: str) -> bool:
        """Whether something is kept under that name."""
        ...

    async def keep(self, name: str, made: Path) -> None:
        """Keeps that file under the name, in place of what was; the file itself is moved away."""
        ...

    async def delete(self, names: Iterable[str]) -> None:
        """Deletes what is kept under those names, as far as there is any."""
        ...

    async def mp3s_before(self, moment: float) -> list[str]:
        """Tracks (ids) whose MP3s are older than that (seconds since 1970), the oldest first."""
        ...

    async def prune(self, track_id: str, before: float, size: int | None) -> bool:
        """Deletes a track's MP3 of that many bytes, unless it is younger than that; whether it is gone.

        One of another size is young again. before: seconds since 1970.
        """
        ...

    async def tidy(self) -> None:
        """Brings what lies in DATA_DIR alone to where it belongs, and forgets what nobody needs here."""
        ...


class FolderStore:
    """Files in `data_dir`. An MP3 is as old as its last use."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    @property
    def scratch(self) -> Path:
        """The same folder: what is finished is only renamed."""
        return files.tracks_folder(self._data_dir)

    @property
    def trouble(self) -> str:
        """None: what a disk has against it is told by whoever asks."""
        return ""

    async def check(self) -> None:
        """Nothing: whether DATA_DIR can be written is seen before all else."""

    async def fetch(self, name: str) -> Path:
        """See `AudioStore`; what is asked for is as young as what was just made."""
        path = self._data_dir / name
        await asyncio.to_thread(_use, path)
        return path

    async def has(self, name: str) -> bool:
        """See `AudioStore`."""
        return await asyncio.to_thread((self._data_dir / name).exists)

    async def keep(self, name: str, made: Path) -> None:
        """See `AudioStore`."""
        await asyncio.to_thread(files.move, made, self._data_dir / name)

    async def delete(self, names: Iterable[str]) -> None:
        """See `AudioStore`; what was left half made goes too."""
        await asyncio.to_thread(files.delete_all, [self._data_dir / name for name in names])

    async def mp3s_before(self, moment: float) -> list[str]:
        """See `AudioStore`."""
        return await asyncio.to_thread(files.mp3s_before, self._data_dir, moment)

    async def prune(self, track_id: str, before: float, size: int | None) -> bool:
        """See `AudioStore`."""
        return await asyncio.to_thread(files.delete_mp3, self._data_dir, track_id, before, size)

    async def tidy(self) -> None:
        """Nothing: all of it is where it belongs."""


def _use(path: Path) -> None:
    """Makes the file young, where the disk allows it. Raises FileNotFoundError."""
    try:
        os.utime(path)
    except FileNotFoundError:
        raise
    except OSError as error:  # a disk that takes no writes has it, and prunes nothing
        log.warning("a used MP3 was not made young", path=path.name, error=str(error))
        path.stat()

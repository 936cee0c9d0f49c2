"""How much room is left where the bot's files and databases are."""

from __future__ import annotations

import asyncio
import errno
import math
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from services.settings import Settings
from services.storage.private_files import BESIDE

LEAST_FREE = 2**30  # bytes of disk; below it the host is told, while there is still time
LEAST_FILES = 2_000  # that can still be made there; the same
BELOW, CACHES = ("tracks", "own", "voices"), "cache-*"  # folders in DATA_DIR


@dataclass(frozen=True, slots=True)
class Room:
    """What a folder's disk has left. free: bytes; files: that can be made, None where none counts them."""

    folder: Path
    free: int
    files: int | None

    @property
    def left(self) -> float:
        """How much there is of what there should be at least, of whatever there is less of."""
        return min(self.free / LEAST_FREE, self._files_left)

    @property
    def lacks_files(self) -> bool:
        """Whether it is not bytes that there are too few of."""
        return self._files_left < self.free / LEAST_FREE

    @property
    def _files_left(self) -> float:
        return math.inf if self.files is None else self.files / LEAST_FILES


def is_full(error: BaseException) -> bool:
    """Whether it says that a disk, or this account's share of it, has no room."""
    cause = getattr(error, "orig", None) or error  # what SQLAlchemy passes on
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT}


def in_words(error: Exception, folder: Path, otherwise: str) -> str:
    """What an error says of what was to be written in that folder, and what to do, without a full stop.

    otherwise: what else can be done than to mend it there.
    """
    if is_full(error):
        return f"the disk that {folder} is on is full; make room there, or {otherwise}"
    if not isinstance(error, OSError):
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    what = error.filename2 or error.filename or folder
    if error.errno in {errno.EEXIST, errno.ENOTDIR, errno.EISDIR}:
        return f"{what} is no folder, and none can be made there; move it away, or {otherwise}"
    done = "written" if error.errno == errno.EROFS else "read or written"
    why = error.strerror or str(error)
    return f"{what} cannot be {done} ({why}); make it this account's own, or {otherwise}"


def make_folder(folder: Path) -> None:
    """Makes DATA_DIR where it is missing, and sees that it and what is in it can be written. Blocks.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for one in (folder, *_below(folder)):
        try:
            (one / ".writable").touch()
            (one / ".writable").unlink(missing_ok=True)  # another cluster may have taken it away
        except OSError as error:
            error.filename = str(one)
            raise


async def least_room(settings: Settings) -> Room:
    """Of all folders that the bot writes into, the one whose disk has the least. Raises OSError."""
    rooms = [await asyncio.to_thread(_room_in, one) for one in _folders(settings)]
    return min(rooms, key=lambda one: one.left)


def _room_in(folder: Path) -> Room:
    told = os.statvfs(folder)
    return Room(folder, told.f_bavail * told.f_frsize, told.f_favail if told.f_files else None)


def no_folder(settings: Settings) -> Path | None:
    """What is where a folder should be and is none: a file, or a link that leads nowhere."""
    for folder in (*_wanted(settings), *_below(settings.data_dir)):
        path = next(one for one in (folder, *folder.absolute().parents) if os.path.lexists(one))
        if not path.is_dir():
            return path
    return None


def locked(settings: Settings) -> Path | None:
    """The first of what the bot writes that this account may not; None where it may all of it."""
    folders = [*_folders(settings), *_below(settings.data_dir)]
    files = [Path(f"{file}{ending}") for file in settings.sqlite_files for ending in BESIDE]
    files.append(settings.data_dir / "lock")
    shut = [one for one in folders if not os.access(one, os.W_OK | os.X_OK)]
    shut += [one for one in files if os.path.lexists(one) and not os.access(one, os.W_OK)]
    return next(iter(shut), None)


def _below(folder: Path) -> list[Path]:
    """The folders in DATA_DIR that the bot has made: perhaps as another account, or elsewhere by a link."""
    named = [folder / name for name in BELOW if os.path.lexists(folder / name)]
    return named + sorted(folder.glob(CACHES))


def _folders(settings: Settings) -> set[Path]:
    """Where the bot writes, or would make what it writes into."""
    wanted = _wanted(settings)
    return {next(one for one in (folder, *folder.absolute().parents) if one.exists()) for folder in wanted}


def _wanted(settings: Settings) -> set[Path]:
    return {settings.data_dir, *(file.parent for file in settings.sqlite_files)}

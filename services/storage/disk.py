"""How much room is left where the bot's files and databases are."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from services.settings import Settings

LEAST_FREE = 2**30  # bytes of disk; below it the host is told, while there is still time


@dataclass(frozen=True, slots=True)
class Room:
    """What a folder's disk has left, in bytes."""

    folder: Path
    free: int


def is_full(error: OSError) -> bool:
    """Whether it says that a disk, or this account's share of it, has no room."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


async def least_room(settings: Settings) -> Room:
    """Of all folders that the bot writes into, the one whose disk has the least. Raises OSError."""
    rooms = [Room(one, (await asyncio.to_thread(shutil.disk_usage, one)).free) for one in _folders(settings)]
    return min(rooms, key=lambda one: one.free)


def locked_folder(settings: Settings) -> Path | None:
    """The first of those folders in which this account may not write; None where it may in all."""
    return next((one for one in _folders(settings) if not os.access(one, os.W_OK | os.X_OK)), None)


def _folders(settings: Settings) -> set[Path]:
    """Where the bot writes, or would make what it writes into."""
    wanted = {settings.data_dir, *(file.parent for file in settings.sqlite_files)}
    return {next(one for one in (folder, *folder.absolute().parents) if one.exists()) for folder in wanted}

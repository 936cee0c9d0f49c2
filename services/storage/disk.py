"""How much room is left where the bot's files and databases are."""

from __future__ import annotations

import asyncio
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


async def least_room(settings: Settings) -> Room:
    """Of all folders that the bot writes into, the one whose disk has the least. Raises OSError."""
    folders = {settings.data_dir, *(file.parent for file in settings.sqlite_files)}
    rooms = [Room(one, (await asyncio.to_thread(shutil.disk_usage, one)).free) for one in folders]
    return min(rooms, key=lambda one: one.free)

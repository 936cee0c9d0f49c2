"""The files in DATA_DIR: finished tracks, where no object store keeps them, and what is in the making."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from services.storage.database import Database
from services.storage.tables import tracks as table

CHUNK = 500  # tracks that are asked for at once
UNFINISHED = (".part", ".download", ".zip")  # files that are there while something is made or sent
FINISHED = re.compile(r"[0-9a-z]{20}\.(mp3|png|opus)")
A_DAY = 86400.0  # seconds


def tracks_folder(data_dir: Path) -> Path:
    """Where all tracks' files are kept."""
    return data_dir / "tracks"


def mp3_path(data_dir: Path, track_id: str) -> Path:
    """Where a track's finished MP3 is kept."""
    return tracks_folder(data_dir) / f"{track_id}.mp3"


async def clear_away(database: Database, data_dir: Path) -> None:
    """Deletes the files of tracks that are deleted or whose maker was erased, and what a kill left behind.

    Raises OSError.
    """
    folder = tracks_folder(data_dir)
    await asyncio.to_thread(_delete_unfinished, folder)
    ids = sorted({name.split(".")[0] for name in await asyncio.to_thread(_names, folder)})
    for start in range(0, len(ids), CHUNK):
        gone = table.c.deleted_at.is_not(None) | (table.c.member_id < 0)
        query = sa.select(table.c.id).where(table.c.id.in_(ids[start : start + CHUNK]), gone)
        async with database.read() as connection:
            deleted = list(await connection.scalars(query))
        await asyncio.to_thread(delete_files, data_dir, deleted)


def _delete_unfinished(folder: Path) -> None:
    """Deletes what nobody can be at work on any more: it is not written to for a day."""
    for name in _names(folder):
        if name.endswith(UNFINISHED):
            path = folder / name
            with suppress(FileNotFoundError):  # it went meanwhile
                if time.time() - path.stat().st_mtime > A_DAY:
                    path.unlink()


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []


def delete_files(data_dir: Path, ids: Collection[str]) -> None:
    """Deletes those tracks' files, as far as there are any. Blocks. Raises OSError."""
    folder = tracks_folder(data_dir)
    delete_all(folder / f"{one}.{ending}" for one in ids for ending in ("mp3", "png", "opus"))


def delete_all(paths: Iterable[Path]) -> None:
    """Deletes those files, half made ones too, as far as there are any. Blocks. Raises OSError."""
    for path in paths:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.part").unlink(missing_ok=True)


def move(made: Path, path: Path) -> None:
    """Puts a file in that place, on the same disk, at once. Blocks. Raises OSError.

    Its bytes are on the disk before: of a file that only has its name there, a power cut leaves an empty one,
    and a disk or a server for which it is too much may say so no earlier.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(path)


def finished(data_dir: Path) -> list[str]:
    """The names of finished tracks' files below `data_dir`. Blocks."""
    folder = tracks_folder(data_dir)
    return [f"{folder.name}/{name}" for name in _names(folder) if FINISHED.fullmatch(name)]


def mp3s_before(data_dir: Path, moment: float) -> list[str]:
    """Tracks (ids) whose MP3s were last used before that (seconds since 1970), the oldest first. Blocks."""
    found: list[tuple[float, str]] = []
    for name in _names(tracks_folder(data_dir)):
        track_id, _, ending = name.partition(".")
        if ending == "mp3":
            with suppress(FileNotFoundError):  # it went meanwhile
                found.append((mp3_path(data_dir, track_id).stat().st_mtime, track_id))
    return [track_id for at, track_id in sorted(found) if at < moment]


def delete_mp3(data_dir: Path, track_id: str, before: float, size: int | None) -> bool:
    """Deletes a track's MP3 of that many bytes, unless it was used since; one of another size is young again.

    before: seconds since 1970. Returns whether it is gone. Blocks. Raises OSError.
    """
    path = mp3_path(data_dir, track_id)
    with suppress(FileNotFoundError):  # it went meanwhile
        there = path.stat()
        if there.st_mtime >= before:
            return False
        if there.st_size != size:
            os.utime(path)
            return False
        path.unlink()
    return True

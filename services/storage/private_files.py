"""Whose the bot's files are: the account's that it runs as, and nobody else's on the machine.

The rule: what is made from now on is made private (the umask, which the databases, DBOS and the workers go
by), and what an earlier run left is made private when the bot starts.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterable, Iterable, Iterator
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

UMASK = 0o077  # of the bot's process and its workers
OTHERS = 0o077  # the rights of everybody but the owner, whose own stay as they are
BESIDE = ("", "-wal", "-shm", "-journal", ".lock")  # what stands beside a SQLite file


def make_private(folder: Path, databases: Iterable[Path]) -> None:
    """Takes everybody else's rights to the folder, all that is in it, and the SQLite files wherever they are.

    Links, and what they lead to, are left as they are. Where a file system cannot, one line warns. Blocks.
    """
    beside = [Path(f"{file}{ending}") for file in databases for ending in BESIDE]
    paths = [folder, *_all_in(folder), *beside]
    open_to_others = [path for path in paths if not _is_private(path)]
    if open_to_others:
        log.warning(
            "other accounts on this machine may read the bot's files; DATA_DIR is on a file system without "
            "owners, or belongs to somebody else",
            first=str(open_to_others[0]),
            files=len(open_to_others),
        )


async def write_pieces(path: Path, data: AsyncIterable[bytes]) -> None:
    """Writes a file piece by piece, as it comes. Raises what that raises; OSError of the disk."""
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for piece in data:
            await asyncio.to_thread(file.write, piece)
    finally:
        await asyncio.to_thread(file.close)


def _all_in(folder: Path) -> Iterator[Path]:
    for inside, folders, files in os.walk(folder):
        yield from (Path(inside, name) for name in (*folders, *files))


def _is_private(path: Path) -> bool:
    """Takes others' rights; False where they still have some."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode) or not mode & OTHERS:
            return True
        path.chmod(stat.S_IMODE(mode) & ~OTHERS)
        return not path.lstat().st_mode & OTHERS
    except FileNotFoundError:  # it went meanwhile
        return True
    except OSError:
        return False

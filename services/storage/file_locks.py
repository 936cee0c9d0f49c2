"""Files that one process holds for as long as it lives, so that no second one works on the same data.

The rule: the kernel lets go of them when the process ends, however it ends; no process that it started keeps
them longer. And it works on nothing that is not where its files are: what is written into a database that was
deleted or put aside is lost, without SQLite saying so.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from services.settings import Settings

LOOK = 5.0  # seconds between two looks at whether the files are still in their places

_held: set[int] = set()  # descriptors


class InUse(Exception):
    """Another process has the data. str() is a line that says which setting leads there and what to do."""


class NoLocks(InUse):
    """Whether another process has it cannot be known: the file system has no locks."""


@contextmanager
def this_data_only(settings: Settings) -> Generator[None]:
    """Holds what no other process may have at the same time: DATA_DIR, and the SQLite file wherever it is.

    Clusters of one bot may share a DATA_DIR; each has its own place in it. Raises InUse, NoLocks; OSError.
    """
    folder, with_others = settings.data_dir, settings.cluster_count > 1
    with ExitStack() as held:
        if not _take(held, folder / "lock", shared=with_others):
            raise InUse(_instead("DATA_DIR", f"{folder}", "a folder"))
        if with_others and not _take(held, folder / f"cluster-{settings.cluster_id}.lock"):
            raise InUse(
                f"CLUSTER_ID: a cluster {settings.cluster_id} is running on {folder} already; stop that one "
                "first, or give this one another CLUSTER_ID"
            )
        url = make_url(settings.tracks_database_url)
        if url.get_backend_name() == "sqlite" and url.database:
            file = Path(url.database).resolve()  # by whatever name somebody else calls it
            file.parent.mkdir(parents=True, exist_ok=True)
            if not _take(held, file.with_name(f"{file.name}.lock")):
                raise InUse(_instead("DATABASE_URL", f"{file}", "a database"))
        yield


@contextmanager
def told_of_replaced(files: Sequence[Path], lost: Callable[[str], None]) -> Generator[None]:
    """Within it, `lost` is told once one of them is no longer the file that it is when it begins.

    Only where a file can be held without being opened (Linux): SQLite's locks end with any descriptor of it.
    """
    look_only = getattr(os, "O_PATH", None)
    if look_only is None or not files:
        yield
        return
    with ExitStack() as held:
        now = {file: os.open(file, look_only) for file in files}
        for descriptor in now.values():
            held.callback(os.close, descriptor)
        watching = asyncio.create_task(_watch(now, lost))
        held.callback(watching.cancel)
        yield


async def _watch(descriptors: Mapping[Path, int], lost: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(LOOK)
        for file, descriptor in descriptors.items():
            if await asyncio.to_thread(_is_another, file, descriptor):
                lost(f"{file} was deleted, moved or replaced")
                return


def _is_another(file: Path, descriptor: int) -> bool:
    """Whether that is no longer the file in its place; False also where that cannot be told now."""
    try:
        return not os.path.samestat(os.stat(file), os.fstat(descriptor))
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _instead(setting: str, what: str, its_own: str) -> str:
    return (
        f"{setting}: another Jamboree is running on {what} already; stop that one first, or give this one "
        f"{its_own} of its own"
    )


def _take(held: ExitStack, path: Path, *, shared: bool = False) -> bool:
    """Holds the file until `held` ends. False where another process does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # not inherited by programs that are started
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    except OSError as error:
        os.close(descriptor)
        raise NoLocks(
            f"DATA_DIR: {path.parent} is on a file system that cannot lock files ({error.strerror})"
        ) from error
    _held.add(descriptor)
    held.callback(_let_go, descriptor)
    return True


def _let_go(descriptor: int) -> None:
    if descriptor in _held:
        _held.remove(descriptor)
        os.close(descriptor)


def _in_a_child() -> None:
    """A fork shares the open file, and with it the lock; it lets go of its share at once."""
    for descriptor in list(_held):
        _let_go(descriptor)


os.register_at_fork(after_in_child=_in_a_child)

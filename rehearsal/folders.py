"""What is said where a folder cannot be written: what is wrong with it, and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CannotWriteError(Exception):
    """str() says why not, and what to do."""


@contextmanager
def written_in(folder: Path, otherwise: str = "") -> Iterator[None]:
    """Within it, files are made in that folder. otherwise: how to name another one, where one can.

    Raises CannotWriteError in place of OSError.
    """
    try:
        yield
    except OSError as error:
        what = error.filename or folder
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT:
                said = f"The disk that {folder} is on is full. Make room there"
            case errno.EEXIST | errno.ENOTDIR | errno.EISDIR:
                said = f"{what} cannot be made: a file stands where a folder should be. Move it away"
            case _:
                said = f"{what} cannot be written ({error.strerror or error}). Make it your own"
        said += f", or name another folder: {otherwise}" if otherwise else "."
        raise CannotWriteError(said) from error


def try_to_write(folder: Path) -> None:
    """Makes the folder where it is missing, and sees that files can be made in it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    trial = folder / ".writable"
    try:
        trial.write_bytes(b"\n")
    finally:
        trial.unlink(missing_ok=True)

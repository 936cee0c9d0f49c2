"""The pages of an Ogg file, and its links: whole streams, one behind the other (RFC 3533, sections 4 and 6).

The rule: each link is read for itself, because the next may have another codec, rate or number of channels.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MOST = 500  # links that are looked for; what radio stations record has a few dozen
BEGINS, ENDS = 2, 4  # flags of the pages that begin and end a stream


def links(file: BinaryIO, start: int) -> list[tuple[int, int]]:
    """Where each link begins and ends; the whole file as one where its pages do not follow one another."""
    size = file.seek(0, os.SEEK_END)
    starts, within = [start], False
    for begins, flags, _end in _pages(file, start):
        if flags & BEGINS and within:
            starts.append(begins)
            if len(starts) == MOST:
                break
        within = not flags & BEGINS
    return list(zip(starts, [*starts[1:], size], strict=True))


def is_whole(path: Path) -> bool:
    """Whether the file can be read, and its pages follow one another up to one that ends a stream. Blocks."""
    try:
        with path.open("rb") as file:
            last, end = 0, 0
            for _begins, flags, ends in _pages(file, 0):
                last, end = flags, ends
            return bool(last & ENDS) and end == file.seek(0, os.SEEK_END)
    except OSError:
        return False


def _pages(file: BinaryIO, at: int) -> Iterator[tuple[int, int, int]]:
    """Where each page begins, its flags, and where it ends; up to what is none."""
    while True:
        file.seek(at)
        page = file.read(27)
        if len(page) < 27 or page[:4] != b"OggS":
            return
        begins, at = at, at + 27 + page[26] + sum(file.read(page[26]))
        yield begins, page[5], at

"""The links of an Ogg file: whole streams, one behind the other (RFC 3533, section 4).

The rule: each is read for itself, because the next may have another codec, rate or number of channels.
"""

from __future__ import annotations

import os
from typing import BinaryIO

MOST = 500  # links that are looked for; what radio stations record has a few dozen
BEGINS = 2  # flag of a page that begins a stream


def links(file: BinaryIO, start: int) -> list[tuple[int, int]]:
    """Where each link begins and ends; the whole file as one where its pages do not follow one another."""
    size = file.seek(0, os.SEEK_END)
    starts, at, within = [start], start, False
    while len(starts) < MOST:
        file.seek(at)
        page = file.read(27)
        if len(page) < 27 or page[:4] != b"OggS":
            break
        if page[5] & BEGINS and within:
            starts.append(at)
        within = not page[5] & BEGINS
        at += 27 + page[26] + sum(file.read(page[26]))
    return list(zip(starts, [*starts[1:], size], strict=True))

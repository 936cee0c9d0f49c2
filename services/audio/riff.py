"""The chunks of a WAV file: how much of the sound that its header promises is there.

The rule: a length that was written before it was known (0, a maximum, what is far beyond the file) promises
nothing. RF64 and BW64 keep it in a chunk of its own (EBU Tech 3306).
"""

from __future__ import annotations

import os
from typing import BinaryIO

UNKNOWN = 0x7FFF0000  # bytes; SoX writes 0x7ffff024 where it cannot know, others 0x7fffffff or 0xffffffff
MOST_CHUNKS = 1000  # that are gone through for the sound


def share_there(file: BinaryIO) -> float:
    """Of the bytes of sound that the header promises, the part that is there: 1 where that is unknown too."""
    promised, there = _data(file)
    return there / promised if there < promised < UNKNOWN else 1.0


def is_honest(file: BinaryIO) -> bool:
    """Whether it is the WAV that everybody reads, and its header counts the bytes that are there."""
    promised, there = _data(file)
    file.seek(0)
    return file.read(4) == b"RIFF" and 0 < promised <= there


def _data(file: BinaryIO) -> tuple[int, int]:
    """The bytes of sound that the header promises, and those that can be there."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    order = "big" if file.read(12)[:4] == b"RIFX" else "little"
    at, long = 12, 0
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        chunk = file.read(8)
        length = int.from_bytes(chunk[4:], order)
        if len(chunk) < 8:
            break
        if chunk[:4] == b"ds64":
            long = int.from_bytes(file.read(16)[8:], "little")
        if chunk[:4] == b"data":
            return long if length == 0xFFFFFFFF and long else length, size - at - 8
        at += 8 + length + length % 2
    return 0, size

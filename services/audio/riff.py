"""The chunks of WAV and AIFF files: how much of the sound that the header promises is there.

The rule: a length that was written before it was known (0, a maximum, what is far beyond the file) promises
nothing. RF64 and BW64 keep it in a chunk of its own (EBU Tech 3306).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
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


def corrections(file: BinaryIO) -> Mapping[int, int]:
    """By their places, bytes with which FFmpeg reads to the file's end where its header's length is 0.

    So FFmpeg itself leaves that where it writes RF64 or AIFF into a pipe, and then reads nothing.
    """
    file.seek(0)
    match file.read(4):
        case b"RF64" | b"BW64" if not _data(file)[0]:
            return dict(enumerate(b"RIFF"))  # in which the maximum that stands there is no length
        case b"FORM":
            empty = [at for name, at, length in _chunks(file) if name == b"SSND" and not length]
            unknown = b"\x7f\xff\xff\xff"
            return {at + 4 + place: byte for at in (0, *empty) if empty for place, byte in enumerate(unknown)}
        case _:
            return {}


def _data(file: BinaryIO) -> tuple[int, int]:
    """The bytes of sound that the header promises, and those that can be there."""
    size, long = file.seek(0, os.SEEK_END), 0
    for name, at, length in _chunks(file):
        if name == b"ds64":
            file.seek(at + 8)
            long = int.from_bytes(file.read(16)[8:], "little")
        if name == b"data":
            file.seek(0)
            is_long = file.read(4) in (b"RF64", b"BW64") and length == 0xFFFFFFFF
            return long if is_long else length, size - at - 8
    return 0, size


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's name, where it begins, and how long it says that it is."""
    file.seek(0)
    order = "big" if file.read(12)[:4] in (b"RIFX", b"FORM") else "little"
    at = 12
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        chunk = file.read(8)
        if len(chunk) < 8:
            return
        length = int.from_bytes(chunk[4:], order)
        yield chunk[:4], at, length
        at += 8 + length + length % 2

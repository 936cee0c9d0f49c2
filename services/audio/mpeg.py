"""MPEG and AAC frames, and the tags around them, as bytes: where the sound in a file begins and ends.

The rule: what stands before, behind or between frames is passed over, as players do; only a row of frames
that agree with each other counts as sound, because anything may contain one header's few bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

JUNK = 2**20  # bytes before the first frame that are looked through
ROW = 4  # frames that must follow one another; fewer where the file ends with them
LONGEST_FRAME = 8192  # bytes; of AAC (13 bits), MPEG's are at most 2,881

# kbit/s by index, for (version 1 or not, layer); Hz by version and index (ISO 11172-3, 13818-3 and MPEG 2.5).
_KILOBITS = {
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame's header says. length: bytes; layer: 0 for AAC. Frames of one stream agree in the rest."""

    length: int
    layer: int
    rate: int
    mono: bool


@lru_cache(maxsize=256)  # a file's frames have few different headers
def mpeg_frame(header: bytes) -> Frame | None:
    """The MPEG audio frame, of any layer, that begins with these four bytes. Free formats have no length."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bits, hertz = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer == 4 or bits in (0, 15) or hertz == 3:
        return None
    first = version == 3
    rate, padding = _HERTZ[version][hertz], header[2] >> 1 & 1
    size = _KILOBITS[first, layer][bits] * 1000
    if layer == 1:
        length = (12 * size // rate + padding) * 4
    else:
        length = (144 if first or layer == 2 else 72) * size // rate + padding
    return Frame(length, layer, rate, header[3] >> 6 == 3)


def aac_frame(header: bytes) -> Frame | None:
    """The AAC frame (ADTS) that begins with these seven bytes."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return None
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    hertz, channels = header[2] >> 2 & 15, (header[2] & 1) << 2 | header[3] >> 6
    return Frame(length, 0, hertz, channels == 1) if length > 7 and hertz < 13 else None


# where it begins ----------------------------------------------------------------------------------


def behind_tags(file: BinaryIO) -> int:
    """The offset of what follows the tags and zeros at the beginning, however many there are.

    A tag that says it goes on beyond the file is taken for one of ten bytes.
    """
    size = file.seek(0, os.SEEK_END)
    start = 0
    while True:
        file.seek(start)
        head = file.read(32)
        behind = start + _tag_length(head)
        if behind == start and head.startswith(bytes(16)):  # an MP4 begins with three
            behind = _behind_zeros(file, start)
        if behind == start:
            return start
        start = behind if behind <= size else start + 10


def is_behind_one_tag(file: BinaryIO, start: int) -> bool:
    """Whether what begins at `start` has one tag before it at the most, and nothing else."""
    file.seek(0)
    return start in (0, _tag_length(file.read(32)))


def _tag_length(head: bytes) -> int:
    """Bytes of the ID3v2 or APEv2 tag that begins like this; 0 where none does."""
    if head[:3] == b"ID3" and len(head) >= 10 and head[3] != 0xFF:
        length = 0
        for byte in head[6:10]:
            length = length << 7 | byte & 0x7F
        return length + (20 if head[5] & 0x10 else 10)  # with or without a footer
    if head[:8] == b"APETAGEX" and len(head) == 32:
        return 32 + int.from_bytes(head[12:16], "little")
    return 0


def _behind_zeros(file: BinaryIO, start: int) -> int:
    file.seek(start)
    while block := file.read(64 * 1024):
        if rest := block.lstrip(b"\0"):
            return file.tell() - len(rest)
    return file.tell()


def first_frame(file: BinaryIO, start: int) -> tuple[int, Frame] | None:
    """Where, at most JUNK bytes behind `start`, a row of frames begins, and its first one."""
    file.seek(start)
    data = file.read(JUNK + (ROW + 1) * LONGEST_FRAME)
    ends = start + len(data) == file.seek(0, os.SEEK_END)
    at = data.find(b"\xff")
    while 0 <= at < JUNK:
        for read in (mpeg_frame, aac_frame):
            frame = read(data[at : at + 7])
            if frame is not None and _is_row(data, at, read, ends=ends):
                return start + at, frame
        at = data.find(b"\xff", at + 1)
    return None


def _is_row(data: bytes, at: int, read: Callable[[bytes], Frame | None], *, ends: bool) -> bool:
    """Whether ROW frames that agree stand there, or at least two and then the end or a tag."""
    first = read(data[at : at + 7])
    for count in range(ROW):
        frame = read(data[at : at + 7])
        if first is None or frame is None or (frame.layer, frame.rate) != (first.layer, first.rate):
            return count >= 2 and (data[at : at + 3] == b"TAG" or (ends and at >= len(data)))
        at += frame.length
    return True


# where it ends ------------------------------------------------------------------------------------


def whole_row(file: BinaryIO, start: int) -> int | None:
    """Where the row of MP3 frames ends that begins at `start`; None where other frames follow behind it.

    All of its frames have one rate and one number of channels; a frame that is cut short is not part of it.
    """
    size = file.seek(0, os.SEEK_END)
    first: Frame | None = None
    at = start
    while True:
        file.seek(at)
        frame = mpeg_frame(file.read(4))
        first = first or frame
        if frame is None or first is None or at + frame.length > size:
            break
        if (frame.layer, frame.rate, frame.mono) != (3, first.rate, first.mono):
            return None
        at += frame.length
    return at if at > start and first_frame(file, at) is None else None


def promised(file: BinaryIO, start: int) -> float:
    """The seconds that an MP3's Xing header counts; 0 where it has none."""
    told = _xing(file, start)
    file.seek(start)
    frame = mpeg_frame(file.read(4))
    if told is None or frame is None:
        return 0.0
    return told[0] * (1152 if frame.rate >= 32000 else 576) / frame.rate


def bytes_there(file: BinaryIO, start: int) -> bool:
    """Whether the bytes that an MP3's Xing header counts are there, give or take a twentieth."""
    told = _xing(file, start)
    return told is None or told[1] * 0.95 <= file.seek(0, os.SEEK_END) - start


def _xing(file: BinaryIO, start: int) -> tuple[int, int] | None:
    """How many frames and bytes an MP3's Xing header says there are; None where it does not say both."""
    file.seek(start)
    head = file.read(256)
    at = max(head.find(b"Xing"), head.find(b"Info"))
    if at < 0 or len(head) < at + 16 or head[at + 7] & 3 != 3:
        return None
    return int.from_bytes(head[at + 8 : at + 12], "big"), int.from_bytes(head[at + 12 : at + 16], "big")

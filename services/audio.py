"""From a downloaded output to what is posted: an MP3, checked, tagged, small enough, and its card.

The rule: an MP3 that fits keeps its sound bit by bit, and no file appears before it is whole. Everything here
blocks.
"""

# mutagen is typed in parts only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutagen.mp3 import MP3

from services.card import draw_card
from services.credits import Credits
from services.loudness import measure
from services.picture import draw_cover
from services.sections import estimate
from services.sound import AudioError, NotAudio, Samples, TooLong, decode, encode, sniff
from services.tagging import Label, tag

__all__ = [
    "AudioError",
    "Credits",
    "DoesNotFit",
    "Master",
    "NotAudio",
    "TooLong",
    "decode",
    "encode",
    "master",
    "sniff",
]

BITRATES = ((192, 2), (160, 2), (128, 2), (96, 2), (64, 2), (48, 1))  # kbit/s, channels at most
SPARE = 2048  # bytes: the encoder's own header frame and its last, unfinished frame


class DoesNotFit(AudioError):
    """Even at the lowest bitrate it has more bytes than allowed."""


@dataclass(frozen=True, slots=True)
class Master:
    """The finished file and its card (PNG). `size` in bytes, without the card; `bitrate` in kbit/s."""

    path: Path
    size: int
    seconds: float
    bitrate: int
    transcoded: bool
    lowered: bool
    """Whether its quality had to be lowered so that it fits."""
    card: Path


def master(source: Path, folder: Path, label: Credits, *, max_bytes: int) -> Master:
    """Makes `<source's stem>.master.mp3` and `.png` in `folder`; they appear only when they are whole.

    An MP3 that fits keeps its audio bit by bit. Everything else is encoded, at the highest of BITRATES that
    fits: MP3 and card, which go into one message, have `max_bytes` together. Raises NotAudio, TooLong,
    DoesNotFit; OSError of the disk. Of a minute that takes about a second, half of it if it is kept.
    """
    kind = sniff(source)
    samples, rate = decode(source)
    told = _told(samples, rate, label)
    room = max_bytes - len(told.card.picture)
    target, card = folder / f"{source.stem}.master.mp3", folder / f"{source.stem}.master.png"
    with _whole_or_not_at_all(target) as part:
        kept = kind == "mp3" and _keep(source, part, told, room)
        lowered = not kept and _encode_to_fit(samples, rate, part, told, room, was_mp3=kind == "mp3")
        info: Any = MP3(part).info
        bitrate, size = round(info.bitrate / 1000), part.stat().st_size
        with _whole_or_not_at_all(card) as picture:
            picture.write_bytes(told.card.picture)
    return Master(target, size, samples.shape[1] / rate, bitrate, not kept, lowered, card)


def _told(samples: Samples, rate: int, label: Credits) -> Label:
    loudness = measure(samples, rate)
    sections = estimate(label.lyrics, loudness)
    return Label(label, draw_cover(loudness, label), draw_card(loudness, sections, label), sections)


def _keep(source: Path, part: Path, told: Label, max_bytes: int) -> bool:
    shutil.copyfile(source, part)
    tag(part, told)
    return part.stat().st_size <= max_bytes


def _encode_to_fit(
    samples: Samples,
    rate: int,
    part: Path,
    told: Label,
    max_bytes: int,
    *,
    was_mp3: bool,
) -> bool:
    """Encodes at the highest bitrate that fits; whether that is lower than it could have been."""
    part.write_bytes(b"")
    tag(part, told)
    room = (max_bytes - part.stat().st_size - SPARE) * 8 / 1000 / (samples.shape[1] / rate)  # kbit/s
    for kilobits, channels in BITRATES:
        if kilobits > room:
            continue
        encode(samples, rate, part, kilobits, channels)
        tag(part, told)
        if part.stat().st_size <= max_bytes:
            return was_mp3 or kilobits < BITRATES[0][0]
    raise DoesNotFit(f"{samples.shape[1] / rate:.0f} s do not fit into {max_bytes} bytes")


@contextmanager
def _whole_or_not_at_all(target: Path) -> Generator[Path]:
    """A path to write to; renamed to `target` at the end, gone after an error."""
    part = target.with_name(f"{target.name}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)

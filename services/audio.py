"""From a downloaded output to the MP3 that is posted: checked, tagged, small enough. Everything here blocks.

The rule: an MP3 that fits keeps its sound bit by bit, and no file appears before it is whole.
"""

# mutagen is typed in parts only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mutagen import id3
from mutagen.mp3 import MP3

from services.picture import draw_cover, draw_waveform
from services.sound import AudioError, NotAudio, Samples, TooLong, decode, encode, sniff

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
class Credits:
    """What is written into the file."""

    title: str
    maker: str
    tags: str
    lyrics: str
    seed: int
    number: int
    guild: str
    created: datetime
    comment: str


@dataclass(frozen=True, slots=True)
class Master:
    """The finished file and its picture. `size` in bytes, `bitrate` in kbit/s."""

    path: Path
    size: int
    seconds: float
    bitrate: int
    transcoded: bool
    lowered: bool
    """Whether its quality had to be lowered so that it fits."""
    waveform: Path


def master(source: Path, folder: Path, label: Credits, *, max_bytes: int) -> Master:
    """Makes `<source's stem>.master.mp3` and `.png` in `folder`; they appear only when they are whole.

    An MP3 that fits keeps its audio bit by bit. Everything else is encoded, at the highest of BITRATES that
    fits. Raises NotAudio, TooLong, DoesNotFit; OSError of the disk. 60 s take about a second (two cores).
    """
    kind = sniff(source)
    samples, rate = decode(source)
    seconds = samples.shape[1] / rate
    line = f"{label.maker} · {label.guild} #{label.number}"
    cover = draw_cover(samples, label.seed, _title(label), line)
    target, waveform = folder / f"{source.stem}.master.mp3", folder / f"{source.stem}.master.png"
    with _whole_or_not_at_all(target) as part:
        kept = kind == "mp3" and _keep(source, part, label, cover, max_bytes)
        lowered = not kept and _encode_to_fit(
            samples, rate, part, label, cover, max_bytes, was_mp3=kind == "mp3"
        )
        info: Any = MP3(part).info
        bitrate, size = round(info.bitrate / 1000), part.stat().st_size
        with _whole_or_not_at_all(waveform) as picture:
            draw_waveform(samples, label.seed, picture)
    return Master(target, size, seconds, bitrate, not kept, lowered, waveform)


def _keep(source: Path, part: Path, label: Credits, cover: bytes, max_bytes: int) -> bool:
    shutil.copyfile(source, part)
    _tag(part, label, cover)
    return part.stat().st_size <= max_bytes


def _encode_to_fit(
    samples: Samples,
    rate: int,
    part: Path,
    label: Credits,
    cover: bytes,
    max_bytes: int,
    *,
    was_mp3: bool,
) -> bool:
    """Encodes at the highest bitrate that fits; whether that is lower than it could have been."""
    part.write_bytes(b"")
    _tag(part, label, cover)
    room = (max_bytes - part.stat().st_size - SPARE) * 8 / 1000 / (samples.shape[1] / rate)  # kbit/s
    for kilobits, channels in BITRATES:
        if kilobits > room:
            continue
        encode(samples, rate, part, kilobits, channels)
        _tag(part, label, cover)
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


# tags ---------------------------------------------------------------------------------------------


def _title(label: Credits) -> str:
    return label.title or f"Track {label.number}"


def _tag(path: Path, label: Credits, cover: bytes) -> None:
    """Replaces all tags by ours: ID3 v2.4, UTF-8."""
    id3.delete(path)
    genres = [tag.strip() for tag in label.tags.split(",") if tag.strip()]
    created = label.created.astimezone(UTC)
    tags = id3.ID3()
    for frame, text in (
        (id3.TIT2, _title(label)),
        (id3.TPE1, label.maker),
        (id3.TALB, label.guild),
        (id3.TRCK, str(label.number)),
        (id3.TCON, genres),
        (id3.TDRC, f"{created:%Y-%m-%dT%H:%M:%S}"),
        (id3.TENC, "Jamboree"),
    ):
        if text:
            tags.add(frame(encoding=id3.Encoding.UTF8, text=_clean(text)))
    for name, text in (("seed", label.seed), ("jamboree-track", label.number), ("tags", label.tags)):
        tags.add(id3.TXXX(encoding=id3.Encoding.UTF8, desc=name, text=_clean(str(text))))
    if label.lyrics:
        tags.add(id3.USLT(encoding=id3.Encoding.UTF8, lang="XXX", desc="", text=_clean(label.lyrics)))
    if label.comment:
        tags.add(id3.COMM(encoding=id3.Encoding.UTF8, lang="eng", desc="", text=_clean(label.comment)))
    front = id3.PictureType.COVER_FRONT
    tags.add(id3.APIC(encoding=id3.Encoding.UTF8, mime="image/jpeg", type=front, desc="Cover", data=cover))
    tags.save(path, v2_version=4, padding=_no_padding)


def _no_padding(_: object) -> int:
    return 0


def _clean(text: str | list[str]) -> Any:
    """NUL separates values in ID3, and half a surrogate pair has no UTF-8."""
    if isinstance(text, list):
        return [_clean(one) for one in text]
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")

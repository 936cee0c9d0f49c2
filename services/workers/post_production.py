"""From a downloaded output to what is posted: an MP3, checked, tagged, small enough, and its card.

The rule: an MP3 that fits keeps its sound bit by bit, and no file appears before it is whole. A sound is gone
through once to hear it and once more for each MP3 that is made of it, so its length takes no memory.
Everything here blocks, and is for a worker process (`services.workers.jobs`).
"""

# mutagen is typed in parts only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from mutagen.mp3 import MP3

from services.audio.credits import Credits
from services.audio.loudness import Loudness, Meter
from services.audio.mastered import (
    Admitted,
    DoesNotFit,
    Flaw,
    Master,
    NotAudio,
    Sample,
    only_audio_errors,
)
from services.audio.sections import estimate
from services.audio.sound import LONGEST, encode, opened
from services.pictures.card import draw_card
from services.pictures.cover import draw_cover
from services.pictures.waveform import draw_waveform
from services.workers.tagging import Label, tag

BITRATES = ((192, 2), (160, 2), (128, 2), (96, 2), (64, 2), (48, 1))  # kbit/s, channels at most
SPARE = 2048  # bytes: the encoder's own header frame and its last, unfinished frame
CLEAN = 320  # kbit/s of an MP3 that stands for a member's file; 160 at the low rates that know no more
LOW_RATES = 24_000  # Hz
VOICE = 96  # kbit/s of a voice alone


@dataclass(frozen=True, slots=True)
class Heard:
    """What a file turned out to be. seconds: how long it plays; channels: one or two, its most anywhere.

    frames: where its MP3 frames begin and end, in bytes, where they are one row. plain: as `Sound` has it.
    """

    kind: str
    loudness: Loudness
    seconds: float
    rate: int
    channels: int
    frames: tuple[int, int] | None
    plain: bool


def listen(path: Path, most: float = LONGEST) -> Heard:
    """Goes through the file's sound, of at most so many seconds. Raises NotAudio, TooLong."""
    heard = _listen(path, most, None)
    return heard or _listen(path, most, 2) or _never()


def _listen(path: Path, most: float, channels: int | None) -> Heard | None:
    """None where it has more channels further on than at its beginning."""
    with opened(path, channels=channels, most=most) as sound:
        meter = Meter(sound.rate, sound.channels)
        for block in sound:
            meter.add(block)
        if sound.widest > sound.channels:
            return None
        loudness = meter.loudness()
        return Heard(
            sound.kind, loudness, sound.seconds, sound.rate, sound.channels, sound.frames, sound.plain
        )


def _never() -> Heard:
    raise NotAudio("its channels change while it is read", Flaw.CHANGING_CHANNELS)


# an output ----------------------------------------------------------------------------------------


def master(source: Path, folder: Path, label: Credits, *, max_bytes: int) -> Master:
    """Makes `<source's stem>.master.mp3` and `.png` in `folder`; they appear only when they are whole.

    An MP3 that fits keeps its audio bit by bit. Everything else is encoded, at the highest of BITRATES that
    fits: MP3, cover and waveform, which go into one message, have `max_bytes` together. Of a minute that
    takes about two seconds, a seventh of one if it is kept. Raises AudioError; OSError of the disk.
    """
    with only_audio_errors():
        heard = listen(source)
        told = _label(heard, label)
        room = max_bytes - len(told.waveform) - len(told.cover)
        target, card = folder / f"{source.stem}.master.mp3", folder / f"{source.stem}.master.png"
        with _whole_or_not_at_all(target) as part:
            kept = heard.frames is not None and _keep(source, heard.frames, part, told, room)
            lowered = not kept and _encode_to_fit(source, heard, part, told, room)
            info: Any = MP3(part).info
            bitrate, size = round(info.bitrate / 1000), part.stat().st_size
            with _whole_or_not_at_all(card) as picture:
                picture.write_bytes(told.card.picture)
        return Master(target, size, heard.seconds, bitrate, not kept, lowered, card)


def _label(heard: Heard, label: Credits) -> Label:
    sections = estimate(label.lyrics, heard.loudness)
    card = draw_card(heard.loudness, sections, label)
    waveform = draw_waveform(heard.loudness, sections, label).picture
    return Label(label, draw_cover(heard.loudness, label), waveform, card, sections)


def _keep(source: Path, frames: tuple[int, int], part: Path, told: Label, max_bytes: int) -> bool:
    start, end = frames
    with source.open("rb") as file, part.open("wb") as copy:
        file.seek(start)
        while start < end and (data := file.read(min(end - start, 2**20))):
            start += copy.write(data)
    tag(part, told)
    return part.stat().st_size <= max_bytes


def _encode_to_fit(source: Path, heard: Heard, part: Path, told: Label, max_bytes: int) -> bool:
    """Encodes at the highest bitrate that fits; whether that is lower than it could have been."""
    part.write_bytes(b"")
    tag(part, told)
    room = (max_bytes - part.stat().st_size - SPARE) * 8 / 1000 / heard.seconds  # kbit/s
    for kilobits, channels in BITRATES:
        if kilobits > room:
            continue
        with opened(source, channels=heard.channels) as sound:
            encode(sound, heard.rate, part, kilobits, channels)
        tag(part, told)
        if part.stat().st_size <= max_bytes:
            return heard.frames is not None or kilobits < BITRATES[0][0]
    raise DoesNotFit(f"{heard.seconds:.0f} s do not fit into {max_bytes} bytes")


# a member's own file ------------------------------------------------------------------------------


def admit(path: Path, label: Credits, shortest: float, longest: float) -> Admitted:
    """Looks at a member's own file, and draws its card beside it (`.png`). Raises AudioError.

    What is not as plainly written as any decoder reads it is replaced by an MP3 of it, because it goes to the
    provider's. shortest, longest: seconds that it may play, to the nearest whole one.
    """
    with only_audio_errors():
        heard = listen(path, longest + 0.5)
        if round(heard.seconds) < shortest:
            said = (
                f"it plays {heard.seconds:.1f} s; from {shortest:.0f} to {longest:.0f} s is what I can rework"
            )
            raise NotAudio(said, Flaw.TOO_SHORT, heard.seconds)
        picture = draw_card(heard.loudness, [], label).picture
        kind = heard.kind
        if not heard.plain:
            kind = "mp3"
            with _whole_or_not_at_all(path) as part, opened(path, channels=heard.channels) as sound:
                encode(sound, heard.rate, part, CLEAN if heard.rate > LOW_RATES else CLEAN // 2)
        path.with_name(f"{path.name}.png").write_bytes(picture)
        return Admitted(kind, heard.seconds)


def sample(path: Path, shortest: float, longest: float) -> Sample:
    """Makes an MP3 of a recording of somebody's voice, whatever it is. Raises AudioError.

    shortest, longest: seconds that it may play. Models take what is a little longer than the shortest, so one
    that just is that gets some silence behind it.
    """
    with only_audio_errors():
        heard = listen(path, longest + 0.5)
        if round(heard.seconds, 1) < shortest:  # in tenths, as its member is told it
            raise NotAudio(f"it plays {heard.seconds:.1f} s", Flaw.TOO_SHORT, heard.seconds)
        if heard.loudness.integrated is None:
            raise NotAudio("it is silent", Flaw.NO_SOUND, heard.seconds)
        with _whole_or_not_at_all(path) as part:
            with opened(path, channels=heard.channels) as sound:
                silence = np.zeros((heard.channels, heard.rate // 2), np.float32)
                encode(
                    chain(sound, [silence]),
                    heard.rate,
                    part,
                    VOICE if heard.rate > LOW_RATES else VOICE // 2,
                    1,
                )
            return Sample(part.read_bytes(), heard.seconds)


@contextmanager
def _whole_or_not_at_all(target: Path) -> Generator[Path]:
    """A path to write to; renamed to `target` at the end, gone after an error."""
    part = target.with_name(f"{target.name}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)

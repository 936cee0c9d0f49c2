"""Sound files: what a file is, its samples, and samples as an MP3. Everything here blocks.

The rule: what a file is, its content says, never its name. FFmpeg is told the format that was seen and does
not guess: its guesses include playlists, which would have it open whatever address stands in them.
"""

# av is typed in parts only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, cast

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""(channels, samples), in [-1, 1]."""

LONGEST = 1200.0  # seconds; the longest output of the ACE-Step family is 720
HIGHEST_RATE = 48_000  # Hz; MP3 knows no more
MP3_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000})
DAMAGED = 0.01  # of a file's packets that may be unreadable before it counts as broken
MISSING = 0.02  # of the duration a file promises that may be missing

_DEMUXERS = {
    "mp3": "mp3",
    "wav": "wav",
    "flac": "flac",
    "ogg": "ogg",
    "m4a": "mov",
    "aac": "aac",
    "aiff": "aiff",
    "webm": "matroska",
}


class AudioError(Exception):
    """The file cannot become a track. str() says why, for the log."""


class NotAudio(AudioError):
    """It is something else, is empty, broken or cut off."""


class TooLong(AudioError):
    """It plays longer than LONGEST."""


# what a file is -----------------------------------------------------------------------------------


def sniff(path: Path) -> str:
    """The kind of audio: "mp3", "wav", "flac", "ogg", "m4a", "aac", "aiff" or "webm". Raises NotAudio."""
    with path.open("rb") as file:
        _skip_id3(file)
        head = file.read(64 * 1024)
        if file.tell() > len(head):
            head = head.lstrip(b"\0")  # padding behind the tag
    if not head:
        raise NotAudio("there is no sound in it" if path.stat().st_size else "the file is empty")
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] == b"ftyp":
        return "m4a"
    for magic, kind in ((b"fLaC", "flac"), (b"OggS", "ogg"), (b"\x1a\x45\xdf\xa3", "webm")):
        if head.startswith(magic):
            return kind
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xF6 == 0xF0:
        return "aac"
    if _mp3_frames(head):
        return "mp3"
    start = head[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        raise NotAudio("it is a web page or XML")
    if start.startswith((b"{", b"[")):
        raise NotAudio("it is JSON")
    raise NotAudio("it is no kind of audio that we know")


def _skip_id3(file: BinaryIO) -> None:
    """Sets the file behind its ID3 tag, which may be large: it holds pictures."""
    head = file.read(10)
    tagged = len(head) == 10 and head[:3] == b"ID3"
    size = (
        sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        if tagged
        else 0
    )
    file.seek(10 + size if tagged else 0)


# MPEG audio layer III, by (version 1) and (versions 2, 2.5): kbit/s by index, and Hz by version and index.
_KILOBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _mp3_frames(head: bytes) -> bool:
    """Whether two MP3 frames follow each other; a single header is four bytes that anything may contain."""
    for start in range(min(len(head) - 4, 4096)):
        length = _mp3_frame_length(head[start : start + 4])
        if length and _mp3_frame_length(head[start + length : start + length + 4]):
            return True
    return False


def _mp3_frame_length(header: bytes) -> int:
    """Bytes of the frame that begins with this header; 0 where it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, bits, hertz = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or bits in (0, 15) or hertz == 3:
        return 0
    first = version == 3
    return (144 if first else 72) * _KILOBITS[first][bits] * 1000 // _HERTZ[version][hertz] + (
        header[2] >> 1 & 1
    )


# samples ------------------------------------------------------------------------------------------


def decode(path: Path) -> tuple[Samples, int]:
    """All of a file's sound, as (channels, samples) float32 with one or two channels, and its rate in Hz.

    Rates that MP3 does not know become 48,000 Hz. Raises NotAudio where it is broken or cut off, TooLong.
    """
    kind = sniff(path)
    if kind == "wav":
        _check_wav_length(path)
    try:
        with av.open(str(path.absolute()), format=_DEMUXERS[kind], mode="r") as container:
            if not container.streams.audio:
                raise NotAudio(f"the {kind} has no sound in it")
            stream = container.streams.audio[0]
            promised = _promised(path, kind, stream)
            if promised > LONGEST:
                raise TooLong(f"it plays {promised:.0f} s")
            samples, rate = _decode(container, stream)
    except FFmpegError as error:
        raise NotAudio(f"the {kind} cannot be read: {error.strerror}") from error
    if samples.shape[1] / rate < promised * (1 - MISSING) - 0.1:
        raise NotAudio(f"the {kind} is cut off: {samples.shape[1] / rate:.1f} of {promised:.1f} s")
    return samples, rate


def _promised(path: Path, kind: str, stream: av.AudioStream) -> float:
    """The seconds that the file's header says it has; 0 where it has no such header and FFmpeg estimates."""
    if kind == "mp3":
        with path.open("rb") as file:
            _skip_id3(file)
            head = file.read(4096)
        if not any(name in head for name in (b"Xing", b"Info", b"VBRI")):
            return 0.0
    if kind == "aac" or not stream.duration or not stream.time_base:
        return 0.0
    return float(stream.duration * stream.time_base)


def _check_wav_length(path: Path) -> None:
    """FFmpeg takes a WAV's length from the file where that is shorter than its header says."""
    with path.open("rb") as file:
        promised = int.from_bytes(file.read(8)[4:], "little")
    if path.stat().st_size < promised < 0xFFFFFFFF - 8:  # written to a pipe: the length was not known
        raise NotAudio(f"the wav is cut off: {path.stat().st_size} of {promised} bytes")


def _decode(container: InputContainer, stream: av.AudioStream) -> tuple[Samples, int]:
    rate = stream.rate if stream.rate in MP3_RATES else HIGHEST_RATE
    resampler = AudioResampler("fltp", "mono" if stream.channels == 1 else "stereo", rate)
    blocks: list[Samples] = []
    packets = damaged = count = 0
    for packet in container.demux(stream):
        packets += 1
        try:
            for frame in packet.decode():
                blocks.extend(_arrays(resampler.resample(frame)))
                count += frame.samples
        except (InvalidDataError, ValueError):  # ValueError: a frame of another rate or layout
            damaged += 1
        if count > LONGEST * stream.rate:
            raise TooLong(f"it plays longer than {LONGEST:.0f} s")
    blocks.extend(_arrays(resampler.resample(None)))
    if not blocks:
        raise NotAudio("there is no sound in it")
    if damaged > max(2, packets * DAMAGED):
        raise NotAudio(f"it is damaged: {damaged} of {packets} packets cannot be read")
    return np.concatenate(blocks, axis=1), rate


def _arrays(frames: Iterable[av.AudioFrame]) -> list[Samples]:
    return [cast("Samples", frame.to_ndarray()) for frame in frames]


def encode(samples: Samples, rate: int, target: Path, kilobits: int, channels: int = 2) -> None:
    """Writes an MP3 of constant bitrate, without tags; mixed down to fewer `channels`."""
    if channels < samples.shape[0]:
        samples = samples.mean(axis=0, keepdims=True)
    layout = "mono" if samples.shape[0] == 1 else "stereo"
    options = {"id3v2_version": "0", "write_id3v1": "0"}
    with av.open(str(target.absolute()), "w", format="mp3", options=options) as container:
        stream = container.add_stream("libmp3lame", rate=rate, layout=layout, bit_rate=kilobits * 1000)
        stream.codec_context.format = "fltp"
        sound = np.ascontiguousarray(np.clip(samples, -1.0, 1.0), dtype=np.float32)
        block = 1152 * 100
        for start in range(0, sound.shape[1], block):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound[:, start : start + block]), "fltp", layout
            )
            frame.rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

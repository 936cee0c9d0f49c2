"""Sound files: what a file is, its samples block by block, and samples as an MP3. Everything here blocks.

The rule: what FFmpeg plays is taken, and what a file is, its content says, never its name or a length in its
header. FFmpeg is let guess among formats that hold sound themselves, and reads through the one file that it
is given: no playlist, and nothing that would have it open an address. A file is never in memory as a whole.
"""

# av is typed in parts only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import os
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from numpy.typing import NDArray

from services.audio import mpeg, ogg, riff
from services.audio.mastered import Flaw, NotAudio, TooLong

Samples = NDArray[np.float32]
"""(channels, samples), in [-1, 1]."""
Channel = NDArray[np.float32]
"""(samples,) of one of them."""

LONGEST = 1200.0  # seconds; the longest output of the ACE-Step family is 720
HIGHEST_RATE = 48_000  # Hz; MP3 knows no more
MP3_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000})
BLOCK = 2**16  # samples of a block; stereo takes 512 KiB
DAMAGED = 0.01  # of a file's packets that may be unreadable before it counts as broken
DAMAGED_AMONG_JUNK = 0.1  # the same of bare frames, between which anything may lie that is taken for one
MISSING = 0.02  # of the duration a header promises that may be missing
CREDIBLE = 16  # times what there is; a header that promises more was written before the length was known
MIXED = 1 / (1 + 2 * math.sqrt(0.5))  # of more than two channels, so that their sum is not cut (ITU-R BS.775)
SILENT = 1e-20  # samples below it are none: the slowest numbers of a processor, and never heard

# What begins like this, is this; everything else is left to FFmpeg's own guess among FORMATS.
_MAGIC = (
    (8, b"WAVE", "wav"), (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"), (4, b"ftyp", "m4a"), (0, b"\x1a\x45\xdf\xa3", "webm"), (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
)  # fmt: skip
_DEMUXERS = {"m4a": "mov", "webm": "matroska", "mp2": "mp3"}
PLAIN: dict[str, tuple[str, ...]] = {  # and the decoders of what is usually in them
    "wav": ("pcm_",), "flac": ("flac",), "ogg": ("vorbis", "opus"), "m4a": ("aac",), "aac": ("aac",),
}  # fmt: skip
FORMATS = (  # of FFmpeg's demuxers those that read one file, and know it by more than the end of its name
    "aa,aac,ac3,ac4,aiff,amr,ape,asf,ast,au,avi,bonk,caf,dsf,dss,dts,dtshd,eac3,flac,flv,gxf,iff,ircam,"
    "loas,matroska,webm,mlp,mmf,mov,mp4,mp3,mpc,mpc8,mpeg,mpegts,mxf,nistsphere,nsv,nut,oma,ogg,osq,paf,"
    "pvf,qcp,qoa,rka,rm,rso,shn,siff,sol,sox,svx,swf,tak,truehd,tta,voc,vqf,w64,wav,wavarc,wtv,wv,xa,xwma"
)
_KINDS = {"mov,mp4,m4a,3gp,3g2,mj2": "m4a", "matroska,webm": "webm"}


class Sound:
    """One pass through a file's sound: an iterable of blocks, to be closed.

    `channels` and `rate` (Hz) are those of the blocks: one or two channels, a rate that MP3 knows. What is
    said of the whole is known at the end: `count` (samples); `widest` (the most channels, up to two, that it
    had anywhere); `frames` (where MP3 frames begin and end, in bytes, if it is one row of them); and `plain`
    (whether it is written as any decoder reads it: one stream in a format that everybody knows, of one rate
    and layout, with an honest header). Raises NotAudio and TooLong, also while it is gone through.

    channels: how many the blocks are to have, where the file's beginning is not to say it. most: seconds.
    """

    kind: str
    """ "mp3", "wav", "flac", "ogg", "m4a", "aac", "aiff", "webm", "mp2" or what FFmpeg calls it."""

    def __init__(self, path: Path, *, channels: int | None = None, most: float = LONGEST) -> None:
        self._path, self._most = path, most
        self._file = path.open("rb")
        try:
            self.kind, self._start = _kind(self._file)
            self._parts = (
                ogg.links(self._file, self._start) if self.kind == "ogg" else [(self._start, sys.maxsize)]
            )
            self._open(self._parts[0])
        except BaseException:
            self._file.close()
            raise
        self.rate = self._stream.rate if self._stream.rate in MP3_RATES else HIGHEST_RATE
        self.channels = channels or min(2, max(1, self._stream.channels))
        self.count = 0
        self.widest = 1
        self._packets = self._damaged = 0
        self.frames: tuple[int, int] | None = None
        self.plain = False

    def close(self) -> None:
        """Closes the file."""
        self._container.close()
        self._file.close()

    @property
    def seconds(self) -> float:
        """How long it plays: what was gone through."""
        return self.count / self.rate

    @property
    def codec(self) -> str:
        """What FFmpeg calls the decoder."""
        return self._stream.codec_context.name

    def _open(self, part: tuple[int, int]) -> None:
        options = {"protocol_whitelist": "none", "format_whitelist": FORMATS, "codec_whitelist": _decoders()}
        guessing = self.kind == ""
        try:
            opened = av.open(
                cast("Any", _Part(self._file, *part, riff.corrections(self._file))),
                format=None if guessing else _DEMUXERS.get(self.kind, self.kind),
                mode="r",
                options=options,
                metadata_errors="ignore",
            )
            self._container = cast("InputContainer", opened)
        except FFmpegError as error:
            raise self._unreadable(error) from error
        if guessing:
            name = self._container.format.name
            self.kind = _KINDS.get(name, name.partition(",")[0])
        stream = self._container.streams.best("audio")
        if not isinstance(stream, av.AudioStream) or not stream.codec_context or not stream.rate:
            self._container.close()
            missing = "no sound in it" if stream is None else "a kind of sound that we do not know"
            raise NotAudio(f"the {self.kind} has {missing}", Flaw.NO_SOUND)
        stream.codec_context.thread_count = 1
        self._stream = stream

    def _unreadable(self, error: FFmpegError) -> Exception:
        if isinstance(error, MemoryError):
            return error
        if not self.kind:
            return NotAudio("it is no kind of audio that we know", Flaw.NOT_AUDIO)
        return NotAudio(f"the {self.kind} cannot be read: {error.strerror}")

    # going through it -----------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Samples]:
        heard = _Blocks(self.channels, self.rate)
        try:
            for number, part in enumerate(self._parts):
                if number:
                    self._container.close()
                    self._open(part)
                for packet in self._container.demux(self._stream):
                    yield from heard.add(self._decoded(packet))
                    self._count(heard)
            yield from heard.end()
        except FFmpegError as error:
            raise self._unreadable(error) from error
        self._count(heard)
        if not self.count:
            raise NotAudio("there is no sound in it", Flaw.NO_SOUND)
        self._check_whole()
        if self.kind == "mp3":
            promised, end = self._promised(), mpeg.whole_row(self._file, self._start)
            well_counted = not promised or abs(promised - self.seconds) <= self.seconds * MISSING + 0.1
            self.frames = (self._start, end) if end is not None and well_counted else None
        alone = len(self._parts) == 1 and len(self._container.streams) == 1
        self.plain = alone and heard.setups == 1 and not self._damaged and self._is_well_written()

    def _is_well_written(self) -> bool:
        if self.kind == "mp3":
            return self.frames is not None and mpeg.is_behind_one_tag(self._file, self._start)
        honest = self.kind != "wav" or riff.is_honest(self._file)
        return self.codec.startswith(PLAIN.get(self.kind, ())) and self._start == 0 and honest

    def _decoded(self, packet: Packet[av.AudioStream]) -> list[av.AudioFrame]:
        self._packets += 1
        try:
            frames = packet.decode()
        except InvalidDataError:
            self._damaged += 1
            return []
        if self.widest == 1 and any(frame.layout.nb_channels > 1 for frame in frames):
            self.widest = 2
        return frames

    def _count(self, heard: _Blocks) -> None:
        self.count = heard.count
        if self.seconds > self._most:
            raise TooLong(f"it plays longer than {self._most:.0f} s", Flaw.TOO_LONG)

    def _check_whole(self) -> None:
        """Raises NotAudio where too much is missing of what was to be there, or could not be read.

        A promise that was kept settles it: then nothing that could not be read was part of the sound.
        """
        promised = self._promised()
        missing = self.seconds < promised * (1 - MISSING) - 0.1 and promised <= self.seconds * CREDIBLE
        if promised and not missing and self.seconds >= promised * (1 - MISSING) - 0.1:
            return
        most = DAMAGED_AMONG_JUNK if self.kind in ("mp3", "aac") and not promised else DAMAGED
        if self._damaged > max(2, self._packets * most):
            said = f"it is damaged: {self._damaged} of {self._packets} packets cannot be read"
            raise NotAudio(said, Flaw.DAMAGED)
        if missing and not (self.kind == "mp3" and mpeg.bytes_there(self._file, self._start)):
            said = f"the {self.kind} is cut off: {self.seconds:.1f} of {promised:.1f} s"
            raise NotAudio(said, Flaw.CUT_OFF)

    def _promised(self) -> float:
        """The seconds that there should be; 0 where nothing says it that counts samples or bytes."""
        stream = self._stream
        match self.kind:
            case "mp3":
                return mpeg.promised(self._file, self._start)
            case "wav":
                return self.seconds / max(0.001, riff.share_there(self._file))
            case "flac" | "m4a" | "aiff" if stream.duration and stream.time_base:
                return float(stream.duration * stream.time_base)
            case _:
                return 0.0


@contextmanager
def opened(path: Path, *, channels: int | None = None, most: float = LONGEST) -> Generator[Sound]:
    """A file's sound, closed at the end."""
    sound = Sound(path, channels=channels, most=most)
    try:
        yield sound
    finally:
        sound.close()


class _Blocks:
    """Frames of whatever rate and layout, as blocks of one rate and layout, clipped to [-1, 1]."""

    def __init__(self, channels: int, rate: int) -> None:
        self.count = self.setups = 0
        self._layout, self._rate = "mono" if channels == 1 else "stereo", rate
        self._setup: object = None
        self._gain = np.float32(1.0)
        self._resampler: AudioResampler | None = None
        self._kept: list[list[Channel]] = []  # of each frame
        self._waiting = 0  # samples in them

    def add(self, frames: Iterable[av.AudioFrame]) -> Iterator[Samples]:
        for frame in frames:
            setup = (frame.format.name, frame.layout.name, frame.sample_rate)
            if self._resampler is None or setup != self._setup:
                yield from self._flush()
                self.setups += 1
                self._setup, self._resampler = setup, AudioResampler("fltp", self._layout, self._rate)
                self._gain = np.float32(MIXED if frame.layout.nb_channels > 2 else 1.0)
            frame.pts = None  # times that jump are nothing that is heard
            yield from self._keep(self._resampler.resample(frame))

    def end(self) -> Iterator[Samples]:
        yield from self._flush()
        if self._kept:
            yield self._block()

    def _flush(self) -> Iterator[Samples]:
        if self._resampler is not None:
            yield from self._keep(self._resampler.resample(None))

    def _keep(self, frames: Iterable[av.AudioFrame]) -> Iterator[Samples]:
        for frame in frames:
            planes: Any = frame.planes  # whose memory is longer than what is in it
            samples = [np.frombuffer(plane, np.float32, frame.samples) for plane in planes]
            self._kept.append(samples if self._gain == 1 else [one * self._gain for one in samples])
            self._waiting += frame.samples
            self.count += frame.samples
            if self._waiting >= BLOCK:
                yield self._block()

    def _block(self) -> Samples:
        block = np.empty((len(self._kept[0]), self._waiting), np.float32)
        for row, parts in zip(block, zip(*self._kept, strict=True), strict=True):
            np.concatenate(parts, out=row)
        self._kept, self._waiting = [], 0
        level = np.abs(block)
        loudest = level.max(initial=0.0)
        if not np.isfinite(loudest):  # NaN is the largest of any
            raise NotAudio("it holds samples that are not numbers", Flaw.NOT_NUMBERS)
        if loudest > 1.0:
            np.clip(block, -1.0, 1.0, out=block)
        if (none := level < SILENT).any():
            block[none] = 0.0
        return block


class _Part:
    """A part of a file, as FFmpeg reads it; whatever a header says, it goes to no place outside it."""

    def __init__(self, file: BinaryIO, start: int, end: int, corrections: Mapping[int, int]) -> None:
        self._file, self._start, self._corrections = file, start, corrections
        self._end = min(end, file.seek(0, os.SEEK_END))
        file.seek(start)

    def read(self, size: int) -> bytes:
        begin = self._file.tell()
        data = self._file.read(max(0, min(size, self._end - begin)))
        for place, byte in self._corrections.items():
            if 0 <= (at := place - begin) < len(data):
                data = data[:at] + bytes([byte]) + data[at + 1 :]
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: self._start, os.SEEK_CUR: self._file.tell(), os.SEEK_END: self._end}[whence]
        return self._file.seek(min(max(self._start, base + offset), self._end)) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start


# what a file is -----------------------------------------------------------------------------------


def _kind(file: BinaryIO) -> tuple[str, int]:
    """The kind, and where what is of it begins; "" where FFmpeg is to find out. Raises NotAudio."""
    start = mpeg.behind_tags(file)
    file.seek(start)
    head = file.read(512)
    if not head:
        raise _nothing(file)
    for at, magic, kind in _MAGIC:
        if head.startswith(magic, at):
            return kind, start
    if (found := mpeg.first_frame(file, start)) is not None:
        return {0: "aac", 3: "mp3"}.get(found[1].layer, "mp2"), found[0]
    text = head[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<"):
        raise NotAudio("it is a web page or XML", Flaw.WEB_PAGE)
    if text.startswith((b"{", b"[")):
        raise NotAudio("it is JSON", Flaw.JSON)
    return "", start


def _nothing(file: BinaryIO) -> NotAudio:
    """Why there is nothing behind the tags and zeros."""
    file.seek(0)
    match file.read(1):
        case b"":
            return NotAudio("the file is empty", Flaw.EMPTY)
        case b"\0":
            return NotAudio("it is no kind of audio that we know", Flaw.NOT_AUDIO)
        case _:
            return NotAudio("there is no sound in it", Flaw.NO_SOUND)


@cache
def _decoders() -> str:
    """FFmpeg's decoders of sound: what else is in a file is not decoded, however large its pictures are."""
    found: list[str] = []
    for name in av.codecs_available:
        with suppress(ValueError):
            if av.Codec(name, "r").type == "audio":
                found.append(name)
    return ",".join(found)


# an MP3 of it -------------------------------------------------------------------------------------


def encode(blocks: Iterable[Samples], rate: int, target: Path, kilobits: int, channels: int = 2) -> None:
    """Writes an MP3 of constant bitrate, without tags; mixed down to fewer `channels`."""
    options = {"id3v2_version": "0", "write_id3v1": "0"}
    with (
        target.open("wb") as file,  # a disk that is full is then told as such, not as a fault of the sound's
        av.open(file, "w", format="mp3", options=options) as container,
    ):
        stream: Any = None
        written = 0
        for block in blocks:
            mixed = block.mean(axis=0, keepdims=True) if channels < len(block) else block
            layout = "mono" if len(mixed) == 1 else "stereo"
            if stream is None:
                stream = container.add_stream(
                    "libmp3lame", rate=rate, layout=layout, bit_rate=kilobits * 1000
                )
                stream.codec_context.format = "fltp"
            sound = np.ascontiguousarray(np.clip(mixed, -1.0, 1.0), dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(sound, "fltp", layout)
            frame.rate, frame.pts = rate, written
            written += sound.shape[1]
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))

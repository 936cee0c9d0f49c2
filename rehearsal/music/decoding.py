"""Any audio file to samples.

What it is, its content says; FFmpeg is told so and does not guess, since some guesses open other addresses.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

HIGHEST_RATE = 48_000  # Hz; what is above is brought down to it
SLACK = 0.5  # seconds: encoders pad, so a piece of the longest duration may decode to a little more
MAGIC = (
    (0, b"RIFF", "wav"), (0, b"fLaC", "flac"), (0, b"OggS", "ogg"), (4, b"ftyp", "mov"), (0, b"FORM", "aiff"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"), (0, b"ID3", "mp3"),
)  # fmt: skip
LOSSLESS = ("pcm_", "flac", "alac")


class NotAudio(ValueError):
    """It is something else, or broken."""


class TooLong(ValueError):
    """It plays longer than is taken."""


@dataclass(frozen=True, slots=True)
class Recording:
    """`samples`: float32, shape (2, n). `deep`: whether it has more than 16 bits a sample to keep."""

    samples: np.ndarray
    rate: int
    deep: bool = False

    @property
    def seconds(self) -> float:
        return self.samples.shape[1] / self.rate

    def mono(self, rate: int) -> np.ndarray:
        """Both sides together at another rate: float32 (n,)."""
        middle = self.samples.mean(axis=0, keepdims=True)
        return resampled(middle, self.rate, rate, round(self.seconds * rate))[0]


def format_of(data: bytes) -> str:
    """What a file is, as FFmpeg calls it. Raises NotAudio."""
    for at, magic, name in MAGIC:
        if data[at : at + len(magic)] == magic:
            return name
    if data[:1] == b"\xff" and len(data) > 1:
        return "aac" if data[1] & 0xF6 == 0xF0 else "mp3"
    raise NotAudio


def decode(data: bytes, longest: float) -> Recording:
    """The samples of a file, mono ones on both sides; `longest` in seconds. Raises NotAudio, TooLong."""
    parts: list[np.ndarray] = []
    count = 0
    try:
        with av.open(io.BytesIO(data), "r", format=format_of(data)) as container:
            if not container.streams.audio:
                raise NotAudio
            stream = container.streams.audio[0]
            codec = stream.codec_context
            rate = min(codec.sample_rate, HIGHEST_RATE)
            layout = "mono" if codec.layout.nb_channels == 1 else "stereo"
            deep = codec.name.startswith(LOSSLESS) and codec.format.bits > 16
            straight = AudioResampler("fltp", layout, rate)
            for frame in container.decode(stream):
                for piece in straight.resample(frame):
                    parts.append(piece.to_ndarray())
                    count += piece.samples
                if count > (longest + SLACK) * rate:
                    raise TooLong
            parts += [piece.to_ndarray() for piece in straight.resample(None)]
    except (FFmpegError, EOFError) as error:
        raise NotAudio(str(error)) from None
    samples = np.concatenate(parts, axis=1) if parts else np.zeros((2, 0), dtype=np.float32)
    if samples.shape[1] < rate // 10 or not np.isfinite(samples).all():
        raise NotAudio
    return Recording(np.repeat(samples, 3 - samples.shape[0], axis=0)[:2], rate, deep)


def resampled(samples: np.ndarray, old: int, new: int, size: int) -> np.ndarray:
    """float32 (1 or 2, n) at another rate, cut or filled up with silence to `size` samples; always a copy."""
    if old != new:
        layout = "mono" if samples.shape[0] == 1 else "stereo"
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
        frame.sample_rate = old
        turn = AudioResampler("fltp", layout, new)
        pieces = [piece.to_ndarray() for part in (frame, None) for piece in turn.resample(part)]
        samples = np.concatenate(pieces, axis=1)
    result = np.zeros((samples.shape[0], size), dtype=np.float32)
    count = min(size, samples.shape[1])
    result[:, :count] = samples[:, :count]
    return result

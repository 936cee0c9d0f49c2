"""Sound files as members bring them, and what tests measure in sound."""

from __future__ import annotations

import io
from functools import cache

import av
import numpy as np

RATE = 44100
TUNE = (60, 64, 67, 72, 71, 67, 65, 62, 60, 67, 64, 60)  # MIDI note numbers, one each half second
CHORDS = ((48, 55, 64), (43, 50, 59), (45, 52, 60), (41, 48, 57))  # two seconds each


@cache
def tune(seconds: float, rate: int = RATE) -> np.ndarray:
    """A melody over chords at 120 beats a minute, that no composer of ours made: float32 (2, samples).

    All who ask for it have the same one, which cannot be changed.
    """
    size = round(seconds * rate)
    time = np.arange(size) / rate
    sound = np.zeros((2, size))

    def add(start: float, length: float, pitch: int, level: float, pan: float) -> None:
        low, high = (min(size, round(edge * rate)) for edge in (start, start + length))
        here = time[: high - low]
        basis = 440 * 2 ** ((pitch - 69) / 12)
        note = sum(np.sin(2 * np.pi * basis * k * here) / k**1.5 for k in (1, 2, 3, 4))
        shape = np.minimum(1, here / 0.01) * np.exp(-here) * np.minimum(1, (length - here) / 0.02)
        sound[:, low:high] += level * note * shape * np.array([[1 - pan], [1 + pan]])

    for number in range(int(seconds * 2)):
        add(number / 2, 0.5, TUNE[number % len(TUNE)], 0.3, 0.1)
        if number % 4 == 0:
            for pitch in CHORDS[number // 4 % len(CHORDS)]:
                add(number / 2, 2.0, pitch, 0.1, -0.2)
    made = sound.astype(np.float32)
    made.setflags(write=False)
    return made


@cache
def recorded(seconds: float, kind: str, rate: int = RATE) -> bytes:
    """A file with the tune."""
    return encoded(tune(seconds, rate), kind, rate)


def encoded(sound: np.ndarray, kind: str, rate: int = RATE) -> bytes:
    """A file: wav, wav24, flac, mp3, opus or m4a; mono where there is one row."""
    container, codec, form = {
        "wav": ("wav", "pcm_s16le", "s16"),
        "wav24": ("wav", "pcm_s24le", "s32"),
        "flac": ("flac", "flac", "s16"),
        "mp3": ("mp3", "libmp3lame", "fltp"),
        "opus": ("ogg", "libopus", "flt"),
        "m4a": ("mp4", "aac", "fltp"),
    }[kind]
    layout = "mono" if sound.shape[0] == 1 else "stereo"
    target = io.BytesIO()
    with av.open(target, "w", format=container) as file:
        quickly = {"compression_level": "7"} if kind == "mp3" else {}
        stream = file.add_stream(codec, rate=rate, layout=layout, options=quickly)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout=layout)
        frame.sample_rate = rate
        frame.pts = 0
        for piece in av.AudioResampler(form, layout, rate).resample(frame):
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return target.getvalue()


def pcm(data: bytes) -> np.ndarray:
    """What any player plays: 16-bit samples, shape (2, n) as int32, at the file's own rate."""
    with av.open(io.BytesIO(data), "r") as file:
        (stream,) = file.streams.audio
        mono = stream.codec_context.layout.nb_channels == 1
        straight = av.AudioResampler("s16", "mono" if mono else "stereo", stream.rate)
        frames = [*file.decode(stream), None]
        parts = [part.to_ndarray().reshape(-1) for frame in frames for part in straight.resample(frame)]
    samples = np.concatenate(parts).astype(np.int32).reshape(-1, 1 if mono else 2).T
    return np.repeat(samples, 2, axis=0) if mono else samples


def jump(samples: np.ndarray, at: int) -> float:
    """The largest step between neighbours around a sample, in that of the whole piece."""
    steps = np.abs(np.diff(samples, axis=1)).max(axis=0)
    return float(steps[max(0, at - 50) : at + 50].max() / steps.max())


def loud(samples: np.ndarray) -> float:
    """RMS of 16-bit samples in dBFS."""
    return 10 * float(np.log10(np.mean(np.square(samples / 32768)) + 1e-12))


def classes(samples: np.ndarray, rate: int = RATE, hop: float = 0.25) -> np.ndarray:
    """The share of each pitch class in every quarter of a second: (looks, 12)."""
    size = 1 << 14
    mono = np.pad(samples.mean(axis=0), size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[:: round(hop * rate)]
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1))
    frequency = np.fft.rfftfreq(size, 1 / rate)
    heard = (frequency > 120) & (frequency < 1100)
    names = np.round(69 + 12 * np.log2(frequency[heard] / 440)).astype(int) % 12
    sums = np.stack([power[:, heard][:, names == name].sum(axis=1) for name in range(12)], axis=1)
    return sums / np.maximum(1e-9, sums.sum(axis=1, keepdims=True))


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """How alike the pitch classes of two pieces are over time: 1 is the same music, 0 any other."""
    size = min(one.shape[1], other.shape[1])
    return float(np.corrcoef(classes(one[:, :size]).ravel(), classes(other[:, :size]).ravel())[0, 1])


def colour(samples: np.ndarray) -> np.ndarray:
    """Loudness in dB of each third of an octave, the mean taken out."""
    spectrum = np.abs(np.fft.rfft(samples.mean(axis=0))) ** 2
    frequency = np.fft.rfftfreq(samples.shape[1], 1 / RATE)
    edges = 60 * 2 ** (np.arange(26) / 3)
    bands = [spectrum[(frequency >= low) & (frequency < low * 2 ** (1 / 3))].mean() for low in edges]
    levels = 10 * np.log10(np.array(bands) + 1e-9)
    return levels - levels.mean()

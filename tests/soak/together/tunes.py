"""Sound of which it can be told what it is: each tune has a pitch of its own, and rises, so that no moment
of it is like another; each recording of a voice is one note, by which its owner is known."""

from __future__ import annotations

import io
import itertools
import threading
from pathlib import Path

import av
import numpy as np

from rehearsal.music.decoding import decode

RATE = 44_100
LOWEST, STEP, HIGHEST = 300.0, 37.0, 6000.0  # Hz of tunes
RISE = 5.0  # Hz in a second
LOWEST_NOTE, NOTE_STEP = 400.0, 12.0  # Hz of recordings
HEARD_WITHIN = NOTE_STEP / 3  # Hz


class Tunes:
    """Gives each seed a tune, and each recording a note."""

    def __init__(self) -> None:
        self._pitches: dict[int, float] = {}
        self._notes = itertools.count()
        self._lock = threading.Lock()

    def tune(self, seconds: float, seed: int) -> bytes:
        """An MP3; the same for the same seed."""
        steps = int((HIGHEST - LOWEST) / STEP)
        with self._lock:  # several are rendered at once, each in a thread
            pitch = self._pitches.setdefault(seed, LOWEST + STEP * (len(self._pitches) % steps))
        return mp3(seconds, pitch, RISE)

    def next_note(self) -> float:
        """In Hz; one that nobody has had."""
        return LOWEST_NOTE + NOTE_STEP * next(self._notes)


def mp3(seconds: float, pitch: float, rise: float = 0.0) -> bytes:
    """One channel: two take twice as long, here and in whoever hears them."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=RATE, layout="mono", options={"compression_level": "9"})
        stream.bit_rate = 128_000
        at = np.arange(int(seconds * RATE)) / RATE
        wave = 0.3 * np.sin(2 * np.pi * (pitch * at + rise * at * at / 2))
        frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="fltp", layout="mono")
        frame.rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return target.getvalue()


def note_of(file: Path) -> float:
    """The pitch of a recording of one note, in Hz. Blocks. Raises OSError, and what decoding raises."""
    samples = decode(file.read_bytes(), float("inf")).mono(8000)
    loud = np.abs(np.fft.rfft(samples))
    return float(np.argmax(loud[1:]) + 1) * 8000 / len(samples)

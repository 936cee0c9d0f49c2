"""Real sound for tests, made at once, where the rehearsal's music takes its time."""

from __future__ import annotations

import io
from functools import cache

import av
import numpy as np

RATE = 16_000  # Hz; at music's 44,100 whoever makes or hears it takes twice as long
PITCH = 440  # Hz


@cache
def tone(seconds: float, to: float = PITCH) -> bytes:
    """An MP3 of that length, with one channel: two take twice as long, here and in whoever hears them.

    to: Hz that it has at its end. One that goes somewhere sounds like no other place of it.
    """
    target = io.BytesIO()
    with av.open(target, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=RATE, layout="mono", options={"compression_level": "9"})
        stream.bit_rate = 128_000
        time = np.arange(int(seconds * RATE)) / RATE
        turns = PITCH * time + (to - PITCH) / (2 * seconds) * time**2
        wave = 0.3 * np.sin(2 * np.pi * turns).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
        frame.rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return target.getvalue()

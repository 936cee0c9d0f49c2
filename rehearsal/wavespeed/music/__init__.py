"""The rehearsal's composer: tags, lyrics, duration and seed to a piece of music; the same request, the same bytes."""

from __future__ import annotations

import hashlib

import numpy as np

from rehearsal.wavespeed.music.mp3 import RATE, encode

__all__ = ["RATE", "compose", "render"]


def _generator(tags: str, lyrics: str, duration: float, seed: int) -> np.random.Generator:
    request = "\x00".join((tags, lyrics, f"{duration:.3f}", str(seed)))
    return np.random.default_rng(int.from_bytes(hashlib.sha256(request.encode()).digest()[:16], "big"))


def compose(tags: str, lyrics: str, duration: float, seed: int) -> np.ndarray:
    """A piece of `duration` seconds: float32, shape (2, samples) at 44100 Hz, within [-1, 1]."""
    chance = _generator(tags, lyrics, duration, seed)
    size = round(duration * RATE)
    out = np.zeros((2, size), dtype=np.float32)
    step = 0.3
    for number in range(int(duration / step)):
        pitch = int(chance.choice([48, 52, 55, 57, 60, 62, 64, 67, 69, 72]))
        start = round(number * step * RATE)
        time = np.arange(min(RATE, size - start)) / RATE
        note = np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time) * np.exp(-3 * time)
        out[:, start : start + time.size] += note * 0.25
    return (np.tanh(out) * 0.89).astype(np.float32)


def render(tags: str, lyrics: str, duration: float, seed: int) -> bytes:
    """The same as an MP3."""
    return encode(compose(tags, lyrics, duration, seed))

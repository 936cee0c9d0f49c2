"""The rehearsal's composer: tags, lyrics, duration and seed to music; the same request gives the same bytes.

Each module is one step: style (tags) and words (lyrics) -> form -> arrangement -> performance -> containers.
`reworks` makes music from music.
"""

from __future__ import annotations

import numpy as np

from rehearsal.music.containers import RATE, encode
from rehearsal.music.ideas import write
from rehearsal.music.take import composed

__all__ = ["RATE", "compose", "render", "write"]


def compose(tags: str, lyrics: str, duration: float, seed: int, version: str = "1") -> np.ndarray:
    """A piece of `duration` seconds: float32, shape (2, samples) at 44100 Hz, within [-1, 1].

    Version "1.5" is another musician: the same seed gives another piece, with more air and more width."""
    return composed(tags, lyrics, duration, seed, version).sound()


def render(tags: str, lyrics: str, duration: float, seed: int) -> bytes:
    """The same as an MP3 that decodes to the same length."""
    return encode(compose(tags, lyrics, duration, seed))

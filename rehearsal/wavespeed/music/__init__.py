"""The rehearsal's composer: tags, lyrics, duration and seed to music; the same request gives the same bytes.

Each module is one step: style (tags) and words (lyrics) -> form -> arrangement -> performance -> containers.
"""

from __future__ import annotations

import numpy as np

from rehearsal.wavespeed.music.arrangement import Arranger
from rehearsal.wavespeed.music.chance import Chance
from rehearsal.wavespeed.music.containers import RATE, encode
from rehearsal.wavespeed.music.form import plan
from rehearsal.wavespeed.music.ideas import write
from rehearsal.wavespeed.music.performance import Performance
from rehearsal.wavespeed.music.style import read_tags
from rehearsal.wavespeed.music.words import read_lyrics

__all__ = ["RATE", "compose", "render", "write"]


def compose(tags: str, lyrics: str, duration: float, seed: int, version: str = "1") -> np.ndarray:
    """A piece of `duration` seconds: float32, shape (2, samples) at 44100 Hz, within [-1, 1].

    Version "1.5" is another musician: the same seed gives another piece, with more air and more width."""
    newer = version == "1.5"
    chance = Chance(f"1.5 {seed}" if newer else seed)
    ask = read_tags(tags, chance)
    form = plan(ask, read_lyrics(lyrics), duration, chance)
    score = Arranger(ask, form, chance).score()
    return Performance(score, ask, duration, chance, airy=newer).sound()


def render(tags: str, lyrics: str, duration: float, seed: int) -> bytes:
    """The same as an MP3 that decodes to the same length."""
    return encode(compose(tags, lyrics, duration, seed))

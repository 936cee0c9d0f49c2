"""The rehearsal's composer: tags, lyrics, duration and seed to music; the same request gives the same bytes.

Each module is one step: style (tags) and words (lyrics) -> form -> arrangement -> performance -> mp3.
"""

from __future__ import annotations

import numpy as np

from rehearsal.wavespeed.music.arrangement import Arranger
from rehearsal.wavespeed.music.chance import Chance
from rehearsal.wavespeed.music.form import plan
from rehearsal.wavespeed.music.mp3 import RATE, encode
from rehearsal.wavespeed.music.performance import Performance
from rehearsal.wavespeed.music.style import read_tags
from rehearsal.wavespeed.music.words import read_lyrics

__all__ = ["RATE", "compose", "render"]


def compose(tags: str, lyrics: str, duration: float, seed: int) -> np.ndarray:
    """A piece of `duration` seconds: float32, shape (2, samples) at 44100 Hz, within [-1, 1]."""
    chance = Chance(seed)
    ask = read_tags(tags, chance)
    form = plan(ask, read_lyrics(lyrics), duration, chance)
    score = Arranger(ask, form, chance).score()
    return Performance(score, ask, duration, chance).sound()


def render(tags: str, lyrics: str, duration: float, seed: int) -> bytes:
    """The same as an MP3 that decodes to the same length."""
    return encode(compose(tags, lyrics, duration, seed))

"""A piece before it sounds: what was asked for, the score, who plays. Reworks make takes of takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rehearsal.music.arrangement import Arranger, Score
from rehearsal.music.chance import Chance
from rehearsal.music.containers import RATE
from rehearsal.music.form import plan
from rehearsal.music.performance import Performance
from rehearsal.music.style import Ask, read_tags
from rehearsal.music.words import read_lyrics


@dataclass(frozen=True, slots=True)
class Take:
    """`duration`: seconds that are heard; `lead_in`: seconds of the score that lie before them, unheard."""

    ask: Ask
    score: Score
    duration: float
    chance: Chance
    lead_in: float = 0.0
    singer: Chance | None = None
    airy: bool = False

    @property
    def bar(self) -> float:
        """Seconds."""
        return self.score.form.meter * 60 / self.score.form.bpm

    def sound(self) -> np.ndarray:
        """float32, shape (2, samples) at 44100 Hz, within [-1, 1]."""
        return self._performance().sound()[:, self._skipped :]

    def voice(self) -> np.ndarray:
        """The voice alone."""
        return self._performance().voice()[:, self._skipped :]

    @property
    def _skipped(self) -> int:
        return round((self.lead_in + self.duration) * RATE) - round(self.duration * RATE)

    def _performance(self) -> Performance:
        return Performance(
            self.score,
            self.ask,
            self.lead_in + self.duration,
            self.chance,
            singer=self.singer,
            airy=self.airy,
        )


def composed(tags: str, lyrics: str, duration: float, seed: int, version: str = "1") -> Take:
    """What tags, lyrics, duration (seconds) and seed ask for; always the same."""
    newer = version == "1.5"
    chance = Chance(f"1.5 {seed}" if newer else seed)
    ask = read_tags(tags, chance)
    form = plan(ask, read_lyrics(lyrics), duration, chance)
    return Take(ask, Arranger(ask, form, chance).score(), duration, chance, airy=newer)

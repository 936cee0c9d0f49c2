"""Chords: progressions in roman numerals, chords as pitch classes, voicings that hardly move."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
}
BRIGHTER = {"major", "mixolydian", "lydian"}

# Numerals count from the major scale whatever the mode is; "|" parts bars, two chords in a bar share it.
PROGRESSIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "pop": {
        "major": ("I | V | vi | IV", "I | vi | IV | V", "vi | IV | I | V", "IV | I | V | vi",
            "I | iii | IV | V"),
        "minor": ("i | bVI | bIII | bVII", "bVI | bVII | i | i", "i | bVII | bVI | V", "i | iv | bVI | V"),
    },
    "rock": {
        "major": ("I | bVII | IV | I", "I | IV | V | IV", "I | V | IV | IV", "vi | IV | I | V"),
        "minor": ("i | bVII | bVI | bVII", "i | bIII | bVII | iv", "i | bVI | bVII | i"),
    },
    "metal": {
        "major": ("I | bII | I | bVII",),
        "minor": ("i | i | bVI | bVII", "i | bII | i | bVII", "i | bVI | iv | V", "i | bIII | bVI | bII"),
    },
    "folk": {
        "major": ("I | IV | I | V", "I | V | IV | I", "I | vi | IV | V", "I | IV | V | I"),
        "minor": ("i | bVII | i | bVII", "i | bVII | bIII | IV", "i | IV | bVII | i"),
    },
    "jazz": {
        "major": ("ii9 | V13 | Imaj9 | vi7", "Imaj7 vi7 | ii7 V9 | iii7 vi7 | ii9 V13",
                  "Imaj9 | IVmaj7 | iii7 VI7 | ii7 V7", "IVmaj7 | iii7 | ii9 | Imaj9"),
        "minor": ("im9 | iv7 | iim7b5 V7 | im9", "im7 bVImaj7 | iim7b5 V7 | im7 iv7 | iim7b5 V7",
                  "im9 | bVII9 | bVImaj7 | V7"),
    },
    "blues": {"major": ("I7 | I7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | V7",
                        "I7 | IV7 | I7 | I7 | IV7 | IV7 | I7 | VI7 | ii7 | V7 | I7 | V7"),
              "minor": ("im7 | im7 | iv7 | im7 | bVI7 | V7 | im7 | im7",)},
    "soul": {
        "major": ("Imaj7 | vi7 | ii9 | Vsus4 V", "Imaj7 | iii7 | IVmaj7 | ii7 V7",
            "IVmaj7 | iii7 | ii7 | Imaj7"),
        "minor": ("im9 | iv9 | bVII | bIIImaj7", "im7 | bVImaj7 | iv7 | V7", "bVImaj7 | v7 | im9 | im9"),
    },
    "vamp": {"major": ("I9 | I9 | IV9 | I9", "I7 | bVII | IV7 | I7"),
             "minor": ("im7 | IV9 | im7 | IV9", "im9 | im9 | IV9 | im9", "im7 | bIII bVII | IV9 | im7")},
    "two chords": {"major": ("I | ii7 | I | ii7", "I | IV | I | V", "Imaj7 | vi7 | Imaj7 | IV"),
                   "minor": ("im7 | iv7 | im7 | iv7", "im9 | im9 | bVImaj7 | v7", "i | bVI | i | bVII")},
    "loop": {"major": ("IVmaj7 | V | vi7 | Imaj7", "vi7 | IV | I | V", "Imaj9 | iii7 | vi7 | IVmaj7"),
             "minor": ("im9 | bVImaj7 | bIII | bVII", "bVI | bVII | i | v7", "i | bIII | bVII | iv9")},
    "static": {"major": ("I | I | bVII | I",), "minor": ("im7 | im7 | im7 | bVI", "i | i | bII | i",
        "i | bVII | i | i")},
    "drift": {"major": ("Imaj9 | Imaj9 | IVmaj9 | IVmaj9", "IVmaj9 | Imaj7 | vi9 | ii9",
        "Imaj7 | II | IVmaj7 | I"),
              "minor": ("im9 | im9 | bVImaj9 | bVImaj9", "im9 | IV9 | bVImaj7 | bVII")},
    "classical": {"major": ("I | IV | V7 | I", "I | vi | ii | V7", "I | V7 | vi iii | IV V7",
        "I ii | V7 I | IV I | V7 I"),
                  "minor": ("i | iv | V7 | i", "i | bVI | iidim V7 | i", "i bVII | bVI V7 | i iv | V7 i")},
    "epic": {"major": ("I | V | bVI | bVII",), "minor": ("i | bVI | bIII | bVII", "i | bVI | iv | V",
        "i | bVII | iv | bVI")},
    "latin": {"major": ("I | IV | V7 | IV", "I | vi | ii7 | V7"), "minor": ("i | iv | V7 | i",
        "i | bVII | bVI | V7")},
}  # fmt: skip
NUMERALS = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10), "maj7": (0, 4, 7, 11),
    "9": (0, 4, 7, 10, 14), "m9": (0, 3, 7, 10, 14), "maj9": (0, 4, 7, 11, 14), "13": (0, 4, 10, 14, 21),
    "m7b5": (0, 3, 6, 10), "dim": (0, 3, 6), "sus4": (0, 5, 7), "6": (0, 4, 7, 9),
}  # fmt: skip
NUMERAL = re.compile(r"(b?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)")


@dataclass(frozen=True, slots=True)
class Chord:
    root: int  # pitch class, 0 is C
    intervals: tuple[int, ...]  # semitones over the root

    @property
    def classes(self) -> tuple[int, ...]:
        return tuple((self.root + interval) % 12 for interval in self.intervals)


def chord_of(numeral: str, key: int) -> Chord:
    match = NUMERAL.fullmatch(numeral)
    assert match, numeral
    flat, degree, suffix = match.groups()
    if degree.islower() and not suffix.startswith(("m", "dim")):
        suffix = "m" + suffix
    return Chord((key + NUMERALS[degree.lower()] - bool(flat)) % 12, QUALITIES[suffix])


def progressions(family: str, mode: str) -> tuple[str, ...]:
    return PROGRESSIONS[family]["major" if mode in BRIGHTER else "minor"]


def bars_of(progression: str, key: int) -> list[tuple[Chord, ...]]:
    """The chords of each bar."""
    return [tuple(chord_of(name, key) for name in bar.split()) for bar in progression.split("|")]


def scale_over(chord: Chord, key: int, mode: str) -> list[int]:
    """Pitch classes to sing over a chord: the scale, bent where the chord leaves it."""
    tones = set(chord.classes)
    scale = {(key + step) % 12 for step in SCALES[mode]}
    strangers = tones - scale
    scale -= {near for tone in strangers for near in ((tone + 1) % 12, (tone - 1) % 12) if near not in tones}
    return sorted(scale | tones)


@lru_cache(maxsize=4096)
def voicing(chord: Chord, before: tuple[int, ...], centre: int, size: int = 4) -> tuple[int, ...]:
    """The chord's pitches around `centre`: the inversion nearest to what sounded before."""
    classes = list(dict.fromkeys(chord.classes))
    if len(classes) > size:  # the bass has the root
        classes = classes[1 : size + 1]
    best: tuple[float, tuple[int, ...]] | None = None
    for turn in range(len(classes)):
        order = classes[turn:] + classes[:turn]
        for octave in range(centre // 12 - 2, centre // 12 + 2):
            pitches = [order[0] + 12 * octave]
            for tone in order[1:]:
                pitches.append(pitches[-1] + ((tone - pitches[-1]) % 12 or 12))
            far = abs(sum(pitches) / len(pitches) - centre)
            moved = sum(min(abs(pitch - old) for old in before) for pitch in pitches) if before else 0
            cost = moved + far * (0.7 if before else 1.5)
            if best is None or cost < best[0]:
                best = (cost, tuple(pitches))
    assert best
    return best[1]

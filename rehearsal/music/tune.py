"""Melodies: a motif for each kind of section, bent to the chords; it returns when that section does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rehearsal.music.chance import Chance
from rehearsal.music.harmony import Chord, scale_over

LIFT = {
    "verse": 0,
    "chorus": 4,
    "bridge": 2,
    "inst": 3,
    "intro": 0,
    "outro": -1,
}  # semitones over the voice's middle
SLOTS = 64  # sixteenths that a motif remembers: four bars
EASY = 3.2  # syllables a second that are sung without haste


@dataclass(frozen=True, slots=True)
class Note:
    start: float  # beats
    length: float  # beats
    pitch: int  # MIDI note number
    velocity: float = 0.8  # 0..1


@dataclass(frozen=True, slots=True)
class Ground:
    """What a melody stands on."""

    chord_at: Callable[[float], Chord]  # by the beat of the piece
    key: int  # pitch class
    mode: str
    bpm: float


@dataclass(frozen=True, slots=True)
class Motif:
    """What makes lines of a section alike: which slots are liked, and the steps that the contour takes."""

    liking: np.ndarray  # for each sixteenth
    contour: np.ndarray  # scale steps from the middle, for each sixteenth
    delay: float  # beats of rest before the line


def motif_of(chance: Chance, kind: str, letter: str, narrow: bool) -> Motif:
    dice = chance.of("motif", kind, letter)
    steps = dice.choice(
        [-3, -2, -1, 0, 1, 2, 3], p=[0.04, 0.12, 0.27, 0.14, 0.27, 0.12, 0.04], size=SLOTS // 2
    )
    contour = np.zeros(SLOTS // 2)
    here = float(dice.choice([-2, 0, 2]))
    arch = 2.0 * np.sin(np.pi * np.linspace(0, 1, SLOTS // 2)) * dice.choice([1, 1, -1])
    for slot, step in enumerate(steps):
        here += step - 0.22 * (here - arch[slot])
        contour[slot] = here
    if narrow:
        contour *= 0.35
    delay = float(dice.choice([0, 0, 0.5, 1.0])) if kind != "chorus" else float(dice.choice([0, 0, 0.5]))
    return Motif(dice.uniform(0, 0.9, SLOTS), np.repeat(contour, 2), delay)


def rhythm(motif: Motif, count: int, beats: float, bpm: float) -> list[float]:
    """Where `count` syllables begin within a line of `beats`, leaving room to breathe at its end."""
    room = beats - (1.0 if beats >= 4 else 0.5)
    span = min(room, max(1.0, round(count * bpm / 60 / EASY)))
    delay = motif.delay if motif.delay + span <= room else 0.0
    grid = next(
        (g for g in (0.5, 0.25, 0.125, 0.0625) if span / g >= count * (1.15 if g > 0.2 else 1)), 0.03125
    )
    slots = max(count, int(span / grid))
    weights = []
    for slot in range(slots):
        beat = slot * grid
        metric = 1.0 if beat % 1 == 0 else 0.55 if beat % 0.5 == 0 else 0.2
        weights.append(metric + motif.liking[int(beat * 4) % SLOTS] + (2 if slot == 0 else 0))
    liked = sorted(range(slots), key=lambda slot: -weights[slot])[:count]
    return [delay + slot * span / slots for slot in sorted(liked)]


def line_of(
    ground: Ground,
    motif: Motif,
    count: int,
    start: float,
    beats: float,
    middle: int,
    closes: bool,
    before: int | None,
) -> list[Note]:
    """One line of melody, its times in beats of the piece. A line that `closes` comes home."""
    key = ground.key
    onsets = rhythm(motif, count, beats, ground.bpm)
    notes: list[Note] = []
    for number, onset in enumerate(onsets):
        final = number == count - 1
        chord = ground.chord_at(start + onset)
        scale = scale_over(chord, key, ground.mode)
        wanted = middle + 1.75 * motif.contour[int(onset * 4) % SLOTS]
        strong = onset % 1 == 0 or final
        allowed = set(chord.classes) if strong else set(scale)
        if final:
            home = {key, (key + 7) % 12} | ({(key + 4) % 12, (key + 3) % 12} & set(chord.classes))
            allowed = (allowed & home if closes else allowed - {key}) or allowed
        pitch = _nearest(wanted, allowed, before)
        after = onsets[number + 1] if not final else min(beats - 0.4, onset + (3.0 if closes else 2.0))
        length = max(0.12, after - onset)
        notes.append(Note(start + onset, length, pitch, 0.85 if onset % 1 == 0 else 0.72))
        before = pitch
    return notes


def _nearest(wanted: float, classes: set[int], before: int | None) -> int:
    low = int(wanted) - 9
    choices = [pitch for pitch in range(low, low + 19) if pitch % 12 in classes]

    def cost(pitch: int) -> float:
        leap = abs(pitch - before) if before is not None else 0
        return abs(pitch - wanted) + 0.25 * leap + (2.5 if leap > 7 else 0) + (0.4 if leap == 6 else 0)

    return min(choices, key=cost)

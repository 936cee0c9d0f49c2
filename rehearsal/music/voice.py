"""A singing voice: harmonics of the melody, coloured by the vowel's formants, with consonants between.

A line is sung in one breath: pitch glides from note to note, long notes get vibrato, diphthongs move.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rehearsal.music.containers import RATE
from rehearsal.music.drums import noise
from rehearsal.music.tones import TABLE, TOP, hertz, presence, table_of
from rehearsal.music.words import Syllable

# Hz of the first three formants, men's and women's averages: Peterson and Barney, JASA 24 (1952), table II.
# m, n, l are not theirs: low first formant, the rest damped, as in any closed mouth.
FORMANTS: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "i": ((270, 2290, 3010), (310, 2790, 3310)), "I": ((390, 1990, 2550), (430, 2480, 3070)),
    "e": ((530, 1840, 2480), (610, 2330, 2990)), "a": ((730, 1090, 2440), (850, 1220, 2810)),
    "A": ((640, 1190, 2390), (760, 1400, 2780)), "o": ((570, 840, 2410), (590, 920, 2710)),
    "u": ((300, 870, 2240), (370, 950, 2670)), "R": ((490, 1350, 1690), (500, 1640, 1960)),
    "m": ((250, 1000, 2200), (280, 1100, 2400)), "n": ((250, 1500, 2500), (280, 1700, 2700)),
    "l": ((350, 1050, 2700), (400, 1200, 2900)),
}  # fmt: skip
WIDTHS = (80.0, 100.0, 130.0, 200.0, 260.0)  # Hz
HUMS = {"m": "m", "n": "n", "l": "l", "r": "R", "w": "u", "y": "i", "м": "m", "н": "n", "л": "l", "р": "R"}
# Noise before the vowel: Hz from and to, seconds, level.
BURSTS: dict[str, tuple[float, float, float, float]] = {
    "s": (5000, 11000, 0.09, 0.13), "sh": (2200, 7000, 0.09, 0.17), "ch": (2400, 7000, 0.06, 0.18),
    "f": (2500, 10000, 0.07, 0.05), "th": (4000, 9500, 0.06, 0.05), "h": (600, 4000, 0.07, 0.06),
    "t": (3500, 9000, 0.03, 0.15), "k": (1500, 4200, 0.035, 0.14), "p": (500, 2500, 0.025, 0.11),
    "z": (4500, 9500, 0.06, 0.06), "d": (3000, 7000, 0.018, 0.08), "b": (300, 1500, 0.014, 0.09),
    "g": (1200, 3000, 0.02, 0.08), "v": (1500, 6000, 0.05, 0.03), "j": (2200, 6500, 0.045, 0.1),
}  # fmt: skip
SAME = {"c": "k", "q": "k", "x": "s", "с": "s", "т": "t", "к": "k", "п": "p", "ш": "sh", "ч": "ch", "ф": "f",
        "х": "h", "з": "z", "д": "d", "б": "b", "г": "g", "в": "v", "ж": "j", "ц": "s",
        "щ": "sh"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sung:
    start: float  # seconds
    end: float  # seconds
    pitch: int
    syllable: Syllable
    velocity: float = 0.8


@lru_cache(maxsize=1024)
def _vowel(vowel: str, pitch: int, female: bool) -> np.ndarray:
    """One period of the vowel at a pitch: a source that falls with frequency, five resonances in a row."""
    basis = hertz(pitch)
    number = np.arange(1, max(2, int(TOP / basis) + 1))
    frequency = number * basis
    amplitude = 1.0 / number
    tract = (*FORMANTS[vowel][female], 4150 if female else 3400, 5200 if female else 4500)
    # Singers open the mouth with the pitch: the first formant never lies under the note.
    tract = (max(tract[0], basis * 1.05), *tract[1:])
    for middle, width in zip(tract, WIDTHS, strict=True):
        ratio = frequency / middle
        amplitude /= np.sqrt((1 - ratio**2) ** 2 + (ratio * width / middle) ** 2)
    amplitude *= 1 + 1.5 * np.exp(
        -(((frequency - 3000) / 700) ** 2)
    )  # the singer's formant carries over a band
    loud = np.sqrt(np.sum(amplitude**2))
    amplitude *= presence(frequency)
    closed = 0.55 if vowel in "mnl" else 1.0
    return table_of(amplitude / loud * closed, np.pi * number**2 / number.size * 0.3)


@lru_cache(maxsize=64)
def _burst(kind: str) -> np.ndarray:
    low, high, seconds, level = BURSTS[kind]
    sound = noise(np.random.default_rng(7 + sorted(BURSTS).index(kind)), seconds, low, high)
    return sound * np.hanning(sound.size).astype(np.float32) ** np.float32(0.5) * np.float32(level)


def consonant_of(onset: str) -> tuple[str | None, str | None]:
    """The noise and the hum that a syllable starts with."""
    burst = next((onset[k : k + 2] for k in range(len(onset)) if onset[k : k + 2] in BURSTS), None)
    if not burst:
        burst = next((SAME.get(c, c) for c in onset if SAME.get(c, c) in BURSTS), None)
    return burst, next((HUMS[c] for c in onset[-1:] if c in HUMS), None)


def _smooth(steps: np.ndarray, width: int) -> np.ndarray:
    """A moving average, twice: corners become glides."""
    for _ in range(2):
        padded = np.concatenate(
            (np.full(width // 2, steps[0]), steps, np.full(width - width // 2, steps[-1]))
        )
        total = np.cumsum(padded)
        steps = (total[width:] - total[:-width])[: steps.size] / width
    return steps


def _pitches(
    line: list[Sung], begin: float, size: int, dice: np.random.Generator, cents: float
) -> np.ndarray:
    """Pitch in semitones for each sample, at a hundredth of the rate and then drawn out."""
    coarse = np.arange(0, size + 100, 100) / RATE + begin
    edges = np.array([note.start - 0.02 for note in line[1:]])
    steps = np.array([float(note.pitch) for note in line])
    semitones = _smooth(steps[np.searchsorted(edges, coarse)], 24)
    semitones -= 1.2 * np.exp(
        -np.maximum(0, coarse - line[0].start) / 0.05
    )  # the first note is reached from below
    swing = np.zeros(coarse.size)
    for note in line:
        if note.end - note.start > 0.38:
            inside = (coarse > note.start + 0.2) & (coarse < note.end + 0.05)
            swing[inside] = np.minimum(1, (coarse[inside] - note.start - 0.2) * 4)
    rate = 5.2 + dice.uniform(-0.3, 0.5)
    semitones += 0.3 * swing * np.sin(2 * np.pi * rate * coarse + dice.uniform(0, 6))
    drift = np.interp(coarse, np.linspace(coarse[0], coarse[-1], 12), dice.normal(0, 0.06, 12))
    fine = (semitones + drift + cents / 100)[np.minimum(np.arange(size) // 100, coarse.size - 1)]
    return _smooth(fine, 100)


def sing(
    line: list[Sung], female: bool, dice: np.random.Generator, cents: float = 0.0
) -> tuple[int, np.ndarray]:
    """A line in one breath: the sample at which it begins, and its sound (float32 mono)."""
    begin = max(0.0, line[0].start - 0.14)
    size = int((line[-1].end + 0.25 - begin) * RATE)
    turns = np.cumsum(hertz(0) * np.exp2(_pitches(line, begin, size, dice, cents) / 12)) / RATE
    where = (turns * TABLE).astype(np.int64) & (TABLE - 1)
    voiced = np.zeros(size, dtype=np.float32)
    extra = np.zeros(size, dtype=np.float32)
    times: list[float] = [0.0]
    levels: list[float] = [0.0]
    for number, note in enumerate(line):
        start, end = note.start - begin, note.end - begin
        follows = number + 1 < len(line) and line[number + 1].start - note.end < 0.12
        burst, hum = consonant_of(note.syllable.onset)
        rise = 0.5 if hum else 0.0 if burst else 0.62
        first = number == 0 or line[number - 1].end < note.start - 0.12
        times += [
            start - 0.03,
            start + 0.04,
            max(start + 0.05, end - (0.05 if follows else 0.1)),
            end + (0.0 if follows else 0.08),
        ]
        levels += [
            0.0 if first and not hum else rise,
            note.velocity,
            note.velocity * 0.86,
            0.5 if follows else 0.0,
        ]
        _colour(voiced, where, note, begin, hum, female, follows)
        if burst:
            sound = _burst(burst)
            at = max(0, int((start + 0.005) * RATE) - sound.size)
            extra[at : at + sound.size] += sound[: size - at] * np.float32(note.velocity)
    order = np.maximum.accumulate(np.array(times))
    envelope = np.interp(np.arange(size) / RATE, order, levels).astype(np.float32)
    air = dice.standard_normal(size, dtype=np.float32) * np.float32(0.012 if female else 0.008)
    return int(begin * RATE), (voiced + air) * envelope + extra


def _colour(
    voiced: np.ndarray,
    where: np.ndarray,
    note: Sung,
    begin: float,
    hum: str | None,
    female: bool,
    follows: bool,
) -> None:
    """Adds the note's vowels, one fading into the next."""
    start, end = note.start - begin, note.end - begin + (0.0 if follows else 0.2)
    vowels = list(note.syllable.vowel)
    if note.syllable.coda[:1] in HUMS and note.syllable.coda:
        vowels.append(HUMS[note.syllable.coda[0]])
    parts: list[tuple[str, float]] = (
        [(hum, start - 0.06), (vowels[0], start + 0.03)] if hum else [(vowels[0], start - 0.04)]
    )
    held = note.end - note.start
    for place, vowel in enumerate(vowels[1:]):
        last = place == len(vowels) - 2
        parts.append((vowel, start + max(0.45 * held, held - (0.09 if last else 0.22))))
    fade = 0.05
    for place, (vowel, since) in enumerate(parts):
        until = parts[place + 1][1] if place + 1 < len(parts) else end
        low = max(0, int((since - fade / 2) * RATE))
        high = min(where.size, int((until + fade / 2) * RATE))
        if high <= low:
            continue
        weight = np.ones(high - low, dtype=np.float32)
        edge = min(high - low, int(fade * RATE))
        weight[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)
        weight[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
        voiced[low:high] += _vowel(vowel, note.pitch, female)[where[low:high]] * weight

"""Any recording to a take: its tempo and beats, key, chords and leading melody, as far as samples tell them.

It listens as a musician writes down a record: roughly right, always the same for the same samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rehearsal.music.arrangement import Bars, Score
from rehearsal.music.chance import Chance
from rehearsal.music.decoding import Recording
from rehearsal.music.form import Form, Section, in_order
from rehearsal.music.genres import GENRES
from rehearsal.music.harmony import QUALITIES, SCALES, Chord
from rehearsal.music.style import Ask
from rehearsal.music.take import Take
from rehearsal.music.tune import Note

RATE = 22050  # Hz; all that is listened for lies below 5 kHz
HOP = 256  # samples between two looks at the onsets
LOOK = 1024  # samples between two looks at the pitches
SLOWEST, FASTEST, USUAL = 60.0, 180.0, 115.0  # beats a minute
LOWEST, HIGHEST = 50, 86  # MIDI note numbers of a melody
HARMONICS = 6
# Krumhansl and Kessler's key profiles, C major and C minor: Psychological Review 89 (1982).
PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
METER = 4
SHORTEST = 4  # seconds that are needed to tell a tempo; silence follows what is shorter


@dataclass(frozen=True, slots=True)
class Pulse:
    """`first`: seconds from the start to the first downbeat."""

    bpm: float
    first: float


def listened(recording: Recording) -> Take:
    """The recording as it would be written down. Blocks: 60 s take about half a second."""
    sound = recording.mono(RATE)
    sound = np.pad(sound, (0, max(0, SHORTEST * RATE - sound.size)))
    sound /= max(1e-6, float(np.abs(sound).max()))
    onsets = _onsets(sound)
    spectra = _spectra(sound)
    classes = _classes(spectra)
    pulse = _pulse(onsets, classes)
    bar = METER * 60 / pulse.bpm
    lead_in = (bar - pulse.first) % bar
    count = max(1, math.ceil((recording.seconds + lead_in) / bar - 0.05))
    key, mode = _key(classes)
    bars = _chords(classes, count, bar, lead_in, key, mode)
    levels = _levels(sound, count, bar, lead_in)
    form = Form(pulse.bpm, METER, count, _sections(levels), fades=False, goes_on=True)
    score = Score(form, key, bars)
    score.notes["lead"] = _melody(spectra, onsets, pulse.bpm, lead_in)
    pitches = [note.pitch for note in score.notes["lead"]]
    ask = Ask(
        GENRES["pop"], pulse.bpm, True, mode, bool(pitches) and float(np.median(pitches)) > 62, None, key
    )
    return Take(ask, score, recording.seconds, Chance(0), lead_in)


def _frames(sound: np.ndarray, size: int, hop: int) -> np.ndarray:
    """Windows whose middles are `hop` apart, the first at 0."""
    padded = np.pad(sound, (size // 2, size // 2 + hop))
    return np.lib.stride_tricks.sliding_window_view(padded, size)[: sound.size + hop : hop]


def _onsets(sound: np.ndarray) -> np.ndarray:
    """How much begins at each hop."""
    window = np.hanning(1024).astype(np.float32)
    spectra = np.log1p(30 * np.abs(np.fft.rfft(_frames(sound, 1024, HOP) * window, axis=1)))
    flux = np.maximum(0, np.diff(spectra, axis=0, prepend=spectra[:1])).sum(axis=1)
    smooth = np.convolve(flux, np.ones(61) / 61, "same")
    flux = np.maximum(0, flux - smooth)
    return flux / max(1e-9, float(flux.max()))


def _spectra(sound: np.ndarray) -> np.ndarray:
    """Loudness of each third of a semitone from C2 (36) up to five octaves, at each look: (looks, bands)."""
    size = 8192
    pitches = np.arange(36, 108, 1 / 3)
    centres = 440 * 2 ** ((pitches - 69) / 12) * size / RATE
    low = np.floor(centres).astype(int)
    part = (centres - low).astype(np.float32)
    window = np.hanning(size).astype(np.float32)
    window[: size // 4] *= np.float32(0.3)  # a look is at what sounds from now on, more than at what did
    frames = _frames(sound, size, LOOK)
    looks = [np.abs(np.fft.rfft(frames[k : k + 64] * window, axis=1)) for k in range(0, len(frames), 64)]
    whole = np.concatenate(looks).astype(np.float32)
    return np.sqrt(whole[:, low] * (1 - part) + whole[:, low + 1] * part)


def _classes(spectra: np.ndarray) -> np.ndarray:
    """The share of each pitch class, C first, at each look, from the third to the sixth octave."""
    bands = spectra[:, 36:144].reshape(len(spectra), -1, 12, 3)[:, :, :, 0].sum(axis=1)
    bands -= bands.min(axis=1, keepdims=True)
    return bands / np.maximum(1e-9, bands.sum(axis=1, keepdims=True))


def _pulse(onsets: np.ndarray, classes: np.ndarray) -> Pulse:
    """The beat is the frequency that the onsets have in them, together with twice and half of it."""
    rate = RATE / HOP
    size = 1 << max(15, math.ceil(math.log2(onsets.size)) + 2)
    power = np.abs(np.fft.rfft(onsets - onsets.mean(), size))
    tempos = np.exp(np.arange(math.log(SLOWEST), math.log(FASTEST), 0.0005))

    def at(bpm: np.ndarray) -> np.ndarray:
        place = bpm / 60 / rate * size
        low = place.astype(int)
        return power[low] + (place - low) * (power[low + 1] - power[low])

    liking = np.exp(-0.5 * (np.log2(tempos / USUAL) / 0.6) ** 2)
    strength = (at(tempos) + 0.7 * at(2 * tempos) + 0.3 * at(4 * tempos) + 0.2 * at(tempos / 2)) * liking
    bpm = float(tempos[int(np.argmax(strength))])
    seconds = np.arange(onsets.size) / rate
    turn = np.angle(np.sum(onsets * np.exp(-2j * np.pi * seconds * bpm / 60)))
    beat = 60 / bpm
    first = float(-turn / (2 * np.pi) % 1) * beat
    return Pulse(bpm, first + beat * _downbeat(onsets, classes, first, beat))


def _downbeat(onsets: np.ndarray, classes: np.ndarray, first: float, beat: float) -> int:
    """Which of the first beats opens a bar: there chords change, and something heavy falls."""
    end = onsets.size * HOP / RATE
    beats = first + beat * np.arange(max(1, int((end - first) / beat)))
    sums = np.pad(np.cumsum(classes, axis=0), ((1, 0), (0, 0)))
    low = np.clip(((beats + 0.15 * beat) * RATE / LOOK).astype(int), 0, len(classes) - 1)
    high = np.clip(((beats + 0.85 * beat) * RATE / LOOK).astype(int) + 1, low + 1, len(classes))
    means = (sums[high] - sums[low]) / (high - low)[:, None]
    turns = np.abs(np.diff(means, axis=0, prepend=means[:1])).sum(axis=1)
    heavy = onsets[np.clip((beats * RATE / HOP).round().astype(int), 0, onsets.size - 1)]
    places = range(min(METER, beats.size))
    return max(places, key=lambda k: float(turns[k::METER].mean() + 0.3 * heavy[k::METER].mean()))


def _key(classes: np.ndarray) -> tuple[int, str]:
    whole = classes.mean(axis=0)
    fits = {
        (key, mode): float(np.roll(np.subtract(profile, np.mean(profile)) / np.std(profile), key) @ whole)
        for mode, profile in PROFILES.items()
        for key in range(12)
    }
    return max(fits, key=lambda name: fits[name])


def _chords(classes: np.ndarray, count: int, bar: float, lead_in: float, key: int, mode: str) -> Bars:
    """Two chords a bar, of major and minor triads; those of the key, and those that stay, are preferred."""
    chords = [Chord(root, QUALITIES[kind]) for root in range(12) for kind in ("", "m")]
    shapes = np.zeros((len(chords), 12))
    scale = {(key + step) % 12 for step in SCALES[mode]}
    for row, chord in zip(shapes, chords, strict=True):
        row -= 0.4
        row[list(chord.classes)] = 1.0
        row[chord.root] = 1.2
        if not set(chord.classes) <= scale:
            row -= 0.12
    edges = np.arange(2 * count + 1) * bar / 2 - lead_in
    looks = np.clip((edges * RATE / LOOK).round().astype(int), 0, len(classes))
    found: list[Chord] = []
    for low, high in pairwise(looks):
        if high <= low:
            found.append(found[-1] if found else Chord(key, QUALITIES["" if mode == "major" else "m"]))
            continue
        fits = shapes @ classes[low:high].mean(axis=0)
        if found:
            fits[chords.index(found[-1])] += 0.02
        found.append(chords[int(np.argmax(fits))])
    pairs = zip(found[::2], found[1::2], strict=True)
    return [(one,) if one == other else (one, other) for one, other in pairs]


def _levels(sound: np.ndarray, count: int, bar: float, lead_in: float) -> list[float]:
    edges = np.clip(((np.arange(count + 1) * bar - lead_in) * RATE).astype(int), 0, sound.size)
    parts = [sound[low:high] for low, high in pairwise(edges)]
    return [float(np.sqrt(np.mean(part**2))) if part.size else 0.0 for part in parts]


def _sections(levels: list[float]) -> list[Section]:
    """Four bars each: loud ones are choruses."""
    usual = float(np.mean(levels))
    starts = range(0, len(levels), 4)
    kinds = ["chorus" if float(np.mean(levels[k : k + 4])) >= usual else "verse" for k in starts]
    return in_order([Section(kind, min(4, len(levels) - k)) for k, kind in zip(starts, kinds, strict=True)])


def _melody(spectra: np.ndarray, onsets: np.ndarray, bpm: float, lead_in: float) -> list[Note]:
    """The pitch with the strongest series of harmonics, followed from look to look; notes begin at onsets."""
    flat = spectra / (spectra.mean(axis=1, keepdims=True) + 0.05 * spectra.mean() + 1e-9)
    pitches = np.arange(LOWEST, HIGHEST + 1)
    salience = np.zeros((len(spectra), pitches.size), dtype=np.float32)
    for number in range(1, HARMONICS + 1):
        bands = np.round((pitches - 36 + 12 * math.log2(number)) * 3).astype(int)
        inside = bands < flat.shape[1]
        salience[:, inside] += 0.75 ** (number - 1) * flat[:, bands[inside]]
    salience += 0.012 * (pitches - LOWEST)  # tunes lie on top
    path = _followed(salience - np.median(salience, axis=1, keepdims=True))
    loud = spectra.sum(axis=1)
    loud /= max(1e-9, float(loud.max()))
    seconds = LOOK / RATE
    starts = [k for k in range(1, len(path)) if path[k] != path[k - 1] or _struck(onsets, k)]
    edges = [0, *starts, len(path)]
    notes: list[Note] = []
    for low, high in pairwise(edges):
        if (high - low) * seconds < 0.09 or loud[low:high].max() < 0.12:
            continue
        begin, end = (_near_onset(onsets, low * seconds), high * seconds)
        start, length = (begin + lead_in) * bpm / 60, max(0.05, (end - begin) * bpm / 60 * 0.96)
        notes.append(Note(start, length, int(pitches[path[low]]), 0.5 + 0.45 * float(loud[low:high].max())))
    return notes


def _followed(salience: np.ndarray) -> list[int]:
    """The best path through pitches, where every change costs (Viterbi)."""
    steps = np.abs(np.subtract.outer(np.arange(salience.shape[1]), np.arange(salience.shape[1])))
    cost = np.where(steps == 0, 0, 1.2 + 0.08 * np.minimum(steps, 12)).astype(np.float32)
    best, back = salience[0].copy(), np.zeros(salience.shape, dtype=np.int16)
    for k in range(1, len(salience)):
        ways = best[None, :] - cost
        back[k] = ways.argmax(axis=1)
        best = ways.max(axis=1) + salience[k]
    path = [int(best.argmax())]
    for k in range(len(salience) - 1, 0, -1):
        path.append(int(back[k][path[-1]]))
    return path[::-1]


def _struck(onsets: np.ndarray, look: int) -> bool:
    """Whether something clearly begins within a look."""
    here = look * LOOK // HOP
    near = onsets[here : here + LOOK // HOP]
    return bool(near.size and near.max() > 0.35 and near.max() >= onsets[max(0, here - 4) : here + 8].max())


def _near_onset(onsets: np.ndarray, second: float) -> float:
    """The strongest onset within 60 ms, or the second itself."""
    here, reach = round(second * RATE / HOP), 5
    low = max(0, here - reach)
    near = onsets[low : here + reach + 1]
    return (low + int(near.argmax())) * HOP / RATE if near.size and near.max() > 0.08 else second

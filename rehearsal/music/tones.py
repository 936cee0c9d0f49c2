"""Instruments: a tone is layers of harmonics, each a table read at the pitch, with its own fading.

Of each pitch one long note is made, and every note cut from it: a piece costs what its pitches cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rehearsal.music.containers import RATE

TABLE = 8192  # samples in a period: enough to be read without interpolation
TOP = 15000.0  # Hz; no harmonic above


@dataclass(frozen=True, slots=True)
class Layer:
    shape: Callable[[np.ndarray], np.ndarray]  # harmonic numbers -> amplitudes
    fade: float = 0.0  # seconds to 1/e at middle C, 0 for a held sound
    detune: float = 0.0  # cents, up and down
    level: float = 1.0


@dataclass(frozen=True, slots=True)
class Tone:
    layers: tuple[Layer, ...]
    attack: float = 0.004  # seconds
    release: float = 0.08  # seconds
    level: float = 1.0
    vibrato: float = 0.0  # cents
    breath: float = 0.0  # noise in the sound
    body: float = 0.0  # Hz; harmonics around it sound more
    wide: bool = False  # another take on the right


def roll(power: float, first: int = 1, last: int = 400) -> Callable[[np.ndarray], np.ndarray]:
    return lambda k: np.where((k >= first) & (k <= last), 1.0 / k**power, 0)


def odd(power: float, even: float = 0.0) -> Callable[[np.ndarray], np.ndarray]:
    return lambda k: np.where(k % 2 == 1, 1.0, even) / k**power


def of(*amplitudes: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda k: np.array([amplitudes[int(n) - 1] if n <= len(amplitudes) else 0.0 for n in k])


def hump(middle: float, width: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda k: np.exp(-(((k - middle) / width) ** 2)) + 0.3 / k**2


def plucked(fade: float, bright: float, release: float = 0.12, level: float = 1.0, body: float = 0.0) -> Tone:
    return Tone(
        (Layer(roll(bright, 1, 3), fade, 0.6), Layer(roll(bright, 4, 9), fade * 0.4), Layer(roll(bright,
            10), fade * 0.13)),
        0.002, release, level, body=body,
    )  # fmt: skip


TONES: dict[str, Tone] = {
    "piano": plucked(1.1, 1.35, 0.15, 1.0, 900), "harpsichord": plucked(0.7, 0.75, 0.1, 0.5),
    "harp": plucked(0.9, 1.9, 0.5), "banjo": plucked(0.22, 0.9, 0.1, 0.8, 1800),
    "acoustic guitar": plucked(0.6, 1.15, 0.2, 0.9, 700), "nylon guitar": plucked(0.5, 1.6, 0.2, 1.0, 450),
    "electric guitar": plucked(0.8, 1.05, 0.05, 0.8, 1400), "pluck": plucked(0.18, 0.95, 0.15, 0.7),
    "distorted guitar": Tone((Layer(roll(1.0), 3.0), Layer(roll(0.8, 3, 40), 1.2)), 0.002, 0.05, 0.7),
    "distorted lead": Tone((Layer(roll(0.9), 0, 3), Layer(odd(0.8), 0, 0, 0.5)), 0.01, 0.08, 0.5, 18,
        body=1600),
    "electric piano": Tone((Layer(of(1, 0.25, 0.1), 1.3), Layer(of(0, 0, 0, 0.3, 0, 0.2, 0.16), 0.12)),
        0.002, 0.15),
    "vibraphone": Tone((Layer(of(1, 0, 0, 0.35), 1.4, 0.4), Layer(of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.3),
        0.1)), 0.002, 0.4),
    "marimba": Tone((Layer(of(1, 0.05, 0, 0.4), 0.28), Layer(of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.3), 0.04)),
        0.002, 0.2),
    "music box": Tone((Layer(of(1, 0, 0.3), 0.9), Layer(of(0, 0, 0, 0, 0.4, 0, 0, 0.25), 0.2)), 0.001, 0.6,
        0.8),
    "bell": Tone((Layer(of(1, 0.2, 0, 0.5, 0.3), 1.6, 2), Layer(of(0, 0, 0, 0, 0, 0.4, 0, 0, 0.3), 0.4,
        4)), 0.002, 0.8, 0.7),
    "organ": Tone((Layer(of(1, 0.8, 0.5, 0.35, 0, 0.2, 0, 0.25), 0, 1.5),), 0.01, 0.06, 0.5),
    "accordion": Tone((Layer(roll(0.9, 1, 14), 0, 7),), 0.04, 0.08, 0.45, body=1200),
    "melodica": Tone((Layer(odd(0.9, 0.4), 0, 2),), 0.03, 0.08, 0.6, 14, 0.03),
    "harmonica": Tone((Layer(odd(0.8, 0.6), 0, 3),), 0.04, 0.08, 0.5, 16, 0.04, 1500),
    "strings": Tone((Layer(roll(1.25), 0, 9), Layer(roll(1.25), 0, 4, 0.7)), 0.22, 0.35, 0.5, 8, body=800,
        wide=True),
    "violin": Tone((Layer(roll(1.05), 0, 0),), 0.07, 0.12, 0.6, 22, 0.02, 1100),
    "cello": Tone((Layer(roll(1.3), 0, 1),), 0.08, 0.2, 0.8, 14, 0.02, 350),
    "choir": Tone((Layer(roll(1.5), 0, 12), Layer(roll(1.3), 0, 5, 0.6)), 0.2, 0.4, 0.7, 14, 0.03, 620,
        wide=True),
    "pad": Tone((Layer(roll(1.6), 0, 10), Layer(roll(1.4), 0, 5, 0.6)), 0.35, 0.6, 0.7, wide=True),
    "supersaw": Tone((Layer(roll(1.0), 0, 14), Layer(roll(1.0), 0, 7, 0.8)), 0.01, 0.15, 0.4, wide=True),
    "brass": Tone((Layer(hump(3, 3.5), 0, 5), Layer(roll(1, 4, 20), 0.5, 3, 0.6)), 0.035, 0.08, 0.55, 6,
        0.01, 1300),
    "trumpet": Tone((Layer(hump(4, 4), 0), Layer(roll(0.9, 5, 24), 0.6, 0, 0.5)), 0.025, 0.08, 0.55, 14,
        0.01, 1500),
    "horn": Tone((Layer(hump(2, 2.2), 0, 3),), 0.06, 0.15, 0.8, 6),
    "saxophone": Tone((Layer(hump(3, 3), 0, 1), Layer(odd(1.1, 0.8), 0, 0, 0.6)), 0.03, 0.08, 0.6, 18,
        0.05, 1000),
    "clarinet": Tone((Layer(odd(1.2, 0.06), 0),), 0.03, 0.08, 0.7, 6, 0.015),
    "flute": Tone((Layer(of(1, 0.35, 0.14, 0.05, 0.02), 0),), 0.05, 0.1, 0.9, 14, 0.09),
    "whistle": Tone((Layer(of(1, 0.04, 0.02), 0),), 0.03, 0.1, 0.8, 20, 0.05),
    "synth lead": Tone((Layer(roll(1.0), 0, 6), Layer(odd(1.1), 0, 0, 0.4)), 0.008, 0.12, 0.45, 10),
    "square lead": Tone((Layer(odd(1.0), 0),), 0.002, 0.04, 0.4, 8),
    "acid": Tone((Layer(roll(1.1), 0.5), Layer(roll(0.6, 3, 30), 0.07)), 0.002, 0.04, 0.4, body=1500),
    "finger bass": plucked(0.7, 1.7, 0.06, 1.1), "pick bass": plucked(0.8, 1.2, 0.06, 0.9),
    "upright bass": plucked(0.45, 2.0, 0.08, 1.2), "square bass": Tone((Layer(odd(1.2), 0),), 0.002, 0.03,
        0.6),
    "deep bass": Tone((Layer(of(1, 0.3, 0.12, 0.06), 1.6),), 0.006, 0.08, 1.1),
    "808": Tone((Layer(of(1, 0.22, 0.16, 0.06, 0.05), 1.1),), 0.003, 0.1, 1.25),
    "synth bass": Tone((Layer(roll(1.5), 0, 3), Layer(roll(0.8, 2, 30), 0.12)), 0.003, 0.05, 0.75),
    "wobble bass": Tone((Layer(roll(1.0, 1, 30), 0, 8),), 0.005, 0.06, 0.6),
}  # fmt: skip


def hertz(pitch: float) -> float:
    return 440.0 * 2 ** ((pitch - 69) / 12)


def presence(frequencies: np.ndarray) -> np.ndarray:
    """The treble (Hz -> factor) that a finished mix has and bare harmonic series lack: +5 dB by 6 kHz."""
    return 1 + 0.9 * frequencies**2 / (frequencies**2 + 2000.0**2)


def table_of(amplitudes: np.ndarray, phases: np.ndarray | None = None) -> np.ndarray:
    """One period of harmonics 1, 2, …: float32."""
    spectrum = np.zeros(TABLE // 2 + 1, dtype=np.complex128)
    turn = np.exp(1j * phases) if phases is not None else -1j
    spectrum[1 : amplitudes.size + 1] = amplitudes * turn * TABLE / 2
    return np.fft.irfft(spectrum).astype(np.float32)


@lru_cache(maxsize=2048)
def _table(name: str, layer: int, pitch: int) -> np.ndarray:
    tone = TONES[name]
    number = np.arange(1, max(2, min(400, int(TOP / hertz(pitch)) + 1)))
    amplitudes = tone.layers[layer].shape(number) * tone.layers[layer].level
    if tone.body:
        amplitudes *= 0.45 + 1.1 * np.exp(-(np.log2(number * hertz(pitch) / tone.body) ** 2))
    amplitudes = amplitudes * presence(number * hertz(pitch))
    # The whole tone's loudness is one; phases by square law keep the peak low.
    whole = np.sqrt(sum(np.sum(part.shape(number) ** 2) * part.level**2 for part in tone.layers))
    return table_of(amplitudes / whole, np.pi * number**2 / number.size)


def held(name: str, pitch: int, seconds: float, take: int = 0) -> np.ndarray:
    """A note of `pitch` for `seconds`, with its attack and without its release; float32 mono."""
    tone = TONES[name]
    size = int(seconds * RATE)
    steps = np.arange(size, dtype=np.float32)
    time = steps / np.float32(RATE)
    dice = np.random.default_rng(1000 * pitch + take)
    sway = None
    if tone.vibrato:
        depth = hertz(pitch) * (2 ** (tone.vibrato / 1200) - 1) / (2 * np.pi * 5.3)  # periods, up and down
        swell = np.minimum(1, np.maximum(0, time - 0.15) * 3)
        sway = (depth * TABLE * swell * np.sin(2 * np.pi * 5.3 * time + dice.uniform(0, 6))).astype(np.int64)
    sound = np.zeros(size, dtype=np.float32)
    for number, layer in enumerate(tone.layers):
        table = _table(name, number, pitch)
        fade = layer.fade * 2 ** ((60 - pitch) / 24)
        takes = (layer.detune, -layer.detune) if layer.detune else (0.0,)
        part = np.zeros(size, dtype=np.float32)
        for cents in takes:
            # A period is 2**32 here, so that whole numbers wrap by themselves and never lose precision.
            step = round(hertz(pitch + (cents + dice.normal(0, 0.5)) / 100) / RATE * 2**32)
            start = int(dice.integers(2**32)) if len(takes) > 1 else 0
            where = (
                (np.arange(size, dtype=np.uint32) * np.uint32(step) + np.uint32(start)) >> np.uint32(19)
            ).astype(np.int64)
            if sway is not None:
                where = (where + sway) & (TABLE - 1)
            part += table[where]
        part *= np.float32(1 / np.sqrt(len(takes)))
        if fade:
            part *= np.exp(time * np.float32(-1 / fade))
        sound += part
    if tone.breath:
        sound += dice.standard_normal(size, dtype=np.float32) * np.float32(tone.breath * 0.35)
    attack = min(size, int(tone.attack * RATE))
    if attack:
        sound[:attack] *= np.linspace(0, 1, attack, dtype=np.float32)
    return sound * np.float32(tone.level)

"""Drums, each synthesised once for a piece: skins are falling sines, metal and wires are shaped noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rehearsal.music.chance import Chance
from rehearsal.music.containers import RATE


@dataclass(frozen=True, slots=True)
class Kit:
    kick: tuple[float, float, float, float]  # Hz at the end, Hz above it at the start, decay in s, click
    snare: tuple[
        float, float, float, float
    ]  # Hz of the skin, its level, decay of the wires in s, their middle in Hz
    hat: tuple[float, float]  # lowest Hz, decay in s
    level: float = 1.0


KITS = {
    "studio": Kit((52, 120, 0.22, 0.5), (190, 0.6, 0.16, 4200), (6500, 0.045)),
    "rock": Kit((56, 150, 0.2, 0.8), (200, 0.8, 0.2, 3600), (5500, 0.06), 1.1),
    "soft": Kit((58, 60, 0.2, 0.1), (180, 0.4, 0.14, 3000), (7500, 0.03), 0.6),
    "brush": Kit((60, 50, 0.2, 0.1), (190, 0.25, 0.22, 4800), (7000, 0.05), 0.6),
    "dusty": Kit((54, 90, 0.2, 0.3), (185, 0.7, 0.13, 2600), (5000, 0.035), 0.9),
    "808": Kit((44, 110, 0.5, 0.3), (170, 0.5, 0.14, 4500), (7500, 0.03), 1.0),
    "909": Kit((49, 190, 0.26, 0.7), (200, 0.6, 0.15, 5000), (7000, 0.04), 1.05),
    "80s": Kit((54, 140, 0.22, 0.6), (195, 0.8, 0.34, 3400), (6500, 0.05), 1.0),
    "taiko": Kit((46, 70, 0.5, 0.4), (140, 0.9, 0.2, 1800), (6000, 0.04), 1.1),
    "chip": Kit((60, 240, 0.1, 0.2), (220, 0.1, 0.1, 6000), (8000, 0.025), 0.7),
}
PANS = {
    "hat": 0.28,
    "open": 0.28,
    "ride": -0.35,
    "crash": -0.25,
    "rim": -0.15,
    "shaker": 0.4,
    "tom": -0.1,
    "conga": -0.4,
}
LEVELS = {
    "kick": 0.95, "snare": 0.6, "hat": 0.26, "open": 0.26, "ride": 0.22, "crash": 0.32, "clap": 0.5,
        "rim": 0.34,
    "shaker": 0.18, "tom": 0.6, "conga": 0.36,
}  # fmt: skip


def noise(dice: np.random.Generator, seconds: float, low: float, high: float) -> np.ndarray:
    """Noise between two frequencies (Hz) with soft edges, about as loud as a sine of amplitude 1."""
    size = 1 << int(np.ceil(np.log2(max(64, seconds * RATE))))
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    shape = 1 / (1 + (low / np.maximum(frequencies, 1)) ** 6) / (1 + (frequencies / high) ** 6)
    spectrum = shape * np.exp(2j * np.pi * dice.random(shape.size))
    sound = np.fft.irfft(spectrum)[: int(seconds * RATE)]
    return (sound / (np.sqrt(np.mean(sound**2)) * 1.4 + 1e-9)).astype(np.float32)


def _fall(seconds: float, end: float, above: float, drop: float) -> np.ndarray:
    """A sine that falls to `end` Hz."""
    time = np.arange(int(seconds * RATE)) / RATE
    return np.sin(2 * np.pi * (end * time + above * drop * (1 - np.exp(-time / drop))))


def _decay(sound: np.ndarray, seconds: float) -> np.ndarray:
    """Down by 1/e in `seconds`, and down to nothing at the end."""
    time = np.arange(sound.size) / RATE
    return sound * np.exp(-time / seconds) * np.minimum(1, (sound.size - np.arange(sound.size)) / 200)


def hit(kind: str, kit: Kit, chance: Chance) -> np.ndarray:
    """One stroke of full strength, mono float32."""
    dice = chance.of("drum", kind)
    bend = float(dice.uniform(0.95, 1.06))
    if kind == "kick":
        end, above, decay, click = kit.kick
        sound = np.tanh(1.6 * _decay(_fall(min(1.2, 4 * decay), end * bend, above * 2, 0.022), decay))
        tick = _decay(noise(dice, 0.02, 1500, 7000), 0.004) * click * 0.4
        sound[: tick.size] += tick
    elif kind == "snare":
        skin, body, decay, middle = kit.snare
        sound = _decay(noise(dice, 4 * decay, middle * 0.35, middle * 2.2), decay) * 0.55
        drum = _decay(_fall(0.25, skin * bend, 130, 0.015), 0.07) * body
        sound[: min(drum.size, sound.size)] += drum[: sound.size]
    elif kind == "clap":
        sound = _decay(noise(dice, 0.4, 900, 4500), 0.11) * 0.6
        for flam in (0.0, 0.011, 0.022):
            burst = _decay(noise(dice, 0.012, 900, 5000), 0.004) * 0.7
            sound[int(flam * RATE) :][: burst.size] += burst
    elif kind in ("hat", "open", "ride", "crash", "shaker"):
        low, decay = kit.hat
        seconds = {"hat": decay, "open": 0.16, "ride": 0.22, "crash": 0.7, "shaker": 0.03}[kind]
        sound = (
            _decay(noise(dice, min(2.4, 5 * seconds), low * (0.6 if kind == "crash" else 1), 15000), seconds)
            * 0.6
        )
        if kind == "ride":
            sound += 0.12 * _decay(np.sin(2 * np.pi * 5200 * bend * np.arange(sound.size) / RATE), 0.12)
        if kind == "shaker":
            sound *= np.minimum(1, np.arange(sound.size) / (0.02 * RATE))
    elif kind == "rim":
        sound = _decay(_fall(0.06, 1700 * bend, 200, 0.005), 0.012) + 0.4 * _decay(
            noise(dice, 0.06, 1000, 6000), 0.008
        )
    elif kind == "conga":
        sound = _decay(_fall(0.4, 240 * bend, 40, 0.02), 0.11)
    else:  # tom
        sound = _decay(_fall(0.9, 88 * bend, 60, 0.04), 0.2) + _decay(noise(dice, 0.9, 200, 1500), 0.02) * 0.3
    return (sound * LEVELS[kind] * kit.level).astype(np.float32)

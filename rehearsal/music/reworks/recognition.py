"""Pieces that were made here, known again by their sound: also re-encoded, retagged or a little quieter.

A print has sixteen bits for each tenth of a second: whether energy goes up or down between neighbouring bands
and moments (Haitsma and Kalker, ISMIR 2002). Of another piece half of the bits agree, of the same nearly all.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rehearsal.music.decoding import Recording

RATE = 11025  # Hz
FRAME, HOP = 4096, 1024  # samples
BANDS = np.geomspace(150, 4000, 18)  # Hz
SHIFTS = (0, 256, 512, 768)  # samples: encoders put up to 50 ms of silence before a piece
LONGER = 4  # hops by which a print may be longer or shorter than another of the same piece
ALIKE = 0.16  # of the bits may differ: re-encoded (48 kbit/s, Opus, mono) up to 0.11, without the singer 0.25
UNLIKE = 0.45  # of the bits differ, and it is not worth a closer look; of another piece it is half of them


def fingerprint(recording: Recording) -> bytes:
    """Two bytes for each hop."""
    return _print(recording.mono(RATE), 0).tobytes()


def _print(sound: np.ndarray, shift: int) -> np.ndarray:
    sound = np.pad(sound, (shift, FRAME))
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME).astype(np.float32), axis=1)) ** 2
    edges = np.round(BANDS * FRAME / RATE).astype(int)
    energy = np.log(np.add.reduceat(power, edges, axis=1)[:, :-1] + 1e-6)
    slope = np.diff(energy, axis=1)
    bits = np.diff(slope, axis=0) > 0
    return np.packbits(bits, axis=1).view(">u2").astype(np.uint16)[:, 0]


def recognised(recording: Recording, prints: Mapping[str, bytes]) -> str:
    """The name of the print that is of this recording, or nothing."""
    sound = recording.mono(RATE)
    looks = [_print(sound, SHIFTS[0])]
    best, found = ALIKE, ""
    for name, data in prints.items():
        piece = np.frombuffer(data, dtype=np.uint16)
        if abs(piece.size - looks[0].size) > LONGER or _differing(piece, looks[0], 0) > UNLIKE:
            continue
        looks += [_print(sound, shift) for shift in SHIFTS[len(looks) :]]  # of most there is no need
        differs = min(_differing(piece, look, lag) for look in looks for lag in (-1, 0, 1))
        if differs < best:
            best, found = differs, name
    return found


def _differing(one: np.ndarray, other: np.ndarray, lag: int) -> float:
    """The share of the bits that differ where `other` comes `lag` hops later."""
    one, other = (one, other[lag:]) if lag > 0 else (one[-lag:], other)
    size = min(one.size, other.size)
    if not size:
        return 1.0
    return float(np.unpackbits((one[:size] ^ other[:size]).view(np.uint8)).mean())

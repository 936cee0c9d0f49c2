"""How loud a track is over time, in the units of broadcasting: LUFS (ITU-R BS.1770-5) and dBFS.

The rule: the samples are gone through once, block by block, so what it takes beyond them does not grow with
the track. A block's loudness is its spectrum's power, weighted as BS.1770's two filters would weight it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Values = NDArray[np.float64]

STEP = 0.1  # seconds of a block; BS.1770's gating blocks are four of them, each 0.1 s after the one before
WINDOW = 4  # blocks
SILENCE = -70.0  # LUFS: BS.1770's absolute gate; what is below it counts as silence
GATE = 10.0  # LU below the mean of what is heard: BS.1770's relative gate
BANDS = 20  # for timbre, equally wide in octaves
LOWEST, HIGHEST = 60.0, 12_000.0  # Hz, the outer edges of the bands
AT_ONCE = 64  # blocks; with their spectra about 16 MB


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured every STEP of a track's `seconds`; each array's first axis is time."""

    seconds: float
    momentary: Values
    """(steps,) LUFS of the 0.4 s around each step; SILENCE at the least."""
    peaks: Values
    """(steps,) dBFS of the largest sample in each step; SILENCE at the least."""
    bands: Values
    """(steps, BANDS) dB, the power in each band of each step; SILENCE at the least."""
    integrated: float | None
    """LUFS of the whole track, gated as BS.1770 has it; None where nothing is heard."""

    def level(self, start: float, end: float) -> float:
        """LUFS between two moments (seconds), ungated; SILENCE at the least."""
        first = min(int(start / STEP), len(self.momentary) - 1)
        last = max(first + 1, round(end / STEP))
        return float(decibels(np.float64(np.mean(10 ** (self.momentary[first:last] / 10)))))


def measure(samples: Samples, rate: int) -> Loudness:
    """The loudness of `samples`, (channels, samples) in [-1, 1] at `rate` Hz, of at least one sample."""
    size, count = round(rate * STEP), samples.shape[1]
    weights = _weights(size, rate)
    edges = np.geomspace(LOWEST, min(HIGHEST, rate / 2), BANDS + 1) * size / rate
    starts = np.maximum.accumulate(np.round(edges).astype(int))
    steps = max(1, round(count / size))
    power, peaks, bands = np.zeros(steps), np.zeros(steps), np.zeros((steps, BANDS))
    for first in range(0, steps, AT_ONCE):
        last = min(steps, first + AT_ONCE)
        part = samples[:, first * size : last * size]
        missing = (last - first) * size - part.shape[1]
        blocks = np.pad(part, ((0, 0), (0, missing))).reshape(len(samples), -1, size)
        peaks[first:last] = np.abs(blocks).max(axis=(0, 2))
        spectra = np.square(np.abs(np.fft.rfft(blocks))).sum(axis=0) * 2 / size**2
        power[first:last] = spectra @ weights
        # Low bands can be narrower than the spectrum's lines; a line at least belongs to each.
        sums = np.cumsum(np.pad(spectra, ((0, 0), (1, 0))), axis=1)
        ends = np.maximum(starts[1:], starts[:-1] + 1)
        bands[first:last] = sums[:, ends] - sums[:, starts[:-1]]
    momentary = _around(power)
    return Loudness(
        count / rate,
        np.maximum(SILENCE, lufs(momentary)),
        np.maximum(SILENCE, 2 * decibels(peaks)),
        np.maximum(SILENCE, decibels(bands)),
        _integrated(power),
    )


def decibels(power: Values | np.float64) -> Values:
    """Power (not amplitude) in decibels; SILENCE * 2 for none."""
    return 10 * np.log10(np.maximum(power, 10 ** (SILENCE / 5)))


def lufs(power: Values | np.float64) -> Values:
    """The loudness of a weighted power, summed over channels (BS.1770, equation 2)."""
    return decibels(power) - 0.691


def _around(power: Values) -> Values:
    """The mean of the WINDOW blocks around the middle of each; at the ends of those there are."""
    sums = np.concatenate([[0.0], np.cumsum(power)])
    middle = np.arange(len(power))
    first, last = np.maximum(0, middle - WINDOW // 2), np.minimum(len(power), middle + WINDOW // 2)
    last = np.maximum(last, first + 1)
    return (sums[last] - sums[first]) / (last - first)


def _integrated(power: Values) -> float | None:
    width = min(WINDOW, len(power))
    blocks = np.convolve(power, np.full(width, 1 / width), "valid")
    heard = blocks[lufs(blocks) > SILENCE]
    if not heard.size:
        return None
    loud = heard[lufs(heard) > lufs(heard.mean()) - GATE]
    return float(lufs(loud.mean()))


def _weights(size: int, rate: int) -> Values:
    """BS.1770's weighting of power at each line of a block's spectrum.

    Its two filters, a shelf and a high-pass, are given for 48 kHz; the frequencies, gain and qualities that
    give them at any rate are those of libebur128.
    """
    lines = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)

    def response(numerator: tuple[float, ...], denominator: tuple[float, ...]) -> Values:
        above, below = (sum(c * lines**n for n, c in enumerate(cs)) for cs in (numerator, denominator))
        return np.square(np.abs(np.divide(above, below)))

    tangent, quality = np.tan(np.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    shelf = response(
        (
            high + band * tangent / quality + tangent**2,
            2 * (tangent**2 - high),
            high - band * tangent / quality + tangent**2,
        ),
        (1 + tangent / quality + tangent**2, 2 * (tangent**2 - 1), 1 - tangent / quality + tangent**2),
    )
    tangent, quality = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    whole = 1 + tangent / quality + tangent**2
    high_pass = response(
        (1, -2, 1), (1, 2 * (tangent**2 - 1) / whole, (1 - tangent / quality + tangent**2) / whole)
    )
    return shelf * high_pass

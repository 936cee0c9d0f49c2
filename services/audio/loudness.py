"""How loud a track is over time, in the units of broadcasting: LUFS (ITU-R BS.1770-5) and dBFS.

The rule: the samples are gone through once, block by block as they come, so what it takes does not grow with
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


class Meter:
    """Takes samples as they come, (channels, samples) in [-1, 1] at `rate` Hz; says how loud they were."""

    def __init__(self, rate: int) -> None:
        self._rate, self._size = rate, round(rate * STEP)
        self._weights = _weights(self._size, rate)
        edges = np.geomspace(LOWEST, min(HIGHEST, rate / 2), BANDS + 1) * self._size / rate
        starts = np.maximum.accumulate(np.round(edges).astype(int))
        # Low bands can be narrower than the spectrum's lines; a line at least belongs to each.
        self._starts, self._ends = starts[:-1], np.maximum(starts[1:], starts[:-1] + 1)
        self._count = 0
        self._waiting: list[Samples] = []
        self._waits = 0  # samples in it
        self._found: list[tuple[Values, Values, Values]] = []  # power, peaks, bands of some steps

    def add(self, samples: Samples) -> None:
        """The next samples, of any number; always as many channels."""
        self._count += samples.shape[1]
        most = AT_ONCE * self._size
        while samples.shape[1]:
            part = samples[:, : most - self._waits]
            self._waiting.append(part)
            self._waits += part.shape[1]
            samples = samples[:, part.shape[1] :]
            if self._waits == most:
                self._measure(AT_ONCE)

    def loudness(self) -> Loudness:
        """Of all that came; there must have been a sample at least. To be asked once."""
        rest = round(self._count / self._size) - AT_ONCE * len(self._found)
        if rest > 0 or not self._found:
            self._measure(max(1, rest))
        power, peaks, bands = (np.concatenate(one) for one in zip(*self._found, strict=True))
        momentary = _around(power)
        return Loudness(
            self._count / self._rate,
            np.maximum(SILENCE, lufs(momentary)),
            np.maximum(SILENCE, 2 * decibels(peaks)),
            np.maximum(SILENCE, decibels(bands)),
            _integrated(power),
        )

    def _measure(self, steps: int) -> None:
        """So many steps of what waits; where there is less, it is silent."""
        part = np.concatenate(self._waiting, axis=1)[:, : steps * self._size]
        missing = steps * self._size - part.shape[1]
        blocks = np.pad(part, ((0, 0), (0, missing))).reshape(len(part), steps, self._size)
        spectra = np.square(np.abs(np.fft.rfft(blocks))).sum(axis=0) * 2 / self._size**2
        sums = np.cumsum(np.pad(spectra, ((0, 0), (1, 0))), axis=1)
        bands = sums[:, self._ends] - sums[:, self._starts]
        self._found.append((spectra @ self._weights, np.abs(blocks).max(axis=(0, 2)), bands))
        self._waiting, self._waits = [], 0


def measure(samples: Samples, rate: int) -> Loudness:
    """The loudness of `samples`, (channels, samples) in [-1, 1] at `rate` Hz, of at least one sample."""
    meter = Meter(rate)
    meter.add(samples)
    return meter.loudness()


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

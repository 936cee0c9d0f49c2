"""How loud a track is over time, in the units of broadcasting: LUFS (ITU-R BS.1770-5) and dBFS.

The rule: the samples are gone through once, block by block as they come, so what it takes does not grow with
the track. FFmpeg's filter ebur128 tells the loudness; peaks and bands of each step are worked out here.
"""

# av is typed in parts only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Values = NDArray[np.float64]

STEP = 0.1  # seconds of a block; so often does ebur128 tell the loudness of the last WINDOW blocks
WINDOW = 4  # blocks; BS.1770's gating block
SILENCE = -70.0  # LUFS: BS.1770's absolute gate; what is below it counts as silence
BANDS = 20  # for timbre, equally wide in octaves
LOWEST, HIGHEST = 60.0, 12_000.0  # Hz, the outer edges of the bands
AT_ONCE = 8  # steps; with their spectra about 1 MB, which a processor has at hand


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured every STEP of a track's `seconds`; each array's first axis is time."""

    seconds: float
    momentary: Values
    """(steps,) LUFS of the 0.4 s around each step, or of the first or last 0.4 s; SILENCE at the least."""
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

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._size = rate, round(rate * STEP)
        self._ebur128 = _Ebur128(rate, channels)
        self._window = 2 ** int(math.log2(self._size))
        edges = np.geomspace(LOWEST, min(HIGHEST, rate / 2), BANDS + 1) * self._window / rate
        self._edges: NDArray[np.intp] = np.round(edges).astype(np.intp)  # lines of the spectrum
        self._count = 0
        self._waiting = np.zeros((channels, AT_ONCE * self._size), np.float32)
        self._waits = 0  # samples in it
        self._found: list[tuple[Values, Values]] = []  # peaks, bands of some steps

    def add(self, samples: Samples) -> None:
        """The next samples, of any number."""
        self._ebur128.add(samples)
        self._count += samples.shape[1]
        while samples.shape[1]:
            part = samples[:, : self._waiting.shape[1] - self._waits]
            self._waiting[:, self._waits : self._waits + part.shape[1]] = part
            self._waits += part.shape[1]
            samples = samples[:, part.shape[1] :]
            if self._waits == self._waiting.shape[1]:
                self._measure(AT_ONCE)

    def loudness(self) -> Loudness:
        """Of all that came; there must have been a sample at least. To be asked once."""
        rest = round(self._count / self._size) - AT_ONCE * len(self._found)
        if rest > 0 or not self._found:
            self._measure(max(1, rest))
        peaks, bands = (np.concatenate(one) for one in zip(*self._found, strict=True))
        momentary, integrated = self._ebur128.end()
        # A window ends with its step, and stands around the one before that.
        around = np.clip(np.arange(len(peaks)) + 1, self._ebur128.first, len(momentary) - 1)
        return Loudness(
            self._count / self._rate,
            np.maximum(SILENCE, momentary[around]),
            np.maximum(SILENCE, 2 * decibels(peaks)),
            np.maximum(SILENCE, decibels(bands)),
            integrated if integrated > SILENCE else None,
        )

    def _measure(self, steps: int) -> None:
        """So many steps of what waits; where there is less, it is silent.

        A step's spectrum is of as many of its samples as are a power of two: of 44.1 and 48 kHz nine in ten,
        in two thirds of the time that all of them take. NumPy stays with single precision, which takes half
        the time, only where a spectrum is scaled.
        """
        self._waiting[:, self._waits :] = 0.0
        blocks = self._waiting.reshape(-1, AT_ONCE, self._size)[:, :steps]
        lines = np.fft.rfft(blocks[:, :, : self._window], norm="forward")[:, :, : self._edges[-1]]
        power = np.square(np.abs(lines)).sum(axis=0) * 2
        # Low bands can be narrower than the spectrum's lines; a line at least belongs to each.
        bands = np.add.reduceat(power, self._edges[:-1], axis=1)
        self._found.append((np.abs(blocks).max(axis=(0, 2)), bands))
        self._waits = 0


class _Ebur128:
    """FFmpeg's meter, which is fed with samples and tells the loudness after each STEP."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, size = rate, round(rate * STEP)
        self._least = math.ceil(round(rate * STEP * WINDOW) / size) * size  # samples; 5 steps at 11,025 Hz
        self.first = self._least // size - 1
        """The step after which it first tells."""
        self._channels, self._layout = channels, "mono" if channels == 1 else "stereo"
        self._graph: Any = av.filter.Graph()
        source = self._graph.add_abuffer(sample_rate=rate, format="fltp", layout=self._layout)
        meter, sink = self._graph.add("ebur128", "metadata=1"), self._graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        self._graph.configure()
        self._count = 0
        self._momentary: list[float] = []
        self._integrated = SILENCE

    def add(self, samples: Samples) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", self._layout)
        frame.rate, frame.pts = self._rate, self._count
        self._count += samples.shape[1]
        self._graph.push(frame)
        self._pull()

    def end(self) -> tuple[Values, float]:
        """LUFS of the WINDOW steps until the end of each, and of the whole; what is too short is padded."""
        if self._count < self._least:
            self.add(np.zeros((self._channels, self._least - self._count), np.float32))
        self._graph.push(None)
        self._pull()
        # In digital silence after sound its sum can come out below nothing, of which it has no logarithm.
        return np.nan_to_num(np.array(self._momentary), nan=SILENCE), self._integrated

    def _pull(self) -> None:
        while True:
            try:
                told = self._graph.pull().metadata
            except (BlockingIOError, EOFError):
                return
            if "lavfi.r128.M" in told:  # a last frame that is shorter than a step has nothing
                self._momentary.append(float(told["lavfi.r128.M"]))
                self._integrated = float(told["lavfi.r128.I"])


def decibels(power: Values | np.float64) -> Values:
    """Power (not amplitude) in decibels; SILENCE * 2 for none."""
    return 10 * np.log10(np.maximum(power, 10 ** (SILENCE / 5)))

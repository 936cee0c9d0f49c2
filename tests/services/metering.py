"""Loudness of samples that are at hand as a whole."""

from __future__ import annotations

from services.audio.loudness import Loudness, Meter, Samples


def measure(samples: Samples, rate: int) -> Loudness:
    """The loudness of `samples`, (channels, samples) in [-1, 1] at `rate` Hz, of at least one sample."""
    meter = Meter(rate, len(samples))
    meter.add(samples)
    return meter.loudness()

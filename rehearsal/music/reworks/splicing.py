"""New sound joined to old: the old samples stay what they were, and nothing clicks where they meet."""

from __future__ import annotations

import numpy as np

from rehearsal.music.containers import RATE
from rehearsal.music.decoding import Recording, resampled
from rehearsal.music.mixing import limit, loudness

TURN = 0.06  # seconds in which one sound goes over into the other
BREATH = 0.25  # seconds in which what leads to a piece makes room for it
CLOSING = 1.5  # seconds in which a passage goes down to nothing where it is the last of a piece
NEAR = 12.0  # seconds of the old sound by whose loudness the new one goes
QUIET = -40.0  # LUFS below which a passage says nothing about how loud the music is
PEAK = 0.97


def extended(
    old: Recording, before: np.ndarray | None, after: np.ndarray | None, earlier: float, later: float
) -> Recording:
    """The old samples with new sound (44100 Hz) before and after them, at the old rate.

    `earlier`, `later`: how many seconds of it; `before` has its end and `after` its beginning at the old."""
    parts = [old.samples]
    near = round(NEAR * old.rate)
    if before is not None:
        size = round(earlier * old.rate)
        new = _at_rate(before, old.rate, old.samples[:, :near], old.samples)
        new = new[:, new.shape[1] - size :]
        _fade_in(new, old.rate)
        _fade_in(new[:, ::-1], old.rate, BREATH)
        _meet(new[:, ::-1], old.samples, old.rate)
        parts.insert(0, new)
    if after is not None:
        new = _at_rate(after, old.rate, old.samples[:, -near:], old.samples)[:, : round(later * old.rate)]
        _fade_in(new[:, ::-1], old.rate)
        _meet(new, old.samples[:, ::-1], old.rate)
        parts.append(new)
    return Recording(np.concatenate(parts, axis=1), old.rate, old.deep)


def replaced(old: Recording, start: float, end: float, new: np.ndarray) -> Recording:
    """The old samples with new sound (44100 Hz) from `start` to `end` (seconds), at the old rate."""
    low, high = round(start * old.rate), min(round(end * old.rate), old.samples.shape[1])
    passage = old.samples[:, low:high]
    fresh = _at_rate(new, old.rate, passage, old.samples, high - low)
    size = min(round(TURN * old.rate), (high - low) // 4)
    weight = np.ones(high - low, dtype=np.float32)
    rise = np.sin(np.linspace(0, np.pi / 2, size, dtype=np.float32)) ** 2
    if low:
        weight[:size] = rise
    else:
        _fade_in(fresh, old.rate)
    if high < old.samples.shape[1]:
        weight[weight.size - size :] = rise[::-1]
    else:
        _fade_in(fresh[:, ::-1], old.rate, min(CLOSING, 0.3 * (end - start)))
    result = old.samples.copy()
    result[:, low:high] = passage + weight * (fresh - passage)
    return Recording(result, old.rate, old.deep)


def _at_rate(
    new: np.ndarray, rate: int, near: np.ndarray, whole: np.ndarray, size: int | None = None
) -> np.ndarray:
    """New sound at the old one's rate and loudness."""
    size = round(new.shape[1] * rate / RATE) if size is None else size
    sound = resampled(new, RATE, rate, size)
    aim = loudness(near)
    if aim < QUIET:
        aim = loudness(whole)
    sound *= np.float32(10 ** (np.clip(max(aim, QUIET) - loudness(sound), -24, 12) / 20))
    limit(sound, PEAK)
    return sound


def _meet(new: np.ndarray, old: np.ndarray, rate: int) -> None:
    """Goes over from the old sound, which ends where the new begins (both seen from there), in place.

    The old sound goes on as its own mirror image while it is faded out, so no sample jumps."""
    size = min(round(TURN * rate), new.shape[1], old.shape[1])
    rise = np.sin(np.linspace(0, np.pi / 2, size, dtype=np.float32)) ** 2
    new[:, :size] = new[:, :size] * rise + old[:, :size] * (1 - rise)


def _fade_in(sound: np.ndarray, rate: int, seconds: float = 0.02) -> None:
    size = min(round(seconds * rate), sound.shape[1])
    sound[:, :size] *= np.sin(np.linspace(0, np.pi / 2, size, dtype=np.float32))

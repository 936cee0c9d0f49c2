"""Loudness, held against FFmpeg's own meter (its filter ebur128) and against what BS.1770 says of a tone."""

from __future__ import annotations

import tracemalloc
from typing import Any

import av
import av.filter
import numpy as np
import pytest
from metering import measure

from services.audio.loudness import SILENCE, STEP, Samples


def meter(samples: Samples, rate: int) -> tuple[float, list[float]]:
    """The integrated and the momentary loudness (every 0.1 s, of the 0.4 s before it) as FFmpeg has them."""
    layout = "mono" if len(samples) == 1 else "stereo"
    graph: Any = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate, format="fltp", layout=layout)
    ebur128, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(ebur128)
    ebur128.link_to(sink)
    graph.configure()
    told: list[dict[str, str]] = []
    for start in range(0, samples.shape[1], rate // 10):
        block = np.ascontiguousarray(samples[:, start : start + rate // 10])
        frame = av.AudioFrame.from_ndarray(block, "fltp", layout)
        frame.rate, frame.pts = rate, start
        graph.push(frame)
        while True:
            try:
                told.append(graph.pull().metadata)
            except (BlockingIOError, EOFError):
                break
    return float(told[-1]["lavfi.r128.I"]), [float(one["lavfi.r128.M"]) for one in told]


def tone(seconds: float, rate: int, level: float, hertz: float = 997.0) -> Samples:
    """Mono, `level` dBFS at its peaks."""
    time = np.arange(round(seconds * rate)) / rate
    return (10 ** (level / 20) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[None]


@pytest.mark.parametrize("rate", [8_000, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_it_is_what_ffmpegs_meter_says(rate: int, channels: int) -> None:
    dice = np.random.default_rng(rate)
    noise = dice.standard_normal((channels, 12 * rate)).cumsum(axis=1)
    noise = np.diff(noise, append=0) * 0.05 + 0.1 * tone(12, rate, -6, 300)
    swell = np.interp(np.arange(12 * rate) / rate, [0, 4, 5, 8, 9, 12], [0.02, 0.1, 1, 1, 0.2, 0])
    samples = (noise * swell).astype(np.float32)
    integrated, momentary = meter(samples, rate)
    found = measure(samples, rate)
    assert found.integrated == pytest.approx(integrated, abs=0.15)
    # FFmpeg's window ends at the moment at which it tells; ours stands around its own.
    theirs = np.array(momentary[4:110])
    assert found.momentary[3:109] == pytest.approx(theirs, abs=0.3)


def test_a_tone_of_full_scale_is_what_the_recommendation_says() -> None:
    found = measure(tone(5, 48_000, 0.0), 48_000)
    assert found.integrated == pytest.approx(-3.01, abs=0.05)  # BS.1770-5, annex 1, 997 Hz in one channel
    assert found.peaks.max() == pytest.approx(0.0, abs=0.01)
    assert found.seconds == 5.0


@pytest.mark.parametrize(
    ("levels", "target"),
    [
        ([(20, -23)], -23),
        ([(20, -33)], -33),
        ([(10, -36), (60, -23), (10, -36)], -23),
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23),
        ([(20, -26), (20.1, -20), (20, -26)], -23),
    ],
)
def test_it_passes_the_cases_of_ebu_tech_3341(levels: list[tuple[float, float]], target: float) -> None:
    one = np.concatenate([tone(seconds, 48_000, level, 1000) for seconds, level in levels], axis=1)
    assert measure(np.repeat(one, 2, axis=0), 48_000).integrated == pytest.approx(target, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 11_025, 12_000, 22_050, 44_100, 48_000])
def test_a_steady_sound_is_as_loud_from_its_first_step_to_its_last(rate: int) -> None:
    found = measure(tone(5.07, rate, -10, 997), rate)
    assert len(found.momentary) == 51
    assert found.momentary == pytest.approx(np.full(51, -13.0), abs=0.1)


def test_silence_after_a_sound_is_silence() -> None:
    noise = np.random.default_rng(3).standard_normal((2, 5 * 44_100)).astype(np.float32) * 0.1
    found = measure(np.concatenate([noise, np.zeros((2, 20 * 44_100), np.float32)], axis=1), 44_100)
    assert set(found.momentary[60:].tolist()) == {SILENCE}
    assert found.integrated is not None


def test_levels_follow_the_sound() -> None:
    quiet_then_loud = np.concatenate([tone(5, 44_100, -40), tone(5, 44_100, -10)], axis=1)
    found = measure(quiet_then_loud, 44_100)
    assert found.level(1, 4) == pytest.approx(-43, abs=0.1)
    assert found.level(6, 9) == pytest.approx(-13, abs=0.1)
    assert found.peaks[:49] == pytest.approx(np.full(49, -40), abs=0.1)
    assert found.integrated == pytest.approx(-13, abs=0.3), "the quiet half is below the gate"


@pytest.mark.parametrize("count", [1, 7, 300, 4_409, 44_100])
def test_silence_and_scraps_have_a_loudness_too(count: int) -> None:
    found = measure(np.zeros((2, count), np.float32), 44_100)
    assert found.integrated is None
    assert len(found.momentary) == max(1, round(count / 44_100 / STEP))
    assert set(found.momentary.tolist() + found.peaks.tolist() + found.bands.ravel().tolist()) == {SILENCE}


def test_it_takes_little_memory_of_its_own() -> None:
    samples = np.zeros((2, 240 * 48_000), np.float32)
    tracemalloc.start()
    try:
        measure(samples, 48_000)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 24 * 2**20, "a quarter of what the samples take"

"""Where sections begin: in sound that changes at known times, and in the rehearsal's music, which tells."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metering import measure
from soak.variants import few_of

from rehearsal.music import RATE, compose
from rehearsal.music.chance import Chance
from rehearsal.music.form import plan
from rehearsal.music.style import read_tags
from rehearsal.music.words import read_lyrics
from services.audio.loudness import Samples
from services.audio.sections import MOST, Section, estimate

LOW, HIGH = 16_000, 3.0  # Hz of the test sounds, and how many times louder a chorus is
VERSE = "[verse]\nMorning came in on a borrowed train\nCoffee and paper and a window of rain\n"
CHORUS = "[chorus]\nSo carry me home when the river is high\nCarry me home when the river runs dry\n"


def sound(*parts: tuple[float, float, float]) -> Samples:
    """Noise around a tone: seconds, Hz and loudness of each part."""
    dice, made = np.random.default_rng(5), list[Samples]()
    for seconds, hertz, level in parts:
        time = np.arange(round(seconds * LOW)) / LOW
        tone = np.sin(2 * np.pi * hertz * time) + 0.1 * dice.standard_normal(time.size)
        made.append((0.1 * level * tone).astype(np.float32)[None])
    return np.concatenate(made, axis=1)


def told(sections: tuple[Section, ...]) -> list[tuple[str, float]]:
    return [(one.name, one.start) for one in sections]


def test_borders_stand_where_the_sound_changes() -> None:
    verse, chorus = (300.0, 1.0), (900.0, HIGH)
    samples = sound((18, *verse), (10, *chorus), (21, *verse), (11, *chorus))
    found = estimate(VERSE + CHORUS + VERSE + CHORUS, measure(samples, LOW))
    assert [name for name, _start in told(found)] == ["verse", "chorus", "verse", "chorus"]
    assert [start for _name, start in told(found)] == pytest.approx([0, 18, 28, 49], abs=1)
    assert found[-1].end == pytest.approx(60)


def test_an_intro_and_an_outro_that_the_lyrics_do_not_name_are_found() -> None:
    samples = sound((9, 150, 0.2), (20, 300, 1), (15, 900, HIGH), (9, 150, 0.2))
    found = estimate(VERSE + CHORUS, measure(samples, LOW))
    assert [name for name, _start in told(found)] == ["intro", "verse", "chorus", "outro"]
    assert [start for _name, start in told(found)] == pytest.approx([0, 9, 29, 44], abs=1)


@pytest.mark.parametrize("lyrics", ["", "[inst]", "Words without\na heading"])
def test_without_markers_parts_that_sound_alike_share_a_letter(lyrics: str) -> None:
    samples = sound((20, 300, 1), (20, 900, 2), (20, 300, 1), (20, 2500, 1))
    found = estimate(lyrics, measure(samples, LOW))
    assert [name for name, _start in told(found)] == ["part A", "part B", "part A", "part C"]
    assert [start for _name, start in told(found)] == pytest.approx([0, 20, 40, 60], abs=1)


def test_nothing_is_made_up_where_nothing_changes() -> None:
    assert estimate("", measure(sound((30, 300, 1)), LOW)) == ()
    assert estimate(VERSE + CHORUS, measure(np.zeros((1, 30 * LOW), np.float32), LOW)) == ()


def test_lyrics_that_cannot_be_sung_in_time_end_where_the_track_does() -> None:
    found = estimate((VERSE + CHORUS) * 20, measure(sound((20, 300, 1), (20, 900, HIGH)), LOW))
    assert 2 < len(found) < 20
    assert all(one.end - one.start >= 1 for one in found)


@pytest.mark.parametrize(
    ("tags", "seconds", "seed"), few_of(1, [("rock, electric guitar", 60, 5), ("pop, piano", 80, 11)])
)
def test_most_borders_in_the_rehearsals_music_are_ones_that_it_has(
    tags: str, seconds: int, seed: int
) -> None:
    lyrics = VERSE + CHORUS + VERSE + CHORUS
    chance = Chance(seed)
    ask = read_tags(tags, chance)
    form = plan(ask, read_lyrics(lyrics), seconds, chance)
    bar = form.meter * 60 / form.bpm
    starts = [section.start * bar for section in form.sections]
    loudness = measure(compose(tags, lyrics, seconds, seed), RATE)
    for words in (lyrics, ""):
        found = [one.start for one in estimate(words, loudness)][1:]
        right = [one for one in found if min(abs(one - start) for start in starts) <= 1.5]
        assert len(found) >= 3
        assert len(right) / len(found) >= 0.6, (found, starts)


marker = st.sampled_from(["[verse]", "[chorus]", "[bridge]", "[intro]", "[outro]", "[inst]", "la la la", ""])


@given(st.lists(marker, max_size=80), st.floats(0.001, 45), st.integers(0, 5))
def test_sections_cover_the_track_whatever_its_lyrics(lines: list[str], seconds: float, parts: int) -> None:
    each = max(seconds / (parts + 1), 0.001)
    samples = sound(*((each, 200.0 * (1 + part % 3), 1.0 + part % 2) for part in range(parts + 1)))
    loudness = measure(samples, LOW)
    found = estimate("\n".join(lines).strip("\n"), loudness)
    assert len(found) <= MOST + 2
    if found:
        assert (found[0].start, found[-1].end) == (0.0, loudness.seconds)
    assert all(one.start < one.end for one in found)
    assert all(one.end == following.start for one, following in pairwise(found))

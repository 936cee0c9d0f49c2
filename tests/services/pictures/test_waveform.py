"""The waveform of a track's message, looked at pixel by pixel; and what it says in words."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from metering import measure
from PIL import Image

from cogs.texts.files import file_words
from services.audio.credits import Credits
from services.audio.sections import MOST, Section
from services.pictures.card_file import LONGEST, alt_text
from services.pictures.palette import hue, section_colours
from services.pictures.waveform import BAND, LETTERS, SIZE, draw_waveform

WORDS = file_words()

RATE = 8_000
PHONE = 294  # pixels that Discord shows it wide there
READABLE = 11  # pixels


def label(**changes: Any) -> Credits:
    told = {"title": "Porch Light", "seed": 7, "maker": "Ada", "tags": "funk", "lyrics": "", "number": 12}
    told |= {"guild": "The Porch", "created": datetime(2026, 1, 2, tzinfo=UTC), "comment": "", "words": WORDS}
    return Credits(**(told | changes))


def noise(*levels: float, seconds: float = 20) -> Any:
    """Measured: equally long stretches of noise, each of that amplitude."""
    count = round(seconds * RATE)
    each = np.repeat(np.array(levels, np.float32), -(-count // len(levels)))[:count]
    sound = np.random.default_rng(3).standard_normal(count).astype(np.float32) * each
    return measure(sound[None], RATE)


def seen(picture: bytes) -> np.ndarray:
    with Image.open(BytesIO(picture)) as opened:
        return np.asarray(opened.convert("RGBA")).astype(int)


def where(picture: bytes, colour: tuple[int, int, int], top: int, bottom: int) -> np.ndarray:
    """The columns between those two rows in which about that colour is."""
    rows = seen(picture)[top:bottom, :, :3]
    near = np.abs(rows - np.array(colour)).max(axis=2) < 24
    return np.flatnonzero(near.any(axis=0))


def test_its_letters_are_read_on_a_phone() -> None:
    assert LETTERS * PHONE / SIZE[0] >= READABLE


def test_sections_have_their_place_their_colour_and_their_name() -> None:
    sections = (Section("verse", 0.0, 10.0), Section("chorus", 10.0, 20.0))
    drawn = draw_waveform(noise(0.2), sections, label())
    assert seen(drawn.picture).shape == (SIZE[1], SIZE[0], 4)
    left, top, right, bottom = BAND
    middle = (left + right) / 2
    verse, chorus = section_colours(["verse", "chorus"], hue(7)).values()
    for rows in ((top, bottom), (bottom + 4, SIZE[1] - 8)):
        of_verse, of_chorus = where(drawn.picture, verse, *rows), where(drawn.picture, chorus, *rows)
        assert left <= of_verse.min() < of_verse.max() < middle
        assert middle <= of_chorus.min() < of_chorus.max() <= right
    assert drawn.words == (
        "Waveform of “Porch Light” by Ada, 0:20 long. Estimated sections and where they begin: "
        "verse 0:00, chorus 0:10."
    )
    assert alt_text(drawn.picture) == drawn.words


def test_what_is_louder_is_higher_and_silence_is_seen() -> None:
    picture = seen(draw_waveform(noise(0.0, 0.02, 0.2), (), label()).picture)
    left, top, right, bottom = BAND
    bright = picture[top:bottom, left:right, :3].max(axis=2) > 100
    silent, soft, loud = (part.any(axis=1).sum() for part in np.array_split(bright, 3, axis=1))
    assert 0 < silent < soft < loud <= bottom - top


@pytest.mark.parametrize("count", [1, 5, MOST])
def test_names_never_run_into_each_other(count: int) -> None:
    names = ["verse", "chorus", "instrumental", "pre-chorus"]
    sections = tuple(
        Section(names[number % 4], number * 20 / count, (number + 1) * 20 / count) for number in range(count)
    )
    drawn = draw_waveform(noise(0.2), sections, label())
    colours = section_colours([one.name for one in sections], hue(7))
    left, _top, right, bottom = BAND
    for name, colour in colours.items():
        own = [one for one in sections if one.name == name]
        for column in where(drawn.picture, colour, bottom + 4, SIZE[1] - 8):
            at = (column - left) * 20 / (right - left)
            assert any(one.start - 0.1 <= at <= one.end + 0.1 for one in own), (name, at)


def test_the_longest_words_fit() -> None:
    sections = tuple(Section("instrumental", number / 2, (number + 1) / 2) for number in range(MOST))
    drawn = draw_waveform(noise(0.2), sections, label(title="x" * 80, maker="y" * 900))
    assert len(drawn.words) <= LONGEST
    assert draw_waveform(noise(0.2), sections, label()) == draw_waveform(noise(0.2), sections, label())

"""Pictures of a track, looked at pixel by pixel; and what they say in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from metering import measure
from PIL import Image, ImageDraw, ImageFont

from cogs.texts.files import file_words
from services.audio.credits import Credits, FileWords
from services.audio.loudness import Loudness, Samples
from services.audio.sections import MOST, Section
from services.pictures import lettering
from services.pictures.card import PLOT, SIZE, draw_card, draw_marked
from services.pictures.card_file import LONGEST, alt_text
from services.pictures.card_words import FOR_A_RANGE
from services.pictures.cover import draw_cover
from services.pictures.palette import hue, section_colours
from services.pictures.waveform import draw_waveform

WORDS = file_words()

RATE = 8_000
SECTIONS = (Section("verse", 0.0, 10.0), Section("chorus", 10.0, 20.0))
TITLES = [
    "", "東京", "🎺🎺", "x" * 80, "word " * 16, "a\nb\t\u200bc", "مرحبا بالعالم", "नमस्ते", "ကမ္ဘာ", "\ud800",
    "Z̸̛͎a̷͓" * 9,
]  # fmt: skip


def label(title: str = "Porch Light", seed: int = 7, **changes: Any) -> Credits:
    told = {"maker": "Ada", "tags": "funk, brass", "lyrics": "", "number": 12, "guild": "The Porch"}
    told |= {"created": datetime(2026, 1, 2, tzinfo=UTC), "comment": "", "words": WORDS} | changes
    return Credits(title=title, seed=seed, **told)


def noise(*levels: float, seconds: float = 20) -> Samples:
    """Equally long stretches of noise, each of that amplitude."""
    count = round(seconds * RATE)
    each = np.repeat(np.array(levels, np.float32), -(-count // len(levels)))[:count]
    return (np.random.default_rng(3).standard_normal(count).astype(np.float32) * each)[None]


def pixels(picture: bytes) -> np.ndarray:
    with Image.open(BytesIO(picture)) as opened:
        return np.asarray(opened.convert("RGBA")).astype(int)


def ink(picture: bytes) -> tuple[float, float]:
    """How much of the plot's two halves has a colour; the ground and the lines are greyer."""
    left, top, right, bottom = PLOT
    plot = pixels(picture)[top + 4 : bottom - 4, left + 4 : right - 4, :3]
    drawn = plot.max(axis=2) - plot.min(axis=2) > 60
    middle = drawn.shape[1] // 2
    return float(drawn[:, : middle - 8].mean()), float(drawn[:, middle + 8 :].mean())


def luminance(colour: np.ndarray) -> float:
    """WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3] / 255]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.fixture
def even() -> Loudness:
    return measure(noise(0.1), RATE)


# the card -----------------------------------------------------------------------------------------


def test_the_picture_is_higher_where_the_sound_is_louder() -> None:
    quiet_first = ink(draw_card(measure(noise(0.01, 0.3), RATE), SECTIONS, label()).picture)
    loud_first = ink(draw_card(measure(noise(0.3, 0.01), RATE), SECTIONS, label()).picture)
    assert quiet_first[1] > 2 * quiet_first[0] > 0
    assert loud_first[0] > 2 * loud_first[1] > 0
    silent = ink(draw_card(measure(noise(0.0), RATE), (), label()).picture)
    assert max(silent) < 0.03
    assert min(ink(draw_card(measure(np.sign(noise(1.0)), RATE), (), label()).picture)) > 0.5


def test_sections_are_told_apart_and_marked_where_they_begin(even: Loudness) -> None:
    plain = pixels(draw_card(even, (), label()).picture)
    marked = pixels(draw_card(even, SECTIONS, label()).picture)
    strip = marked[PLOT[3] + 14]
    verse, chorus = strip[PLOT[0] + 30], strip[PLOT[2] - 30]
    assert np.abs(verse - chorus).sum() > 60
    changes = np.flatnonzero(np.abs(strip[PLOT[0] : PLOT[2]] - chorus).sum(axis=1) < 12)
    assert changes[0] == pytest.approx((PLOT[2] - PLOT[0]) / 2, abs=6)
    assert (plain[PLOT[3] + 14, PLOT[0] + 30] == plain[100, 20]).all(), "no strip where there are none"


@pytest.mark.parametrize("seed", [0, 1, 2, 4242, 999_983, 2147483647])
def test_its_ink_can_be_read_on_its_ground(even: Loudness, seed: int) -> None:
    names = ["verse", "chorus", "bridge", "intro", "outro", "instrumental"]
    sections = [Section(name, 3.0 * i, 3.0 * i + 3.0) for i, name in enumerate(names)]
    drawn = pixels(draw_card(even, sections, label(seed=seed)).picture)
    ground = luminance(drawn[100, 20]) + 0.05
    assert 1.05 / ground > 10, "white letters"
    strip = drawn[PLOT[3] + 14]
    for i in range(len(names)):
        colour = luminance(strip[PLOT[0] + round((i + 0.5) / 6.67 * (PLOT[2] - PLOT[0]))]) + 0.05
        assert colour / ground > 4.5, "bars"
        assert colour / 0.06 > 4.5, "dark letters on the strip"


def test_as_many_sections_as_there_can_be_have_their_colours(even: Loudness) -> None:
    each = even.seconds / MOST
    sections = [
        Section(f"part {chr(ord('A') + number)}", number * each, (number + 1) * each)
        for number in range(MOST)
    ]
    drawn = pixels(draw_card(even, sections, label()).picture)[PLOT[3] + 14]
    middles = [round(PLOT[0] + (number + 0.5) / MOST * (PLOT[2] - PLOT[0])) for number in range(MOST)]
    wanted = section_colours([one.name for one in sections], hue(7)).values()
    assert [tuple(drawn[x, :3]) for x in middles] == list(wanted)
    assert draw_waveform(even, sections, label()).picture


@pytest.mark.parametrize("title", TITLES)
def test_any_title_gives_pictures(even: Loudness, title: str) -> None:
    told = label(title, maker=title, tags=title)
    drawn = draw_card(even, SECTIONS, told)
    assert pixels(drawn.picture).shape == (SIZE[1], SIZE[0], 4)
    assert (pixels(drawn.picture)[:, -20:-4, :3] == pixels(drawn.picture)[300, -10, :3]).all(), "within"
    with Image.open(BytesIO(draw_cover(even, told))) as cover:
        assert (cover.format, cover.size) == ("JPEG", (600, 600))


def test_the_same_track_has_the_same_pictures_and_another_seed_others(even: Loudness) -> None:
    for draw in (draw_cover, lambda loudness, told: draw_card(loudness, SECTIONS, told).picture):
        made = [draw(even, label(seed=seed)) for seed in (1, 1, 2)]
        assert made[0] == made[1] != made[2]


# in words -----------------------------------------------------------------------------------------


def test_the_alt_text_says_all_that_the_picture_does() -> None:
    drawn = draw_card(measure(noise(0.01, 0.3), RATE), SECTIONS, label())
    for words in ("“Porch Light”", "Ada", "track 12", "0:20 long", "funk, brass", "Seed 7", "Estimated"):
        assert words in drawn.words
    assert "verse 0:00 (−33)" in drawn.words
    assert "chorus 0:10 (−8)" in drawn.words
    assert "begins quietly" in drawn.words
    assert "fades out" not in drawn.words


def test_without_sections_it_tells_the_course_of_the_loudness() -> None:
    falling = draw_card(measure(noise(0.3, 0.1, 0.03, 0.01), RATE), (), label()).words
    assert "Loudness of each eighth of it: −8, −8, −17, −18, −27, −28, −37, −38 LUFS." in falling
    assert "fades out" in falling
    assert "It is silent" in draw_card(measure(noise(0.0), RATE), (), label("")).words


def test_no_word_on_it_or_of_it_is_our_own(
    even: Loudness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def noting(draw: Callable[..., Any]) -> Callable[..., Any]:
        return lambda text, *args, **options: written.append(text) or draw(text, *args, **options)

    for name in ("line", "lines"):
        monkeypatch.setattr(lettering, name, noting(getattr(lettering, name)))
    silent = measure(noise(0.0), RATE)
    names = ("verse", "chorus", "solo", "part A", "part B")
    sections = [Section(name, 4.0 * i, 4.0 * i + 4) for i, name in enumerate(names)]
    for number, loudness, found in ((12, even, sections), (0, even, ()), (12, silent, ())):
        told = label("", number=number, maker="", tags="", guild="", words=without_words())
        drawn = draw_card(loudness, found, told)
        draw_cover(loudness, told)
        (tmp_path / "card.png").write_bytes(drawn.picture)
        written += [drawn.words, draw_marked(tmp_path / "card.png", 2, 14, told.words).words]
    assert [text for text in written if re.search("[a-z]", re.sub(r"\b[AB]\b", "", text), re.I)] == []
    assert len(written) > 60


def without_words() -> FileWords:
    """Patterns with nothing but the places for values."""
    given = {name: getattr(WORDS, name) for name in FileWords.__slots__}
    bare = {
        name: " ".join(re.findall(r"{\w+}", text)) for name, text in given.items() if isinstance(text, str)
    }
    signs = dict.fromkeys(WORDS.section_names, "…")
    return FileWords(**bare, section_names=signs, section_signs=signs)


def test_the_longest_alt_text_fits_and_names_every_section(even: Loudness) -> None:
    each = even.seconds / MOST
    sections = [Section("instrumental", i * each, (i + 1) * each) for i in range(MOST)]
    told = label("W" * 80, seed=2**31 - 1, maker="M" * 32, tags="t" * 300, number=10**6)
    words = draw_card(even, sections, told).words
    assert len(words) <= LONGEST - FOR_A_RANGE
    assert words.count("instrumental 0:") == MOST
    assert words.endswith("Seed 2147483647.")


def test_the_file_keeps_its_alt_text(even: Loudness, tmp_path: Path) -> None:
    drawn = draw_card(even, SECTIONS, label("Straße nach 東京 🎺"))
    (tmp_path / "card.png").write_bytes(drawn.picture)
    assert alt_text((tmp_path / "card.png").read_bytes()) == drawn.words
    Image.new("RGB", (9, 9)).save(tmp_path / "other.png")
    assert alt_text((tmp_path / "other.png").read_bytes()) == ""


# a range of it ------------------------------------------------------------------------------------


@pytest.fixture
def kept(even: Loudness, tmp_path: Path) -> Path:
    path = tmp_path / "card.png"
    path.write_bytes(draw_card(even, SECTIONS, label()).picture)
    return path


def test_a_marked_range_stands_out_and_is_told_first(kept: Path) -> None:
    before, marked = pixels(kept.read_bytes()), draw_marked(kept, 5.0, 12.5, WORDS)
    after = pixels(marked.picture)
    left, _top, right, bottom = PLOT
    x = {at: round(left + (right - left) * at / 20) for at in (2.5, 9.0, 16.0)}
    row = slice(bottom - 30, bottom - 4)
    light = {at: after[row, x[at] - 15 : x[at] + 15, :3].mean() for at in x}
    was = {at: before[row, x[at] - 15 : x[at] + 15, :3].mean() for at in x}
    assert light[9.0] == pytest.approx(was[9.0], abs=8)
    assert max(light[2.5] / was[2.5], light[16.0] / was[16.0]) < 0.6
    assert marked.words.startswith("Marked: 0:05 to 0:12, within verse, chorus. Card of “Porch Light”")
    assert len(marked.words) <= LONGEST
    assert pixels(kept.read_bytes()).tolist() == before.tolist()


def test_a_range_is_cut_to_the_track_and_must_not_be_empty(kept: Path, tmp_path: Path) -> None:
    assert draw_marked(kept, -3, 99, WORDS).words.startswith("Marked: 0:00 to 0:20")
    for start, end in ((5, 5), (9, 2), (20, 30), (float("nan"), 4)):
        with pytest.raises(ValueError, match="no range"):
            draw_marked(kept, start, end, WORDS)
    Image.new("RGB", (9, 9)).save(tmp_path / "other.png")
    with pytest.raises(ValueError, match="not a track's card"):
        draw_marked(tmp_path / "other.png", 1, 2, WORDS)


# letters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Straße nach 東京 🎺", "Straße nach 東京 🎺"),
        ("ありがとう 안녕 Привет", "ありがとう 안녕 Привет"),
        ("ကမ္ဘာ hello", "hello"),  # no face has Burmese: neither its letters nor its marks are left
        ("👩🏽‍🎤 ❤️", "👩🎤 ❤"),
        ("a\n\tb\0 \ud800c", "a b c"),
        ("e" + "\u0301" * 40, "é" + "\u0301" * 3),
    ],
)
def test_what_no_font_has_is_left_out(text: str, written: str) -> None:
    assert lettering.writable(text) == written


@pytest.fixture(params=[True, False], ids=["as Pillow is here", "without FriBiDi"])
def joins(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    """Whether Pillow joins and orders letters; a slim image has no FriBiDi for it."""
    if not request.param:
        monkeypatch.setattr(lettering, "JOINS", False)
        truetype, basic = ImageFont.truetype, ImageFont.Layout.BASIC
        monkeypatch.setattr(ImageFont, "truetype", lambda path, size, **_: truetype(path, size, 0, "", basic))
    caches = (lettering._has, lettering._font, lettering._drawn)
    for cache in caches:
        cache.cache_clear()
    yield bool(lettering.JOINS)
    for cache in caches:
        cache.cache_clear()


def drawn_line(text: str) -> np.ndarray:
    picture = Image.new("L", (400, 100))
    line = lettering.line(text, 50, room=390)
    line.draw(ImageDraw.Draw(picture), (5, 70), 255)
    return np.asarray(picture)


@pytest.mark.usefixtures("joins")
def test_arabic_is_joined_and_begins_at_the_right() -> None:
    assert lettering.writable("مرحبا hello שלום 東京") == "مرحبا hello שלום 東京"
    joined = lettering.line("مرحبا", 50)
    assert joined.width < sum(lettering.line(letter, 50).width for letter in "مرحبا") * 0.9
    both, last = drawn_line("שלום עולם"), drawn_line("עולם")
    width = np.flatnonzero(last.any(axis=0))[-1]
    assert (both[:, :width] == last[:, :width]).mean() > 0.99, "the second word is to the left of the first"


def test_what_takes_more_than_joining_is_left_out_where_pillow_cannot(joins: bool) -> None:
    assert lettering.writable("नमस्ते hello") == ("नमस्ते hello" if joins else "hello")


@pytest.mark.usefixtures("joins")
@pytest.mark.parametrize(
    "text", ["word " * 40, "x" * 200, "東京" * 60, "🎺" * 70, "e\u0301" * 150, "مرحبا " * 30]
)
def test_long_text_is_cut_to_its_room(text: str) -> None:
    cut = lettering.line(text, 40, room=500)
    assert cut.text.endswith("…")
    assert 400 < cut.width <= 500
    rows = lettering.lines(text, 40, 500, 2)
    assert len(rows) == 2
    assert all(row.width <= 500 for row in rows)
    assert rows[1].text.endswith("…")

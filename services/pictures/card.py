"""The card of a track: its loudness over time with its sections marked, title, length, tags and seed.

The rule: whatever the picture says, its alt text says in words. The alt text is kept within the PNG, where
everything that posts the picture finds it. Drawn on a ground of its own, it is the same on Discord's dark and
light; shown 360 pixels wide, as on a phone, its smallest letters are 10 pixels high.

By hand on purpose, with Pillow, which the cover needs anyway: a plotting library would be one more thing for
each worker to load, for bars that are a rectangle each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from PIL import Image, ImageDraw

from services.audio.credits import Credits, FileWords, clock
from services.audio.loudness import Loudness
from services.audio.sections import Section, name_at
from services.pictures import lettering
from services.pictures.card_file import Card, read_notes
from services.pictures.card_words import described, marked_words
from services.pictures.cover import heights_of
from services.pictures.palette import Colour, ground_of, hue, section_colours
from services.pictures.png import QUIETEST, Sheet, lowest_level, png
from services.pictures.section_labels import section_labels

SIZE = (1080, 600)  # pixels
PLOT = (108, 186, 1044, 420)  # left, top, right, bottom
STRIP = 8, 52  # from the plot's bottom to the strip of sections, and how high it is
BARS = 156  # of 4 pixels with 2 between; on a phone of one and a third
LETTERS = 30  # pixels high, the smallest
TICKS = (5, 10, 15, 30, 60, 120, 300)  # seconds between labels

WHITE, PALE, FAINT, DARK = (255, 255, 255), (206, 209, 216), (92, 96, 106), (16, 16, 20)


def draw_card(loudness: Loudness, sections: Sequence[Section], label: Credits) -> Card:
    """The card, SIZE pixels. The same values give the same bytes. Blocks for about 0.01 s."""
    colour = hue(label.seed)
    sheet = Sheet(SIZE, ground_of(colour))
    colours = section_colours([one.name for one in sections], colour)
    _write_heading(sheet, loudness, label)
    _draw_scale(sheet, lowest_level(loudness), label.words)
    _draw_bars(sheet, loudness, sections, colours)
    _draw_sections(sheet, sections, colours, loudness.seconds, label.words)
    _write_times(sheet, loudness.seconds)
    _write_footing(sheet, label)
    words = described(loudness, sections, label)
    known = {"seconds": loudness.seconds, "sections": [asdict(one) for one in sections]}
    return Card(sheet.png(words, known), words)


def draw_marked(path: Path, start: float, end: float, words: FileWords) -> Card:
    """The kept card of a track with the range from `start` to `end` (seconds) marked, and its alt text.

    For what changes a range of a track, before it is confirmed. The range is cut to the track's length; the
    card's own file stays as it is. Blocks for about 0.02 s. Raises ValueError where the range is empty
    or the file is no card; FileNotFoundError.
    """
    told, known = read_notes(path)
    if not known:
        raise ValueError(f"{path.name} is not a track's card")
    seconds = float(known["seconds"])
    sections = [Section(**one) for one in known["sections"]]
    if not max(0.0, start) < min(end, seconds) or math.isnan(start):
        raise ValueError(f"no range of a track of {seconds:.1f} s: {start} to {end}")
    start, end = max(0.0, start), min(end, seconds)
    with Image.open(path) as kept:
        picture = kept.convert("RGBA")
    left, top, right, _bottom = PLOT
    first, last = (left + (right - left) * at / seconds for at in (start, end))
    last = max(last, first + 4)
    shade = Image.new("L", SIZE, 0)
    dim = ImageDraw.Draw(shade)
    foot = PLOT[3] + sum(STRIP)
    dim.rectangle((left, top, first, PLOT[3]), 150)
    dim.rectangle((last, top, right, PLOT[3]), 150)
    picture.paste((0, 0, 0), mask=shade)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((first - 3, top - 4, last + 2, foot + 3), outline=WHITE, width=4)
    sign = lettering.line(words.range.format(start=clock(start), end=clock(end)), LETTERS + 4, bold=True)
    middle = min(max((first + last) / 2, left + sign.width / 2), right - sign.width / 2)
    draw.rounded_rectangle(
        (middle - sign.width / 2 - 14, top - 2, middle + sign.width / 2 + 14, top + 46), 10, WHITE
    )
    sign.draw(draw, (middle, top + 34), (20, 20, 24), "m")
    told = marked_words(told, sections, start, end, words)
    few = picture.quantize(256, Image.Quantize.FASTOCTREE)  # a third of the bytes, and looks the same
    return Card(png(few, told, known), told)


# what is on it ------------------------------------------------------------------------------------


def _write_heading(sheet: Sheet, loudness: Loudness, label: Credits) -> None:
    room, words = SIZE[0] - 72, label.words
    title = label.name if lettering.writable(label.name) else label.untitled
    row = lettering.line(title, 60, bold=True)
    if row.width <= room:
        sheet.write(row, (36, 82), WHITE)
    else:
        for index, part in enumerate(lettering.lines(title, 44, room, 2, bold=True)):
            sheet.write(part, (36, 54 + 50 * index), WHITE)
    level = words.no_level
    if loudness.integrated is not None:
        level = words.level.format(level=_minus(loudness.integrated, 1))
    facts = lettering.line(words.facts.format(length=clock(loudness.seconds), level=level), 36)
    sheet.write(facts, (PLOT[2], 150), PALE, "r")
    whose = label.maker
    if label.number:
        whose = words.maker_on_card.format(maker=label.maker, number=label.number, singer=label.singer)
    maker = lettering.line(whose, 36, room=room - facts.width - 30)
    sheet.write(maker, (36, 150), PALE)


def _draw_scale(sheet: Sheet, lowest: float, words: FileWords) -> None:
    left, top, right, bottom = PLOT
    step = 10 if lowest == QUIETEST else 20
    for level in range(0, int(lowest), -step):
        y = top + (bottom - top) * level / lowest
        sheet.draw.line((left, y, right, y), FAINT, 2)
        if level:
            sheet.write(lettering.line(_minus(level), LETTERS), (left - 12, y + 10), PALE, "r")
    sheet.write(lettering.line(words.unit, LETTERS - 4), (left - 12, bottom + 6), PALE, "r")


def _draw_bars(
    sheet: Sheet, loudness: Loudness, sections: Sequence[Section], colours: dict[str, Colour]
) -> None:
    left, top, right, bottom = PLOT
    step = (right - left) / BARS
    for index, height in enumerate(heights_of(loudness.momentary, BARS, lowest_level(loudness))):
        moment = (index + 0.5) / BARS * loudness.seconds
        name = name_at(sections, moment)
        x = left + index * step
        y = bottom - max(3.0, float(height) * (bottom - top))
        sheet.draw.rectangle((x, y, x + step - 3, bottom), colours[name])


def _draw_sections(
    sheet: Sheet,
    sections: Sequence[Section],
    colours: dict[str, Colour],
    seconds: float,
    words: FileWords,
) -> None:
    left, top, right, bottom = PLOT
    above, below = bottom + STRIP[0], bottom + sum(STRIP)
    if not sections:
        return
    sheet.write(lettering.line(words.estimated, LETTERS), (left - 12, below - 16), PALE, "r")
    scale = (right - left) / seconds
    labels = section_labels(sections, words, LETTERS + 2, scale, spare=8)
    for section, label in zip(sections, labels, strict=True):
        first, last = left + section.start * scale, left + section.end * scale
        sheet.draw.rectangle((first, above, last - 1, below), colours[section.name])
        if section.start > 0:
            sheet.draw.line((first, top, first, below), sheet.ground, 4)
            sheet.draw.line((first, top, first, bottom), PALE, 1)
        if label is not None:
            sheet.write(label, ((first + last) / 2, below - 15), DARK, "m", on=colours[section.name])


def _write_times(sheet: Sheet, seconds: float) -> None:
    left, _top, right, bottom = PLOT
    every = next((step for step in TICKS if seconds / step <= 8), TICKS[-1])
    y = bottom + sum(STRIP)
    for moment in range(0, int(seconds) + 1, every):
        x = left + (right - left) * moment / seconds
        sheet.draw.line((x, y, x, y + 8), PALE, 2)
        label = lettering.line(clock(moment), LETTERS)
        anchor = "l" if not moment else "r" if x + label.width / 2 > right else "m"
        sheet.write(label, (x, y + 38), PALE, anchor)


def _write_footing(sheet: Sheet, label: Credits) -> None:
    seed = lettering.line(label.words.seed.format(seed=label.seed) if label.number else "", LETTERS)
    sheet.write(seed, (PLOT[2], SIZE[1] - 32), PALE, "r")
    tags = lettering.line(label.tags, LETTERS, room=PLOT[2] - 36 - seed.width - 40)
    sheet.write(tags, (36, SIZE[1] - 32), PALE)


def _minus(level: float, digits: int = 0) -> str:
    return f"{level:.{digits}f}".replace("-", "−")

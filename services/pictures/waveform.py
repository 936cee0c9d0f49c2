"""The waveform in a track's message: how loud it is over its length, coloured and named by its sections.

The rule: calm, and to be read on a phone. Shown 294 pixels wide, as there, its letters are 11 pixels high at
least. What is exact (levels, times, an axis) is on the card (`services.pictures.card`).
"""

from __future__ import annotations

from collections.abc import Sequence

from services.audio.credits import Credits, FileWords, clock
from services.audio.loudness import Loudness
from services.audio.sections import Section, name_at
from services.pictures.card_file import Card
from services.pictures.card_words import cut_to, told_sections
from services.pictures.cover import heights_of
from services.pictures.palette import Colour, ground_of, hue, section_colours
from services.pictures.png import Sheet, lowest_level
from services.pictures.section_labels import section_labels

SIZE = 1080, 300  # pixels
BAND = 36, 30, 1044, 214  # left, top, right, bottom of the bars
BARS = 84
GAP = 4  # pixels between two bars
FULL = 0.5  # share of the height from which the loudest bar fills it
LEAST = 8.0  # pixels that a bar is high at least, so that silence is seen too
LETTERS = 42  # pixels high
NAMES_AT = 268  # pixels from the top to the line that names stand on
PAD = 12  # pixels that a name leaves free


def draw_waveform(loudness: Loudness, sections: Sequence[Section], label: Credits) -> Card:
    """The waveform, SIZE pixels, and its alt text. The same values give the same bytes; blocks for 0.01 s."""
    colour = hue(label.seed)
    sheet = Sheet(SIZE, ground_of(colour))
    colours = section_colours([one.name for one in sections], colour)
    _draw_bars(sheet, loudness, sections, colours)
    _write_names(sheet, sections, colours, loudness.seconds, label.words)
    words = described(loudness, sections, label)
    return Card(sheet.png(words), words)


def described(loudness: Loudness, sections: Sequence[Section], label: Credits) -> str:
    """What is seen on it, in words."""
    told = [
        label.words.waveform_of_track.format(
            name=label.name, maker=label.maker, number=label.number, length=clock(loudness.seconds)
        )
    ]
    if sections:
        told.append(told_sections(loudness, sections, label.words, levels=False))
    return cut_to(" ".join(told))


def _draw_bars(
    sheet: Sheet, loudness: Loudness, sections: Sequence[Section], colours: dict[str, Colour]
) -> None:
    left, top, right, bottom = BAND
    step, middle = (right - left) / BARS, (top + bottom) / 2
    heights = heights_of(loudness.momentary, BARS, lowest_level(loudness))
    for index, height in enumerate(heights / max(FULL, heights.max())):
        moment = (index + 0.5) / BARS * loudness.seconds
        name = name_at(sections, moment)
        x, reach = left + index * step, max(LEAST, float(height) * (bottom - top)) / 2
        sheet.draw.rounded_rectangle((x, middle - reach, x + step - GAP, middle + reach), 4, colours[name])


def _write_names(
    sheet: Sheet,
    sections: Sequence[Section],
    colours: dict[str, Colour],
    seconds: float,
    words: FileWords,
) -> None:
    left, _top, right, _bottom = BAND
    scale = (right - left) / seconds
    for section, label in zip(
        sections, section_labels(sections, words, LETTERS, scale, spare=PAD), strict=True
    ):
        if label is not None:
            middle = left + (section.start + section.end) / 2 * scale
            sheet.write(label, (middle, NAMES_AT), colours[section.name], "m")

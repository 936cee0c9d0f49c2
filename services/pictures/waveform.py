"""The waveform in a track's message: how loud it is over its length, coloured and named by its sections.

The rule: calm, and to be read on a phone. Shown 294 pixels wide, as there, its letters are 11 pixels high at
least. What is exact (levels, times, an axis) is on the card (`services.pictures.card`).
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from services.audio.credits import Credits, FileWords, clock
from services.audio.loudness import Loudness
from services.audio.sections import PART, Section
from services.pictures import lettering
from services.pictures.card_file import Card
from services.pictures.card_words import cut_to, section_name, section_sign, told_sections
from services.pictures.cover import heights_of
from services.pictures.palette import Colour, hsv, hue, section_colours
from services.pictures.png import lowest_level, png

SIZE = 1080, 300  # pixels
BAND = 36, 30, 1044, 214  # left, top, right, bottom of the bars
BARS = 84
GAP = 4  # pixels between two bars
FULL = 0.5  # share of the height from which the loudest bar fills it
LEAST = 8.0  # pixels that a bar is high at least, so that silence is seen too
LETTERS = 42  # pixels high
NAMES_AT = 268  # pixels from the top to the line that names stand on
PAD = 12  # pixels that a name leaves free beside it


def draw_waveform(loudness: Loudness, sections: Sequence[Section], label: Credits) -> Card:
    """The waveform, SIZE pixels, and its alt text. The same values give the same bytes; blocks for 0.01 s."""
    colour = hue(label.seed)
    ground = hsv(colour, 0.40, 0.15)
    picture = Image.new("RGB", SIZE, ground)
    draw = ImageDraw.Draw(picture)
    colours = section_colours([one.name for one in sections], colour)
    _draw_bars(draw, loudness, sections, colours)
    _write_names(draw, sections, colours, loudness.seconds, label.words)
    words = described(loudness, sections, label)
    return Card(png(picture, words), words)


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
    draw: ImageDraw.ImageDraw, loudness: Loudness, sections: Sequence[Section], colours: dict[str, Colour]
) -> None:
    left, top, right, bottom = BAND
    step, middle = (right - left) / BARS, (top + bottom) / 2
    heights = heights_of(loudness.momentary, BARS, lowest_level(loudness))
    for index, height in enumerate(heights / max(FULL, heights.max())):
        moment = (index + 0.5) / BARS * loudness.seconds
        name = next((one.name for one in reversed(sections) if one.start <= moment), "")
        x, reach = left + index * step, max(LEAST, float(height) * (bottom - top)) / 2
        draw.rounded_rectangle((x, middle - reach, x + step - GAP, middle + reach), 4, colours[name])


def _write_names(
    draw: ImageDraw.ImageDraw,
    sections: Sequence[Section],
    colours: dict[str, Colour],
    seconds: float,
    words: FileWords,
) -> None:
    left, _top, right, _bottom = BAND
    scale = (right - left) / seconds
    full = {one.name: lettering.line(section_name(one, words), LETTERS, bold=True) for one in sections}
    cramped = {one.name for one in sections if full[one.name].width > (one.end - one.start) * scale - PAD}
    for section in sections:
        first, last = left + section.start * scale, left + section.end * scale
        name = full[section.name]
        if section.name in cramped or section.name.startswith(PART):
            name = lettering.line(section_sign(section, words), LETTERS, bold=True)
        if name.width <= last - first - PAD / 2:
            name.draw(draw, ((first + last) / 2, NAMES_AT), colours[section.name], "m")

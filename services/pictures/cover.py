"""The cover of a track, made from its sound.

The rule: the same sound and seed give the same picture.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from services.audio.credits import Credits
from services.audio.loudness import Loudness
from services.pictures import lettering
from services.pictures.palette import hsv, hue

COVER_SIZE = 600  # pixels, both ways
RAYS = 180  # around the sun, one every two degrees
QUIETEST = -40.0  # LUFS of a ray that has no length
SMOOTH = 2  # drawn that many times larger and scaled down, for smooth edges


def draw_cover(loudness: Loudness, label: Credits) -> bytes:
    """A square JPEG: the track as a sun whose rays are its loudness, clockwise from the top; title below."""
    colour = hue(label.seed)
    picture = dusk(colour, COVER_SIZE)
    box = _around(COVER_SIZE * 0.40, COVER_SIZE * 0.34)
    size = box[2] - box[0]
    sun = picture.crop(box).resize((size * SMOOTH, size * SMOOTH), Image.Resampling.NEAREST)
    _draw_sun(ImageDraw.Draw(sun), size * SMOOTH / 2, COVER_SIZE * SMOOTH, loudness, colour)
    picture.paste(sun.reduce(SMOOTH), box)
    _write(ImageDraw.Draw(picture), label, COVER_SIZE)
    target = BytesIO()
    picture.save(target, "JPEG", quality=82)
    return target.getvalue()


def _around(down: float, reach: float) -> tuple[int, int, int, int]:
    """The square, in whole pixels, that reaches so far around the picture's middle so far down."""
    left, top, size = round(COVER_SIZE / 2 - reach), round(down - reach), round(2 * reach)
    return left, top, left + size, top + size


def _draw_sun(draw: ImageDraw.ImageDraw, middle: float, side: int, loudness: Loudness, colour: float) -> None:
    """The rays around that middle, of a picture that is `side` pixels wide."""
    inner, reach = side * 0.13, side * 0.20
    angles = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)
    ways = np.stack([np.sin(angles), -np.cos(angles)], axis=1)
    for heights, shade, width in (
        (heights_of(loudness.peaks, RAYS, QUIETEST), hsv(colour + 0.08, 0.5, 0.75), 5),
        (heights_of(loudness.momentary, RAYS, QUIETEST), hsv(colour + 0.12, 0.25, 1.0), 7),
    ):
        starts = middle + ways * inner
        ends = middle + ways * (inner + reach * (0.03 + 0.97 * heights[:, None]))
        for ray in np.concatenate([starts, ends], axis=1).tolist():
            draw.line(ray, fill=shade, width=width * SMOOTH // 2)


def heights_of(levels: NDArray[np.float64], count: int, lowest: float) -> NDArray[np.float64]:
    """`count` heights in [0, 1], from `lowest` decibels to 0: the mean power of stretches of the levels."""
    starts = np.minimum(np.arange(count) * len(levels) // count, len(levels) - 1)
    lengths = np.maximum(1, np.diff(starts, append=len(levels)))
    power = np.add.reduceat(10 ** (levels / 10), starts) / lengths
    return np.clip(1 - 10 * np.log10(np.maximum(power, 1e-12)) / lowest, 0, 1)


def dusk(colour: float, side: int) -> Image.Image:
    """A background that gets darker towards the bottom, where the title stands."""
    top, bottom = np.array(hsv(colour, 0.62, 0.52)), np.array(hsv(colour - 0.07, 0.75, 0.16))
    column = top + (bottom - top) * np.linspace(0, 1, side)[:, None]
    shades = Image.fromarray(column.round().astype(np.uint8)[:, None, :], "RGB")
    return shades.resize((side, side), Image.Resampling.NEAREST)


def _write(draw: ImageDraw.ImageDraw, label: Credits, side: int) -> None:
    """The title, and below it who made it, where."""
    title = label.name if lettering.writable(label.name) else label.untitled
    whose = label.words.maker_on_cover.format(maker=label.maker, guild=label.guild, number=label.number)
    write_below(draw, title, whose, side)


def write_below(draw: ImageDraw.ImageDraw, title: str, below: str, side: int) -> None:
    """The title on up to two lines at the picture's foot, smaller where it is long; below it a small line."""
    room, white = side * 0.88, (255, 255, 255)
    for share in (0.085, 0.07, 0.058, 0.047):
        size = round(side * share)
        rows = lettering.lines(title, size, room, 2, bold=True)
        if not rows[-1].text.endswith("…"):
            break
    middle = side * 0.83
    for index, row in enumerate(rows):
        row.draw(draw, (side / 2, middle + size * (0.36 + 1.15 * (index - (len(rows) - 1) / 2))), white, "m")
    small = lettering.line(below, round(side * 0.034), room=room)
    small.draw(draw, (side / 2, side * 0.965), (225, 225, 230), "m")

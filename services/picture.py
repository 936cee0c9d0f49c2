"""Pictures of a track, made from its sound: the waveform that is posted and the cover that is embedded.

The rule: the same sound and seed give the same picture, and its ink can be read on Discord's dark and light.
"""

from __future__ import annotations

import colorsys
import unicodedata
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WAVEFORM_SIZE = (1200, 300)  # pixels
COVER_SIZE = 600  # pixels, both ways
BARS = 200
RAYS = 180

# Relative luminance (WCAG 2) of the ink: contrast 3.7 to white and 3.4 to #313338, Discord's dark background.
INK_LUMINANCE = 0.235
GOLDEN = 0.618033988749895  # seeds that follow each other get hues that are far apart
SMOOTH = 2  # pictures are drawn that many times larger and scaled down, for smooth edges

Samples = NDArray[np.float32]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Colour = tuple[int, int, int]


def loudness(samples: Samples, steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Peak and RMS over time, `steps` values each in [0, 1], the loudest peak being 1 (0 in silence).

    `samples` has the shape (channels, samples); the louder channel counts.
    """
    count = samples.shape[1]
    edges = np.minimum(np.arange(steps) * count // steps, max(0, count - 1))
    if not count:
        return np.zeros(steps), np.zeros(steps)
    peak = np.maximum.reduceat(np.abs(samples), edges, axis=1).max(axis=0).astype(np.float64)
    lengths = np.maximum(1, np.diff(edges, append=count))
    power = np.add.reduceat(np.square(samples, dtype=np.float64), edges, axis=1) / lengths
    rms = np.sqrt(power.max(axis=0))
    loudest = float(peak.max())
    return (peak / loudest, np.minimum(rms, peak) / loudest) if loudest > 0 else (peak, rms)


def draw_waveform(samples: Samples, seed: int, target: Path) -> None:
    """Writes a PNG with a transparent background: peaks as soft bars, RMS as strong ones within them."""
    width, height = (side * SMOOTH for side in WAVEFORM_SIZE)
    strong, soft = _ink(_hue(seed)), _ink(_hue(seed) + 0.08)
    picture = Image.new("RGBA", (width, height), (*strong, 0))
    draw = ImageDraw.Draw(picture)
    step = width / BARS
    bar = step * 0.68
    for values, colour in zip(loudness(samples, BARS), ((*soft, 180), (*strong, 255)), strict=True):
        for index, value in enumerate(values):
            half = max(bar / 2, float(value) * height * 0.48)
            left = index * step + (step - bar) / 2
            box = (left, height / 2 - half, left + bar, height / 2 + half)
            draw.rounded_rectangle(box, radius=bar / 2, fill=colour)
    picture.resize(WAVEFORM_SIZE, Image.Resampling.LANCZOS).save(target, "PNG", compress_level=6)


def draw_cover(samples: Samples, seed: int, title: str, line: str) -> bytes:
    """A square JPEG: the track as a sun whose rays are its loudness, clockwise from the top; title below."""
    side = COVER_SIZE * SMOOTH
    hue = _hue(seed)
    picture = _dusk(hue, side)
    draw = ImageDraw.Draw(picture)
    centre, inner, reach = np.array([side / 2, side * 0.40]), side * 0.13, side * 0.20
    peak, rms = loudness(samples, RAYS)
    angles = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)
    ways = np.stack([np.sin(angles), -np.cos(angles)], axis=1)
    for values, colour, width in (
        (peak, _hsv(hue + 0.08, 0.5, 0.75), 5),
        (rms, _hsv(hue + 0.12, 0.25, 1.0), 7),
    ):
        for way, value in zip(ways, values, strict=True):
            start, end = centre + way * inner, centre + way * (inner + reach * (0.03 + 0.97 * float(value)))
            draw.line([tuple(start), tuple(end)], fill=colour, width=width * SMOOTH // 2)
    _write_title(draw, title, side)
    _write_line(draw, line, side)
    target = BytesIO()
    picture.resize((COVER_SIZE, COVER_SIZE), Image.Resampling.LANCZOS).save(target, "JPEG", quality=82)
    return target.getvalue()


def _dusk(hue: float, side: int) -> Image.Image:
    """A background that gets darker towards the bottom, where the title stands."""
    top, bottom = np.array(_hsv(hue, 0.62, 0.52)), np.array(_hsv(hue - 0.07, 0.75, 0.16))
    column = top + (bottom - top) * np.linspace(0, 1, side)[:, None]
    rows = np.broadcast_to(column[:, None, :], (side, side, 3))
    return Image.fromarray(rows.round().astype(np.uint8), "RGB")


def _write_title(draw: ImageDraw.ImageDraw, title: str, side: int) -> None:
    """Up to two lines, smaller where it is long; nothing in a script that the font does not have."""
    title = _writable(title)
    if not title:
        return
    room = side * 0.88
    for size in (0.085, 0.07, 0.058):
        font = ImageFont.load_default(side * size)
        lines = _wrap(draw, title, font, room)
        if len(lines) <= 2:
            break
    else:
        lines = [lines[0], lines[1] + "…"]
        while draw.textlength(lines[1], font) > room:
            lines[1] = lines[1][:-2].rstrip() + "…"
    text = "\n".join(lines)
    draw.text((side / 2, side * 0.83), text, font=font, fill=(255, 255, 255), anchor="mm", align="center")


def _write_line(draw: ImageDraw.ImageDraw, line: str, side: int) -> None:
    font = ImageFont.load_default(side * 0.032)
    lines = _wrap(draw, _writable(line), font, side * 0.9)
    draw.text((side / 2, side * 0.955), "".join(lines[:1]), font=font, fill=(225, 225, 230), anchor="mm")


def _wrap(draw: ImageDraw.ImageDraw, text: str, font: Font, room: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        while draw.textlength(word, font) > room:  # a word that is longer than a line
            fitting = max(1, int(len(word) * room / draw.textlength(word, font)) - 1)
            lines.append(word[:fitting])
            word = word[fitting:]
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _writable(text: str) -> str:
    """The text in letters that Pillow's font has: accents taken off where it must be, "" where that fails."""
    font = ImageFont.load_default(20)
    missing = _drawn(font, "\uffff")  # what the font lacks, it draws as the same box each time
    letters = ""
    for character in " ".join(text.split()):
        base = unicodedata.normalize("NFKD", character)[:1]
        for candidate in (character, base):
            if candidate == " " or _drawn(font, candidate) != missing:
                letters += candidate
                break
        else:
            return ""
    return letters


def _drawn(font: Font, character: str) -> tuple[object, bytes]:
    picture = Image.new("L", (40, 40))
    ImageDraw.Draw(picture).text((5, 5), character, font=font, fill=255)
    return font.getbbox(character), picture.tobytes()


def _hue(seed: int) -> float:
    return seed * GOLDEN % 1.0


def _hsv(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _ink(hue: float) -> Colour:
    """The colour of that hue with INK_LUMINANCE: bright hues are darkened, dark ones made paler."""
    low, high = 0.0, 1.0
    red = green = blue = 0.0
    for _ in range(12):
        lightness = (low + high) / 2
        red, green, blue = colorsys.hls_to_rgb(hue % 1.0, lightness, 0.72)
        luminance = 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)
        low, high = (lightness, high) if luminance < INK_LUMINANCE else (low, lightness)
    return round(red * 255), round(green * 255), round(blue * 255)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

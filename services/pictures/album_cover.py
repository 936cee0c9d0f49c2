"""The cover of an album: a record with a ring for each track, in the track's colour, as wide as it is long.

The rule: the same tracks in the same order give the same picture.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from services.pictures import lettering
from services.pictures.album_face import AlbumFace
from services.pictures.cover import COVER_SIZE, dusk, write_below
from services.pictures.palette import hsv, hue, ink

SMOOTH = 3  # drawn that many times larger and scaled down, for smooth edges
OUTER, LABEL, HOLE = 0.335, 0.083, 0.014  # radii, of the picture's side
EVENLY = 0.35  # of the record, shared out among all alike: short tracks are seen, too
BRIGHT = (0.44, 0.36)  # relative luminance of a ring's colour, by turns: neighbours of one hue stay apart
NO_HUE = 0.62  # of an album with nothing on it


def draw_album_cover(face: AlbumFace) -> bytes:
    """A square JPEG. Blocks for some tens of milliseconds."""
    first = hue(face.rings[0][0]) if face.rings else NO_HUE
    picture = dusk(first, COVER_SIZE)
    side = round(COVER_SIZE * OUTER * 2) * SMOOTH
    left, top = round(COVER_SIZE * (0.5 - OUTER)), round(COVER_SIZE * (0.368 - OUTER))
    box = left, top, left + side // SMOOTH, top + side // SMOOTH
    record = picture.crop(box).resize((side, side), Image.Resampling.NEAREST)
    _draw_record(ImageDraw.Draw(record), side, face, first)
    picture.paste(record.reduce(SMOOTH), box)
    title = face.title if lettering.writable(face.title) else face.untitled
    write_below(ImageDraw.Draw(picture), title, face.below, COVER_SIZE)
    target = BytesIO()
    picture.save(target, "JPEG", quality=85)
    return target.getvalue()


def _draw_record(draw: ImageDraw.ImageDraw, side: int, face: AlbumFace, first: float) -> None:
    """From the rim inwards, as a record plays."""
    middle, scale = side / 2, COVER_SIZE * SMOOTH
    _disc(draw, middle, middle, hsv(first - 0.07, 0.55, 0.10))
    outer, inner = middle - scale * 0.012, scale * LABEL
    widths = _widths([seconds for _seed, seconds in face.rings])
    radius = outer
    for place, ((seed, _seconds), width) in enumerate(zip(face.rings, widths, strict=True)):
        _disc(draw, middle, radius, ink(hue(seed), BRIGHT[place % 2]))
        _grooves(draw, middle, radius, (outer - inner) * width, seed)
        radius -= (outer - inner) * width
    _disc(draw, middle, inner, hsv(first - 0.07, 0.55, 0.10))
    _disc(draw, middle, inner - scale * 0.008, hsv(first + 0.12, 0.25, 1.0))
    _disc(draw, middle, scale * HOLE, hsv(first - 0.07, 0.55, 0.10))


def _widths(seconds: list[float]) -> list[float]:
    """Each one's share of the record, in all 1."""
    total = sum(seconds) or 1.0
    even = EVENLY / len(seconds) if seconds else 0.0
    return [even + (1 - EVENLY) * one / total for one in seconds]


def _grooves(draw: ImageDraw.ImageDraw, middle: float, radius: float, width: float, seed: int) -> None:
    """A dark line between two tracks, and where there is room for it a fine one within."""
    dark = ink(hue(seed), 0.20)
    _ring(draw, middle, radius, SMOOTH * 2, dark)
    if width > 12 * SMOOTH:
        fine = ink(hue(seed), 0.30)
        count = int(width // (6 * SMOOTH))
        for number in range(1, count):
            _ring(draw, middle, radius - width * number / count, 1, fine)


def _disc(draw: ImageDraw.ImageDraw, middle: float, radius: float, fill: tuple[int, int, int]) -> None:
    draw.ellipse((middle - radius, middle - radius, middle + radius, middle + radius), fill)


def _ring(
    draw: ImageDraw.ImageDraw, middle: float, radius: float, width: int, outline: tuple[int, int, int]
) -> None:
    box = middle - radius, middle - radius, middle + radius, middle + radius
    draw.ellipse(box, outline=outline, width=width)

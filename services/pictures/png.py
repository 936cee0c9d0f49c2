"""What a track's pictures share: round corners, few colours, and their words within the PNG.

The rule: what is drawn is drawn in the colours that the file has. To draw it in any colours, and have Pillow
look for those that will do, takes twice as long as all the rest.
"""

from __future__ import annotations

import json
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImagePalette
from PIL.PngImagePlugin import PngInfo

from services.audio.loudness import Loudness
from services.pictures.lettering import Line
from services.pictures.palette import Colour

CORNERS = 28  # pixels, round ones
GROUNDS = bytes((0, 64, 128, 191, 255))  # how much of the ground there is, from outside the corners inwards
SHADES = 7  # of letters; those of 30 sections' colours and of two more are 224 of the 256 that there can be
SHADE_OF = bytes(round(light * SHADES / 255) for light in range(256))
SEEN = bytes(255 * (shade > 0) for shade in SHADE_OF)  # the first is what is behind
QUIETEST, QUIETEST_OF_ALL = -40.0, -70.0  # LUFS drawn as nothing; the latter of what is all quiet


def lowest_level(loudness: Loudness) -> float:
    """LUFS that are drawn as nothing."""
    return QUIETEST if loudness.momentary.max() > QUIETEST + 10 else QUIETEST_OF_ALL


class Sheet:
    """A ground with round corners, and what is drawn on it with `draw`, in full colours only, and written.

    size: width and height in pixels. Raises ValueError where it would have more than 256 colours.
    """

    def __init__(self, size: tuple[int, int], ground: Colour) -> None:
        self.ground = ground
        self._picture = _cut(*size).copy()
        self._palette = ImagePalette.ImagePalette("RGBA", b"".join(bytes((*ground, one)) for one in GROUNDS))
        self._picture.palette = self._palette
        self.draw = ImageDraw.Draw(self._picture)
        self._known: dict[tuple[Colour, Colour], bytes] = {}

    def write(
        self, line: Line, at: tuple[float, float], ink: Colour, anchor: str = "l", on: Colour | None = None
    ) -> None:
        """Writes it as `Line.draw` does. on: the one colour behind it, where that is not the ground."""
        stamp, corner = line.placed(at, anchor)
        letters, inks = stamp.tobytes(), self._shades(on or self.ground, ink)
        mask = Image.frombytes("L", stamp.size, letters.translate(SEEN))
        self._picture.paste(Image.frombytes("P", stamp.size, letters.translate(inks)), corner, mask)

    def _shades(self, behind: Colour, ink: Colour) -> bytes:
        """The palette's number for each of 256 lights of a letter."""
        if (behind, ink) not in self._known:
            channels = list(zip(behind, ink, strict=True))
            mixed = (
                tuple(round(a + (b - a) * one / SHADES) for a, b in channels) for one in range(SHADES + 1)
            )
            numbers = bytes(self._palette.getcolor(colour) for colour in mixed)
            self._known[behind, ink] = SHADE_OF.translate(numbers.ljust(256))
        return self._known[behind, ink]

    def png(self, words: str, known: dict[str, Any] | None = None) -> bytes:
        """The file, as `png` makes it."""
        return png(self._picture, words, known)


def png(picture: Image.Image, words: str, known: dict[str, Any] | None = None) -> bytes:
    """The picture's file; the words as PNG's own Description, and what a range needs beside it."""
    notes = PngInfo()
    notes.add_itxt("Description", words)
    if known is not None:
        notes.add_itxt("Sections", json.dumps(known))
    target = BytesIO()
    picture.save(target, "PNG", compress_level=3, pnginfo=notes)  # half of 6's time, a fifth more bytes
    return target.getvalue()


@lru_cache(maxsize=2)
def _cut(width: int, height: int) -> Image.Image:
    """Which of GROUNDS is where."""
    mask = Image.new("L", (width * 2, height * 2), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), CORNERS * 2, 255)
    cut = Image.new("P", (width, height))
    cut.paste(mask.reduce(2).point([round(much * (len(GROUNDS) - 1) / 255) for much in range(256)]))
    return cut

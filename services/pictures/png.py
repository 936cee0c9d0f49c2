"""What a track's pictures share: round corners, few colours, and their words within the PNG."""

from __future__ import annotations

import json
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from services.audio.loudness import Loudness

CORNERS = 28  # pixels, round ones
QUIETEST, QUIETEST_OF_ALL = -40.0, -70.0  # LUFS drawn as nothing; the latter of what is all quiet


def lowest_level(loudness: Loudness) -> float:
    """LUFS that are drawn as nothing."""
    return QUIETEST if loudness.momentary.max() > QUIETEST + 10 else QUIETEST_OF_ALL


def png(picture: Image.Image, words: str, known: dict[str, Any] | None = None) -> bytes:
    """With round corners, cut out of the picture itself; the words as PNG's own Description, and what a range
    needs beside it."""
    picture.putalpha(_ground(*picture.size))
    notes = PngInfo()
    notes.add_itxt("Description", words)
    if known is not None:
        notes.add_itxt("Sections", json.dumps(known))
    target = BytesIO()
    few = picture.quantize(256, Image.Quantize.FASTOCTREE)  # a third of the bytes, and looks the same
    few.save(target, "PNG", compress_level=6, pnginfo=notes)
    return target.getvalue()


@lru_cache(maxsize=2)
def _ground(width: int, height: int) -> Image.Image:
    """Where a picture is: all of it but what is outside its round corners."""
    mask = Image.new("L", (width * 2, height * 2), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), CORNERS * 2, 255)
    return mask.reduce(2)

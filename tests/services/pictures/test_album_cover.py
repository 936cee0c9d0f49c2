"""An album's cover: a record with a ring for each track, in the track's colour, as wide as it is long."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from services.pictures.album_cover import draw_album_cover
from services.pictures.album_face import AlbumFace
from services.pictures.cover import COVER_SIZE

RINGS = ((0, 30.0), (1, 90.0), (2, 30.0))


def face(*rings: tuple[int, float], title: str = "Evenings") -> AlbumFace:
    return AlbumFace(title, "Untitled album", "3 tracks · 2:30", rings)


def picture(cover: bytes) -> Image.Image:
    image = Image.open(BytesIO(cover))
    assert (image.format, image.size) == ("JPEG", (COVER_SIZE, COVER_SIZE))
    return image.convert("RGB")


def down_from_the_rim(cover: bytes) -> list[tuple[int, int, int]]:
    """The pixels from the record's rim to its label, above its middle."""
    image = picture(cover)
    return [image.getpixel((COVER_SIZE // 2, y)) for y in range(26, 168)]  # pyright: ignore[reportReturnType]


def widest(cover: bytes, colour: tuple[int, int, int]) -> int:
    """How many of those pixels have about that colour."""
    return sum(
        max(abs(a - b) for a, b in zip(one, colour, strict=True)) < 24 for one in down_from_the_rim(cover)
    )


def test_the_same_tracks_in_the_same_order_give_the_same_picture() -> None:
    assert draw_album_cover(face(*RINGS)) == draw_album_cover(face(*RINGS))
    assert draw_album_cover(face(*RINGS)) != draw_album_cover(face(*reversed(RINGS)))


def test_a_ring_is_as_wide_as_its_track_is_long() -> None:
    cover = draw_album_cover(face(*RINGS))
    pixels = down_from_the_rim(cover)
    outermost, middle = pixels[8], pixels[len(pixels) // 2]
    assert widest(cover, middle) > 1.7 * widest(cover, outermost) > 0


@pytest.mark.parametrize("rings", [(), ((5, 5.0),), tuple((seed, 240.0) for seed in range(50))])
def test_an_album_of_nothing_and_of_fifty_is_drawn_too(rings: tuple[tuple[int, float], ...]) -> None:
    picture(draw_album_cover(face(*rings)))


def test_a_title_that_no_font_can_write_has_something_in_its_place() -> None:
    unwritable = draw_album_cover(face(*RINGS, title="\U0001f3fb\U0001f3fb"))
    assert unwritable == draw_album_cover(face(*RINGS, title="Untitled album"))

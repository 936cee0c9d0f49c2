"""Text on pictures, in whatever script it is, cut where it is too long.

The rule: what no font has is left out, never drawn as a box. Arabic and Hebrew are joined and ordered here: a
line has pieces in several fonts, and Pillow, which sees one at a time, needs FriBiDi for it, which its wheels
do not bring. Where that is missing, the scripts of India, which take more than joining, are left out.
"""

# arabic_reshaper and bidi are not typed.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import weblate_fonts
from PIL import Image, ImageDraw, ImageFont, features

Font = ImageFont.FreeTypeFont

FOLDER = Path(weblate_fonts.__path__[0], "static", "weblate_fonts", "kurinto", "ttf")
LETTERS = "Sans"  # the face with most scripts; those below have the same, and Chinese, Japanese or Korean
KANA, HANGUL = re.compile("[ぁ-ヿ]"), re.compile("[\uac00-\ud7a3]")
MARKS = 3  # over, under and after one letter; no script has more, and what piles them up covers the picture
JOINS = features.check("raqm")
# Blank alone, or changing what stands before them; and of skin tones, a box beside the emoji.
_SELECTS = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]")
_JOINED = re.compile("[\u0900-\u0dff\u0f00-\u109f\u1780-\u17ff]")


@dataclass(frozen=True, slots=True)
class Line:
    """Text that can be drawn: its pieces, with the font and the width of each; widths in pixels."""

    text: str
    pieces: tuple[tuple[str, Font, float], ...]
    width: float
    size: int

    def draw(
        self, draw: ImageDraw.ImageDraw, at: tuple[float, float], fill: object, anchor: str = "l"
    ) -> None:
        """Draws it on a baseline. anchor: whether `at` is its left end (l), middle (m) or right end (r)."""
        stamp, corner = self.placed(at, anchor)
        draw.bitmap(corner, stamp, fill)  # pyright: ignore[reportArgumentType]

    def placed(self, at: tuple[float, float], anchor: str) -> tuple[Image.Image, tuple[int, int]]:
        """Its letters as a mask, and where that one's left upper corner is."""
        x, y = at
        x -= {"l": 0.0, "m": self.width / 2, "r": self.width}[anchor]
        return _stamp(self), (round(x) - self.size, round(y) - 2 * self.size)


@lru_cache(maxsize=64)  # numbers, units and sections are on many pictures
def _stamp(line: Line) -> Image.Image:
    """The line's letters as a mask, with its size left free before and behind them, twice that above."""
    stamp = Image.new("L", (round(line.width) + 2 * line.size, 3 * line.size))
    draw, x = ImageDraw.Draw(stamp), float(line.size)
    for piece, font, width in line.pieces:
        draw.text((x, 2 * line.size), piece, fill=255, font=font, anchor="ls")
        x += width
    return stamp


def line(text: str, size: int, *, bold: bool = False, room: float | None = None) -> Line:
    """The text on one line, `size` pixels high; cut with an ellipsis where it is wider than `room`."""
    whole = _laid(writable(text), size, bold)
    if room is None or whole.width <= room:
        return whole
    letters = whole.text
    low, high = 0, len(letters)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if _laid(_cut(letters, middle), size, bold).width <= room:
            low = middle
        else:
            high = middle - 1
    return _laid(_cut(letters, low), size, bold)


def lines(text: str, size: int, room: float, most: int, *, bold: bool = False) -> list[Line]:
    """The text on up to `most` lines, each as wide as `room` at the most; the last one is cut."""
    words, found = writable(text).split(), list[Line]()
    while words and len(found) < most - 1:
        taken = 1
        while taken < len(words) and _laid(" ".join(words[: taken + 1]), size, bold).width <= room:
            taken += 1
        first = _laid(" ".join(words[:taken]), size, bold)
        if first.width > room:  # a word that is longer than a line
            fits = len(words[0])
            while fits > 1 and _laid(words[0][:fits], size, bold).width > room:
                fits -= 1
            first, words[0], taken = _laid(words[0][:fits], size, bold), words[0][fits:], 0
        found.append(first)
        words = words[taken:]
    if words:
        found.append(line(" ".join(words), size, bold=bold, room=room))
    return found


def writable(text: str) -> str:
    """What of the text can be drawn, on one line; "" where nothing can."""
    text = _SELECTS.sub("", unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode()))
    faces = _faces(text)
    kept, marks = "", MARKS
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf"):  # goes with the letter before it
            marks += 1
            kept += character if marks <= MARKS and any(_has(face, character) for face in faces) else ""
            continue
        base = unicodedata.normalize("NFKD", character)[:1]
        written = (one for one in (character, base) if any(_has(face, one) for face in faces))
        letter = " " if character.isspace() else next(written, "")
        kept += letter
        marks = 0 if letter.isalpha() else MARKS
    return " ".join(kept.split())


def _cut(letters: str, count: int) -> str:
    while 0 < count < len(letters) and unicodedata.combining(letters[count]):
        count -= 1
    return letters[:count].rstrip() + "…"


@lru_cache(maxsize=256)  # to set a piece takes 0.2 ms
def _laid(text: str, size: int, bold: bool) -> Line:
    """Pieces of text by the face that has their letters; a space belongs to what is before it."""
    faces, pieces = _faces(text), list[tuple[str, str]]()
    ordered = _from_the_right(text)  # from left to right then, in their joined forms
    for character in _set_from_the_right(text) if ordered else text:
        face = pieces[-1][1] if pieces else faces[0]
        if not character.isspace() and not _has(face, character):
            face = next((one for one in faces if _has(one, character)), face)
        if pieces and pieces[-1][1] == face:
            pieces[-1] = (pieces[-1][0] + character, face)
        else:
            pieces.append((character, face))
    fonts = [(piece, _font(face, size, bold, as_it_is=ordered)) for piece, face in pieces]
    measured = tuple((piece, font, font.getlength(piece)) for piece, font in fonts)
    return Line(text, measured, sum(width for *_, width in measured), size)


def _set_from_the_right(text: str) -> str:
    """Its letters joined, and in the order in which they stand from left to right."""
    import arabic_reshaper  # with all of fontTools, a seventh of the time in which a worker starts
    from bidi import get_display

    return str(get_display(arabic_reshaper.reshape(text)))


def _from_the_right(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def _faces(text: str) -> tuple[str, ...]:
    """The faces to look in, in their order: Chinese characters look different in Japanese and Korean."""
    asian = ["SansSC", "SansTC", "SansJP", "SansKR"]
    first = "SansJP" if KANA.search(text) else "SansKR" if HANGUL.search(text) else "SansSC"
    return (LETTERS, first, *(face for face in asian if face != first))


@lru_cache(maxsize=128)
def _font(face: str, size: int, bold: bool = False, *, as_it_is: bool = False) -> Font:
    """as_it_is: the letters are drawn in the order and the forms in which they come."""
    layout = ImageFont.Layout.BASIC if as_it_is else None
    path = FOLDER / f"Kurinto{face}-{'Bd' if bold else 'Rg'}.ttf"
    return ImageFont.truetype(path, size, layout_engine=layout)


@lru_cache(maxsize=8192)
def _has(face: str, character: str) -> bool:
    """Whether the face has a glyph for it, and Pillow can set it."""
    if not JOINS and _JOINED.match(character):
        return False
    return character == " " or _drawn(face, character) != _drawn(face, "\uffff")


@lru_cache(maxsize=256)
def _drawn(face: str, character: str) -> tuple[object, bytes]:
    """What a face lacks, it draws as the same box each time."""
    font = _font(face, 20)
    picture = Image.new("L", (60, 60))
    ImageDraw.Draw(picture).text((15, 10), character, font=font, fill=255)
    return font.getbbox(character), picture.tobytes()

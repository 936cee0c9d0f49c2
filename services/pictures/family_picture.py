"""A family as a picture: a line a track, its parent above it, what changed between the two on the way down.

The rule: it has a dark ground of its own, so that it is read as well on Discord's light as on its dark; and
whatever it says, `cogs.texts.library.families.described` says in words. Same colour, same seed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw

from services.pictures.family_rows import FamilyRow, FamilyRows
from services.pictures.lettering import Line, line
from services.pictures.palette import Colour, hue, ink

WIDTH = 800  # pixels; on a phone about half of that, where the small letters are still 11 pixels high
SMOOTH = 2  # drawn that many times larger and scaled down, for smooth edges
COLOURS = 200  # of the file, which is a third as large as with all of them
MARGIN, INDENT, DOT, CORNER = 26, 40, 9, 16
LARGE, SMALL = 28, 22  # pixels
TEXT = 30  # from a dot to what is beside it

GROUND, RAISED = (30, 32, 38), (52, 55, 66)
INK, SOFT, QUIET = (242, 243, 247), (190, 195, 206), (150, 155, 168)  # at least 5:1 to both grounds
CHANGE, HEART = (247, 190, 92), (255, 134, 152)
BRIGHT = 0.4  # relative luminance of a seed's colour


@dataclass(frozen=True, slots=True)
class _Row:
    """Where a relative stands: its column, and the top of its row and the middle of its dot, in pixels."""

    one: FamilyRow
    column: int
    top: float
    middle: float
    bottom: float

    @property
    def x(self) -> float:
        return MARGIN + DOT + INDENT * self.column


def draw_family(family: FamilyRows) -> bytes:
    """A PNG with transparent corners. Blocks for some tens of milliseconds."""
    rows, height = _laid_out(family)
    image = Image.new("RGBA", (WIDTH * SMOOTH, round(height) * SMOOTH), (0, 0, 0, 0))
    pen = _Pen(ImageDraw.Draw(image))
    pen.box((0, 0, WIDTH, height), GROUND, CORNER)
    pen.text(line(family.heading, SMALL * SMOOTH), (MARGIN, MARGIN + SMALL), QUIET)
    places = {row.one.id: row for row in rows}
    for row in rows:
        if row.one.id == family.asked:
            top = row.middle - (58 if row.one.changes else 26)
            pen.box((MARGIN / 2, top, WIDTH - MARGIN / 2, row.bottom), RAISED, CORNER / 2)
    for row in rows:
        if (parent := places.get(row.one.parent_id)) is not None:
            pen.way(parent, row)
    colours = _colours(family)
    for row in rows:
        _draw_row(pen, row, None if row.one.hidden else colours[row.one.seed])
    finished = BytesIO()
    small = image.reduce(SMOOTH)
    small.quantize(COLOURS, Image.Quantize.FASTOCTREE).save(finished, "PNG")
    return finished.getvalue()


def _laid_out(family: FamilyRows) -> tuple[list[_Row], float]:
    """The rows, and how high the picture is. An only child stands below its parent; several are indented."""
    brood: dict[str, int] = {}
    for one in family.rows:
        brood[one.parent_id] = brood.get(one.parent_id, 0) + 1
    columns: dict[str, int] = {}
    rows: list[_Row] = []
    y = MARGIN + SMALL + 18.0
    for one in family.rows:
        parent = one.parent_id
        above = columns.get(parent)
        column = 0 if above is None else above + (brood[parent] > 1)
        columns[one.id] = column
        middle = y + (SMALL + 10 if one.changes else 0) + LARGE * 0.62 + 8
        bottom = middle + (LARGE * 0.62 if one.hidden else LARGE * 0.5 + SMALL + 14) + 8
        rows.append(_Row(one, column, y, middle, bottom))
        y = bottom
    return rows, y + MARGIN / 2


def _colours(family: FamilyRows) -> dict[int, Colour]:
    """A colour for each seed; those that several tracks have get the ones that are furthest apart."""
    seeds = Counter(one.seed for one in family.rows if not one.hidden)
    return {seed: ink(hue(place), BRIGHT) for place, (seed, _count) in enumerate(seeds.most_common())}


def _draw_row(pen: _Pen, row: _Row, colour: Colour | None) -> None:
    one, left = row.one, row.x + TEXT
    room = WIDTH - MARGIN - left
    pen.dot((row.x, row.middle), colour)
    if one.changes:
        changes = line(" · ".join(one.changes), SMALL * SMOOTH, room=room * SMOOTH)
        pen.text(changes, (left, row.middle - LARGE * 0.62 - 12), CHANGE)
    base = row.middle + LARGE * 0.36
    number = line(f"#{one.number}", LARGE * SMOOTH)
    pen.text(number, (left, base), SOFT)
    beside = left + number.width / SMOOTH + 12
    if one.hidden:
        pen.text(line(one.below, SMALL * SMOOTH), (beside, base), QUIET)
        return
    title = line(one.title, LARGE * SMOOTH, bold=True, room=(WIDTH - MARGIN - beside) * SMOOTH)
    pen.text(title, (beside, base), INK)
    below = base + SMALL + 12
    if one.votes:
        left = pen.heart((left, below), one.votes)
    pen.text(line(one.below, SMALL * SMOOTH, room=(WIDTH - MARGIN - left) * SMOOTH), (left, below), SOFT)


class _Pen:
    """Draws in the picture's own pixels, whatever it is enlarged by."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw

    def box(self, box: tuple[float, float, float, float], fill: Colour, radius: float) -> None:
        self._draw.rounded_rectangle([side * SMOOTH for side in box], radius * SMOOTH, fill)

    def text(self, written: Line, at: tuple[float, float], fill: Colour) -> None:
        written.draw(self._draw, (at[0] * SMOOTH, at[1] * SMOOTH), fill)

    def dot(self, at: tuple[float, float], fill: Colour | None) -> None:
        """A full dot or, without a colour, a ring."""
        x, y = at
        box = [side * SMOOTH for side in (x - DOT, y - DOT, x + DOT, y + DOT)]
        self._draw.ellipse(box, fill or GROUND, fill or QUIET, 3 * SMOOTH)

    def way(self, parent: _Row, child: _Row) -> None:
        """From the parent straight down and, where the child is indented, around a corner to it."""
        lines = [(parent.x, parent.middle), (parent.x, child.middle)]
        if child.x > parent.x:
            turn = 12.0
            arc = [parent.x, child.middle - 2 * turn, parent.x + 2 * turn, child.middle]
            self._draw.arc([side * SMOOTH for side in arc], 90, 180, QUIET, 3 * SMOOTH)
            lines[1] = (parent.x, child.middle - turn)
            self._line([(parent.x + turn, child.middle), (child.x, child.middle)])
        self._line(lines)

    def heart(self, at: tuple[float, float], votes: int) -> float:
        """A heart and how many; returns where it ends."""
        x, y = at
        half = SMALL * 0.22
        for side in (x + half, x + 3 * half):
            box = [
                value * SMOOTH
                for value in (side - half * 1.1, y - SMALL * 0.68, side + half * 1.1, y - SMALL * 0.24)
            ]
            self._draw.ellipse(box, HEART)
        tip = [
            (x - half * 0.02, y - SMALL * 0.38),
            (x + 4.02 * half, y - SMALL * 0.38),
            (x + 2 * half, y + 1),
        ]
        self._draw.polygon([(a * SMOOTH, b * SMOOTH) for a, b in tip], HEART)
        counted = line(str(votes), SMALL * SMOOTH)
        self.text(counted, (x + 5 * half, y), HEART)
        return x + 5 * half + counted.width / SMOOTH + 16

    def _line(self, points: list[tuple[float, float]]) -> None:
        self._draw.line([(x * SMOOTH, y * SMOOTH) for x, y in points], QUIET, 3 * SMOOTH)

"""A contest's podium: the first three, each on a step of its own, with title and maker.

The rule: as the family's picture it has a dark ground of its own, and whatever it says is said in words too.
The colour of a step is that of its track's seed, as on the track's cover.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from services.pictures import lettering
from services.pictures.palette import hsv, hue
from services.pictures.podium_places import Podium, PodiumPlace

WIDTH, HEIGHT = 900, 470  # pixels
SMOOTH = 2  # drawn that many times larger and scaled down, for smooth edges
COLOURS = 200
GROUND, INK, SOFT = (30, 32, 38), (242, 243, 247), (190, 195, 206)
MARGIN, STEP, GAP = 30, 270, 15  # a step's width, and what is between two
ORDER = (1, 0, 2)  # of places, from left to right: the second, the first, the third
HIGH = (230, 165, 135)  # pixels, of the first step, the second and the third
MEDALS = ((255, 205, 86), (206, 212, 222), (214, 150, 96))


def draw_podium(podium: Podium) -> bytes:
    """A PNG. Blocks for some tens of milliseconds."""
    image = Image.new("RGB", (WIDTH * SMOOTH, HEIGHT * SMOOTH), GROUND)
    draw = ImageDraw.Draw(image)
    heading = lettering.line(podium.heading, 34 * SMOOTH, bold=True, room=(WIDTH - 2 * MARGIN) * SMOOTH)
    heading.draw(draw, (WIDTH * SMOOTH / 2, 56 * SMOOTH), INK, "m")
    for column, place in enumerate(ORDER):
        if place < len(podium.places):
            _draw_step(draw, MARGIN + column * (STEP + GAP), place, podium.places[place])
    finished = BytesIO()
    small = image.reduce(SMOOTH)
    small.quantize(COLOURS, Image.Quantize.FASTOCTREE).save(finished, "PNG")
    return finished.getvalue()


def _draw_step(draw: ImageDraw.ImageDraw, left: float, place: int, one: PodiumPlace) -> None:
    top, bottom, middle = HEIGHT - MARGIN - HIGH[place], HEIGHT - MARGIN, left + STEP / 2
    box = [side * SMOOTH for side in (left, top, left + STEP, bottom)]
    draw.rounded_rectangle(box, 14 * SMOOTH, hsv(hue(one.seed), 0.62, 0.42))
    radius = 34
    medal = [side * SMOOTH for side in (middle - radius, top + 16, middle + radius, top + 16 + 2 * radius)]
    draw.ellipse(medal, MEDALS[place])
    number = lettering.line(str(place + 1), 40 * SMOOTH, bold=True)
    number.draw(draw, (middle * SMOOTH, (top + 16 + radius + 14) * SMOOTH), GROUND, "m")
    room = (STEP - 20) * SMOOTH
    rows = lettering.lines(one.title, 26 * SMOOTH, room, 2, bold=True)
    base = top - 50
    for index, row in enumerate(reversed(rows)):
        row.draw(draw, (middle * SMOOTH, (base - 32 * index) * SMOOTH), INK, "m")
    maker = lettering.line(one.maker, 22 * SMOOTH, room=room)
    maker.draw(draw, (middle * SMOOTH, (top - 18) * SMOOTH), SOFT, "m")
    below = lettering.line(one.below, 20 * SMOOTH, room=room)
    below.draw(draw, (middle * SMOOTH, (bottom - 14) * SMOOTH), INK, "m")

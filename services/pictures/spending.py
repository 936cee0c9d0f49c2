"""The month's spending as a picture: a bar a day, the limit as a line; legible on Discord's dark and light.

The rule: whatever the picture says, `cogs.texts.budget.month_in_words` says in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from services.pictures.spending_bars import Day, SpendingWords

SIZE = (1000, 360)  # pixels; scaled to about 400 wide on a phone, where the text is still 11 pixels high
MARGIN = (90, 40, 24, 52)  # left, top, right, bottom

# Each has a contrast of at least 3 to white and to #313338, Discord's dark background (WCAG 2, graphics).
SPENT = (196, 108, 0)
RESERVED = (120, 132, 148)
LIMIT = (222, 60, 60)
INK = (124, 130, 140)


def draw_month(days: Sequence[Day], days_in_month: int, daily_limit: int, words: SpendingWords) -> bytes:
    """A PNG with a transparent background. Amounts in micro-dollars. Blocks for some milliseconds."""
    (left, top, right, bottom), (width, height) = MARGIN, SIZE
    image = Image.new("RGBA", SIZE, (*INK, 0))  # so the edges of letters are of no third colour
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(26)
    highest = max([daily_limit, *(day.spent + day.reserved for day in days), 1]) * 1.08
    ground, room = height - bottom, height - top - bottom
    step = (width - left - right) / days_in_month

    def level(amount: float) -> int:
        return round(ground - room * amount / highest)

    for day in days:
        x = left + step * (day.date.day - 1)
        inner = round(x + step * 0.14), round(x + step * 0.86)
        if day.spent:  # however little, it shows
            draw.rectangle((inner[0], min(level(day.spent), ground - 3), inner[1], ground), SPENT)
        if day.reserved:
            both = day.spent + day.reserved
            draw.rectangle((inner[0], level(both), inner[1], level(day.spent)), RESERVED)
    draw.line((left, ground, width - right, ground), INK, 2)
    line = level(daily_limit)
    for start in range(left, width - right, 24):  # dashed: not told by its colour alone
        draw.line((start, line, min(start + 14, width - right), line), LIMIT, 3)
    draw.text((left - 8, line), words.limit, LIMIT, font, anchor="rm")
    draw.text((left - 8, ground), words.nothing, INK, font, anchor="rm")
    for number in sorted({1, 8, 15, 22, days_in_month}):
        x = left + step * (number - 0.5)
        draw.text((x, ground + 8), str(number), INK, font, anchor="mt")
    draw.text((left, 4), words.spent, SPENT, font, anchor="lt")
    draw.text((left + 110, 4), words.reserved, RESERVED, font, anchor="lt")
    draw.text((left + 260, 4), words.daily_limit, LIMIT, font, anchor="lt")
    finished = BytesIO()
    image.save(finished, "PNG")
    return finished.getvalue()

"""What worker processes do: a function for each job, and how long it may take.

The rule: nothing heavy is imported before a job runs, so the bot itself, which only names these functions,
has neither FFmpeg nor Pillow nor numpy in its memory. What goes in and comes out are plain values.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.card_file import Card
from services.chart_words import Bar
from services.credits import Credits
from services.family_rows import FamilyRows
from services.mastered import Admitted, Master

# Seconds of processor time. To encode 240 s of sound takes 7 on two cores of AMD EPYC, 13 beside other work.
MASTERING = 120.0
LISTENING = 30.0
DRAWING = 20.0


def master(source: Path, folder: Path, label: Credits, *, max_bytes: int) -> Master:
    """`services.audio.master`."""
    from services import audio

    return audio.master(source, folder, label, max_bytes=max_bytes)


def admit(path: Path, label: Credits, shortest: float, longest: float) -> Admitted:
    """`services.audio.admit`."""
    from services import audio

    return audio.admit(path, label, shortest, longest)


def draw_family(family: FamilyRows) -> bytes:
    """`services.family_picture.draw_family`."""
    from services import family_picture

    return family_picture.draw_family(family)


def draw_month(days: Sequence[Bar], days_in_month: int, daily_limit: int) -> bytes:
    """`services.chart.draw_month`."""
    from services import chart

    return chart.draw_month(days, days_in_month, daily_limit)


def draw_marked(path: Path, start: float, end: float) -> Card | None:
    """`services.card.draw_marked`; None where there is no card that could be marked."""
    from services import card

    try:
        return card.draw_marked(path, start, end)
    except (FileNotFoundError, ValueError):  # one that an older version made says nothing of its seconds
        return None

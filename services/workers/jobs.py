"""What worker processes do: a function for each job, and how long it may take.

The rule: nothing heavy is imported before a job runs, so the bot itself, which only names these functions,
has neither FFmpeg nor Pillow nor numpy in its memory. What goes in and comes out are plain values.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.audio.credits import AlbumLabel, Credits, FileWords
from services.audio.mastered import Admitted, Master, Sample
from services.pictures.album_face import AlbumFace
from services.pictures.card_file import Card
from services.pictures.family_rows import FamilyRows
from services.pictures.podium_places import Podium
from services.pictures.spending_bars import Day, SpendingWords

# Seconds of processor time. To encode 240 s of sound takes 7 on two cores of AMD EPYC, 13 beside other work.
MASTERING = 120.0
LISTENING = 30.0
ENCODING = 60.0  # of Opus: 10 ms take a second of sound
DRAWING = 20.0
TAGGING = 20.0


def master(source: Path, folder: Path, label: Credits, *, max_bytes: int) -> Master:
    """`services.workers.post_production.master`."""
    from services.workers import post_production

    return post_production.master(source, folder, label, max_bytes=max_bytes)


def admit(path: Path, label: Credits, shortest: float, longest: float) -> Admitted:
    """`services.workers.post_production.admit`."""
    from services.workers import post_production

    return post_production.admit(path, label, shortest, longest)


def encode_opus(source: Path, target: Path) -> None:
    """`services.audio.opus.encode_opus`."""
    from services.audio import opus

    opus.encode_opus(source, target)


def tag_for_album(source: Path, target: Path, label: AlbumLabel) -> None:
    """`services.workers.tagging.tag_for_album`."""
    from services.workers import tagging

    tagging.tag_for_album(source, target, label)


def sample(path: Path, shortest: float, longest: float) -> Sample:
    """`services.workers.post_production.sample`."""
    from services.workers import post_production

    return post_production.sample(path, shortest, longest)


def draw_family(family: FamilyRows) -> bytes:
    """`services.pictures.family_picture.draw_family`."""
    from services.pictures import family_picture

    return family_picture.draw_family(family)


def draw_album_cover(face: AlbumFace) -> bytes:
    """`services.pictures.album_cover.draw_album_cover`."""
    from services.pictures import album_cover

    return album_cover.draw_album_cover(face)


def draw_podium(podium: Podium) -> bytes:
    """`services.pictures.podium.draw_podium`."""
    from services.pictures import podium as pictures

    return pictures.draw_podium(podium)


def draw_month(days: Sequence[Day], days_in_month: int, daily_limit: int, words: SpendingWords) -> bytes:
    """`services.pictures.spending.draw_month`."""
    from services.pictures import spending

    return spending.draw_month(days, days_in_month, daily_limit, words)


def draw_marked(path: Path, start: float, end: float, words: FileWords) -> Card | None:
    """`services.pictures.card.draw_marked`; None where there is no card that could be marked."""
    from services.pictures import card

    try:
        return card.draw_marked(path, start, end, words)
    except (FileNotFoundError, ValueError):  # one that an older version made says nothing of its seconds
        return None

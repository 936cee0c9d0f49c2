"""What an album's cover is drawn from: plain values, for a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlbumFace:
    """rings: seed and seconds of each track, in order. untitled: stands for a title that no font can write.

    below: the small line at the foot.
    """

    title: str
    untitled: str
    below: str
    rings: Sequence[tuple[int, float]]

"""What a family's picture is drawn from: plain values, for a worker process. Of what is hidden, no word."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 12  # tracks: more would be too small to read where Discord shows a picture whole


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One track: `services.tracks.families.Relative`, as its picture shows it.

    below: stands below the title; of one that is hidden, in its place. changes: stand above it.
    """

    id: str
    parent_id: str
    number: int
    title: str
    below: str
    seed: int
    votes: int
    hidden: bool
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FamilyRows:
    """A family, parents before children. asked: the id of the one that is marked; heading: stands above."""

    asked: str
    heading: str
    rows: tuple[FamilyRow, ...]

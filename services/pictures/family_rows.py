"""What a family's picture is drawn from: plain values, for a worker process. Of what is hidden, no word."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 12  # tracks: more would be too small to read where Discord shows a picture whole


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One track: `services.tracks.families.Relative`, as its picture shows it."""

    id: str
    parent_id: str
    number: int
    title: str
    maker: str
    seed: int
    votes: int
    note: str
    hidden: bool
    changes: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class FamilyRows:
    """A family, parents before children; the rest as `services.tracks.families.Family` has it."""

    asked: str
    rows: tuple[FamilyRow, ...]
    total: int
    above: int

    @property
    def cut(self) -> bool:
        """Whether there is more than is shown."""
        return len(self.rows) < self.total

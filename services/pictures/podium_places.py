"""What a podium's picture shows: plain values, for a worker process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PodiumPlace:
    """A place on it. below: what stands under title and maker, such as its points."""

    title: str
    maker: str
    below: str
    seed: int


@dataclass(frozen=True, slots=True)
class Podium:
    """The first places, the best first, up to three. heading: the contest's theme."""

    heading: str
    places: tuple[PodiumPlace, ...]

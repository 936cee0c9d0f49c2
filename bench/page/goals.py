"""What is wanted of a figure, and whether it is so: a line each of the table in docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from bench.measuring.figures import Figure, rounded

HEAD = ("figure", "measured", "beside", "at 18767cb", "goal", "met")


@dataclass(frozen=True, slots=True)
class Bound:
    """One figure, and how much it may be, in its unit.

    figure: its measurement and name, "crowd: …"; a * stands for anything, and the worst of all that match
    counts. label: what it is called in the line. most, least: None where it has no such bound. of: another
    figure, of which `most` and `least` are a share. p99: the 99th percentile counts, not the median.
    """

    figure: str
    label: str = ""
    most: float | None = None
    least: float | None = None
    of: str = ""
    p99: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """A line of the table. before: at 18767cb. missed: why it is, and what comes next."""

    figure: str
    bounds: tuple[Bound, ...]
    goal: str
    before: str = ""
    beside: str = ""
    missed: str = ""

    def line(self, figures: Mapping[str, Figure]) -> tuple[str, ...]:
        """Its cells. figures: all that were measured, by measurement and name."""
        several = [_all_of(bound, figures) for bound in self.bounds]
        found = [(bound, _worst(bound, those)) for bound, those in zip(self.bounds, several, strict=True)]
        measured = "; ".join(
            _told(bound, figure, named=len(those) > 1)
            for (bound, figure), those in zip(found, several, strict=True)
        )
        others = (
            _told(bound, other) for bound in self.bounds if bound.of and (other := figures.get(bound.of))
        )
        beside = "; ".join([*filter(None, [self.beside]), *others])
        return (self.figure, measured, beside, self.before, self.goal, self._met(found, figures))

    def _met(self, found: Sequence[tuple[Bound, Figure | None]], figures: Mapping[str, Figure]) -> str:
        """In words."""
        holds = [_holds(bound, figure, figures) for bound, figure in found]
        if False in holds:
            return f"**no**. {self.missed}" if self.missed else "**no**"
        return "not measured" if None in holds else "yes"


def by_name(results: Mapping[str, Any]) -> dict[str, Figure]:
    """All figures of results.json, by measurement and name."""
    return {
        f"{name}: {one['what']}": Figure(**one) for name, kept in results.items() for one in kept["figures"]
    }


def goals_table(goals: Sequence[Goal], figures: Mapping[str, Figure]) -> str:
    """All lines, as Markdown; not aligned, since some cells are long."""
    rows = [HEAD, ["---"] * len(HEAD), *(goal.line(figures) for goal in goals)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _value(figure: Figure, *, p99: bool) -> float:
    return figure.p99 if p99 and figure.p99 is not None else figure.value


def _all_of(bound: Bound, figures: Mapping[str, Figure]) -> list[Figure]:
    return [figure for name, figure in figures.items() if fnmatchcase(name, bound.figure)]


def _worst(bound: Bound, those: Sequence[Figure]) -> Figure | None:
    worst = max if bound.least is None else min
    return worst(those, key=lambda one: _value(one, p99=bound.p99), default=None)


def _holds(bound: Bound, figure: Figure | None, figures: Mapping[str, Figure]) -> bool | None:
    """None: it was not measured."""
    share = figures.get(bound.of) if bound.of else None
    if figure is None or (bound.of and share is None):
        return None
    whole = 1.0 if share is None else _value(share, p99=bound.p99)
    value = _value(figure, p99=bound.p99)
    above = bound.most is not None and value > bound.most * whole
    below = bound.least is not None and value < bound.least * whole
    return not (above or below)


def _told(bound: Bound, figure: Figure | None, *, named: bool = False) -> str:
    """The label, the value with its unit, which it was of several, and of how many samples."""
    if figure is None:
        return f"{bound.label} –".strip()
    about = [figure.what] if named else []
    if figure.samples:
        about.append(f"n = {figure.samples}")
    told = f"{bound.label} {rounded(_value(figure, p99=bound.p99))} {figure.unit}".strip()
    return f"{told} ({'; '.join(about)})" if about else told

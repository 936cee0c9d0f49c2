"""docs/performance.md: what was measured last, with plots of how it grows.

The growth is a power of the size, fitted by least squares of the logarithms: an exponent of 0 is what does
not grow, of 1 what grows as the size does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import Figure, table

ROOT = Path(__file__).parents[1]
DOC = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "pictures"
HEAD = """# Performance

Made by `python -m bench` from the newest run of each part, which `bench/results.json` keeps. What the figures
mean, and what was measured before, is in [measurements.md](measurements.md); how far it goes, in
[scale.md](scale.md).
Goals are not asserted by any test: seconds depend on the machine and on what else it does.
"""


@dataclass(frozen=True, slots=True)
class Growth:
    """One line of a plot. starts, ends: of the names of figures that differ in between by their size."""

    name: str
    starts: str
    ends: str

    def points(self, figures: Sequence[Figure]) -> list[tuple[float, float]]:
        """Sizes and values; a size of 0 is told as 1, which a logarithm needs."""
        found: list[tuple[float, float]] = []
        for figure in figures:
            if figure.what.startswith(self.starts) and figure.what.endswith(self.ends):
                size = figure.what[len(self.starts) : len(figure.what) - len(self.ends)]
                found.append((max(1.0, float(size.replace(",", ""))), figure.value))
        return found


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of how something grows."""

    name: str
    title: str
    across: str
    up: str
    lines: tuple[Growth, ...]


_TAKEN = "1000 x /compose at 50/s, up to "
PLOTS = {
    "crowd": (
        Plot(
            "intake",
            "/compose at 50 a second",
            "tracks in flight",
            "milliseconds",
            (
                Growth("acknowledged, p50", _TAKEN, " in flight: /compose: p50 of 1000"),
                Growth("acknowledged, p99", _TAKEN, " in flight: /compose: p99"),
                Growth("processor time each", _TAKEN, " in flight: processor time each"),
            ),
        ),
    ),
    "history": (
        Plot(
            "history",
            "Answered beside a history, p99",
            "tracks made before",
            "milliseconds",
            tuple(
                Growth(name, "", f" tracks, {name}: p99")
                for name in ("/compose", "/queue", "/tracks", "/tracks by words", "/charts", "/budget show")
            ),
        ),
    ),
}


def write(results: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Writes the page and its plots anew. names: what each measurement is, in a sentence."""
    parts = [HEAD]
    for name, kept in results.items():
        figures = [Figure(**one) for one in kept["figures"]]
        facts = kept["machine"].replace("\n", "<br>\n")
        parts.append(f"## {name}\n\n{names.get(name, '')}\n\n{facts}\n")
        parts += [_drawn(plot, figures) for plot in PLOTS.get(name, ())]
        parts.append(table(figures) + "\n")
    DOC.write_text("\n".join(parts), encoding="utf-8")


def _drawn(plot: Plot, figures: Sequence[Figure]) -> str:
    """Draws it; the Markdown that shows it, with what was fitted."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    picture, axes = plt.subplots(figsize=(7.5, 4))
    fitted: list[str] = []
    for line in plot.lines:
        points = sorted(line.points(figures))
        if len(points) < 2:
            continue
        sizes, values = np.array(points).T
        (drawn,) = axes.loglog(sizes, values, "o", label=line.name)
        exponent, factor = np.polyfit(np.log(sizes), np.log(values), 1)
        axes.loglog(sizes, np.exp(factor) * sizes**exponent, "-", color=drawn.get_color(), linewidth=1)
        fitted.append(f"| {line.name} | {exponent:+.2f} |")
    axes.set(title=plot.title, xlabel=plot.across, ylabel=plot.up)
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")
    PICTURES.mkdir(exist_ok=True)
    path = PICTURES / f"performance-{plot.name}.svg"
    picture.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(picture)
    rows = "\n".join(["| line | grows with this power of the size |", "| --- | ---: |", *fitted])
    return f"![{plot.title}, by {plot.across}](pictures/{path.name})\n\n{rows}\n"

"""Plots of how what was measured grows, each with what was fitted to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.measuring.figures import Figure, aligned
from bench.measuring.growth import Growth, fit

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of how something grows."""

    name: str
    title: str
    across: str
    up: str
    lines: tuple[Growth, ...]


_TAKEN = "/compose at 50/s, up to "
_START = "start with "
_COMMANDS = (
    "/compose",
    "/queue",
    "/library tracks",
    "/library tracks by words",
    "/library charts of all time",
    "/library family",
)
_HISTORY = tuple(Growth(name, "", f" tracks, {name}", p99=True) for name in _COMMANDS)
PLOTS = {
    "crowd": (
        Plot(
            "intake",
            "/compose at 50 a second",
            "tracks in flight",
            "milliseconds",
            (
                Growth("acknowledged, median", _TAKEN, " in flight: /compose"),
                Growth("acknowledged, p99", _TAKEN, " in flight: /compose", p99=True),
                Growth("processor time each", _TAKEN, " in flight: processor time each"),
            ),
        ),
        Plot(
            "start",
            "A start",
            "tracks in flight",
            "seconds",
            (
                Growth("open", _START, " in flight: open after"),
                Growth("all asked for again", _START, " in flight: all asked for again after"),
            ),
        ),
    ),
    "history": (
        Plot("history", "Answered beside a history, p99", "tracks made before", "milliseconds", _HISTORY),
    ),
    "postgresql": (
        Plot(
            "postgresql",
            "Answered beside a history on PostgreSQL, p99",
            "tracks made before",
            "milliseconds",
            _HISTORY,
        ),
    ),
}


def drawn(plot: Plot, figures: Sequence[Figure]) -> str:
    """Draws it; the Markdown that shows it, with what was fitted."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = plot.name  # else a picture of the same figures is another file
    import matplotlib.pyplot as plt

    picture, axes = plt.subplots(figsize=(7.5, 4))
    fitted: list[tuple[str, str]] = []
    for line in plot.lines:
        points = line.points(figures)
        if len(points) < 2:
            continue
        sizes, values = np.array(points).T
        (dots,) = axes.loglog(sizes, values, "o", label=line.name)
        exponent, factor = fit(points)
        axes.loglog(sizes, factor * sizes**exponent, "-", color=dots.get_color(), linewidth=1)
        fitted.append((line.name, f"{exponent:+.2f}"))
    axes.set(title=plot.title, xlabel=plot.across, ylabel=plot.up)
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")
    PICTURES.mkdir(exist_ok=True)
    path = PICTURES / f"performance-{plot.name}.svg"
    picture.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(picture)
    rows = aligned(("line", "grows with this power of the size"), fitted, right=(1,))
    return f"![{plot.title}, by {plot.across}](pictures/{path.name})\n\n{rows}\n"

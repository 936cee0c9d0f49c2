"""Writes docs/performance.md from results.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.measuring.figures import Figure, table
from bench.page.goals import by_name, goals_table
from bench.page.plots import PLOTS, drawn
from bench.page.rows import ROWS

DOC = Path(__file__).parents[2] / "docs" / "performance.md"
HEAD = """# Performance

Made by `python -m bench` from the newest run of each part, which `bench/results.json` keeps. What the figures
mean, and what was measured before, is in [measurements.md](measurements.md); how far it goes, in
[scale.md](scale.md).
Goals are not asserted by any test: seconds depend on the machine and on what else it does.

## What is wanted, and what came of it

A figure with a p99 is a median unless it says otherwise. *At 18767cb* was measured from outside, before.
"""


def write(results: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Writes the page and its plots anew. names: each measurement in its order, with what it is."""
    parts = [HEAD, goals_table(ROWS, by_name(results)) + "\n"]
    for name, said in names.items():
        if name in results:
            parts.append(_part(name, said, results[name]))
    DOC.write_text("\n".join(parts), encoding="utf-8")


def _part(name: str, said: str, kept: Mapping[str, Any]) -> str:
    """One measurement: what it is, where it was made, its plots and its figures."""
    facts = kept["machine"].replace("\n", "<br>\n")
    parts = [f"## {name}\n\n{said}\n\n{facts}<br>\ntook {kept['took']:.0f} s\n"]
    if failed := kept.get("failed"):
        return "\n".join([*parts, f"**It failed**, and nothing was measured: {failed}\n"])
    figures = [Figure(**one) for one in kept["figures"]]
    parts += [drawn(plot, figures) for plot in PLOTS.get(name, ())]
    return "\n".join([*parts, table(figures) + "\n"])

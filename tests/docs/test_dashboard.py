"""docs/grafana.json and docs/metrics.md, held against what /metrics exposes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from services.metrics import Metrics
from services.monitoring.backlog import Backlog
from services.monitoring.gauges import Gauges
from services.monitoring.health import Finding, Gateway, Report
from services.storage.disk import Room
from services.workers.pool import Workers

DOCS = Path(__file__).parents[2] / "docs"
DASHBOARD: dict[str, Any] = json.loads((DOCS / "grafana.json").read_text("utf-8"))
PAGE = (DOCS / "metrics.md").read_text("utf-8")
NAME = re.compile(r"\b(?:jamboree|process|python)_[a-z0-9_]+")
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES: list[str] = [target["expr"] for panel in PANELS for target in panel["targets"]]


@pytest.fixture
def exposed() -> dict[str, str]:
    """What stands on /metrics where everything can be read: the names of samples, each with its figure's."""
    metrics, gauges = Metrics(), Gauges(Workers(1))
    metrics.registry.register(gauges)
    well = Report(
        (Finding("disk"),), Gateway(1, 1, 0.1), Backlog({"waiting": 1}, None, frozenset()), Room(DOCS, 1, 1)
    )
    gauges.update(well)
    names: dict[str, str] = {}
    figure = ""
    for line in generate_latest(metrics.registry).decode().splitlines():
        if line.startswith("# TYPE "):
            figure = line.split()[2]
        elif not line.startswith("#"):
            names[re.split(r"[{ ]", line)[0]] = figure
    return names


def test_every_figure_of_the_dashboard_is_exposed(exposed: dict[str, str]) -> None:
    asked = {name for query in QUERIES for name in NAME.findall(query)}
    assert len(asked) > 15
    assert asked - exposed.keys() == set()


def test_every_figure_that_is_exposed_is_on_the_dashboard_and_explained(exposed: dict[str, str]) -> None:
    ours = {figure for figure in exposed.values() if figure.startswith("jamboree_")}
    shown = {exposed[name] for query in QUERIES for name in NAME.findall(query)}
    assert ours - shown == set()
    rows = {match[1] for match in re.finditer(r"^\| `(jamboree_\w+)", PAGE, re.MULTILINE)}
    assert rows == ours


def test_the_page_asks_for_nothing_that_is_not_there(exposed: dict[str, str]) -> None:
    known = {*exposed, *exposed.values()}
    assert {name for name in NAME.findall(PAGE) if not name.endswith("_")} - known == set()


def test_names_follow_prometheus(exposed: dict[str, str]) -> None:
    for line in generate_latest(Metrics().registry).decode().splitlines():
        if line.startswith("# TYPE jamboree_"):
            _, _, name, kind = line.split()
            assert name.endswith("_total") is (kind == "counter"), name
            assert kind != "histogram" or name.endswith("_seconds"), name


def test_the_dashboard_asks_whichever_prometheus_is_chosen() -> None:
    chosen = [one["name"] for one in DASHBOARD["templating"]["list"] if one["type"] == "datasource"]
    assert chosen == ["datasource"]
    parts = [*PANELS, *(target for panel in PANELS for target in panel["targets"])]
    assert {part["datasource"]["uid"] for part in parts} == {"${datasource}"}
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert DASHBOARD["schemaVersion"] >= 42


def test_no_panel_covers_another() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24

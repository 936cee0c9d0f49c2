"""A run of several measurements: one that fails is told, and the others are kept all the same."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench import __main__ as run
from bench.measuring.figures import Figure
from bench.page import plots
from bench.page import write as page


def _measurement(said: str, *figures: Figure, error: Exception | None = None) -> Any:
    async def measure() -> list[Figure]:
        if error:
            raise error
        return list(figures)

    return SimpleNamespace(__doc__=said, measure=measure)


async def test_one_fails_and_the_others_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(page, "DOC", tmp_path / "performance.md")
    monkeypatch.setattr(plots, "PICTURES", tmp_path)
    measured = {
        "walk": _measurement("The way of one.", Figure("requests to Discord", 3.0, "a track")),
        "idle": _measurement("Nothing to do.", error=RuntimeError("The bot did not open\nand its log")),
        "history": _measurement(
            "A long history.",
            Figure("0 tracks, /queue", 5.0, "ms", 6.0, 9),
            Figure("10 tracks, /queue", 5.0, "ms", 6.0, 9),
        ),
    }
    monkeypatch.setattr(run, "MEASUREMENTS", measured)
    assert await run.measure_all(list(measured)) == ["idle"]
    kept = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert kept["idle"]["failed"] == "RuntimeError: The bot did not open"
    assert kept["idle"]["figures"] == []
    assert "failed" not in kept["walk"]
    written = (tmp_path / "performance.md").read_text("utf-8")
    assert "**It failed**, and nothing was measured: RuntimeError: The bot did not open" in written
    assert "| requests to Discord |  3.00 | a track |" in written
    assert (
        "![Answered beside a history, p99, by tracks made before](pictures/performance-history.svg)"
        in written
    )
    assert (tmp_path / "performance-history.svg").exists()
    assert "The bot did not open" in capsys.readouterr().err


async def test_what_was_measured_before_stays_until_it_is_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(page, "DOC", tmp_path / "performance.md")
    monkeypatch.setattr(run, "MEASUREMENTS", {"walk": _measurement("One.", Figure("before", 1.0, "s"))})
    await run.measure_all(["walk"])
    monkeypatch.setattr(run, "MEASUREMENTS", {"idle": _measurement("Two.", Figure("after", 1.0, "s"))})
    await run.measure_all(["idle"])
    kept = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert {name: part["figures"][0]["what"] for name, part in kept.items()} == {
        "walk": "before",
        "idle": "after",
    }

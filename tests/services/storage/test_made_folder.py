"""Clusters that share a DATA_DIR may start at once; each sees for itself that it can be written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.storage.disk import make_folder


def test_many_at_once_are_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "tracks").mkdir()
    with ThreadPoolExecutor(8) as clusters:
        list(clusters.map(make_folder, [tmp_path] * 2000))
    assert [one.name for one in tmp_path.rglob("*")] == ["tracks"]

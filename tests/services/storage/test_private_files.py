"""Files of the bot's are readable by the account that it runs as, and by no other."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.storage.private_files import make_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_what_an_earlier_run_left_becomes_private_and_a_link_leads_nowhere(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    (data / "tracks").mkdir(parents=True)
    elsewhere.mkdir()
    left = [
        data / "jamboree.sqlite",
        data / "jamboree.sqlite-wal",
        data / "tracks" / "1.mp3",
        data / "health",
    ]
    beside = [elsewhere / "db", elsewhere / "db-wal", elsewhere / "db.lock"]
    stranger = elsewhere / "a file of somebody's"
    for path in (*left, *beside, stranger):
        path.touch()
        path.chmod(0o664)
    for folder in (data, data / "tracks"):
        folder.chmod(0o755)
    (data / "link").symlink_to(stranger)
    with capture_logs() as lines:
        make_private(data, [elsewhere / "db"])
    assert lines == []
    assert {mode(path) for path in (*left, *beside)} == {0o600}
    assert {mode(data), mode(data / "tracks")} == {0o700}
    assert mode(stranger) == 0o664


def test_a_file_system_that_cannot_is_one_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)  # as FAT answers
    with capture_logs() as lines:
        make_private(tmp_path, [])
    (line,) = lines
    assert line["log_level"] == "warning"
    assert line["files"] >= 2

"""One process for one place: by whatever path the same data is reached, and until that process has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import services.storage.file_locks
from services.settings import Settings
from services.storage.file_locks import InUse, this_data_only

ROOT = Path(services.storage.file_locks.__file__).parents[2]
CLUSTERS: dict[str, Any] = {"cluster_count": 3, "shard_count": 3, "database_url": "postgresql://host/jam"}
HOLDING = """
import os, sys, time
from services.storage.file_locks import this_data_only
from services.settings import Settings
with this_data_only(Settings(_env_file=None, discord_token="t", wavespeed_api_key="k", data_dir=sys.argv[1])):
    if os.fork() == 0:
        print("child", os.getpid(), flush=True)
        time.sleep(60)
    time.sleep(60)
"""


def settings(folder: Path, **given: Any) -> Settings:
    folder.mkdir(exist_ok=True)
    values: dict[str, Any] = {"discord_token": "t", "wavespeed_api_key": "k", "data_dir": folder}
    return Settings(**{**values, **given})


def refusal(second: Settings) -> str:
    with pytest.raises(InUse) as error, this_data_only(second):
        pass
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_folder_is_one_process_s_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "data")
    with this_data_only(settings(tmp_path / "data")):
        assert refusal(settings(tmp_path / "data")).startswith("DATA_DIR: another Jamboree")
        assert refusal(settings(tmp_path / "link")).startswith("DATA_DIR: another Jamboree")
        with this_data_only(settings(tmp_path / "other")):
            pass
    with this_data_only(settings(tmp_path / "data")):
        pass


def test_a_sqlite_file_is_one_process_s_whatever_it_is_called(tmp_path: Path) -> None:
    file = tmp_path / "shared" / "jamboree.sqlite"
    file.parent.mkdir()
    file.touch()
    (tmp_path / "by another name.sqlite").symlink_to(file)
    with this_data_only(settings(tmp_path / "one", database_url=f"sqlite:///{file}")):
        for other in (
            settings(tmp_path / "two", database_url=f"sqlite:///{file}"),
            settings(tmp_path / "two", database_url=f"sqlite:///{tmp_path / 'by another name.sqlite'}"),
            settings(tmp_path / "shared"),  # where it is the file of its DATA_DIR
        ):
            assert refusal(other).startswith("DATABASE_URL: another Jamboree")


def test_clusters_share_a_folder_and_each_is_there_once(tmp_path: Path) -> None:
    with (
        this_data_only(settings(tmp_path / "data", cluster_id=0, **CLUSTERS)),
        this_data_only(settings(tmp_path / "data", cluster_id=2, **CLUSTERS)),
    ):
        assert refusal(settings(tmp_path / "data", cluster_id=2, **CLUSTERS)).startswith("CLUSTER_ID:")
        assert refusal(settings(tmp_path / "data")).startswith("DATA_DIR:")  # one that would be alone
    with this_data_only(settings(tmp_path / "data")):
        assert refusal(settings(tmp_path / "data", cluster_id=1, **CLUSTERS)).startswith("DATA_DIR:")


def test_a_child_that_outlives_its_process_does_not_keep_the_data(tmp_path: Path) -> None:
    first = settings(tmp_path / "data")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(first.data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    child = int(process.stdout.readline().split()[1])
    try:
        assert refusal(first).startswith("DATA_DIR:")
        process.kill()
        process.wait()
        with this_data_only(first):
            assert Path(f"/proc/{child}").exists()
    finally:
        process.kill()
        os.kill(child, signal.SIGKILL)
        process.stdout.close()

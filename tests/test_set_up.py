"""How `make` sets itself up: with which Python, what it makes anew, and what it says where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FITTING, ANOTHER = "echo True", "echo False"  # what a Python says that was asked whether it fits


def would_do(folder: Path, *words: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    """What `make run` would do there."""
    return subprocess.run(
        ["make", "-n", "--no-print-directory", "run", *words],
        cwd=folder,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One with the Makefile, in which nothing is set up."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    return tmp_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder of programs, which has no Python yet."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("make", "sh", "grep"):
        program = shutil.which(name)
        assert program is not None
        (programs / name).symlink_to(program)
    return programs


def has(path: Path, name: str, says: str) -> None:
    """From now on there is a program of that name."""
    (path / name).write_text(f"#!/bin/sh\n{says}\n")
    (path / name).chmod(0o755)


def test_the_first_python_that_fits_is_taken(folder: Path, path: Path) -> None:
    for name, says in (("python3", ANOTHER), ("python3.13", FITTING), ("python3.12", FITTING)):
        has(path, name, says)
    assert "python3.13 -m venv --clear .venv" in would_do(folder, path=str(path)).stdout
    has(path, "python3", FITTING)
    assert "python3 -m venv --clear .venv" in would_do(folder, path=str(path)).stdout
    named = would_do(folder, "PYTHON=python3.12", path=str(path)).stdout
    assert "python3.12 -m venv --clear .venv" in named


def test_where_no_python_fits_nothing_is_made_and_it_is_said_which_would(folder: Path, path: Path) -> None:
    has(path, "python3", ANOTHER)
    ran = would_do(folder, path=str(path))
    assert ran.returncode
    assert "needs Python 3.11" in ran.stderr
    assert "make PYTHON=" in ran.stderr
    assert "venv" not in ran.stdout


def test_all_say_the_same_of_which_pythons_fit() -> None:
    allowed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    lowest, above = (bound.lstrip(">=<").replace(".", ", ") for bound in allowed.split(","))
    for file in ("Makefile", ".ci/run"):
        assert f"({lowest}) <= v < ({above})" in (ROOT / file).read_text("utf-8")


def test_an_environment_is_made_anew_where_its_python_is_gone_and_else_kept(folder: Path) -> None:
    """As after an upgrade of the system; one in which two Pythons are mixed has half of what it needs."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (folder / ".venv" / ".runs").touch()
    python.symlink_to("/bin/true")
    assert would_do(folder).stdout == ".venv/bin/python -m rehearsal\n"
    (folder / ".venv" / ".runs").unlink()
    assert "venv --clear" not in would_do(folder).stdout
    assert "--requirement requirements.txt" in would_do(folder).stdout
    python.unlink()
    python.symlink_to(folder / "python3.9")
    assert "-m venv --clear .venv" in would_do(folder).stdout


def test_a_folder_in_which_nothing_can_be_set_up_is_told(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").touch()
    (tmp_path / ".venv").touch()  # where the environment is to be
    ran = subprocess.run(
        ["make", "-f", ROOT / "Makefile", "run"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode
    assert "That is not set up; the lines above say why." in ran.stderr

"""What `python bot.py` can be told, and what it refuses to be told."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import preloaded
import pytest

from cogs.texts.hosting.setup import OPTIONS

ROOT = Path(__file__).parents[3]


async def told(folder: Path, *options: str) -> tuple[int | None, str]:
    """Its exit code, and what it printed."""
    process = await preloaded.start(
        ROOT / "bot.py", *options, folder=folder, environment={"PATH": os.environ["PATH"]}
    )
    printed, said = await process.communicate()
    return process.returncode, (printed + said).decode()


async def test_help_names_every_option(tmp_path: Path) -> None:
    code, printed = await told(tmp_path, "--help")
    assert code == 0
    assert [name for name in OPTIONS if f"--{name} " not in printed] == []


@pytest.mark.parametrize("options", [["--chekc"], ["--prob"], ["check"], ["--check", "--probe"]])
async def test_an_option_that_is_none_is_refused(tmp_path: Path, options: list[str]) -> None:
    code, printed = await told(tmp_path, *options)
    assert code == 2
    assert "python bot.py: error: " in printed
    assert "cannot start" not in printed


async def test_a_terminal_that_is_not_in_utf8_is_told_too(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "latin-1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bot.py"), "--check",
        cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await process.communicate()
    assert printed.startswith(rb"\u2717 Settings: DISCORD_TOKEN is missing")
    assert process.returncode == 1

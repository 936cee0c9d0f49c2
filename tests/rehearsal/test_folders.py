"""Where a folder cannot be written, `make run` and `make demo` say what is wrong with it and what to do."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from full_disk import fill, read_only, small_disk

ROOT = Path(__file__).parents[2]
TIMEOUT = 60.0  # seconds for anything that a test waits for
KINDS = {
    "full": "The disk that {folder} is on is full. Make room there, or name another folder: ",
    "read-only": "{folder} cannot be written (Read-only file system). Make it your own, or name another",
    "file": "{folder} cannot be made: a file stands where a folder should be. Move it away, or name another",
}


@contextmanager
def useless(tmp_path: Path, kind: str) -> Iterator[Path]:
    """A folder in which nothing can be made."""
    if kind == "full":
        with small_disk(tmp_path) as disk:
            fill(disk / "filler")
            yield disk / "here"
    elif kind == "read-only":
        (tmp_path / "shut").mkdir()
        with read_only(tmp_path / "shut"):
            yield tmp_path / "shut" / "here"
    else:
        (tmp_path / "here").touch()
        yield tmp_path / "here"


async def begun(tmp_path: Path, *options: str) -> asyncio.subprocess.Process:
    """A module of the rehearsal, with those options, as a process."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", *options, cwd=tmp_path, env={**kept, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [("rehearsal", "--port", "0", "--data"), ("rehearsal.demo", "--out")])
async def test_what_is_wrong_with_a_folder_is_said_with_what_to_do(
    tmp_path: Path, options: tuple[str, ...], kind: str
) -> None:
    with useless(tmp_path, kind) as folder:
        process = await begun(tmp_path, *options, str(folder))
        out, err = await asyncio.wait_for(process.communicate(), TIMEOUT)
    assert process.returncode == 1
    assert out == b""  # nothing has begun of which nothing could be kept
    assert KINDS[kind].format(folder=folder) in err.decode()
    assert f"{options[0]} {options[-1]} FOLDER" in err.decode()


async def test_a_disk_that_fills_ends_no_room_and_is_told_when_it_closes(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        process = await begun(tmp_path, "rehearsal", "--port", "0", "--data", str(disk / "room"))
        assert process.stdout
        async with asyncio.timeout(TIMEOUT):
            url = re.search(rb"http\S+", await process.stdout.readuntil(b"Ctrl+C closes the room."))
        assert url
        log = disk / "room" / "bot.log"
        with log.open("ab") as file:  # to the end of what the disk has given it
            file.write(b"\n" * (-log.stat().st_size % 2**16))
        fill(disk / "filler")
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), TIMEOUT)
    assert process.returncode == 1
    assert b"Closing the room" in out
    told = f"The disk that {disk / 'room'} is on is full. Make room there."
    assert err.decode().strip().endswith(told)
    assert "The bot ended" not in err.decode()

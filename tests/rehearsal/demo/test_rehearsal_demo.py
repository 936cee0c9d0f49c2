"""`python -m rehearsal.demo` as a process: what it leaves, what it says, and that it can fail."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from soak.variants import few_of
from sounds import tone

from rehearsal.demo import proofs
from rehearsal.demo.prose import Prose

ROOT = Path(__file__).parents[3]
TIMEOUT = 300.0


async def demo(folder: Path, *options: str) -> tuple[int, str, str]:
    """Exit code, and what it printed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rehearsal.demo", "--out", str(folder / "out"), *options,
        cwd=folder, env={**kept, "PYTHONPATH": str(ROOT), "DISCORD_TOKEN": "not-for-the-demo"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(TIMEOUT):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, out.decode(), err.decode()


async def test_an_evening_leaves_its_songs_and_is_told_as_it_was_seen(tmp_path: Path) -> None:
    code, out, err = await demo(tmp_path)
    assert (code, err) == (0, ""), out
    files = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    lengths = {
        "ada-on-the-stairs-6.mp3": 20.0,
        "brass-on-the-stairs-2.mp3": 20.0,
        "gutter-song-10.mp3": 25.0,
        "porch-light-1.mp3": 20.0,
        "porch-light-by-myself-5.mp3": 20.0,
        "porch-light-dub-3.mp3": 20.0,
        "porch-swing-7.mp3": 20.0,
        "porch-swing-round-2-8.mp3": 20.0,
        "porch-swing-round-3-9.mp3": 20.0,
    }
    archives = ["porch-swing.zip", "music-for-a-porch.zip", "porch-nights.zip"]
    assert sorted(files) == sorted([*lengths, *archives])
    assert {name: round(proofs.length(files[name]), 1) for name in lengths} == lengths
    for words in (
        "Ben types /compose   tags: folk, acoustic guitar, warm vocals",
        "Ben gets a form:",
        "Only Ben sees it change:",
        "Everybody in #music sees:",
        "@Ben Your track is ready.",
        "[Again]  [Remix seed]  [Lyrics]  [More …]",
        "Remix of #1 “Porch Light”",
        "#4 “Cricket Choir” was cancelled",
        "left for today",
        "“fast” instead of “slow”? @Cleo asks. 1 for, 0 against; it needs 2.",
        "by @Ben, @Ada and @Cleo",
        "Lend your voice to round 3?",
        "Sung with the voice of @Ada over #7 “Porch Swing”",
        "Sung with the cloned voice of @Ada",
        "★ the winner",
        "• @Ada: 2 lines; tags: banjo",
        "Ben opens the menu “Share it with …” and chooses Ada",
        "put together by @Ben and @Ada",
        "Sung with the maker's cloned voice",
        "“lucky seven” is not a seed",
    ):
        assert words in out
    for markup in ("<@", "<t:", "**", "```", "\x1b"):
        assert markup not in out


@pytest.mark.parametrize("fault", few_of(1, ["render_failed", "refused"]))
async def test_a_track_that_never_comes_fails_it_with_a_sentence(tmp_path: Path, fault: str) -> None:
    code, _, err = await demo(tmp_path, "--fault", fault)
    assert code == 1
    assert "“Porch Light” never came" in err
    assert "Traceback" not in err


def test_files_that_are_not_as_promised_are_found_out() -> None:
    fine = tone(5)
    assert any("6 s were asked for" in fault for fault in proofs.mp3("a.mp3", fine, 6, "A", ""))
    assert any("'A'" in fault for fault in proofs.mp3("a.mp3", fine, 5, "A", ""))
    assert any("'La la'" in fault for fault in proofs.mp3("a.mp3", fine, 5, "A", "Verse:\nLa la"))
    assert any("cannot be played" in fault for fault in proofs.mp3("a.mp3", b"<html>", 5, "A", ""))


def test_markup_becomes_what_a_member_reads() -> None:
    prose = Prose({"1": "Ben", "2": "music"}, colour=False)
    text = (
        "<@1>: **#1 “A \\* B”** in <#2>\n- https://discord.com/channels/9/2/8\n-# small\n```\n**kept**\n```"
    )
    assert prose.lines(text) == [
        "@Ben: #1 “A * B” in #music", "• #music › message", "small", "  **kept**"
    ]  # fmt: skip

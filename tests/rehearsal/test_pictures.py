"""The pictures that `make pictures` takes in the browser's tests are there, and shown to somebody."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TAKEN = {
    name
    for test in (ROOT / "tests/rehearsal/browser").glob("test_*.py")
    for name in re.findall(r'picture\([\w. ()"]+, "([\w-]+)"\)', test.read_text())
}
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]


def test_every_picture_that_is_taken_is_there_and_shown() -> None:
    shown = {name for page in PAGES for name in re.findall(r"pictures/([\w-]+)\.png", page.read_text())}
    there = {path.stem for path in (ROOT / "docs/pictures").glob("*.png")}
    assert "room" in TAKEN
    assert TAKEN - there == set()
    assert TAKEN - shown == set()


def test_every_picture_that_a_page_shows_is_there_and_described() -> None:
    for page in PAGES:
        text = page.read_text()
        shown = re.findall(r"!\[([^\]]*)\]\((?!https?:)([^)]+)\)", text)
        shown += [(words, path) for path, words in re.findall(r'<img src="([^"]+)"[^>]* alt="([^"]*)"', text)]
        for words, path in shown:
            assert (page.parent / path).is_file(), f"{page.name}: {path}"
            assert words.strip(), f"{page.name}: {path} has no words"

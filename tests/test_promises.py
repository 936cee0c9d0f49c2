"""docs/promises.md and docs/security.md stay true: every row names a test, and every named test is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGES = [TESTS.parent / "docs" / name for name in ("promises.md", "security.md")]
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
ROWS = [
    line
    for page in PAGES
    for line in page.read_text().splitlines()
    if re.match(r"\| (?!promise \||attack \||---)", line)
]


@cache
def functions_of(file: Path) -> set[str]:
    """The names of the test functions in a file; none where there is no such file."""
    if not file.is_file():
        return set()
    found = ast.walk(ast.parse(file.read_text()))
    functions = (node for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name for node in functions if node.name.startswith("test_")}


def test_the_pages_promise_something() -> None:
    assert len(ROWS) > 80


@pytest.mark.parametrize("row", ROWS)
def test_every_promise_names_a_test_that_is_there(row: str) -> None:
    named = NAMED.findall(row)
    assert named, "no test is named"
    assert [f"{file}::{name}" for file, name in named if name not in functions_of(TESTS / file)] == []

"""docs/promises.md and docs/security.md stay true: every row names a test, and every named test is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
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


def test_every_promise_names_tests_that_are_there() -> None:
    named = {row: NAMED.findall(row) for row in ROWS}
    assert [row for row, found in named.items() if not found] == []
    tests = {test for found in named.values() for test in found}
    assert {(file, name) for file, name in tests if name not in functions_of(TESTS / file)} == set()

"""Every text that is said can be said in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TEXTS = Path(__file__).parents[3] / "cogs" / "texts"
FILES = sorted(path for path in TEXTS.rglob("*.py") if path.name != "translation.py")
SAID = {"_", "Text", "plural"}  # what looks a text up in the catalogue
# What is no text: patterns, names in code, addresses; and how a value is formatted.
NOT_SAID = re.compile(
    r"^(/\S.*|https://\S*|\S*[_/.@=:<>]\S*|UTF-8|utf-8|ascii|NFKD|track|mp3|ignore|[a-z]+)$"
)


def untranslated(source: str) -> Iterator[str]:
    """Texts with a word in them that no catalogue is asked for."""
    tree = ast.parse(source)
    passed = set[int]()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):  # a docstring
                passed.add(id(node.value))
            case ast.Call(func=ast.Name(id=name)) if name in SAID:
                passed.update(id(one) for one in (*node.args, *_parts(node.args)))
            case ast.Call(func=ast.Attribute(attr="compile" | "__init__")):
                passed.update(map(id, ast.walk(node)))
            case ast.Dict():
                passed.update(id(one) for key in node.keys if key is not None for one in ast.walk(key))
            case ast.Subscript():
                passed.update(map(id, ast.walk(node.slice)))
            case ast.Compare() | ast.MatchValue():
                passed.update(map(id, ast.walk(node)))
            case _:
                pass
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            text = node.value.strip()
            if re.search(r"[^\W\d_]{2}|[“”„«»]", text) and not NOT_SAID.match(text):
                yield node.value


def _parts(nodes: list[ast.expr]) -> Iterator[ast.AST]:
    for node in nodes:
        if not isinstance(node, (ast.JoinedStr, ast.Call)):
            yield from ast.walk(node)


def hidden_in_f_strings(source: str) -> Iterator[str]:
    """Calls that `make catalogues` does not see: it reads no code within an f-string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and ast.unparse(inner.func) in SAID:
                    yield ast.unparse(inner)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TEXTS).as_posix())
def test_every_text_reaches_the_catalogue(path: Path) -> None:
    assert list(hidden_in_f_strings(path.read_text("utf-8"))) == []


def test_a_text_within_an_f_string_is_found() -> None:
    assert list(hidden_in_f_strings("""f"- {_('Gone')}\"""")) == ["_('Gone')"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TEXTS).as_posix())
def test_every_text_is_looked_up_in_the_catalogue(path: Path) -> None:
    assert list(untranslated(path.read_text("utf-8"))) == []

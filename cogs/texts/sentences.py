"""How sentences are kept: whole, with named places for values; languages order their parts differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# What is said of an error, by its type: a sentence, or a function that puts the error's values into one.
Sentences = Mapping[type[BaseException], str | Callable[[Any], str]]


def plural(count: int, one: str, many: str, **values: object) -> str:
    """The sentence that agrees with the number, which it may name as {count}, beside other values."""
    return (one if count == 1 else many).format(count=count, **values)


def all_of(names: Sequence[str]) -> str:
    """a, b and c; "" where there are none."""
    return _joined(names, "{others} and {last}")


def one_of(names: Sequence[str], most: int = 5) -> str:
    """a, b or c; with many, the first ones."""
    if len(names) > most:
        return f"{', '.join(names[:most])} or {len(names) - most} others"
    return _joined(names, "{others} or {last}")


def _joined(names: Sequence[str], pattern: str) -> str:
    if len(names) < 2:
        return "".join(names)
    return pattern.format(others=", ".join(names[:-1]), last=names[-1])

"""How sentences are kept: whole, with named places for values; languages order their parts differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# What is said of an error, by its type: a sentence, or a function that puts the error's values into one.
Sentences = Mapping[type[BaseException], str | Callable[[Any], str]]


def plural(count: int, one: str, many: str) -> str:
    """The sentence that agrees with the number, which it may name as {count}."""
    return (one if count == 1 else many).format(count=count)

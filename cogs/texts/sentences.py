"""How sentences are kept: whole, with named places for values; languages order their parts differently."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cogs.texts.translation import Text, plural, spoken

# What is said of an error, by its type: a sentence, or a function that puts the error's values into one.
Sentences = Mapping[type[BaseException], Text | Callable[[Any], str]]
# Spanish: a conjunction, before which sounds (after markup and marks) it is another word, and which.
_SPANISH = (
    (" y ", re.compile(r"[*_`«“]*(?:[ií]|h[ií](?![aáeéoó])|y(?![aáeéiíoóuú]))", re.IGNORECASE), " e "),
    (" o ", re.compile(r"[*_`«“]*(?:h?[oó]|8|11\b)", re.IGNORECASE), " u "),
)

_AND, _OR = Text("{others} and {last}"), Text("{others} or {last}")


def all_of(names: Sequence[str], most: int = 25) -> str:
    """a, b and c; with many, the first ones; "" where there are none."""
    return _joined(names, most, _AND)


def one_of(names: Sequence[str], most: int = 5) -> str:
    """a, b or c; with many, the first ones."""
    return _joined(names, most, _OR)


def _joined(names: Sequence[str], most: int, pattern: Text) -> str:
    if len(names) < 2:
        return "".join(names)
    last = plural(len(names) - most, "1 other", "{count} others") if len(names) > most else names[-1]
    others = ", ".join(names[: min(most, len(names) - 1)])
    return _euphonic(str(pattern), last).format(others=others, last=last)


def _euphonic(pattern: str, last: str) -> str:
    """The pattern with the Spanish conjunction as it is said before that: padres e hijos, siete u ocho."""
    if spoken() == "es":
        for word, before, instead in _SPANISH:
            if before.match(last):
                return pattern.replace(word, instead)
    return pattern

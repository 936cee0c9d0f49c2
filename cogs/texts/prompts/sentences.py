"""How what is wrong is said: what is, and what to do about it, in whole sentences with places for values."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from services.text.faults import Fault, FaultKind

LONGEST_QUOTE = 40  # characters of a member's text that a fault repeats

Said = tuple[str, str]
"""What is wrong, and what to do about it."""

FaultSentences = Mapping[FaultKind, Said | Callable[[Fault], Said]]
"""By kind: sentences with places for the fault's values, or a function that makes them of the fault."""


def quoted(value: object) -> str:
    """What a member gave, short and printable, for a sentence."""
    match value:
        case str():
            text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value.strip()[:200])
            return f"“{text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1].rstrip() + '…'}”"
        case int() | float() if abs(value) < 1e15:
            return f"“{value}”"
        case _:
            return "What you gave"


def filled(said: Said, fault: Fault) -> Said:
    """The sentences with the fault's values, {given} and {hidden}, a hidden character in words."""
    values: dict[str, Any] = {**fault.values, "given": quoted(fault.given)}
    if "hidden" in values:
        values["hidden"] = hidden_character(values["hidden"])
    problem, remedy = said
    return problem.format(**values), remedy.format(**values)


def hidden_character(character: str) -> str:
    """A hidden character in words: an invisible character (zero width space, U+200B)."""
    code = f"U+{ord(character):04X}"
    match unicodedata.category(character):
        case "Cc":
            return f"a control character ({code})"
        case "Cs":
            return f"a broken character ({code})"
        case "Co":
            return f"a private character that only some fonts know ({code})"
        case _:
            name = unicodedata.name(character, "unnamed").lower()
            return f"an invisible character ({name}, {code})"

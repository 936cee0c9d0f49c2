"""How what is wrong is said: what is, and what to do about it, in whole sentences with places for values."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from cogs.texts.formatting import in_quotes, plain, shortened
from cogs.texts.translation import Text, _
from services.text.faults import Fault, FaultKind

LONGEST_QUOTE = 40  # characters of a member's text that a fault repeats

Said = tuple[str, str]
"""What is wrong, and what to do about it."""

Both = tuple[Text, Text]
"""The same, with places for values."""

FaultSentences = Mapping[FaultKind, Both | Callable[[Fault], Said]]
"""By kind: sentences with places for the fault's values, or a function that makes them of the fault."""


def quoted(value: object) -> str:
    """What a member gave, short and printable, for a sentence."""
    match value:
        case str():
            text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value.strip()[:200])
            return in_quotes(shortened(text, LONGEST_QUOTE))
        case int() | float() if abs(value) < 1e15:
            return in_quotes(str(value))
        case _:
            return _("What you gave")


def filled(both: Both, fault: Fault) -> Said:
    """The sentences with the fault's values, {given} and {hidden}, a hidden character in words."""
    values: dict[str, Any] = {name: _shown(value) for name, value in fault.values.items()}
    values["given"] = plain(quoted(fault.given))
    if "hidden" in values:
        values["hidden"] = hidden_character(fault.values["hidden"])
    problem, remedy = both
    return problem.format(**values), remedy.format(**values)


def _shown(value: object) -> object:
    """What a member wrote, with nothing in it that Discord would show in another way."""
    return plain(value) if isinstance(value, str) else value


def hidden_character(character: str) -> str:
    """A hidden character in words: an invisible character (zero width space, U+200B)."""
    code = f"U+{ord(character):04X}"
    match unicodedata.category(character):
        case "Cc":
            # Translators: this and the next three follow a verb, as in "The idea holds a control character"
            return _("a control character ({code})", code=code)
        case "Cs":
            return _("a broken character ({code})", code=code)
        case "Co":
            return _("a private character that only some fonts know ({code})", code=code)
        case _:
            name = unicodedata.name(character, "?").lower()  # Unicode's own, which is English
            return _("an invisible character ({name}, {code})", name=name, code=code)

"""What is wrong with what a member wrote, told so that they can mend it. The rule: all of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.text.refusal import RequestRefusal

LONGEST_QUOTE = 40  # characters of a member's text that a fault repeats


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and what to do about it, in whole sentences.

    field: "tags", "lyrics", "duration", "seed", "title", "lyrics_file" or "vocals".
    """

    field: str
    problem: str
    remedy: str


class PromptError(RequestRefusal):
    """Everything that is wrong with a prompt."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(f"{fault.problem} {fault.remedy}" for fault in self.faults))


def quoted(value: object) -> str:
    """What a member gave, short and printable, for a fault's sentence."""
    match value:
        case str():
            text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value.strip()[:200])
            return f"“{text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1].rstrip() + '…'}”"
        case int() | float() if abs(value) < 1e15:
            return f"“{value}”"
        case _:
            return "What you gave"

"""What is wrong with what a member wrote. The rule: all of it is told at once.

A fault carries values and no prose. Its sentences are in cogs/texts/prompts; a test finds one without.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from services.text.refusal import RequestRefusal


class FaultKind(Enum):
    """What can be wrong; every room that finds faults has kinds of its own."""


class AnyField(FaultKind):
    """What is said of any field."""

    MORE = auto()  # count: how many faults like those before are not told one by one


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    field: "tags", "lyrics", "duration", "seed", "title", "lyrics_file", "vocals" and the like. values: what
    the sentences name. given: what the member gave, where they are shown it. taken_over: it comes from the
    track that this is made from. kept: it comes from the jam's earlier round.
    """

    field: str
    kind: FaultKind
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])
    given: object = None
    taken_over: bool = False
    kept: bool = False


class PromptError(RequestRefusal):
    """Everything that is wrong with a prompt."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(", ".join(f"{fault.field}: {fault.kind.name}" for fault in self.faults))

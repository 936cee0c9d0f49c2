"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soak.records import Records


@dataclass(frozen=True)
class Violation:
    """rule: which promise. track, interaction (ids), life (number): whose history tells more."""

    rule: str
    text: str
    track: str | None = None
    interaction: str | None = None
    life: int | None = None


Check = Callable[["Records"], Iterator[Violation]]

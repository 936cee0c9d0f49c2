"""What the provider's formulas, quotes and bills say of how a model is priced.

The rule: nothing is guessed. What does not plainly say that it costs less is priced by its whole length; and
no formula is run: it is read for the names in it, which takes time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum, StrEnum

from services.ledger import ROUNDING
from services.models import INPAINT, OUTPAINT, Model
from services.reworks import Kind, Rework

MOST_TIMES = 100  # the listed price; a line of more is a mistake of the bill's, not a price
APART = 5.0  # seconds by which lengths differ enough to tell a price of a second from one of a run
ANOTHER = 7  # seconds that a second quote asks for more or less

_PARTS = {
    OUTPAINT.id: {"extend_before_duration", "extend_after_duration"},
    INPAINT.id: {"start_time", "end_time"},
}
_HARMLESS = {"base_price", "unit_price", "price", "max", "min", "ceil", "floor", "round", "abs"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


class Basis(StrEnum):
    """Which seconds of a rework are paid for."""

    PART = "part"  # what is made anew, or added
    WHOLE = "whole"  # all that comes out


class Source(IntEnum):
    """Who said so; the higher is believed."""

    FORMULA = 1
    QUOTE = 2
    BILL = 3


@dataclass(frozen=True, slots=True)
class Billed:
    """A track and what one line of the bill took for it (micro-dollars). duration in seconds."""

    model: str
    duration: int
    rework: Rework | None
    amount: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """Micro-dollars that were billed, for each second or for a run of any length."""

    per_second: Decimal = Decimal(0)
    per_run: int = 0


def basis_in(formula: str, model: Model) -> Basis | None:
    """Which seconds a JSONata formula charges for; None where its names do not show that."""
    parts = _PARTS.get(model.id)
    names = set(_NAME.findall(formula))
    if parts is None or not names or any(mark in formula for mark in ("'", '"', "`", "/*")):
        return None
    if any("audio" in name.casefold() for name in names):
        return Basis.WHOLE
    return Basis.PART if parts <= names <= parts | _HARMLESS else None


def basis_of(amount: int, rework: Rework, price: Callable[[float], int], second: int) -> Basis | None:
    """Which seconds of the rework an amount pays for, to within one; None where both or neither could be.

    price: of so many seconds; second: of one (micro-dollars).
    """
    part, whole = price(rework.charged), price(rework.seconds)
    if whole - part <= 2 * second:
        return None
    if abs(amount - whole) <= second:
        return Basis.WHOLE
    return Basis.PART if abs(amount - part) <= second else None


def another(rework: Rework) -> Rework | None:
    """The same with another part, to be quoted beside it; None where there is none that fits."""
    match rework.kind:
        case Kind.EXTEND if rework.seconds + ANOTHER <= 240:
            return replace(rework, after=rework.after + ANOTHER)
        case Kind.EXTEND if rework.after > ANOTHER:
            return replace(rework, after=rework.after - ANOTHER)
        case Kind.REPAINT if rework.end - rework.start >= 2:
            return replace(rework, end=(rework.start + rework.end) // 2)
        case _:
            return None


def learnt_from(lines: Sequence[tuple[float, int]], price: Callable[[float], int]) -> Learnt:
    """What lines of the bill teach of a model: of how many seconds each was, and its micro-dollars.

    price: what is reserved for so many seconds without having learnt anything. While one length alone was
    billed, a second and a run may both be what was paid for, and the higher is to be reserved.
    """
    believed = [(seconds, amount) for seconds, amount in lines if seconds > 0]
    believed = [(seconds, amount) for seconds, amount in believed if amount <= MOST_TIMES * price(seconds)]
    if all(amount < price(seconds) + ROUNDING for seconds, amount in believed):
        return Learnt()
    lengths, amounts = zip(*believed, strict=True)
    per_second = max(Decimal(amount) / Decimal(str(seconds)) for seconds, amount in believed)
    if max(lengths) - min(lengths) < APART:
        return Learnt(per_second, max(amounts))
    by_run = max(amounts) - min(amounts) < ROUNDING
    return Learnt(per_run=max(amounts)) if by_run else Learnt(per_second)

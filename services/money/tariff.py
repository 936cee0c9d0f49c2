"""What the provider's formulas, quotes and bills say of how a model is priced.

The rule: nothing is guessed. What does not plainly say that it costs less is priced by its whole length; and
no formula is run: it is compared with the few that are proof, and read for the names in it, which takes time
in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum, StrEnum

from services.prompts.models import INPAINT, OUTPAINT, Model
from services.prompts.rework import Kind, Rework

MOST_TIMES = 100  # the price as it is known; a line or a quote of more is a mistake, not a price
ANOTHER = 7  # seconds that a second quote asks for more or less

_PARTS = {
    OUTPAINT.id: (
        "extend_before_duration+extend_after_duration",
        "extend_after_duration+extend_before_duration",
    ),
    INPAINT.id: ("end_time-start_time",),
}
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
    """Micro-dollars that were billed, for each second or at least for a run of any length."""

    per_second: Decimal = Decimal(0)
    per_run: int = 0


def basis_in(formula: str, model: Model, base_price: int | None, second: int) -> Basis | None:
    """Which seconds a JSONata formula charges for; None where it does not plainly say that.

    It is the part where the formula is base_price times its length, and nothing else, and base_price
    (micro-dollars, as it is listed) is something and no more than `second`, our price of one.
    """
    parts = _PARTS.get(model.id, ())
    if not parts or any(mark in formula for mark in ("'", '"', "`", "/*")):
        return None
    if any("audio" in name.casefold() for name in _NAME.findall(formula)):
        return Basis.WHOLE
    plain = {form for part in parts for form in (f"base_price*({part})", f"({part})*base_price")}
    by_part = "".join(formula.split()) in plain
    return Basis.PART if by_part and base_price is not None and 0 < base_price <= second else None


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


def learnt_from(lines: Sequence[tuple[float, int]], second: int, known: Learnt) -> Learnt:
    """What lines of the bill teach of a model: of how many seconds each was, and its micro-dollars; in order.

    second: the listed price of one (micro-dollars). known: what was learnt so far; it stays until a line
    shows that the price is lower. Rounding of a length explains what one second costs, and no more. A line
    that is higher than listed may be paid by the second or by the run: what it and those after it do not rule
    out is learnt, and where that is nothing, the higher: by the second.
    """
    believed = [
        (Decimal(str(seconds)), amount)
        for seconds, amount in lines
        if seconds > 0 and amount <= MOST_TIMES * second * seconds
    ]
    listed = Learnt(Decimal(second))
    stays = _not_ruled_out(known, second, believed)
    teaching = [line for line in believed if not any(_explained(line, by) for by in (listed, stays))]
    if not teaching:
        return stays
    since = next(place for place, line in enumerate(believed) if not _explained(line, listed))
    told = Learnt(_by_second(teaching), max(amount for _seconds, amount in teaching))
    possible = _not_ruled_out(told, second, believed[since:])
    fresh = possible if possible != Learnt() else Learnt(told.per_second)
    return Learnt(max(fresh.per_second, stays.per_second), max(fresh.per_run, stays.per_run))


def _explained(line: tuple[Decimal, int], by: Learnt) -> bool:
    """Whether a price, and the rounding of a length, account for all of the line."""
    seconds, amount = line
    return amount <= max(by.per_run, by.per_second * (seconds + 1))


def _by_second(lines: Iterable[tuple[Decimal, int]]) -> Decimal:
    """The price of a second that explains all lines, the longest first: rounding matters least in them."""
    found = Learnt()
    for seconds, amount in sorted(lines, key=lambda line: (-line[0], line[1])):
        if not _explained((seconds, amount), found):
            found = Learnt(amount / seconds)
    return found.per_second


def _not_ruled_out(by: Learnt, second: int, lines: Iterable[tuple[Decimal, int]]) -> Learnt:
    """Those of the two prices that no line is below by more than a rounding."""
    lines = list(lines)
    by_second = all(amount >= by.per_second * (seconds - 1) for seconds, amount in lines)
    by_run = all(amount >= by.per_run - second for _seconds, amount in lines)
    return Learnt(by.per_second if by_second else Decimal(0), by.per_run if by_run else 0)

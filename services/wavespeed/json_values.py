"""Values in a stranger's JSON, in all the spellings that mean the same.

The rule: what is written is read, and nothing more is read into it; everything is bounded, and what cannot be
read is as if it were not there. Nothing here raises anything but ValueError.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from services.clocks import http_date

LONGEST_TEXT = 300  # characters of an error's message; it is for the log
LONGEST_ID = 200  # characters
LONGEST_ADDRESS = 8192  # characters; a signed address has about 1,500
MOST_ADDRESSES = 100  # taken from one reply
_DEEPEST = 5  # levels of lists and objects in which an address is looked for
_LONGEST_NUMBER = 64  # characters; a longer one says nothing of money, time or status
_LARGEST_AMOUNT = 8  # digits of an amount in USD before the point; nobody has more here
_LARGEST_COUNT = 10**9  # micro-dollars on one line of the bill that counts in them
_SINCE, _UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_UNITS = (1, 10**3, 10**6, 10**9)  # since the epoch are counted seconds, or thousandths … of one
_MANY_DIGITS = re.compile(rf"[0-9]{{{_LONGEST_NUMBER}}}")  # those of a whole number may be too many
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?")
_AMOUNT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")  # as JSON writes it, or nearly


def decode(body: bytes) -> object:
    """The JSON in UTF-8, UTF-16 or UTF-32, also behind a byte order mark. Raises ValueError.

    A byte that is no character spoils only the text that it is in, a number of thousands of digits is only
    infinite, and NaN is one, as Python and JavaScript write it: an id beside them is read all the same.
    """
    text = body.decode(json.detect_encoding(body), "replace")
    try:
        return json.loads(text, parse_int=_bounded if _MANY_DIGITS.search(text) else None)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _bounded(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float(digits)


def mapping(value: object) -> Mapping[str, Any]:
    """The object; an empty one where it is none."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def mappings(told: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    """The same of several of its values."""
    found = (told.get(name) for name in names)
    return [cast("Mapping[str, Any]", one) if isinstance(one, dict) else {} for one in found]


def text(value: object, secret: str = "") -> str:
    """A short text for people, printable, without the secret; of an object its message. "" where none is."""
    if isinstance(value, dict):
        told = cast("Mapping[str, Any]", value)
        value = next((told[name] for name in ("message", "error", "detail") if told.get(name)), "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{_as_float(value):.15g}"
    if not isinstance(value, str):
        return ""
    cut = (value.replace(secret, "[secret]") if secret else value).strip()[:LONGEST_TEXT]
    return "".join(c if c.isprintable() else " " for c in cut)


def identifier(value: object) -> str:
    """An id, written as a text or as a number; "" where there is none that can be asked for."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**LONGEST_ID else ""
    if not isinstance(value, str) or len(value) > LONGEST_ID:
        return ""
    return value if value.isprintable() else ""


def number(value: object) -> float | None:
    """A finite number, also one that is written as a text."""
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and _PLAIN_NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _as_float(value: float) -> float:
    """Infinite where a whole number has more digits than a float can tell."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def code(value: object) -> int | None:
    """A status code: 402, "402"."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and abs(found) < 10**9 else None


def micro(value: object) -> int:
    """An amount in USD, in micro-dollars. Raises ValueError where it is none, or more than anybody has."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        written = str(value).strip()
        try:
            plain = len(written) <= _LONGEST_NUMBER and _AMOUNT.fullmatch(written)
            amount = Decimal(written) if plain else Decimal("NaN")
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount.is_finite() and amount.adjusted() < _LARGEST_AMOUNT:
            return round(amount * 1_000_000)
    raise ValueError("the amount is not a number")


def charged(value: object) -> int:
    """An amount on the bill, in micro-dollars: USD, or micro-dollars themselves, as an old sample has them.

    A whole number of a hundred or more is the latter: no task costs $100. Raises ValueError as micro does.
    """
    counted = number(value)
    if counted is not None and counted.is_integer() and 100 <= abs(counted) < _LARGEST_COUNT:
        return int(counted)
    return micro(value)


def flags(value: object) -> tuple[bool, ...]:
    """Whether it is so, for one thing or for each in a list: only what says yes is a yes."""
    if isinstance(value, list):
        return tuple(_flag(one) for one in cast("list[object]", value)[:MOST_ADDRESSES])
    return () if value is None else (_flag(value),)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().casefold() in ("true", "yes"):
        return True
    likely = number(value)
    return likely is not None and likely >= 0.5  # 1, or how sure somebody is


def addresses(value: object) -> tuple[str, ...]:
    """The web addresses that are a text, an object's `url`, or in lists and objects of such."""
    found = (address for address in _addresses(value, _DEEPEST) if 0 < len(address) <= LONGEST_ADDRESS)
    return tuple(address for _place, address in zip(range(MOST_ADDRESSES), found, strict=False))


def _addresses(value: object, depth: int) -> Iterator[str]:
    within: list[object] = []
    if isinstance(value, str):
        if value.strip().isprintable() and value.strip().casefold().startswith(("https://", "http://")):
            yield value.strip()
    elif isinstance(value, dict):
        told = cast("Mapping[str, object]", value)
        within = (
            [told["url"]] if "url" in told else [one for one in told.values() if not isinstance(one, str)]
        )
    elif isinstance(value, list):
        within = cast("list[object]", value)
    for one in within if depth else ():
        yield from _addresses(one, depth - 1)


def moment(value: object) -> datetime | None:
    """A moment of this century: ISO 8601, an HTTP date, or counted from the epoch in s, ms, µs or ns."""
    found = None
    if (counted := number(value)) is not None:
        for unit in _UNITS:
            seconds = counted / unit
            if _SINCE.timestamp() <= seconds < _UNTIL.timestamp():
                found = datetime.fromtimestamp(seconds, UTC)
    elif isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            found = http_date(value)
    if found is None:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if _SINCE <= found < _UNTIL else None


def seconds_until(date: str, now: str) -> float | None:
    """Seconds until an HTTP date, by the clock that `now` was read from; by ours where that is none."""
    until = http_date(date)
    if until is None:
        return None
    return (until - (http_date(now) or datetime.now(UTC))) / timedelta(seconds=1)

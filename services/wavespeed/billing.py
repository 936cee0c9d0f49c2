"""What WaveSpeed says of money: quotes, the balance, the bill, and the list of models with their prices.

The rule: all of it only reads, so it is tried again; what is plainly not what was asked for is asked in the
other notation, and an end is found to whatever is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from services.wavespeed.json_values import flags, identifier, mapping, micro, number, text
from services.wavespeed.predictions import Charge, ProviderDown, Unavailable
from services.wavespeed.transfers import Transfers

PAGE_SIZE = 100  # the most that the bill and the history give at once (wavespeed.ai/docs)
MOST_PAGES = 100  # of one bill
CLOCK_MARGIN = timedelta(minutes=2)  # by which the provider's clock may differ from ours
AHEAD = timedelta(days=1)  # past now, to which the bill is asked for
MOST_MODELS = 10_000
LONGEST_FORMULA = 4000  # characters

Notation = Callable[[datetime], str]


def as_milliseconds(at: datetime) -> str:
    """As the documents have it: milliseconds since the epoch, as a text."""
    return str(int(at.timestamp() * 1000))


def as_iso(at: datetime) -> str:
    """As the provider's command line sends it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


NOTATIONS: tuple[Notation, ...] = (as_milliseconds, as_iso)


@dataclass(frozen=True, slots=True)
class Listed:
    """A model as the provider lists it. base_price: micro-dollars; None where it is not told."""

    base_price: int | None
    formula: str


class Billing(Transfers):
    """What can be asked about money."""

    _understood = 0
    """Which of the NOTATIONS the bill last understood."""

    async def price(self, model: str, inputs: Mapping[str, Any]) -> int:
        """The provider's quote in micro-dollars, discounts taken off.

        Raises Unavailable, BadKey; after all attempts ProviderDown, RateLimited.
        """
        data = await self._ask("POST", "/api/v3/model/price", {"model_id": model, "inputs": dict(inputs)})
        if text(data.get("currency") or "USD").upper() != "USD":
            raise Unavailable("the quote is not in USD")
        discounted = data.get("discounted_price")
        quoted = _micro(data.get("price") if discounted is None else discounted)
        if quoted < 0:
            raise Unavailable("the quote is less than nothing")
        return quoted

    async def balance(self) -> int:
        """What the account has left, in micro-dollars. Raises what price() raises."""
        return _micro((await self._ask("GET", "/api/v3/balance")).get("balance"))

    async def models(self) -> dict[str, Listed]:
        """The models that the provider lists, by id. Raises what price() raises."""
        listed: dict[str, Listed] = {}
        for item in items_of(await self._ask("GET", "/api/v3/models"))[:MOST_MODELS]:
            told = mapping(item)
            formula = told.get("formula")
            formula = formula if isinstance(formula, str) and len(formula) <= LONGEST_FORMULA else ""
            try:
                base = micro(told.get("base_price"))
            except ValueError:
                base = None
            if name := identifier(told.get("model_id")):
                listed[name] = Listed(base, formula)
        return listed

    async def bill(self, start: datetime, *, expected: bool = False) -> list[Charge]:
        """What was taken for tasks, and given back, since then, oldest first.

        expected: something is likely to have been charged. The two notations of times are told apart by the
        answer: one that is refused, has lines of another time, or no charge where one is likely, was not
        understood.

        Raises Unavailable where the provider has no bill or one that cannot be read; what price() raises.
        """
        end = datetime.now(UTC) + AHEAD
        best: list[Charge] | None = None
        failure: Unavailable | ProviderDown = Unavailable("no bill")
        for which, notation in sorted(enumerate(NOTATIONS), key=lambda one: one[0] != self._understood):
            period = {"start_time": notation(start), "end_time": notation(end)}
            try:
                first = await self._bill_page(1, period)
            except (Unavailable, ProviderDown) as error:
                failure = error
                continue
            lines = await self._to_the_end(first, period)
            since = start - CLOCK_MARGIN
            within = [one for one in lines if one.at is None or since <= one.at <= end + CLOCK_MARGIN]
            charges = [one for one in within if one.of_task]
            if best is None or len(charges) > len(best):
                best = charges
            if len(within) == len(lines) and (charges or not expected):
                self._understood = which
                break
        if best is None:
            raise failure
        return sorted(best, key=lambda one: one.at or start)

    async def _bill_page(self, page: int, period: Mapping[str, str]) -> Mapping[str, Any]:
        body = {"page": page, "page_size": PAGE_SIZE, **period}
        return await self._ask("POST", "/api/v3/billings/search", body)

    async def _to_the_end(self, data: Mapping[str, Any], period: Mapping[str, str]) -> list[Charge]:
        """All lines, of which the first page is there."""
        charges: dict[str, Charge] = {}
        for page in range(1, MOST_PAGES + 1):
            if page > 1:
                data = await self._bill_page(page, period)
            try:
                fresh = [Charge.read(mapping(item)) for item in items_of(data, first=page == 1)]
            except ValueError:
                raise Unavailable("the bill's lines cannot be read") from None
            before = len(charges)
            charges |= {one.id or f"{page}.{line}": one for line, one in enumerate(fresh)}
            if not fresh or not _goes_on(data, len(charges), len(fresh)):
                return list(charges.values())
            if len(charges) == before:
                total = number(data.get("total"))
                if total is not None and before >= total and not any(flags(data.get("has_more"))):
                    return list(charges.values())  # its last page again, for one behind it
                raise Unavailable("the bill gives the same page again")
        raise Unavailable(f"more than {MOST_PAGES} pages of bill")


def _goes_on(data: Mapping[str, Any], read: int, on_page: int) -> bool:
    """Whether there may be more behind a page: whichever of the three says so is asked once more."""
    says = data.get("has_more")
    total = number(data.get("total"))
    if any(flags(says)) or (total is not None and read < total):
        return True
    return on_page >= PAGE_SIZE and says is None


def items_of(data: Mapping[str, Any], *, first: bool = False) -> list[object]:
    """The items of a page; first: of the first one.

    Raises Unavailable where they are not a list, and where there are some that it does not show: what is not
    seen is not taken for what is not there.
    """
    items: object = data.get("items") or []  # null, or nothing, is how an empty list may be written
    if not isinstance(items, list):
        raise Unavailable("the page's items are not a list")
    if not items and any(isinstance(other, dict | list) for other in filter(None, data.values())):
        raise Unavailable("the page has no items, but something else")
    if not items and first and (number(data.get("total")) or 0) > 0:
        raise Unavailable("the page has none of the items that there are")
    return cast("list[object]", items)


def _micro(usd: object) -> int:
    """An amount in USD as JSON writes it, in micro-dollars."""
    try:
        return micro(usd)
    except ValueError as error:
        failure = Unavailable(str(error))
    raise failure

"""The sums that stand against each limit: locked, read, added to, and changed, always in the same order.

The rule: every transaction locks the sums that it needs by account and period, so no two wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.money.limits import Line, Scope
from services.storage.database import insert
from services.storage.tables import postings, sums


@dataclass(frozen=True, slots=True)
class Account:
    """A limit (micro-dollars) that a track stands in. place, parts: which share of it, of how many."""

    scope: Scope
    name: str
    period: str
    limit: int
    turns_at: datetime
    member_id: int | None = None
    place: int = 0
    parts: int = 1


def shares_of(places: Sequence[Account | sa.Row[Any]], amount: int) -> list[int]:
    """What of a track's money (micro-dollars, not negative) stands in each of the accounts or postings.

    The parts are equal; the first has what cannot be divided.
    """
    return [amount // one.parts + (amount % one.parts if one.place == 0 else 0) for one in places]


_TAKE_FIRST: dict[str, Any] = {
    "account": sa.bindparam("in_account"),
    "period": sa.bindparam("in_period"),
    "reserved": sa.bindparam("share"),
    "spent": 0,
}
_TAKE_MORE = {"reserved": sums.c.reserved + sa.bindparam("share")}
_STILL_FITS = sums.c.reserved + sums.c.spent + sa.bindparam("share") <= sa.bindparam("most")


async def take(connection: AsyncConnection, accounts: Sequence[Account], shares: Sequence[int]) -> bool:
    """Reserves in each account its share of a price.

    False where another transaction was quicker with sums that were not there, and so could not be locked.
    """
    taking = insert(connection, sums).values(_TAKE_FIRST)
    taking = taking.on_conflict_do_update(
        index_elements=["account", "period"], set_=_TAKE_MORE, where=_STILL_FITS
    )
    rows = [
        {"in_account": one.name, "in_period": one.period, "share": share, "most": one.limit}
        for one, share in zip(accounts, shares, strict=True)
    ]
    taken = await connection.execute(taking, rows, execution_options={"preserve_rowcount": True})
    return taken.rowcount == len(rows)


def room(accounts: Sequence[Account], lines: Sequence[Line], price: int) -> int:
    """The most that all accounts let in, which is less than the price (micro-dollars)."""
    rooms = (line.left * account.parts for account, line in zip(accounts, lines, strict=True))
    return min(*rooms, price - 1)


async def lines_of(
    connection: AsyncConnection, accounts: Sequence[Account], *, lock: bool = False
) -> list[Line]:
    """What stands in each of the accounts. lock: nobody else changes that before the transaction ends."""
    stands: dict[tuple[str, str], tuple[int, int]] = {}
    for start in range(0, len(accounts), 500):  # a statement takes a limited number of values
        part = accounts[start : start + 500]
        query = sums.select().where(sums.c.account.in_([one.name for one in part]))
        query = query.where(sums.c.period.in_({one.period for one in part}))
        if lock:
            query = query.order_by(sums.c.account, sums.c.period).with_for_update()
        for row in await connection.execute(query):
            stands[row.account, row.period] = row.reserved, row.spent
    return [
        Line(one.scope, *stands.get((one.name, one.period), (0, 0)), one.limit, one.turns_at)
        for one in accounts
    ]


_MOVE = (
    sums.update()
    .where(sums.c.account == sa.bindparam("in_account"), sums.c.period == sa.bindparam("in_period"))
    .values(reserved=sums.c.reserved + sa.bindparam("held"), spent=sums.c.spent + sa.bindparam("charged"))
)


async def move(
    connection: AsyncConnection,
    track_id: str,
    *,
    reserved: tuple[int, int] = (0, 0),
    spent: tuple[int, int] = (0, 0),
) -> None:
    """Changes the sums in which the track stands, in the order in which a reservation locks them.

    reserved, spent: what of the track's money was so before, and is after (micro-dollars).
    """
    places = await postings_of(connection, track_id)
    moved: list[dict[str, Any]] = [{"in_account": one.account, "in_period": one.period} for one in places]
    for what, (before, after) in (("held", reserved), ("charged", spent)):
        shares = zip(moved, shares_of(places, before), shares_of(places, after), strict=True)
        for row, was, will_be in shares:
            row[what] = will_be - was
    if moved:
        await connection.execute(_MOVE, moved)


async def postings_of(connection: AsyncConnection, track_id: str) -> list[sa.Row[Any]]:
    """The track's postings, in the order in which a reservation locks their sums."""
    found = await connection.execute(sa.select(postings).where(postings.c.track_id == track_id))
    return sorted(found, key=lambda row: (row.account, row.period))

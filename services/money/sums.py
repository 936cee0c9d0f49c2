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
    """A limit (micro-dollars) that a track stands in. place, parts: whose share it is, of how many."""

    scope: Scope
    name: str
    period: str
    limit: int
    turns_at: datetime
    member_id: int | None = None
    place: int = 0
    parts: int = 1

    def share(self, amount: int) -> int:
        """What of a track's money stands here (micro-dollars)."""
        return share_at(amount, self.place, self.parts)

    def line(self, reserved: int, spent: int) -> Line:
        """What is told of it."""
        return Line(self.scope, reserved, spent, self.limit, self.turns_at)


def share_at(amount: int, place: int, parts: int) -> int:
    """One of the equal parts of an amount that is not negative; the first has what cannot be divided."""
    part, rest = divmod(amount, parts)
    return part + rest if place == 0 else part


_TAKE_FIRST: dict[str, Any] = {
    "account": sa.bindparam("in_account"),
    "period": sa.bindparam("in_period"),
    "reserved": sa.bindparam("share"),
    "spent": 0,
}
_TAKE_MORE = {"reserved": sums.c.reserved + sa.bindparam("share")}
_STILL_FITS = sums.c.reserved + sums.c.spent + sa.bindparam("share") <= sa.bindparam("most")


async def take(connection: AsyncConnection, accounts: Sequence[Account], price: int) -> bool:
    """Reserves each account's share of the price.

    False where another transaction was quicker with sums that were not there, and so could not be locked.
    """
    taking = insert(connection, sums).values(_TAKE_FIRST)
    taking = taking.on_conflict_do_update(
        index_elements=["account", "period"], set_=_TAKE_MORE, where=_STILL_FITS
    )
    shares = [
        {"in_account": one.name, "in_period": one.period, "share": one.share(price), "most": one.limit}
        for one in accounts
    ]
    taken = await connection.execute(taking, shares, execution_options={"preserve_rowcount": True})
    return taken.rowcount == len(shares)


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
    return [one.line(*stands.get((one.name, one.period), (0, 0))) for one in accounts]


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
    moves = [
        {
            "in_account": posting.account,
            "in_period": posting.period,
            "held": share_of(posting, reserved[1]) - share_of(posting, reserved[0]),
            "charged": share_of(posting, spent[1]) - share_of(posting, spent[0]),
        }
        for posting in await postings_of(connection, track_id)
    ]
    if moves:
        await connection.execute(_MOVE, moves)


async def postings_of(connection: AsyncConnection, track_id: str) -> list[sa.Row[Any]]:
    """The track's postings, in the order in which a reservation locks their sums."""
    found = await connection.execute(sa.select(postings).where(postings.c.track_id == track_id))
    return sorted(found, key=lambda row: (row.account, row.period))


def share_of(posting: sa.Row[Any], amount: int) -> int:
    """What of a track's money stands in a posting (micro-dollars)."""
    return share_at(amount, posting.place, posting.parts)

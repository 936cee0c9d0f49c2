"""The ledger held against the provider's bill to the host, prediction by prediction.

The rule: looking changes nothing. A correcting entry is written only for differences that the host was shown
and said yes to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import Database, entries, now
from services.database import tracks as track_table
from services.ledger import Ledger
from services.tracks import ENDED, REFUNDED
from services.wavespeed import Charge, WaveSpeed

log = structlog.get_logger(__name__)

SPAN = timedelta(days=7)  # how far back tracks are looked at
MARGIN = timedelta(hours=1)  # by which the bill's clock and pages may be off
REFUND_WITHIN = timedelta(hours=4)  # the provider refunds failures within about three (facts page)
BILLED_WITHIN = timedelta(days=1)  # a bill that says nothing after that says nothing any more


class Standing(StrEnum):
    """How a track's charge and the bill compare."""

    MATCHED = "matched"
    MISSING = "missing"  # charged here, not on the bill
    DIFFERENT = "different"
    REFUNDED = "refunded"  # charged here, and the provider gave it back
    REFUND_DUE = "refund due"  # failed and given back here; the provider has not yet
    UNKNOWN = "unknown"  # on the bill, and no track of ours


@dataclass(frozen=True, slots=True)
class Comparison:
    """One prediction: what the ledger has spent and what the bill says, in micro-dollars."""

    standing: Standing
    prediction_id: str
    ledger: int
    bill: int
    track_id: str | None = None
    guild_id: int | None = None
    number: int | None = None
    settled: bool = True
    """Time enough has passed that the bill will not change by itself."""

    @property
    def correction(self) -> int:
        """What a correcting entry would add (micro-dollars); 0 where none is offered."""
        corrected = (Standing.DIFFERENT, Standing.REFUNDED, Standing.MISSING)
        return self.bill - self.ledger if self.settled and self.standing in corrected else 0


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Everything since a moment, compared."""

    since: datetime
    comparisons: tuple[Comparison, ...]

    @property
    def counts(self) -> Counter[Standing]:
        return Counter(one.standing for one in self.comparisons)

    @property
    def differences(self) -> list[Comparison]:
        """What the host should look at."""
        usual = (Standing.MATCHED, Standing.REFUND_DUE)
        return [one for one in self.comparisons if one.standing not in usual and one.settled]

    @property
    def ledger(self) -> int:
        return sum(one.ledger for one in self.comparisons)

    @property
    def bill(self) -> int:
        return sum(one.bill for one in self.comparisons)


@dataclass(frozen=True, slots=True)
class _Charged:
    """An ended track that the provider may have billed. `spent` in micro-dollars."""

    track_id: str
    guild_id: int
    number: int
    prediction_id: str | None
    failure: str | None
    finished_at: datetime
    spent: int


class Books:
    """Compares and corrects."""

    def __init__(self, database: Database, wavespeed: WaveSpeed, ledger: Ledger) -> None:
        self._database = database
        self._wavespeed = wavespeed
        self._ledger = ledger

    async def reconcile(self) -> Reconciliation:
        """Compares the last 7 days. Raises WaveSpeedError where there is no bill to be had."""
        since = now() - SPAN
        charges = await self._wavespeed.bill(since - MARGIN)
        async with self._database.read() as connection:
            ours = await _charged(connection, since)
            known = await _known(connection, {one.prediction_id for one in charges})
        return Reconciliation(since, tuple(_compare(ours, charges, known)))

    async def correct(self, comparisons: Iterable[Comparison]) -> list[Comparison]:
        """Writes a correcting entry for each that offers one; returns those that were written.

        What the ledger holds by now is looked at again, so that pressing twice corrects once.
        """
        written: list[Comparison] = []
        for one in comparisons:
            if not one.correction or one.track_id is None:
                continue
            async with self._database.write() as connection:
                if await _spent(connection, one.track_id) != one.ledger:
                    continue
                note = f"provider's bill: {one.standing}"
                if await self._ledger.correct(connection, one.track_id, one.correction, note):
                    written.append(one)
        return written


def _compare(ours: list[_Charged], charges: list[Charge], known: set[str]) -> Iterable[Comparison]:
    billed: Counter[str] = Counter()
    refunded: set[str] = set()
    for charge in charges:
        billed[charge.prediction_id] += charge.amount
        if charge.amount < 0:
            refunded.add(charge.prediction_id)
    for track in ours:
        prediction = track.prediction_id or ""
        on_bill, bill = prediction in billed, billed[prediction]
        age = now() - track.finished_at
        settled = True
        if bill == track.spent:
            standing = Standing.MATCHED
        elif not on_bill:
            standing, settled = Standing.MISSING, age > BILLED_WITHIN
        elif prediction in refunded and bill < track.spent:
            standing = Standing.REFUNDED
        elif track.failure in REFUNDED and age < REFUND_WITHIN:
            standing, settled = Standing.REFUND_DUE, False
        else:
            standing = Standing.DIFFERENT
        yield Comparison(
            standing, prediction, track.spent, bill, track.track_id, track.guild_id, track.number, settled
        )
    for prediction in sorted(set(billed) - known):
        yield Comparison(Standing.UNKNOWN, prediction, 0, billed[prediction])


async def _charged(connection: AsyncConnection, since: datetime) -> list[_Charged]:
    """Ended tracks of the host's that have a prediction, or none and were charged all the same."""
    columns = track_table.c
    spent = sa.func.coalesce(
        sa.select(sa.func.sum(entries.c.amount))
        .where(entries.c.track_id == columns.id, entries.c.kind.in_(("spend", "correct")))
        .scalar_subquery(),
        0,
    )
    query = sa.select(
        columns.id,
        columns.guild_id,
        columns.number,
        columns.prediction_id,
        columns.failure,
        columns.finished_at,
        spent,
    ).where(
        columns.key_id.is_(None),
        columns.state.in_(ENDED),
        columns.created_at >= since,
        columns.finished_at.is_not(None),
        sa.or_(columns.prediction_id.is_not(None), spent != 0),
    )
    closed = sa.exists().where(entries.c.track_id == columns.id, entries.c.kind.in_(("spend", "release")))
    rows = await connection.execute(query.where(closed).order_by(columns.created_at))
    return [_Charged(*row[:-1], spent=int(row[-1])) for row in rows]


async def _known(connection: AsyncConnection, predictions: set[str]) -> set[str]:
    """Those that are a track's, of whatever age and state."""
    found: set[str] = set()
    wanted = sorted(predictions)
    for start in range(0, len(wanted), 500):  # a statement takes a limited number of values
        part = wanted[start : start + 500]
        query = sa.select(track_table.c.prediction_id).where(track_table.c.prediction_id.in_(part))
        found |= set((await connection.scalars(query)).all())
    return found


async def _spent(connection: AsyncConnection, track_id: str) -> int:
    charged = entries.c.kind.in_(("spend", "correct"))
    query = sa.select(sa.func.sum(entries.c.amount)).where(entries.c.track_id == track_id, charged)
    return int(await connection.scalar(query) or 0)

"""The ledger held against the provider's bill to the host, prediction by prediction.

The rule: a correcting entry is written only for differences that the host was shown and said yes to. What
is less than a tenth of a cent, from the rounding of lengths, is followed by itself, within the limits. A bill
that has too little of what must be on it tells nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.settings import read_guild
from services.money.ledger import CHARGES, CLOSES, ROUNDING, Ledger
from services.money.tariff import Billed
from services.prompts.rework import rework_of
from services.storage.database import Database, now
from services.storage.tables import entries
from services.storage.tables import tracks as track_table
from services.tracks.track import ENDED, REFUNDED
from services.tracks.tracks import CANNOT_BE_READ
from services.wavespeed.client import Charge, Unavailable, WaveSpeed

SPAN = timedelta(days=7)  # how far back tracks are looked at
MARGIN = timedelta(hours=1)  # by which the bill's clock and pages may be off
REFUND_WITHIN = timedelta(hours=4)  # the provider refunds failures within about three (facts page)
BILLED_WITHIN = timedelta(days=1)  # a bill that says nothing after that says nothing any more
LEAST_NAMED = 0.5  # of the tracks that must be on a bill; one with fewer of them is not whole


class Standing(StrEnum):
    """How a track's charge and the bill compare."""

    MATCHED = "matched"
    MISSING = "missing"  # charged here, not on the bill
    DIFFERENT = "different"
    REFUNDED = "refunded"  # charged here, and the provider gave it back
    REFUND_DUE = "refund due"  # failed and given back here; the provider has not yet
    UNKNOWN = "unknown"  # on the bill, and no track of ours, or no prediction at all


@dataclass(frozen=True, slots=True)
class Comparison:
    """One prediction: what the ledger has spent and what the bill says, in micro-dollars.

    prediction_id: "" for a track that has none, and for all lines together that name none.
    """

    standing: Standing
    prediction_id: str
    ledger: int
    bill: int
    track_id: str | None = None
    guild_id: int | None = None
    number: int | None = None
    settled: bool = True
    """Time enough has passed that the bill will not change by itself."""
    covered: bool = True
    """The bill tells of its time: what was made just before and just after it stands there."""

    @property
    def correction(self) -> int:
        """What a correcting entry would add (micro-dollars); 0 where none is offered.

        It takes no track below nothing: a refund without its deduct gives back what was charged.
        """
        corrected = (Standing.DIFFERENT, Standing.REFUNDED, Standing.MISSING)
        tells = self.settled and self.covered and self.standing in corrected
        return max(self.bill, 0) - self.ledger if tells else 0


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Everything since a moment, compared."""

    since: datetime
    comparisons: tuple[Comparison, ...]

    @property
    def counts(self) -> Counter[Standing]:
        """How many tracks stand how."""
        return Counter(one.standing for one in self.comparisons)

    @property
    def differences(self) -> list[Comparison]:
        """What the host should look at."""
        usual = (Standing.MATCHED, Standing.REFUND_DUE)
        return [one for one in self.comparisons if one.standing not in usual and one.settled]

    @property
    def corrections(self) -> str:
        """Names what the correcting entries would be: another where any of them is another.

        16 hex digits; "" where there would be none.
        """
        offered = sorted(
            f"{one.track_id}:{one.ledger}:{one.correction}" for one in self.differences if one.correction
        )
        return hashlib.sha256(" ".join(offered).encode()).hexdigest()[:16] if offered else ""

    @property
    def ledger(self) -> int:
        """What the ledger counts for all of them, in micro-dollars."""
        return sum(one.ledger for one in self.comparisons)

    @property
    def bill(self) -> int:
        """What the provider's bill says of all of them, in micro-dollars."""
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
    model: str
    duration: int
    rework: dict[str, Any] | None
    spent: int


class Books:
    """Compares and corrects."""

    def __init__(
        self,
        database: Database,
        wavespeed: WaveSpeed,
        ledger: Ledger,
        learn: Callable[[list[Billed]], Awaitable[None]],
    ) -> None:
        self._database = database
        self._wavespeed = wavespeed
        self._ledger = ledger
        self._learn = learn

    async def reconcile(self) -> Reconciliation:
        """Compares the last 7 days, follows roundings, and learns what is billed.

        Raises WaveSpeedError where there is no bill to be had, or none from which anything can be concluded.
        """
        since = now() - SPAN
        async with self._database.read() as connection:
            ours = await _charged(connection, since)
        charges = await self._wavespeed.bill(since - MARGIN, expected=bool(ours))
        _must_tell(ours, charges)
        async with self._database.read() as connection:
            known = await _known(connection, {one.prediction_id for one in charges})
        await self._learn(_billings(ours, charges))
        compared = [await self._rounded(one) for one in _compare(ours, charges, known)]
        return Reconciliation(since, tuple(compared))

    async def _rounded(self, one: Comparison) -> Comparison:
        """The comparison after what differs by a rounding was written, where that is all."""
        if one.standing is not Standing.DIFFERENT or not one.correction or not (one.bill and one.ledger):
            return one
        if abs(one.correction) >= ROUNDING or one.track_id is None or one.guild_id is None:
            return one
        async with self._database.write() as connection:
            guild = await read_guild(connection, one.guild_id)
            if not await self._ledger.round(
                connection, one.track_id, guild, one.correction, "provider's bill", charged=one.ledger
            ):
                return one
        return replace(one, standing=Standing.MATCHED, ledger=one.bill)

    async def correct(self, comparisons: Iterable[Comparison]) -> list[Comparison]:
        """Writes a correcting entry for each that offers one; returns those that were written.

        What the ledger holds by now is looked at again, so that pressing twice corrects once.
        """
        written: list[Comparison] = []
        for one in comparisons:
            if not one.correction or one.track_id is None:
                continue
            async with self._database.write() as connection:
                note = f"provider's bill: {one.standing}"
                if await self._ledger.correct(
                    connection, one.track_id, one.correction, note, charged=one.ledger
                ):
                    written.append(one)
        return written


def _must_tell(ours: list[_Charged], charges: list[Charge]) -> None:
    """Raises Unavailable where the bill has too few of the tracks that must be on it.

    It is empty, cut off, of another account, or in words that we do not know: what it lacks was not given
    back. One track alone may be missing from a bill that has lines.
    """
    before = now() - BILLED_WITHIN
    due = {one.prediction_id for one in ours if one.spent and one.prediction_id and one.finished_at < before}
    named = due & {one.prediction_id for one in charges if one.amount > 0}
    if len(named) < LEAST_NAMED * len(due) and (len(due) > 1 or not charges):
        raise Unavailable(f"it has {len(named)} of {len(due)} tracks that must be on it")


def _billings(ours: list[_Charged], charges: list[Charge]) -> list[Billed]:
    """What was billed for each of our tracks that one line, and no more, takes money for."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for charge in charges:
        if charge.amount > 0:
            lines[charge.prediction_id].append(charge.amount)
    found: list[Billed] = []
    for track in ours:
        amounts = lines[track.prediction_id or ""]
        if track.prediction_id and len(amounts) == 1:
            with suppress(*CANNOT_BE_READ):  # another version's rework: of that one nothing is learnt
                found.append(Billed(track.model, track.duration, rework_of(track.rework), amounts[0]))
    return found


def _compare(ours: list[_Charged], charges: list[Charge], known: set[str]) -> Iterable[Comparison]:
    """Each track with the lines that name its prediction; lines that name none are no track's."""
    billed: Counter[str] = Counter()
    refunded: set[str] = set()
    for charge in charges:
        billed[charge.prediction_id] += charge.amount
        if charge.amount < 0:
            refunded.add(charge.prediction_id)
    covered = _covered(ours, set(billed))
    for track in ours:
        prediction = track.prediction_id or ""
        on_bill = prediction != "" and prediction in billed
        bill = billed[prediction] if on_bill else 0
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
            standing,
            prediction,
            track.spent,
            bill,
            track.track_id,
            track.guild_id,
            track.number,
            settled,
            covered=standing is not Standing.MISSING or track.track_id in covered,
        )
    for prediction in sorted(set(billed) - known):
        yield Comparison(Standing.UNKNOWN, prediction, 0, billed[prediction])


def _covered(ours: list[_Charged], named: set[str]) -> set[str]:
    """The ids of those tracks that were made right between two that the bill names.

    What is missing before all of these, after them, or several in a row may be on another account's bill: the
    host's key was another then.
    """
    spent = [one for one in ours if one.spent]
    before, after = _follow_named(spent, named), _follow_named(reversed(spent), named)
    return before & after


def _follow_named(ours: Iterable[_Charged], named: set[str]) -> set[str]:
    """The ids of those tracks of which the last before them that has a prediction is named."""
    found: set[str] = set()
    is_named = False
    for one in ours:
        if is_named:
            found.add(one.track_id)
        if one.prediction_id is not None:
            is_named = one.prediction_id in named
    return found


async def _charged(connection: AsyncConnection, since: datetime) -> list[_Charged]:
    """Ended tracks of the host's that have a prediction, or none and were charged all the same."""
    columns = track_table.c
    spent = sa.func.coalesce(
        sa.select(sa.func.sum(entries.c.amount))
        .where(entries.c.track_id == columns.id, entries.c.kind.in_(CHARGES))
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
        columns.model,
        columns.duration,
        columns.rework,
        spent,
    ).where(
        columns.key_id.is_(None),
        columns.state.in_(ENDED),
        columns.created_at >= since,
        columns.finished_at.is_not(None),
        sa.or_(columns.prediction_id.is_not(None), spent != 0),
    )
    closed = sa.exists().where(entries.c.track_id == columns.id, entries.c.kind.in_(CLOSES))
    rows = await connection.execute(query.where(closed).order_by(columns.created_at, columns.number))
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

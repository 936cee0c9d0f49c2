"""What unfinished tracks can expect: how many are ahead, until when they wait, when they are finished.

The rule: one look at what is unfinished serves many answers. It is taken anew where something has changed
since; but where there is so much that looking takes its time, only so often that it takes a twentieth of it.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.money.stops import accounts_of, levels_of
from services.pipeline.render_time import RenderTimes, expected_starts
from services.pipeline.turns import line
from services.pipeline.turns.wakeup import Wakeup
from services.settings import Settings
from services.storage.database import Database, now
from services.storage.tables import UNFINISHED
from services.storage.tables import tracks as table
from services.tracks.track import ENDED, PutOff, State, Track

CHEAP = 0.005  # seconds that a look may take to be taken anew whenever something has changed
SHARE = 20  # how many times as long as it took a dearer one serves
LONGEST = 5.0  # seconds that one serves in any case: other processes' changes are not heard of

_columns = table.c
_STANDS = sa.select(
    _columns.key_id,
    _columns.state,
    _columns.put_off,
    _columns.turn,
    _columns.created_at,
    _columns.number,
    _columns.duration,
    _columns.model,
    _columns.started_at,
).where(sa.text(UNFINISHED))

Place = tuple[int, datetime, int]


async def _look(connection: AsyncConnection):
    """What is unfinished; the keys that pay for it, their levels, and the accounts that they open."""
    rows = (await connection.execute(_STANDS)).all()
    keys = {row.key_id for row in rows}
    return rows, keys, await levels_of(connection, keys), await accounts_of(connection, keys)


def _since(moment: datetime, at: datetime) -> float:
    """Seconds from that moment until `at`; 0 where it lies ahead, because the clock was set back."""
    return max(0.0, (at - moment).total_seconds())


@dataclass(frozen=True, slots=True)
class Outlook:
    """What to expect: tracks ahead, seconds until it starts, seconds until it is finished."""

    place: int
    wait: float
    ready: float


@dataclass
class _Line:
    """An account's line at one moment: where those stand that wait, and in how many seconds they start.

    starts: also of the one who comes next.
    """

    places: list[Place] = field(default_factory=list[Place])
    starts: list[float] = field(default_factory=lambda: [0.0])


class Outlooks:
    """Says when a track will start and be ready, from what was last read of the line."""

    def __init__(
        self, settings: Settings, database: Database, render_times: RenderTimes, wakeup: Wakeup
    ) -> None:
        self._settings = settings
        self._database = database
        self._render_times = render_times
        self._wakeup = wakeup
        self._lines: dict[int | None, _Line] = {}
        self._looked, self._took, self._changes = float("-inf"), 0.0, -1

    async def of(self, track: Track) -> Outlook:
        """What to expect of that track now; nothing but zeros once it ended."""
        if track.state in ENDED:
            return Outlook(0, 0.0, 0.0)
        if track.state is not State.WAITING and track.put_off is not PutOff.BACK:
            return Outlook(0, 0.0, self._left(track.duration, track.model, track.started_at))
        there = (await self._newest()).get(track.key_id) or _Line()
        place = bisect_left(there.places, (track.turn, track.created_at, track.number))
        start = there.starts[place]
        return Outlook(place, start, start + self._render_times.render_seconds(track.duration, track.model))

    def _left(self, duration: int, model: str, started_at: datetime | None) -> float:
        """How many seconds a track that has begun still takes."""
        at = now()
        takes = self._render_times.render_seconds(duration, model)
        return max(1.0, takes - _since(started_at or at, at))

    async def _newest(self) -> dict[int | None, _Line]:
        age = time.monotonic() - self._looked
        serves = 0.0 if self._took <= CHEAP else self._took * SHARE
        if age > LONGEST or (self._changes != self._wakeup.changes and age > serves):
            self._changes, self._looked = self._wakeup.changes, time.monotonic()
            self._lines = await self._lines_now()
            self._took = time.monotonic() - self._looked
        return self._lines

    async def _lines_now(self) -> dict[int | None, _Line]:
        rows, keys, levels, accounts = await self._database.read_in_one_go(_look)
        of_key: dict[int | None, list[Any]] = defaultdict(list)
        for row in rows:
            of_key[row.key_id].append(row)
        lines: dict[int | None, _Line] = {}
        for same in accounts:
            own = [row for key_id in same for row in of_key[key_id]]
            lines |= dict.fromkeys(same, self._line(keys.intersection(same), own, levels))
        return lines

    def _line(self, keys: Collection[int | None], rows: list[Any], levels: dict[int, str]) -> _Line:
        at = now()
        waiting = sorted(
            (row.turn, row.created_at, row.number, row.duration, row.model)
            for row in rows
            if row.state == State.WAITING or row.put_off == PutOff.BACK
        )
        rendering = [
            self._left(row.duration, row.model, row.started_at)
            for row in rows
            if row.state in (State.SUBMITTING, State.RENDERING) and row.put_off is None
        ]
        at_once, per_minute = line.limits_of(self._settings, keys, levels)
        seconds = [self._render_times.render_seconds(duration, model) for *_place, duration, model in waiting]
        starts = expected_starts(
            rendering,
            [*seconds, 0.0],
            [_since(row.started_at, at) for row in rows if row.started_at],
            at_once=at_once,
            per_minute=per_minute,
        )
        return _Line([(turn, created, number) for turn, created, number, *_ in waiting], starts)

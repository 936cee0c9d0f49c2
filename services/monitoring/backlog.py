"""What our own tables have unfinished, of all guilds and clusters, and what keeps it from starting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.storage import host_state
from services.storage.database import Database
from services.storage.host_state import Value
from services.storage.tables import UNFINISHED, house
from services.storage.tables import tracks as table
from services.tracks.track import ENDED, State

PUT_OFF = "put_off"
STATES = (*(state.value for state in State if state not in ENDED), PUT_OFF)

_columns = table.c
_unfinished = (
    sa.select(_columns.state, _columns.put_off, sa.func.count(), sa.func.min(_columns.created_at))
    .where(sa.text(UNFINISHED))
    .group_by(_columns.state, _columns.put_off)
)
_STOP = "stops"  # stands where a track has why it was put off
_stops = sa.select(house.c.name, sa.literal(_STOP), sa.literal(0), sa.null()).where(
    house.c.name.in_(host_state.STOPS)
)
QUERY = _unfinished.union_all(_stops)


@dataclass(frozen=True, slots=True)
class Backlog:
    """tracks: how many, by STATES. oldest: when the one was asked for that has waited longest.

    stops: what keeps all from starting that the host pays for.
    """

    tracks: Mapping[str, int]
    oldest: datetime | None
    stops: frozenset[Value]


async def read_backlog(database: Database) -> Backlog:
    """One statement, whose cost grows with what is unfinished alone, in no transaction that writes."""
    tracks, waiting, stops = Counter(dict.fromkeys(STATES, 0)), list[datetime](), set[Value]()
    async with database.read() as connection:
        for state, put_off, count, oldest in await connection.execute(QUERY):
            if put_off == _STOP:
                stops.add(Value(state))
                continue
            tracks[PUT_OFF if put_off else state] += count
            if state == State.WAITING:
                waiting.append(oldest)
    return Backlog(tracks, min(waiting, default=None), frozenset(stops))

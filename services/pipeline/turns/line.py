"""The line of each account: which tracks wait there, who is next, and who starts now.

The rule: one transaction counts what an account renders, takes the next out of the line and writes down that
they have begun, so limits hold whoever starts how many. Whoever changes what may start (a pause, a hold) does
so under the same lock, and nothing of it starts after that.
"""

from __future__ import annotations

from collections.abc import Collection, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.money.stops import accounts_of, stops_of
from services.pipeline.turns.fairness import Claim, fair_turn
from services.pipeline.turns.wakeup import Wakeup
from services.settings import LEVELS, Settings
from services.storage.columns import Instant
from services.storage.database import now
from services.storage.host_state import lock_starts
from services.storage.tables import IN_LINE, UNFINISHED, guilds
from services.storage.tables import tracks as table
from services.tracks import tracks
from services.tracks.track import State, Track

log = structlog.get_logger(__name__)

JAMS = 0  # the member as whom a guild's jams stand in line
MINUTE = timedelta(minutes=1)
UNTIL_TOLD = timedelta(seconds=15)  # in which only the process that took a track begins it

_unfinished = sa.text(UNFINISHED)
_in_line = sa.text(IN_LINE)
_columns = table.c
_order = (_columns.turn, _columns.created_at, _columns.number)
# What holds one of its account's places. The literals are for the index: it serves no parameters.
_holds_place = sa.and_(
    _unfinished, _columns.state.in_((State.SUBMITTING, State.RENDERING)), _columns.put_off.is_(None)
)
_paused = sa.select(guilds.c.guild_id).where(guilds.c.paused)


@dataclass(frozen=True, slots=True)
class Started:
    """The tracks that start now, as they are since.

    left: whether more may wait that will start as soon as a place is free. wait: after how many seconds one
    may start whose account has started as many as it may in a minute; None where none waits for that.
    unreadable: the ids of tracks in line that were found to be so.
    """

    tracks: list[Track]
    left: bool
    wait: float | None
    unreadable: frozenset[str] = frozenset()


async def is_empty(connection: AsyncConnection) -> bool:
    """Whether no track waits on any account."""
    return await connection.scalar(sa.select(table.c.id).where(_in_line).limit(1)) is None


def start(
    connection: AsyncConnection, settings: Settings, wakeup: Wakeup, process: str | None = None
) -> Coroutine[Any, Any, Started]:
    """Takes those out of the line that may start now, of every account in its order.

    process: as whom, where there are several. The intent of those that need nothing but to be POSTed is
    written down with it: `intent_at` is then `started_at`. Not of those with a seed that is handed over
    already: the history tells them apart by it.

    To be called on the event loop, which changes what `wakeup` knows; what it returns may run on a thread.
    """
    return _start(connection, settings, wakeup, process, {*wakeup.not_yet}, wakeup.busy_seeds)


async def _start(
    connection: AsyncConnection,
    settings: Settings,
    wakeup: Wakeup,
    process: str | None,
    not_yet: Collection[str],
    busy_seeds: set[int],
) -> Started:
    await lock_starts(connection)
    heads = sa.select(_columns.key_id).where(_in_line).distinct()
    in_line = list(await connection.scalars(heads))
    if not in_line:
        return Started([], left=False, wait=None)
    stops = await stops_of(connection, in_line)
    may = sa.and_(_columns.guild_id.not_in(_paused), _columns.id.not_in(not_yet), _may_begin(process))
    begun: list[Track] = []
    unreadable = {*wakeup.unreadable}
    waits: list[float] = []
    left = False
    for keys in await accounts_of(connection, in_line):
        going = [key_id for key_id in keys if key_id in in_line and not stops.account(key_id)]
        if not going:
            continue
        room, wait = await _room(connection, keys, limits_of(settings, going, stops.levels))
        room = max(0, min(room, wakeup.room - len(begun)))
        found = await _next(connection, going, room, may, unreadable) if room else []
        begun += [track for track in found if track.id not in wakeup.not_yet]  # nor written down meanwhile
        left |= len(found) == room
        if wait is not None:
            waits.append(wait)
    started = await _begin(connection, begun, busy_seeds, process)
    return Started(started, left, min(waits, default=None), frozenset(unreadable))


def _may_begin(process: str | None) -> sa.ColumnElement[bool]:
    """Of tracks: not one of which another process may still be telling its member.

    Those before this one as the same cluster do not: their tracks `untold` asks about before any begins.
    """
    if process is None:
        return sa.true()
    own = _columns.process.startswith(process.rpartition(".")[0] + ".", autoescape=True)
    return sa.or_(own, _columns.created_at < now() - UNTIL_TOLD)


async def _room(
    connection: AsyncConnection, keys: Collection[int | None], limits: tuple[int, int]
) -> tuple[int, float | None]:
    """How many more the account may start now, and, where its minute is used up, in how many seconds.

    keys: all that open it. limits: see `limits_of`. What lies further ahead than clocks differ was before the
    clock was set back.
    """
    at_once, per_minute = limits
    own = tracks.of_keys(keys)
    lately = sa.and_(own, _columns.started_at > now() - MINUTE, _columns.started_at < now() + MINUTE)
    rendering = sa.select(sa.func.count()).select_from(table).where(own, _holds_place).scalar_subquery()
    started = sa.select(sa.func.count()).select_from(table).where(lately).scalar_subquery()
    held, recent = (await connection.execute(sa.select(rendering, started))).one()
    wait = None
    if recent >= per_minute:
        times = sa.select(_columns.started_at).where(lately).order_by(_columns.started_at)
        leaves = await connection.scalar(times.offset(recent - per_minute).limit(1))
        wait = 0.0 if leaves is None else max(0.0, (leaves + MINUTE - now()).total_seconds())
    return min(at_once - held, per_minute - recent), wait


async def _next(
    connection: AsyncConnection,
    keys: Collection[int | None],
    most: int,
    may: sa.ColumnElement[bool],
    unreadable: set[str],
) -> list[Track]:
    """The first of the account's line that may start; those that cannot be read join `unreadable`."""
    first = tracks.track_rows.where(_in_line, tracks.of_keys(keys), may).order_by(*_order).limit(most)
    first = first.with_for_update(of=table)
    while True:
        others = first.where(_columns.id.not_in(unreadable))
        found, wrong = await tracks.readable(connection, others)
        for track_id, error in wrong.items():
            log.error("a track in line cannot be read; the others go on", track=track_id, error=error)
        if not wrong:
            return found
        unreadable.update(wrong)


async def _begin(
    connection: AsyncConnection, begun: Collection[Track], busy_seeds: set[int], process: str | None
) -> list[Track]:
    at = now()
    to_post: set[str] = set()
    for track in begun:
        if track.rework is None and track.intent_at is None and track.seed not in busy_seeds:
            to_post.add(track.id)
            busy_seeds.add(track.seed)
    now_begun = {"state": State.SUBMITTING, "started_at": at}
    values: dict[str, Any] = {**now_begun, "put_off": None, "process": process}
    if begun:
        starting = table.update().where(_columns.id.in_([track.id for track in begun]))
        intent_at = sa.case((_columns.id.in_(to_post), sa.literal(at, Instant)), else_=_columns.intent_at)
        await connection.execute(starting.values(**values, intent_at=intent_at))
    return [
        replace(track, **values, intent_at=at if track.id in to_post else track.intent_at) for track in begun
    ]


def limits_of(settings: Settings, keys: Collection[int | None], levels: dict[int, str]) -> tuple[int, int]:
    """How many tracks the account of these keys (None: the host's) renders at once, and starts in a minute.

    Where guilds differ about its level, the highest: WaveSpeed turns away what is too much.
    """
    if None in keys:
        return settings.concurrency, settings.starts_per_minute
    return max(LEVELS.get(levels.get(key_id or 0, ""), LEVELS["bronze"]) for key_id in keys)


async def next_turn(connection: AsyncConnection, key_id: int | None, guild_id: int, member_id: int) -> int:
    """The fair tag of a new track of that member (`JAMS`: of a jam's) on that key's account."""
    (keys,) = await accounts_of(connection, [key_id])
    own = tracks.of_keys(keys)
    begun, waits = _columns.state != State.WAITING, _columns.state == State.WAITING
    reached = sa.select(sa.func.max(_columns.turn)).where(_unfinished, own, begun).scalar_subquery()
    first = sa.select(_columns.turn).where(_in_line, own, waits).order_by(_columns.turn).limit(1)
    virtual_time = await connection.scalar(sa.select(sa.func.coalesce(reached, first.scalar_subquery(), 1)))
    whose = sa.case((_columns.jam_id.is_not(None), JAMS), else_=_columns.member_id)
    ours = sa.and_(_unfinished, own, _columns.guild_id == guild_id)
    # What runs is summed up where it is kept: of that there may be thousands.
    used, last = sa.func.sum(_columns.duration), sa.func.max(_columns.turn + _columns.duration)
    running = await connection.execute(sa.select(whose, used, last - used).where(ours, begun).group_by(whose))
    query = sa.select(_columns.created_at, whose, _columns.duration, _columns.turn).where(
        ours, _in_line, waits
    )
    # Put in order here: a database that is asked for the order reads the guild's history by its index.
    waiting = sorted(await connection.execute(query), key=lambda row: row.created_at)
    claims = [Claim(*row, begun=True) for row in running] + [Claim(*row[1:], begun=False) for row in waiting]
    return fair_turn(claims, virtual_time or 1, member_id)


async def count(connection: AsyncConnection) -> int:
    """How many tracks wait for nothing but their turn."""
    query = sa.select(_columns.key_id, sa.func.count()).where(_in_line, _columns.guild_id.not_in(_paused))
    waiting = (await connection.execute(query.group_by(_columns.key_id))).all()
    stops = await stops_of(connection, [key_id for key_id, _many in waiting])
    return sum(many for key_id, many in waiting if not stops.account(key_id))

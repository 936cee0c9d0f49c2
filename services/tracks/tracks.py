"""Tracks as they are kept.

The rule: a state changes only from the one that was expected, so that two who act at once never both succeed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.prompts.rework import rework_of
from services.storage.database import insert, now
from services.storage.leases import other_processes
from services.storage.tables import IN_LINE, UNFINISHED, track_makers, tracks
from services.text.numbers import LARGEST_COUNT, whole
from services.tracks.search import keep_words
from services.tracks.sight import Sight
from services.tracks.track import ENDED, Failure, NoSuchTrack, NotYours, PutOff, Reply, State, Track

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no letters that are mistaken for another
LATE_EDITS = timedelta(minutes=3)  # in which the answer of a track that has ended is edited again
# What reading a row raises that is damaged, or that another version wrote.
CANNOT_BE_READ = (ArithmeticError, LookupError, TypeError, ValueError)

_MAKER = re.compile(r"^(\d+):(-?\d+):(.*)$", re.MULTILINE)

_makers = (
    sa.select(
        sa.func.aggregate_strings(
            sa.cast(track_makers.c.place, sa.Text)
            + ":"
            + sa.cast(track_makers.c.member_id, sa.Text)
            + ":"
            + track_makers.c.name,
            "\n",
        )
    )
    .where(track_makers.c.track_id == tracks.c.id)
    .correlate(tracks)
    .scalar_subquery()
    .label("makers")
)
track_rows = sa.select(*tracks.c, _makers)  # `made_of` makes tracks of what it finds
# These two are asked all the time: to build a statement of so many columns takes longer than to run it.
_row = track_rows.where(tracks.c.id == sa.bindparam("track_id"))
_LOCK: dict[str, Any] = {"of": tracks, "key_share": True}  # who writes that something is the track's goes on
_locked_row = _row.with_for_update(**_LOCK)
_starts = (
    sa.case((tracks.c.state == State.WAITING, 1), else_=0),
    tracks.c.turn,
    tracks.c.created_at,
    tracks.c.number,
)
_unfinished = track_rows.where(sa.text(UNFINISHED)).order_by(*_starts)
# What stands in a new row where nothing is given.
_NEW = {column.name: getattr(column.default, "arg", None) for column in tracks.c}
MESSAGES = (  # of a track: the channel, and the message in it
    (tracks.c.message_channel_id, tracks.c.message_id),
    (tracks.c.review_channel_id, tracks.c.review_message_id),
)


def new_id() -> str:
    """A track's id: 20 characters, 100 random bits; nobody guesses one, and Discord takes it as a nonce."""
    return "".join(secrets.choice(ALPHABET) for _ in range(20))


async def add(connection: AsyncConnection, **values: Any) -> Track:
    """Writes a new track and returns it."""
    await connection.execute(tracks.insert().values(**values))
    track = _track(_NEW | values)
    await keep_words(connection, track.id, track.title, track.tags, f"{track.lyrics}\n{track.idea}")
    return track


async def credit(connection: AsyncConnection, track: Track, makers: Sequence[tuple[int, str]]) -> Track:
    """Writes down all who made the track (ids and names), and returns it with them."""
    makers = [(member_id, " ".join(name.split())) for member_id, name in makers]  # `_makers` has one a line
    for place, (member_id, name) in enumerate(makers):
        values = {"track_id": track.id, "member_id": member_id, "place": place, "name": name}
        await connection.execute(insert(connection, track_makers).values(values).on_conflict_do_nothing())
    return replace(track, credited=tuple(makers))


async def get(connection: AsyncConnection, track_id: str, *, lock: bool = False) -> Track | None:
    """The track with that id, of any guild: for the studio's own use. lock: as in `seen`."""
    row = (await connection.execute(_locked_row if lock else _row, {"track_id": track_id})).one_or_none()
    return _track(row) if row else None


async def seen(
    connection: AsyncConnection, sight: Sight, reference: str, *, lock: bool = False
) -> Track | None:
    """The track with that id or number (`12`, `#12`), where it is seen; None also for another guild's.

    lock: it stays as it is until the transaction ends.
    """
    text = reference.strip().removeprefix("#")
    matches = tracks.c.id == text
    if (number := whole(text, LARGEST_COUNT)) is not None:
        matches = sa.or_(matches, tracks.c.number == number)
    query = track_rows.where(sight.of_tracks(), tracks.c.deleted_at.is_(None), matches)
    row = (await connection.execute(query.with_for_update(**_LOCK) if lock else query)).first()
    return _track(row) if row else None


async def theirs(
    connection: AsyncConnection, sight: Sight, track_id: str, member_id: int, *, moderator: bool
) -> Track:
    """The track, where that member may decide over it; it stays as it is until the transaction ends.

    Raises NoSuchTrack or NotYours.
    """
    track = await seen(connection, sight, track_id, lock=True)
    if track is None:
        raise NoSuchTrack
    if member_id not in track.makers and not moderator:
        raise NotYours
    return track


async def search(connection: AsyncConnection, sight: Sight, words: str, limit: int = 25) -> list[Track]:
    """The newest tracks seen whose title holds the words, or whose number begins with them."""
    text = words.strip().removeprefix("#")
    query = track_rows.where(sight.of_tracks(), tracks.c.deleted_at.is_(None))
    if text:
        by_number = sa.cast(tracks.c.number, sa.Text).startswith(text, autoescape=True)
        query = query.where(sa.or_(tracks.c.title.icontains(text, autoescape=True), by_number))
    return await found(connection, query.order_by(tracks.c.number.desc()).limit(limit))


async def listed(
    connection: AsyncConnection, sight: Sight, which: sa.ColumnElement[bool], *, offset: int, limit: int
) -> tuple[list[Track], int]:
    """Those of the tracks seen, the longest finished first; and how many there are in all."""
    own = sa.and_(sight.of_tracks(), tracks.c.deleted_at.is_(None), which)
    count = await connection.scalar(sa.select(sa.func.count()).select_from(tracks).where(own))
    query = track_rows.where(own).order_by(tracks.c.finished_at, tracks.c.number)
    return await found(connection, query.offset(offset).limit(limit)), count or 0


async def unfinished(connection: AsyncConnection) -> list[Track]:
    """Running and waiting tracks of all guilds, in the order in which they start."""
    return await found(connection, _unfinished)


async def in_queue(
    connection: AsyncConnection, sight: Sight, *, offset: int, limit: int
) -> tuple[list[Track], int, int]:
    """Those of the guild's running and waiting tracks seen, in the order in which they start.

    How many are seen in all, and how many are not.
    """
    own = sa.text(UNFINISHED), tracks.c.guild_id == sight.guild_id
    seen = sa.func.count(sa.case((sight.of_tracks(), 1)))
    there, every = (
        await connection.execute(sa.select(seen, sa.func.count()).select_from(tracks).where(*own))
    ).one()
    # The ids first: to sort whole rows with their makers would read those of all.
    page = (
        sa.select(tracks.c.id).where(*own, sight.of_tracks()).order_by(*_starts).offset(offset).limit(limit)
    )
    return await found(connection, _unfinished.where(tracks.c.id.in_(page))), there, every - there


async def begun(connection: AsyncConnection, process: str | None) -> list[tuple[str, int]]:
    """The ids and pauses of unfinished tracks that a workflow is to work on: not of those in line.

    Of those that another process has begun only where that one is gone. A moderator's decision has a workflow
    of its own.
    """
    waits = sa.or_(tracks.c.state == State.WAITING, tracks.c.put_off.is_not_distinct_from(PutOff.BACK))
    of_others = sa.func.coalesce(tracks.c.process, "").in_(other_processes(process))
    query = sa.select(tracks.c.id, tracks.c.pauses).where(sa.text(UNFINISHED), ~waits, ~of_others)
    found = await connection.execute(query.where(tracks.c.reviewed_by.is_(None)))
    return [(track_id, pauses) for track_id, pauses in found]


async def all_of(connection: AsyncConnection, track_ids: Collection[str]) -> list[Track]:
    """The tracks with those ids, of any guild, deleted ones too; in no order."""
    return await found(connection, track_rows.where(tracks.c.id.in_(track_ids)))


async def of_set(connection: AsyncConnection, set_id: str) -> list[Track]:
    """All tracks of a set, deleted ones too, by number."""
    query = track_rows.where(tracks.c.set_id == set_id).order_by(tracks.c.number)
    return made_of(await connection.execute(query))


async def waiting(connection: AsyncConnection) -> list[Track]:
    """Waiting tracks of all guilds, in the order in which they start."""
    return [track for track in await unfinished(connection) if track.state is State.WAITING]


async def waiting_for_host(connection: AsyncConnection) -> list[Track]:
    """Waiting tracks that the host pays for, of all guilds, in the order in which they start."""
    return [track for track in await waiting(connection) if track.key_id is None]


async def begin_again(connection: AsyncConnection, track_id: str, pauses: int, **values: Any) -> Track | None:
    """Gives a track whose workflow has ended a new one; None where it has one already, or has ended."""
    same = tracks.c.id == track_id, tracks.c.pauses == pauses, tracks.c.state.not_in(ENDED)
    return await _updated(connection, tracks.update().where(*same).values(pauses=pauses + 1, **values))


async def intend(connection: AsyncConnection, track: Track, at: datetime) -> bool:
    """Writes down that the track is about to be POSTed; False where it is another workflow's by now."""
    mine = tracks.c.id == track.id, tracks.c.pauses == track.pauses, tracks.c.prediction_id.is_(None)
    return bool((await connection.execute(tracks.update().where(*mine).values(intent_at=at))).rowcount)


async def forget_intents(connection: AsyncConnection, unsent: Collection[Track]) -> None:
    """Takes back that those tracks were about to be POSTed, of which surely nothing was sent."""
    columns = sa.tuple_(tracks.c.id, tracks.c.pauses)
    same = columns.in_([(track.id, track.pauses) for track in unsent]), tracks.c.prediction_id.is_(None)
    await connection.execute(tracks.update().where(*same).values(intent_at=None))


async def taken(connection: AsyncConnection, track: Track) -> set[str]:
    """The predictions that belong to other tracks with the same seed."""
    known = sa.select(tracks.c.prediction_id).where(tracks.c.prediction_id.is_not(None))
    others = known.where(tracks.c.seed == track.seed, tracks.c.id != track.id)
    return set((await connection.scalars(others)).all())


async def with_predictions(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Those of the predictions that are some track's."""
    found = sa.select(tracks.c.prediction_id).where(tracks.c.prediction_id.in_(ids))
    return set((await connection.scalars(found)).all())


def of_keys(key_ids: Collection[int | None]) -> sa.ColumnElement[bool]:
    """Of tracks: those that these keys (None: the host's, alone) pay for; by its index, in any database."""
    own = [key_id for key_id in key_ids if key_id is not None]
    if not own:
        return tracks.c.key_id.is_(None)
    return tracks.c.key_id == own[0] if len(own) == 1 else tracks.c.key_id.in_(own)


async def unanswered(
    connection: AsyncConnection, track: Track, since: datetime, key_ids: Collection[int | None]
) -> int:
    """How many other submissions with these keys have been POSTed since then and have no prediction."""
    query = sa.select(sa.func.count()).where(
        tracks.c.prediction_id.is_(None),
        tracks.c.intent_at >= since,
        of_keys(key_ids),
        tracks.c.id != track.id,
    )
    return (await connection.scalar(query)) or 0


async def made_from(connection: AsyncConnection, sight: Sight, source_id: str, seed: int) -> list[Track]:
    """The tracks seen that play, and were made from that source with that seed."""
    made = tracks.c.parent_id == source_id, tracks.c.seed == seed
    there = tracks.c.state == State.DELIVERED, tracks.c.deleted_at.is_(None)
    return await found(connection, track_rows.where(sight.of_tracks(), *made, *there))


async def change(
    connection: AsyncConnection, track_id: str, *, expect: State | None = None, **values: Any
) -> bool:
    """Writes the values; where `expect` is given, only if the track is still in that state and not deleted.

    False if not.
    """
    return bool((await connection.execute(_change(track_id, expect, values))).rowcount)


async def changed(
    connection: AsyncConnection, track_id: str, *, expect: State | None = None, **values: Any
) -> Track | None:
    """The same, and returns the track as it is then. None if nothing was written."""
    return await _updated(connection, _change(track_id, expect, values))


def _change(track_id: str, expect: State | None, values: dict[str, Any]) -> sa.Update:
    query = tracks.update().where(tracks.c.id == track_id).values(**values)
    return query if expect is None else query.where(tracks.c.state == expect, tracks.c.deleted_at.is_(None))


async def _updated(connection: AsyncConnection, query: sa.Update) -> Track | None:
    row = (await connection.execute(query.returning(*tracks.c, _makers))).one_or_none()
    return _track(row) if row else None


async def forget_message(connection: AsyncConnection, track_id: str, message_id: int) -> None:
    """Forgets one of the track's messages, which is gone; nothing where another has taken its place."""
    for name, gone in (
        ("message_id", {"message_id": None, "message_channel_id": None}),
        ("review_message_id", {"review_message_id": None}),
    ):
        own = sa.and_(tracks.c.id == track_id, tracks.c[name] == message_id)
        await connection.execute(tracks.update().where(own).values(**gone))


async def answerable(connection: AsyncConnection, lifetime: timedelta) -> list[Track]:
    """The waiting tracks of all guilds whose interactions' tokens are not dead yet, in no order."""
    alive = tracks.c.reply_token.is_not(None), tracks.c.reply_at > now() - lifetime
    waiting = sa.text(IN_LINE), tracks.c.state == State.WAITING
    return await found(connection, track_rows.where(*waiting, *alive))


async def asked_last(connection: AsyncConnection, within: timedelta, others: sa.Select[str]) -> list[Track]:
    """The waiting tracks that were asked for by an interaction, right before the last of all that wait.

    others: the processes that tell of their own tracks, which are left out.
    """
    nobodys = sa.or_(tracks.c.process.is_(None), tracks.c.process.not_in(others))
    waiting = sa.and_(sa.text(IN_LINE), tracks.c.state == State.WAITING, nobodys)
    last = (await connection.execute(sa.select(sa.func.max(tracks.c.created_at)).where(waiting))).scalar()
    if last is None:
        return []
    told_by = tracks.c.reply_token.is_not(None), tracks.c.created_at > last - within
    return await found(connection, track_rows.where(waiting, *told_by))


async def forget_tokens(connection: AsyncConnection, lifetime: timedelta) -> None:
    """Forgets interactions' tokens that are dead, and those of tracks of which nothing more is to be told.

    What a moderator may still publish or withhold has its answer edited for as long as Discord lets it be.
    """
    over = tracks.c.state.in_((State.FAILED, State.CANCELLED)) & tracks.c.fetch_at.is_(None)
    silent = over & (tracks.c.finished_at < now() - LATE_EDITS)
    useless = (tracks.c.reply_at <= now() - lifetime) | silent
    query = tracks.update().where(tracks.c.reply_token.is_not(None), useless)
    await connection.execute(query.values(reply_token=None))


async def count_worker_death(connection: AsyncConnection, track_id: str) -> int:
    """Notes that the track's sound ended a worker process; returns how many it has ended by now."""
    query = tracks.update().where(tracks.c.id == track_id).values(worker_deaths=tracks.c.worker_deaths + 1)
    return (await connection.execute(query.returning(tracks.c.worker_deaths))).scalar_one()


async def shown(connection: AsyncConnection, track_id: str, channel_id: int, message_id: int) -> None:
    """Writes down in which message moderators are shown the track; nothing where that was known before."""
    unknown = sa.and_(tracks.c.state == State.DELIVERING, tracks.c.reviewed_by.is_(None))
    place = {"review_channel_id": channel_id, "review_message_id": message_id}
    query = tracks.update().where(tracks.c.id == track_id, unknown)
    await connection.execute(query.values(state=State.IN_REVIEW, finished_at=now(), **place))


async def found(connection: AsyncConnection, query: sa.Select[Any]) -> list[Track]:
    """What a query of `track_rows` finds that can be read: what cannot hides none of the others."""
    return (await readable(connection, query))[0]


async def readable(connection: AsyncConnection, query: sa.Select[Any]) -> tuple[list[Track], dict[str, str]]:
    """What a query of `track_rows` finds; and by id, what is wrong with tracks that cannot be read."""
    try:
        return made_of(await connection.execute(query)), {}
    except CANNOT_BE_READ:
        ids = await connection.scalars(query.with_only_columns(tracks.c.id))
    whole: list[Track] = []
    unreadable: dict[str, str] = {}
    for track_id in ids:
        try:
            whole += made_of(await connection.execute(_row, {"track_id": track_id}))
        except CANNOT_BE_READ as error:
            unreadable[track_id] = f"{type(error).__name__}: {error}"
    return whole, unreadable


def made_of(rows: Iterable[sa.Row[Any]]) -> list[Track]:
    """The tracks that a query found that was made of `track_rows`."""
    return [_track(row) for row in rows]


def _track(row: sa.Row[Any] | dict[str, Any]) -> Track:
    """The track in a row, or in values by column."""
    # SQLAlchemy's documented name:
    values = dict(row if isinstance(row, dict) else row._mapping)  # pyright: ignore[reportPrivateUsage]
    token, at, language = (values.pop(f"reply_{name}") for name in ("token", "at", "language"))
    values["reply"] = Reply(token, at, language) if token and at else None
    values["state"] = State(values["state"])
    values["put_off"] = PutOff(values["put_off"]) if values["put_off"] else None
    values["failure"] = Failure(values["failure"]) if values["failure"] else None
    values["rework"] = rework_of(values["rework"])
    makers = values.pop("makers", None)
    values["credited"] = _credited(makers) if makers else ()
    return Track(**values)


def _credited(kept: str) -> tuple[tuple[int, str], ...]:
    """The makers' ids and names in lines of `place:id:name`, by place."""
    found = [(int(place), int(member_id), name) for place, member_id, name in _MAKER.findall(kept)]
    return tuple((member_id, name) for _place, member_id, name in sorted(found))

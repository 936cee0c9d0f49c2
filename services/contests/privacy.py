"""A member's share in contests: handed out, and erased.

The rule: their tracks leave and their votes go; what was counted stays counted.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contests import entries
from services.contests.storage import find
from services.messages.kept_messages import take_down
from services.storage.tables import contest_entries, contest_listens, contest_votes, contests
from services.storage.tables import tracks as track_table
from services.tracks.sight import made_by


async def guilds_of(connection: AsyncConnection, member_id: int) -> set[int]:
    """The guilds in whose contests the member has a part."""
    return set(await connection.scalars(sa.select(contests.c.guild_id).where(_theirs(member_id))))


async def erase(connection: AsyncConnection, member_id: int, number: int) -> None:
    """Takes the member's votes, words and id out; comes before their tracks are erased.

    The guilds of `guilds_of` are locked.
    """
    touched = list(await connection.scalars(sa.select(contests.c.id).where(_theirs(member_id))))
    read = {contest.id for contest in await find(connection, contests.c.id.in_(touched), most=len(touched))}
    for votes in (contest_votes, contest_listens):
        await connection.execute(votes.delete().where(votes.c.member_id == member_id))
    started = sa.select(contests.c.id, contests.c.rules).where(contests.c.starter_id == member_id)
    for contest_id, rules in (await connection.execute(started)).all():  # also where it cannot be read
        values = {"theme": "", "rules": rules | {"tags": []}, "starter_id": number}
        await connection.execute(contests.update().where(contests.c.id == contest_id).values(values))
    for column in (contests.c.ended_by, contest_entries.c.entered_by):
        assert isinstance(column.table, sa.Table)
        await connection.execute(
            column.table.update().where(column == member_id).values({column.name: number})
        )
    for contest_id in touched:
        if contest_id in read:
            await entries.touch_messages(connection, contest_id)
        else:  # another version wrote it, and nobody writes its messages anew
            await take_down(connection, entries.post_of(contest_id), entries.result_of(contest_id))


async def export(connection: AsyncConnection, member_id: int) -> dict[str, list[dict[str, Any]]]:
    """What the member did in contests; ids as text, times in ISO.

    What others entered goes by its number: an id would tell, before the end, which track it is.
    """
    mine = contests.c.starter_id == member_id
    started = await find(connection, mine, most=10_000)
    columns = contests.c.guild_id, contests.c.channel_id, contest_entries.c.track_id
    entered = (
        sa.select(*columns, contest_entries.c.entered_at, contest_entries.c.place)
        .join(contests, contests.c.id == contest_entries.c.contest_id)
        .where(contest_entries.c.entered_by == member_id)
        .order_by(contest_entries.c.entered_at)
    )
    voted = (
        sa.select(contests.c.id, contests.c.guild_id, contests.c.channel_id, contest_votes.c.choices)
        .add_columns(contest_votes.c.at)
        .join(contests, contests.c.id == contest_votes.c.contest_id)
        .where(contest_votes.c.member_id == member_id)
        .order_by(contest_votes.c.at)
    )
    heard = sa.select(contest_listens.c.contest_id, contest_listens.c.track_id, contest_listens.c.at)
    opened = await connection.execute(heard.where(contest_listens.c.member_id == member_id))
    number_of = await _numbers(connection, member_id)
    return {
        "contests_you_started": [
            {
                "guild_id": str(one.guild_id),
                "channel_id": str(one.channel_id),
                "theme": one.theme,
                "tags": list(one.rules.tags),
                "created_at": one.created_at.isoformat(),
            }
            for one in started
        ],
        "contest_entries": [
            {
                "guild_id": str(row.guild_id),
                "channel_id": str(row.channel_id),
                "track_id": row.track_id,
                "entered_at": row.entered_at.isoformat(),
                "place": row.place,
            }
            for row in await connection.execute(entered)
        ],
        "contest_votes": [
            {
                "guild_id": str(row.guild_id),
                "channel_id": str(row.channel_id),
                "choices": [number_of.get((row.id, one)) for one in row.choices],
                "at": row.at.isoformat(),
            }
            for row in await connection.execute(voted)
        ],
        "contest_entries_you_opened": [
            {"contest": contest_id, "number": number_of.get((contest_id, track_id)), "at": at.isoformat()}
            for contest_id, track_id, at in opened
        ],
    }


async def _numbers(connection: AsyncConnection, member_id: int) -> dict[tuple[str, str], int | None]:
    """By contest and track, the numbers in those contests in which the member opened anything."""
    mine = sa.select(contest_listens.c.contest_id).where(contest_listens.c.member_id == member_id)
    columns = contest_entries.c.contest_id, contest_entries.c.track_id, contest_entries.c.number
    rows = await connection.execute(sa.select(*columns).where(contest_entries.c.contest_id.in_(mine)))
    return {(contest_id, track_id): number for contest_id, track_id, number in rows}


def _theirs(member_id: int) -> sa.ColumnElement[bool]:
    """Of contests: those that the member started, ended, entered, voted in or made something for."""
    own = sa.select(contest_entries.c.contest_id).join(
        track_table, track_table.c.id == contest_entries.c.track_id
    )
    parts = [
        own.where(sa.or_(contest_entries.c.entered_by == member_id, made_by(member_id))),
        sa.select(contest_votes.c.contest_id).where(contest_votes.c.member_id == member_id),
        sa.select(contest_listens.c.contest_id).where(contest_listens.c.member_id == member_id),
    ]
    by = sa.or_(contests.c.starter_id == member_id, contests.c.ended_by == member_id)
    return sa.or_(by, *(contests.c.id.in_(one) for one in parts))

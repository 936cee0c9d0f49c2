"""What an erasure does to a member's rows: words and name go, and a number takes the id's place.

Each function works in the caller's transaction, in which the guilds that it is about are locked.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.bans import in_force
from services.messages.notices import MODERATORS
from services.prompts.rework import without_words
from services.storage.database import now
from services.storage.tables import (
    announcements,
    audit,
    bans,
    guild_keys,
    hints,
    house,
    notices,
    own_files,
    postings,
    reports,
    sums,
    track_words,
)
from services.storage.tables import ballots as ballot_table
from services.storage.tables import tracks as track_table
from services.tracks import tracks
from services.tracks.track import ENDED
from services.tracks.votes import take_all_of

FURTHEST_WEST = timedelta(hours=12)  # where a day ends last (UTC-12)
FURTHEST_EAST = timedelta(hours=14)
PENDING = "erasure:"  # and the member's id: a line of `house`, gone when the day is over


async def pseudonym(connection: AsyncConnection, member_id: int) -> int:
    """The number that takes the id's place; the same again while an earlier erasure's day is not over."""
    name = f"{PENDING}{member_id}"
    kept = await connection.scalar(sa.select(house.c.value).where(house.c.name == name))
    number = int(kept.split()[0]) if kept else -1 - secrets.randbelow(2**62)
    last_day = (now() + FURTHEST_EAST).date().isoformat()
    await connection.execute(house.delete().where(house.c.name == name))
    await connection.execute(house.insert().values(name=name, value=f"{number} {last_day}"))
    return number


async def erase_words(connection: AsyncConnection, member_id: int) -> None:
    """Everything that the member wrote, what it is found by, their votes, their hints, and their name."""
    columns = track_table.c
    mine = columns.member_id == member_id
    for guild_id, number in (
        await connection.execute(sa.select(columns.guild_id, columns.number).where(mine))
    ).all():
        named = sa.and_(audit.c.guild_id == guild_id, audit.c.subject.startswith(f"#{number} "))
        await connection.execute(audit.update().where(named).values(subject=f"#{number}"))
        untold = notices.c.text.contains(f"**#{number} ", autoescape=True)  # its title follows
        kept = sa.and_(notices.c.guild_id == guild_id, notices.c.member_id == MODERATORS, untold)
        await connection.execute(notices.delete().where(kept))
    theirs = sa.select(columns.id).where(mine)
    await connection.execute(track_words.delete().where(track_words.c.track_id.in_(theirs)))
    of_theirs = sa.func.coalesce(announcements.c.track_id.in_(theirs), sa.false())
    told = sa.or_(of_theirs, announcements.c.text.contains(str(member_id)))
    # What is being said may stand there already, by its words alone it is found and taken back.
    being_said = sa.and_(of_theirs, announcements.c.said_at.is_(None))
    await connection.execute(announcements.delete().where(told, sa.not_(being_said)))
    await take_all_of(connection, member_id)
    await connection.execute(
        track_table.update()
        .where(mine)
        .values(
            member_name="",
            guild_name="",
            title="",
            tags="",
            lyrics="",
            idea="",
            output_url=None,
            source_url=None,
            voice_url=None,
            reply_token=None,
            reply_at=None,
            reply_language="en",
            withheld_because=sa.case((columns.withheld_because.is_not(None), "")),
            deleted_at=sa.func.coalesce(columns.deleted_at, sa.literal(now(), columns.deleted_at.type)),
        )
    )
    await _erase_reworked_words(connection, mine)
    await connection.execute(own_files.update().where(own_files.c.member_id == member_id).values(name=""))
    await connection.execute(reports.update().where(reports.c.member_id == member_id).values(reason=""))
    await connection.execute(notices.delete().where(notices.c.member_id == member_id))
    await connection.execute(hints.delete().where(hints.c.member_id == member_id))
    over = sa.and_(bans.c.member_id == member_id, sa.not_(in_force(now())))
    await connection.execute(bans.delete().where(over))


async def _erase_reworked_words(connection: AsyncConnection, mine: sa.ColumnElement[bool]) -> None:
    """What reworks repeat of their source's words: the member's own reworks, and others' of the member's.

    One of others' that is not finished still needs them, and keeps them.
    """
    columns = track_table.c
    of_theirs = columns.parent_id.in_(sa.select(columns.id).where(mine))
    query = sa.select(columns.id, columns.rework).where(
        columns.rework.is_not(None), sa.or_(mine, sa.and_(of_theirs, columns.state.in_(ENDED)))
    )
    for track_id, kept in (await connection.execute(query)).all():
        await tracks.change(connection, track_id, rework=without_words(kept))


async def replace_id(connection: AsyncConnection, member_id: int, number: int) -> None:
    """The number for the id, wherever the member decided something or was decided upon."""
    for column in (
        track_table.c.withheld_by,
        track_table.c.reviewed_by,
        ballot_table.c.member_id,
        ballot_table.c.closed_by,
        bans.c.moderator_id,
        reports.c.handled_by,
        audit.c.actor_id,
        own_files.c.member_id,
        guild_keys.c.added_by,
    ):
        table = column.table
        assert isinstance(table, sa.Table)
        await connection.execute(table.update().where(column == member_id).values({column.name: number}))
    about = audit.c.subject == str(member_id)
    await connection.execute(audit.update().where(about).values(subject=str(number)))


async def finish_days(connection: AsyncConnection, moment: datetime) -> None:
    """The number for the id also in what counted against limits, for days that are over everywhere."""
    over = (moment - FURTHEST_WEST).date().isoformat()  # days before this one
    pending = await connection.execute(house.select().where(house.c.name.startswith(PENDING)))
    for name, value in pending.all():
        member_id, (number, last_day) = int(name.removeprefix(PENDING)), value.split()
        for table in (sums, postings):
            query = sa.select(table.c.account).where(
                table.c.account.like(f"member:%:{member_id} day"), table.c.period < over
            )
            for account in set(await connection.scalars(query)):
                renamed = f"{account.rsplit(':', 1)[0]}:{number} day"
                past = sa.and_(table.c.account == account, table.c.period < over)
                await connection.execute(table.update().where(past).values(account=renamed))
        if last_day < over:
            erased = sa.and_(reports.c.member_id == member_id, reports.c.reason == "")
            await connection.execute(reports.update().where(erased).values(member_id=int(number)))
            await connection.execute(house.delete().where(house.c.name == name))

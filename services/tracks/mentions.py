"""Mentions: the bot's own messages that name people or their titles, beside those that tracks play in.

The rule: none of them outlives the name. Whoever posts one notes it right after; an erasure marks, in its
own transaction, all that name the member, and they are taken back after it. Messages that are to go for
another reason, and are still there, are marked too.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds import audit
from services.guilds.audit import Record
from services.storage.database import insert
from services.storage.tables import audit as audit_table
from services.storage.tables import mentions, reports, tracks


@dataclass(frozen=True, slots=True)
class Mention:
    """One message. It is about a track, or is in a log channel and tells a change (an audit record's id)."""

    message_id: int
    channel_id: int
    guild_id: int
    track_id: str | None
    change_id: int | None


async def note_track(
    connection: AsyncConnection, *, guild_id: int, channel_id: int, message_id: int, track_id: str
) -> bool:
    """Notes a message about a track; whether its maker was erased meanwhile, so that it is to go."""
    erased = await connection.scalar(sa.select(tracks.c.member_id < 0).where(tracks.c.id == track_id))
    place = {"guild_id": guild_id, "channel_id": channel_id, "message_id": message_id}
    await _note(connection, **place, track_id=track_id, stale=bool(erased))
    return bool(erased)


async def note_change(
    connection: AsyncConnection, *, channel_id: int, message_id: int, change: Record, found: bool = False
) -> bool:
    """Notes a message that tells a change as it was read; whether it is to be told anew.

    It is where the change reads otherwise by now. found: an earlier attempt posted it, and who knows what
    it says.
    """
    stale = found or change != await audit.get(connection, change.id)
    place = {"guild_id": change.guild_id, "channel_id": channel_id, "message_id": message_id}
    await _note(connection, **place, change_id=change.id, stale=stale)
    return stale


async def _note(connection: AsyncConnection, **values: object) -> None:
    await connection.execute(insert(connection, mentions).values(**values).on_conflict_do_nothing())


async def mark(connection: AsyncConnection, member_id: int) -> None:
    """Marks what names the member; comes before anything of theirs is erased."""
    mine = tracks.c.member_id == member_id
    decided = sa.or_(tracks.c.withheld_by == member_id, tracks.c.reviewed_by == member_id)
    reported = sa.or_(reports.c.member_id == member_id, reports.c.handled_by == member_id)
    about = sa.union(
        sa.select(tracks.c.id).where(sa.or_(mine, decided)), sa.select(reports.c.track_id).where(reported)
    )
    own_title = audit_table.c.subject.startswith(sa.literal("#") + sa.cast(tracks.c.number, sa.Text) + " ")
    titled = sa.exists().where(mine, tracks.c.guild_id == audit_table.c.guild_id, own_title)
    named = sa.or_(audit_table.c.actor_id == member_id, audit_table.c.subject == str(member_id), titled)
    changes = sa.select(audit_table.c.id).where(named)
    theirs = sa.or_(mentions.c.track_id.in_(about), mentions.c.change_id.in_(changes))
    await connection.execute(mentions.update().where(theirs).values(stale=True))


async def mark_message(
    connection: AsyncConnection,
    *,
    guild_id: int,
    channel_id: int,
    message_id: int,
    track_id: str | None = None,
) -> None:
    """Marks a message that is to go: it is forgotten when Discord says that it is gone, not before."""
    row = {"guild_id": guild_id, "channel_id": channel_id, "message_id": message_id, "track_id": track_id}
    query = insert(connection, mentions).values(**row, stale=True)
    await connection.execute(query.on_conflict_do_update(index_elements=["message_id"], set_={"stale": True}))


async def mark_anew(connection: AsyncConnection, mention: Mention) -> None:
    """Marks one again of which more was erased while it was told anew."""
    own = mentions.c.message_id == mention.message_id
    await connection.execute(mentions.update().where(own).values(stale=True))


async def marked(connection: AsyncConnection, track_id: str | None = None) -> list[Mention]:
    """Those that still name somebody who was erased, or are to go; track_id: those about that track."""
    columns = (column for column in mentions.c if column.name != "stale")
    query = sa.select(*columns).where(mentions.c.stale).order_by(mentions.c.message_id)
    if track_id is not None:
        query = query.where(mentions.c.track_id == track_id)
    return [Mention(*row) for row in await connection.execute(query)]


async def taken_back(connection: AsyncConnection, mention: Mention, *, gone: bool) -> None:
    """Writes down that the message names nobody erased any more, or is gone altogether."""
    own = mentions.c.message_id == mention.message_id
    query = mentions.delete().where(own) if gone else mentions.update().where(own).values(stale=False)
    await connection.execute(query)

"""A member's share in parties: handed out, and erased.

The rule: a party goes on for those who listen. One that was paused plays again, as nobody but moderators
could let it go on.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messages import kept_messages
from services.parties.service import key_of
from services.storage.tables import parties, party_skips, party_tracks


async def guilds_of(connection: AsyncConnection, member_id: int) -> set[int]:
    """The guilds in whose parties the member has a share."""
    return set(await connection.scalars(sa.select(parties.c.guild_id).where(_named(member_id))))


async def erase(connection: AsyncConnection, member_id: int, number: int) -> None:
    """The number for the id, and no name; panels that name the member are brought up to date."""
    ids = (await connection.scalars(sa.select(parties.c.id).where(_named(member_id)))).all()
    started = parties.update().where(parties.c.starter_id == member_id)
    await connection.execute(started.values(starter_id=number, starter_name="", paused=False))
    added = party_tracks.update().where(party_tracks.c.added_by == member_id)
    await connection.execute(added.values(added_by=number))
    await connection.execute(party_skips.delete().where(party_skips.c.member_id == member_id))
    await kept_messages.touch_posted(connection, *map(key_of, ids))


def exported(member_id: int) -> dict[str, sa.Executable]:
    """Queries for what is known of the member, by what it is."""
    columns = parties.c
    started = sa.select(columns.guild_id, columns.channel_id, columns.starter_name, columns.started_at)
    added = sa.select(columns.guild_id, party_tracks.c.track_id, party_tracks.c.place)
    added = added.join(parties, party_tracks.c.party_id == columns.id)
    return {
        "parties_you_started": started.where(columns.starter_id == member_id),
        "what_you_added_to_parties": added.where(party_tracks.c.added_by == member_id),
    }


def _named(member_id: int) -> sa.ColumnElement[bool]:
    added = sa.select(party_tracks.c.party_id).where(party_tracks.c.added_by == member_id)
    return sa.or_(parties.c.starter_id == member_id, parties.c.id.in_(added))

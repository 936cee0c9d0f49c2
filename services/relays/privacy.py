"""A member's share in relays: handed out, and erased.

The rule: what the others wrote stays theirs, and is sung. Votes go; those that were counted stay counted.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messages.kept_messages import take_down, touch_posted
from services.relays import storage
from services.relays.relay import NoSuchRelay, Phase
from services.relays.service import go_on_without
from services.storage.tables import relay_lines, relay_seats, relay_votes
from services.storage.tables import relays as table


async def guilds_of(connection: AsyncConnection, member_id: int) -> set[int]:
    """The guilds in whose relays the member is or was."""
    return set(await connection.scalars(sa.select(table.c.guild_id).where(_theirs(member_id)).distinct()))


async def erase(connection: AsyncConnection, member_id: int, number: int) -> None:
    """Takes the member's name and lines out of every relay. number: what stands in the id's place."""
    theirs = table.select().where(_theirs(member_id)).order_by(table.c.id).with_for_update()
    for row in (await connection.execute(theirs)).all():
        votes = relay_votes.c.relay_id == row.id, relay_votes.c.member_id.in_((member_id, number))
        if row.phase == Phase.VOTING:  # who is erased may vote once more, and be erased once more
            await connection.execute(relay_votes.delete().where(*votes))
        for kept in (relay_seats, relay_lines, relay_votes):
            own = kept.c.relay_id == row.id, kept.c.member_id == member_id
            values: dict[str, Any] = {"member_id": number}
            if kept is relay_seats:
                values["name"] = ""
            if kept is relay_lines:
                values["text"] = ""
            await connection.execute(kept.update().where(*own).values(values))
        try:
            relay = await go_on_without(connection, row.id, member_id, number)
        except NoSuchRelay:  # another version wrote it, and nobody writes its messages anew
            await take_down(connection, storage.post_of(row.id), storage.turn_of(row.id, row.turn))
            started = table.update().where(table.c.id == row.id, table.c.starter_id == member_id)
            gone = {"starter_id": number, "starter_name": "", "theme": ""}
            await connection.execute(started.values(gone))
        else:
            await touch_posted(connection, storage.turn_of(row.id, relay.turn))


async def export(connection: AsyncConnection, member_id: int) -> list[dict[str, Any]]:
    """What the member wrote in relays; ids as text, times in ISO."""
    found = await storage.find(
        connection, table.select().where(_theirs(member_id)).order_by(table.c.created_at)
    )
    return [
        {
            "guild_id": str(relay.guild_id),
            "created_at": relay.created_at.isoformat(),
            "you_started_it_as": relay.theme if relay.starter_id == member_id else None,
            "your_name": next((seat.name for seat in relay.seats if seat.member_id == member_id), ""),
            "lines_you_wrote": [line.text for line in relay.written if line.member_id == member_id],
            "tags_you_voted_for": [tag for voter, tag in relay.votes if voter == member_id],
        }
        for relay in found
    ]


def _theirs(member_id: int) -> sa.ColumnElement[bool]:
    among = [
        sa.select(one.c.relay_id).where(one.c.member_id == member_id)
        for one in (relay_seats, relay_lines, relay_votes)
    ]
    return sa.or_(table.c.starter_id == member_id, *(table.c.id.in_(one) for one in among))

"""Relays as they are kept. The rule: whoever changes one has locked its row; its messages are touched."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messages import kept_messages
from services.relays.relay import Line, NoSuchRelay, Phase, Relay, Seat
from services.storage.tables import relay_lines, relay_seats, relay_votes
from services.storage.tables import relays as table
from services.tracks.sight import Sight
from services.tracks.unreadable import read_each

POST, TURN = "relay", "relay-turn"  # kinds of its messages


def post_of(relay_id: str) -> str:
    """The key of its post."""
    return f"{POST}:{relay_id}"


def turn_of(relay_id: str, turn: int) -> str:
    """The key of the message by which somebody hears that it is their turn."""
    return f"{TURN}:{relay_id}-{turn:02d}"


async def get(connection: AsyncConnection, relay_id: str, *, lock: bool = False) -> Relay:
    """The relay, of any guild. Raises NoSuchRelay."""
    query = table.select().where(table.c.id == relay_id)
    found = await find(connection, query.with_for_update() if lock else query)
    if not found:
        raise NoSuchRelay
    return found[0]


async def seen(connection: AsyncConnection, sight: Sight, relay_id: str, *, lock: bool = False) -> Relay:
    """The relay, where it is seen and goes on. Raises NoSuchRelay."""
    relay = await get(connection, relay_id, lock=lock)
    shown = sight.sees_channel(relay.channel_id) or (
        relay.place_id is not None and sight.sees_channel(relay.place_id)
    )
    if relay.guild_id != sight.guild_id or not shown or relay.phase is Phase.ENDED:
        raise NoSuchRelay
    return relay


async def find(connection: AsyncConnection, query: sa.Select[Any]) -> list[Relay]:
    """The relays that a query of rows of `relays` finds, in its order.

    Not those that cannot be read, which must not hide the others.
    """
    found: list[Relay] = []
    for values in read_each((await connection.execute(query)).all(), _values, "relay"):
        own_id = values["id"]
        seats = sa.select(relay_seats.c.member_id, relay_seats.c.name).where(relay_seats.c.relay_id == own_id)
        lines = sa.select(relay_lines.c.turn, relay_lines.c.member_id, relay_lines.c.text)
        lines = lines.where(relay_lines.c.relay_id == own_id).order_by(relay_lines.c.turn)
        votes = sa.select(relay_votes.c.member_id, relay_votes.c.tag).where(relay_votes.c.relay_id == own_id)
        seated = await connection.execute(seats.order_by(relay_seats.c.seat))
        found.append(
            Relay(
                **values,
                seats=tuple(Seat(*one) for one in seated),
                lines=tuple(Line(*one) for one in await connection.execute(lines)),
                votes=tuple((member, tag) for member, tag in await connection.execute(votes)),
            )
        )
    return found


def _values(row: sa.Row[Any]) -> dict[str, Any]:
    values: dict[str, Any] = dict(row._mapping)  # pyright: ignore[reportPrivateUsage]
    return values | {"phase": Phase(values["phase"])}


async def change(connection: AsyncConnection, relay: Relay, **values: Any) -> Relay:
    """Writes the values; its post says so, and whose turn it is hears of it."""
    if values:
        await connection.execute(table.update().where(table.c.id == relay.id).values(**values))
    after = await get(connection, relay.id)
    place = relay.guild_id, relay.channel_id
    if relay.phase is Phase.ENDED:
        await kept_messages.touch_posted(connection, post_of(relay.id))
    else:
        await kept_messages.touch(connection, post_of(relay.id), *place)
    if relay.writer is not None and (after.writer is None or after.turn != relay.turn):
        await kept_messages.take_down(connection, turn_of(relay.id, relay.turn))
    if after.writer is not None and (relay.writer is None or after.turn != relay.turn):
        await kept_messages.touch(connection, turn_of(relay.id, after.turn), *place)
    elif after.writer is not None and after.due_at != relay.due_at:
        await kept_messages.touch_posted(connection, turn_of(relay.id, after.turn))
    return after


async def write(connection: AsyncConnection, relay: Relay, member_id: int, text: str) -> None:
    """Writes the turn's line down; "" passes it."""
    row = {"relay_id": relay.id, "turn": relay.turn, "member_id": member_id, "text": text}
    await connection.execute(relay_lines.insert().values(row))


async def touch_sung(connection: AsyncConnection, track_id: str) -> None:
    """A track came or went: a relay that is sung as it is to say so."""
    ids = await connection.scalars(sa.select(table.c.id).where(table.c.track_id == track_id))
    await kept_messages.touch_posted(connection, *(post_of(relay_id) for relay_id in ids))

"""What holds for the whole house, over all guilds: named values that outlive a restart.

The rule: whoever changes what may start holds `lock_starts` meanwhile, so that nothing starts after it was
stopped. Whatever else the transaction locks comes after that, in this order: guild, tracks, money.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.database import insert
from services.storage.tables import house


class Value(StrEnum):
    """The names of the values."""

    PAUSED = "paused"  # the host paused everything; the value is the reason
    LOW_BALANCE = "low balance"  # starts wait for money at the provider; the value: micro-dollars it had
    BAD_KEY = "bad key"  # starts wait because the provider does not accept the host's key
    QUOTED = "quoted"  # the provider's last price, micro-dollars a second, as a decimal number
    BILLED = "billed"  # what the bill taught of a model: micro-dollars a second, and a run
    BASIS = "basis"  # which seconds of a model's reworks are paid for, and who said so
    TOLD_PRICE = "told price"  # what the host was told last, so that nothing is told twice
    TOLD_BALANCE = "told balance"
    TOLD_BILL = "told bill"
    TOLD_DISK = "told disk"
    PACE = "pace"  # what was learnt of the provider's speed; services.pipeline.render_time says how
    RESTORED = "restored"  # when these tables were put back from a backup; ISO
    TOLD_KEY = "told key"
    TOLD_UNREADABLE = "told unreadable"
    HOMES = "homes"  # guilds (ids) in which Discord shows /host, or may


STARTING = 0x4A414D53  # PostgreSQL's advisory lock under which tracks are started
STOPS = (Value.PAUSED, Value.BAD_KEY, Value.LOW_BALANCE)  # the first of them that is there is told
_STOPPED = sa.select(house.c.name).where(house.c.name.in_(STOPS))


async def read(connection: AsyncConnection, name: str) -> str | None:
    """The value of that name (a `Value`, or a guild's own); None where there is none."""
    return await connection.scalar(sa.select(house.c.value).where(house.c.name == name))


async def write(connection: AsyncConnection, name: str, value: str | None) -> None:
    """Sets the value; None takes it away. One that stops starts comes first in its transaction."""
    if name in STOPS:
        await lock_starts(connection)
    if value is None:
        await connection.execute(house.delete().where(house.c.name == name))
        return
    query = insert(connection, house).values(name=name, value=value)
    await connection.execute(query.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


async def restored_since(connection: AsyncConnection, moment: datetime) -> bool:
    """Whether these tables were put back from a backup after that: what was done since may be forgotten."""
    restored = await read(connection, Value.RESTORED)
    return restored is not None and moment < datetime.fromisoformat(restored)


async def lock_starts(connection: AsyncConnection) -> None:
    """Nothing starts on any account, in any process, before the transaction ends; its first lock."""
    if connection.dialect.name == "postgresql":  # SQLite's transactions that write come one by one
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(STARTING)))


async def stopped_by(connection: AsyncConnection) -> Value | None:
    """What keeps tracks that the host pays for from starting; None where nothing does."""
    there = set(await connection.scalars(_STOPPED))
    return next((name for name in STOPS if name in there), None)

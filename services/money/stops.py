"""What keeps accounts from starting tracks, and of which level they are.

The rule: a value that another version wrote stops its own account at the most, never the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.money.accounts import HOLD, Hold
from services.storage import host_state
from services.storage.host_state import Value
from services.storage.tables import guild_keys

_OWN = sa.select(guild_keys.c.id, guild_keys.c.level, HOLD)


@dataclass(frozen=True, slots=True)
class Stops:
    """What keeps accounts from starting anything; the levels of the guilds' own, by key."""

    host: Value | None
    held: frozenset[int]
    levels: dict[int, str]

    def account(self, key_id: int | None) -> bool:
        """Whether that account (None: the host's) starts nothing now."""
        return self.host is not None if key_id is None else self.host is Value.PAUSED or key_id in self.held


async def stops_of(connection: AsyncConnection, key_ids: Collection[int | None]) -> Stops:
    """What keeps those accounts (None: the host's) from starting anything."""
    host = await host_state.stopped_by(connection)
    keys = await _own(connection, key_ids)
    return Stops(host, frozenset(key.id for key in keys if key.hold), {key.id: key.level for key in keys})


async def levels_of(connection: AsyncConnection, key_ids: Collection[int | None]) -> dict[int, str]:
    """The levels of those of the accounts that are guilds' own, by key."""
    return {key.id: key.level for key in await _own(connection, key_ids)}


async def accounts_of(
    connection: AsyncConnection, key_ids: Collection[int | None]
) -> list[tuple[int | None, ...]]:
    """The accounts that these keys (None: the host's) open, each as all keys that open it.

    Guilds may have brought the same key: what WaveSpeed allows and has been asked for is the account's.
    """
    own = {key_id for key_id in key_ids if key_id is not None}
    accounts: list[tuple[int | None, ...]] = [(None,)] if None in key_ids else []
    if not own:
        return accounts
    columns = guild_keys.c
    account = sa.func.coalesce(columns.account_id, columns.id)
    theirs = sa.select(account).where(columns.id.in_(own))
    query = sa.select(account, columns.id).where(columns.id.in_(theirs) | columns.account_id.in_(theirs))
    same: defaultdict[int, list[int]] = defaultdict(list)
    for account_id, key_id in await connection.execute(query.order_by(columns.id)):
        same[account_id].append(key_id)
    accounts += [tuple(keys) for keys in same.values()]
    return accounts + [(key_id,) for key_id in own.difference(*same.values())]  # of which nothing is kept


async def stopped_by(connection: AsyncConnection, key_id: int | None) -> Value | Hold | None:
    """What keeps tracks of that account (None: the host's) from starting; None where nothing does."""
    stopped = await host_state.stopped_by(connection)
    if key_id is None or stopped is Value.PAUSED:
        return stopped
    (key,) = await _own(connection, [key_id]) or (None,)
    return Hold(key.hold) if key and key.hold else None


async def _own(
    connection: AsyncConnection, key_ids: Collection[int | None]
) -> Sequence[sa.Row[int, str, str | None]]:
    own = [key_id for key_id in key_ids if key_id is not None]
    return (await connection.execute(_OWN.where(guild_keys.c.id.in_(own)))).all() if own else []

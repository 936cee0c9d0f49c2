"""Who changes what may start waits for what is starting, and then nothing starts after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa
from keyed_studio import HOST, OTHER, OWN, Shops
from migrated import migrated_postgresql
from studio_harness import StudioHarness
from waiting import eventually

from rehearsal.wavespeed import Fault
from services.guilds.settings import read_guild
from services.money.accounts import Hold
from services.storage.host_state import lock_starts
from services.storage.tables import tracks

_WAITING = sa.text(
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def hold_the_guilds_account(harness: StudioHarness) -> None:
    key = await harness.studio.accounts.of_guild(1)
    assert key is not None
    async with harness.database.write() as connection:
        await harness.studio.accounts.hold(connection, key.id, Hold.NO_BALANCE)


async def find_the_hosts_key_refused(harness: StudioHarness) -> None:
    harness.wave.faults.add(Fault("bad_key", "*", key=HOST, times=None))
    await harness.studio.watch.check_host_key()


async def find_the_hosts_account_empty(harness: StudioHarness) -> None:
    harness.wave.accounts[HOST].deposit = 0
    await harness.studio.watch.check_balance()


CHANGES: dict[str, Callable[[StudioHarness], Awaitable[object]]] = {
    "a guild's pause": lambda harness: harness.studio.queue.pause(1),
    "the host's pause": lambda harness: harness.studio.hosting.pause("a reason"),
    "the host's key": find_the_hosts_key_refused,
    "the host's balance": find_the_hosts_account_empty,
    "a guild's balance": hold_the_guilds_account,
    "another key": lambda harness: harness.studio.bring_key(1, 5, OTHER, "bronze"),
    "no key": lambda harness: harness.studio.remove_key(1, 5),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_it_waits_for_what_is_starting_and_has_nothing_that_a_start_needs(
    shops: Shops, change: Callable[[StudioHarness], Awaitable[object]]
) -> None:
    async with shops(launch=False, database_url=migrated_postgresql()) as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        await harness.compose(guild=1)
        await harness.compose(guild=2)

        async def waits() -> bool:
            async with harness.database.read() as connection:
                return changing.done() or await connection.scalar(_WAITING) is not None

        async with harness.database.write() as starting:
            await lock_starts(starting)
            changing = asyncio.ensure_future(change(harness))
            await eventually(waits)
            assert not changing.done()
            await read_guild(starting, 1, lock=True)
            await starting.execute(sa.select(tracks.c.id).with_for_update())
        await changing

"""Guilds that bring the same key share its account: what it allows, and what it was asked for."""

from __future__ import annotations

from collections import Counter

import pytest
from keyed_studio import OTHER, OWN, PRICE, Shops, spent
from postgresql import new_postgresql

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.money.accounts import Hold
from services.money.stops import accounts_of
from services.storage.tables import guild_keys
from services.tracks.track import Failure, State


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
async def test_together_they_start_what_the_account_allows(
    shops: Shops, wave: WaveSpeedStandIn, where: str
) -> None:
    held = wave.faults.add(Fault("render_held", times=None))
    async with shops(**({"database_url": new_postgresql()} if where == "postgresql" else {})) as harness:
        for guild in (1, 2):
            await harness.studio.bring_key(guild, 5, OWN, "bronze")
        await harness.studio.bring_key(3, 5, OTHER, "bronze")
        ids = [(await harness.compose(guild=guild)).id for guild in (1, 2, 1, 2, 3)]
        await wave.wait_for("submit", 3, answered=True)
        states = Counter[tuple[int, State]]()
        for one in ids:
            track = await harness.track(one)
            states[track.guild_id, track.state] += 1
        begun = {guild: count for (guild, state), count in states.items() if state is not State.WAITING}
        assert begun == {1: 1, 2: 1, 3: 1}, "two on the shared account, in fair turn, and one beside it"
        waiting = [one for one in ids if (await harness.track(one)).state is State.WAITING]
        outlooks = [await harness.studio.queue.outlook(await harness.track(one)) for one in waiting]
        assert [one.place for one in outlooks] == [0, 1], "in one line"
        held.release()
        for one in set(ids).difference(waiting):
            assert (await harness.settled(one)).state is State.DELIVERED


async def test_the_key_of_one_guild_that_is_held_does_not_hold_the_others(shops: Shops) -> None:
    async with shops() as harness:
        for guild in (1, 2):
            await harness.studio.bring_key(guild, 5, OWN, "bronze")
        async with harness.database.write() as connection:
            first = guild_keys.update().where(guild_keys.c.guild_id == 1)
            await connection.execute(first.values(hold=Hold.REFUSED))
        held, going = [(await harness.compose(guild=guild)).id for guild in (1, 2)]
        assert (await harness.settled(going)).state is State.DELIVERED
        assert (await harness.track(held)).state is State.WAITING


async def test_a_lost_answer_of_one_guild_never_gets_the_song_of_the_other(
    shops: Shops, wave: WaveSpeedStandIn
) -> None:
    """One was never made, the other was; the history does not tell which it has."""
    wave.faults.add(Fault("without_inputs", times=None))
    async with shops(lost_answer_patience=0.5) as harness:
        for guild in (1, 2):
            await harness.studio.bring_key(guild, 5, OWN, "bronze")
        wave.faults.add(Fault("lost_before", "submit", tags="never made"))
        wave.faults.add(Fault("lost_after", "submit", tags="made"))
        await harness.studio.hosting.pause("so that both begin at once")
        never = (await harness.compose(guild=1, tags="never made")).id
        made = (await harness.compose(guild=2, tags="made")).id
        await harness.studio.hosting.resume()
        for one in (never, made):
            ended = await harness.settled(one)
            assert (ended.failure, ended.prediction_id) == (Failure.ANSWER_UNKNOWN, None)
        assert spent(wave, OWN) == PRICE


async def test_a_key_is_of_the_account_of_whoever_brought_it_first(shops: Shops) -> None:
    async with shops(launch=False) as harness:
        for guild in (1, 2, 3):
            await harness.studio.bring_key(guild, 5, OTHER if guild == 2 else OWN, "bronze")
        await harness.studio.bring_key(1, 5, OTHER, "bronze")
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        async with harness.database.read() as connection:
            ids = {
                row.guild_id: row.id
                for row in await connection.execute(guild_keys.select())
                if not row.removed_at
            }
            (shared,) = await accounts_of(connection, [ids[1]])
            (others,) = await accounts_of(connection, [ids[2]])
        assert {ids[1], ids[3]} <= set(shared)
        assert set(shared).isdisjoint(others)

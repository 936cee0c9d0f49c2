"""A row that is damaged, or that another version wrote, keeps nobody else from starting."""

from __future__ import annotations

from typing import Any

import pytest
from keyed_studio import OTHER, OWN, Shops
from migrated import migrated_postgresql

from cogs.texts.outcomes import host_sentence
from services.delivery import TracksUnreadable
from services.money.accounts import Hold
from services.storage.tables import guild_keys
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import State

UNHEARD_OF = "unheard of"
DAMAGES: list[dict[str, Any]] = [
    {"failure": UNHEARD_OF},
    {"put_off": UNHEARD_OF},
    {"rework": {"kind": UNHEARD_OF}},
]


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
async def test_tracks_that_cannot_be_read_are_passed_over_and_the_host_hears_of_them(
    shops: Shops, where: str
) -> None:
    address = {"database_url": migrated_postgresql()} if where == "postgresql" else {}
    async with shops(account_level="bronze", **address) as harness:
        await harness.studio.bring_key(2, 5, OWN, "bronze")
        await harness.studio.hosting.pause("until they are damaged")
        damaged = [(await harness.compose("Damaged")).id for _ in DAMAGES]
        behind, elsewhere = [(await harness.compose(guild=guild)).id for guild in (1, 2)]
        async with harness.database.write() as connection:
            for track_id, damage in zip(damaged, DAMAGES, strict=True):
                await tracks.change(connection, track_id, **damage)
        await harness.studio.hosting.resume()
        for track_id in (behind, elsewhere):
            assert (await harness.settled(track_id)).state is State.DELIVERED
        for track_id in damaged:
            assert await harness.kinds(track_id) == ["reserve"]
        await harness.studio.watch.report_unreadable()
        await harness.studio.watch.check_balance()
        (told,) = [news for news in harness.delivery.host if isinstance(news, TracksUnreadable)]
        assert (told.ids, "3 waiting tracks" in host_sentence(told)) == (sorted(damaged), True)
        assert (await harness.studio.queue.view(everything_in(1))).entries == []


async def test_a_key_of_another_version_stops_its_own_account_at_the_most(shops: Shops) -> None:
    async with shops() as harness:
        for guild, key in ((1, OWN), (2, OTHER)):
            await harness.studio.bring_key(guild, 5, key, "bronze")
        async with harness.database.write() as connection:
            of_guild = guild_keys.update().where(guild_keys.c.guild_id == 1)
            await connection.execute(of_guild.values(level=UNHEARD_OF, hold=UNHEARD_OF))
        held, other = [(await harness.compose(guild=guild)).id for guild in (1, 2)]
        assert (await harness.settled(other)).state is State.DELIVERED
        assert (await harness.studio.queue.view(everything_in(1))).stopped is Hold.REFUSED
        assert (await harness.track(held)).state is State.WAITING
        await harness.studio.watch.check_guild_accounts()  # WaveSpeed finds nothing wrong with it
        assert (await harness.settled(held)).state is State.DELIVERED

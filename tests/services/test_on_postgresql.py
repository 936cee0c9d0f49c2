"""The same studio on PostgreSQL, where transactions really run side by side."""

from __future__ import annotations

import asyncio

from postgresql import new_postgresql
from workshop import Workshops

from services.money.limits import LimitReached, Scope
from services.tracks.track import State

PRICE = 5 * 200  # micro-dollars


async def test_two_hundred_at_once_against_a_limit_that_allows_ten(workshops: Workshops) -> None:
    async with workshops(
        launch=False, database_url=new_postgresql(), guild_daily_limit=PRICE * 10 / 1e6
    ) as shop:
        await shop.studio.queue.pause(1)
        results = await asyncio.gather(
            *(shop.compose(f"Track {number}", member=number % 7) for number in range(200)),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, LimitReached)]
        assert [result for result in results if isinstance(result, Exception)] == refused
        assert len(results) - len(refused) == 10
        assert {refusal.line.scope for refusal in refused} == {Scope.GUILD_DAY}
        assert (await shop.money())["guild:1 day"] == (PRICE * 10, 0)


async def test_guilds_side_by_side_neither_deadlock_nor_pass_the_hosts_limit(workshops: Workshops) -> None:
    async with workshops(database_url=new_postgresql(), host_daily_limit=PRICE * 20 / 1e6) as shop:
        results = await asyncio.gather(
            *(shop.compose(f"Track {number}", guild=1 + number % 5, member=number) for number in range(60)),
            return_exceptions=True,
        )
        made = [result for result in results if not isinstance(result, BaseException)]
        refused = [result for result in results if isinstance(result, LimitReached)]
        assert (len(made), len(refused)) == (20, 40)
        for queued in made:
            assert (await shop.settled(queued.track.id)).state is State.DELIVERED
            assert shop.wave.submits[queued.track.seed] == 1
        assert (await shop.money())["host day"] == (0, PRICE * 20)


async def test_a_restart_goes_on_where_it_was(workshops: Workshops) -> None:
    url = new_postgresql()
    async with workshops(database_url=url) as shop:
        await shop.studio.queue.pause(1)
        track = (await shop.compose()).track
    async with workshops(shop.hall, database_url=url) as shop:
        await shop.studio.queue.resume(1)
        assert (await shop.settled(track.id)).state is State.DELIVERED

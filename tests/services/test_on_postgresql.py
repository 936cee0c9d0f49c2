"""The same studio on PostgreSQL, where transactions really run side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from postgresql import new_postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from studio_harness import NewStudio

from services.guilds.settings import Guild
from services.money.limits import LimitReached, Scope
from services.tracks.track import State

PRICE = 5 * 200  # micro-dollars


async def test_two_hundred_at_once_against_a_limit_that_allows_ten(new_studio: NewStudio) -> None:
    async with new_studio(
        launch=False, database_url=new_postgresql(), guild_daily_limit=PRICE * 10 / 1e6
    ) as harness:
        await harness.studio.queue.pause(1)
        results = await asyncio.gather(
            *(harness.compose(f"Track {number}", member=number % 7) for number in range(200)),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, LimitReached)]
        assert [result for result in results if isinstance(result, Exception)] == refused
        assert len(results) - len(refused) == 10
        assert {refusal.line.scope for refusal in refused} == {Scope.GUILD_DAY}
        assert (await harness.money())["guild:1 day"] == (PRICE * 10, 0)


async def test_guilds_side_by_side_neither_deadlock_nor_pass_the_hosts_limit(new_studio: NewStudio) -> None:
    async with new_studio(database_url=new_postgresql(), host_daily_limit=PRICE * 20 / 1e6) as harness:
        results = await asyncio.gather(
            *(
                harness.compose(f"Track {number}", guild=1 + number % 5, member=number)
                for number in range(60)
            ),
            return_exceptions=True,
        )
        made = [result for result in results if not isinstance(result, BaseException)]
        refused = [result for result in results if isinstance(result, LimitReached)]
        assert (len(made), len(refused)) == (20, 40)
        for queued in made:
            assert (await harness.settled(queued.id)).state is State.DELIVERED
            assert harness.wave.submits[queued.seed] == 1
        assert (await harness.money())["host day"] == (0, PRICE * 20)


async def test_a_restart_goes_on_where_it_was(new_studio: NewStudio) -> None:
    url = new_postgresql()
    async with new_studio(database_url=url) as harness:
        await harness.studio.queue.pause(1)
        track = await harness.compose()
    async with new_studio(harness.delivery, database_url=url) as harness:
        await harness.studio.queue.resume(1)
        assert (await harness.settled(track.id)).state is State.DELIVERED


async def test_of_two_who_close_or_correct_a_track_at_once_one_does(new_studio: NewStudio) -> None:
    async with new_studio(launch=False, database_url=new_postgresql()) as harness:
        await harness.studio.queue.pause(1)
        track, ledger = await harness.compose(), harness.studio.ledger
        guild, looked = Guild(1), asyncio.Barrier(3)

        async def write(act: Callable[[AsyncConnection], Awaitable[bool]]) -> bool:
            async with harness.database.write() as connection:
                await looked.wait()
                return await act(connection)

        async def done(act: Callable[[AsyncConnection], Awaitable[bool]]) -> int:
            return sum(await asyncio.gather(*(write(act) for _ in range(looked.parties))))

        assert await done(lambda c: ledger.adjust(c, track.id, guild, PRICE * 2)) == 3
        assert await done(lambda c: ledger.settle(c, track.id)) == 1
        assert await done(lambda c: ledger.round(c, track.id, guild, 9, "bill", charged=PRICE * 2)) == 1
        assert await done(lambda c: ledger.correct(c, track.id, PRICE, "bill", charged=PRICE * 2 + 9)) == 1
        assert await harness.kinds(track.id) == ["reserve", "adjust", "spend", "round", "correct"]
        assert (await harness.money())["guild:1 day"] == (0, PRICE * 3 + 9)

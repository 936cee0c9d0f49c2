"""The same studio on PostgreSQL, where transactions really run side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from postgresql import new_postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from studio_harness import NewStudio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.guilds.settings import Guild
from services.money.limits import LimitReached, Scope
from services.pipeline.queue import NotWaiting
from services.pipeline.refetching import NotToBeFetched
from services.pipeline.review import AlreadyDecided
from services.privacy.erasure import UnderWay
from services.storage.database import now
from services.storage.tables import sums
from services.tracks import tracks
from services.tracks.sight import Sight, everything_in
from services.tracks.track import Failure, HeldBack, NoSuchTrack, NotYours, State, StillInTheMaking

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


async def test_what_became_of_a_track_a_moment_ago_counts(new_studio: NewStudio) -> None:
    """Somebody acts on what they saw while another's transaction, a moderator's say, is about to commit."""
    async with new_studio(launch=False, database_url=new_postgresql()) as harness:
        await harness.studio.queue.pause(1)
        studio, sight = harness.studio, everything_in(1)

        async def publish(sight: Sight, track_id: str, member_id: int, **_: bool) -> object:
            return await studio.review.publish(sight, track_id, member_id)

        async def erase(_: Sight, _track_id: str, member_id: int, **__: bool) -> int:
            return await studio.privacy.erase(member_id)

        failed: dict[str, Any] = {"state": State.FAILED, "failure": Failure.NOT_AUDIO}
        cases: list[tuple[dict[str, Any], Callable[..., Awaitable[object]], dict[str, Any], Any]] = [
            ({}, studio.queue.cancel, {"state": State.SUBMITTING}, NotWaiting),
            (failed, studio.refetching.fetch, {"state": State.RENDERING}, NotToBeFetched),
            (failed, studio.refetching.fetch, {"deleted_at": now()}, NoSuchTrack),
            (failed, studio.refetching.fetch, {"member_id": -5}, NotYours),
            (failed, studio.delete, {"state": State.RENDERING}, StillInTheMaking),
            ({"state": State.WITHHELD}, studio.delete, {"withheld_by": 8}, HeldBack),
            ({"state": State.IN_REVIEW}, publish, {"state": State.DELIVERED}, AlreadyDecided),
            ({"state": State.IN_REVIEW}, publish, {"deleted_at": now()}, NoSuchTrack),
            (failed, erase, {"state": State.RENDERING}, UnderWay),
        ]
        for member, (seen, act, becomes, refusal) in enumerate(cases, 20):
            track = await harness.compose(member=member)
            async with harness.database.write() as connection:
                await tracks.change(connection, track.id, prediction_id=track.id, **seen)
            async with harness.database.write() as connection:
                await tracks.change(connection, track.id, **becomes)
                acting = asyncio.ensure_future(act(sight, track.id, member, moderator=False))
                assert not (await asyncio.wait({acting}, timeout=0.1))[0]
            with pytest.raises(refusal):
                await acting


async def test_what_turns_up_late_and_is_anothers_holds_no_money(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after"))
    wave.faults.add(Fault("history_late", seconds=3600))
    async with new_studio(database_url=new_postgresql()) as harness:
        lost = await harness.settled((await harness.compose()).id)
        (made,) = wave.predictions.values()
        made.listed_at = 0
        await harness.studio.queue.pause(1)
        other = await harness.compose()
        async with harness.database.write() as connection:
            await tracks.change(connection, lost.id, fetch_at=now())
        async with harness.database.write() as connection:
            await tracks.change(connection, other.id, prediction_id=made.id)
            fetching = asyncio.create_task(harness.studio.refetching.fetch_due())
            assert not (await asyncio.wait({fetching}, timeout=0.5))[0]
            await connection.execute(sums.select().with_for_update(nowait=True))
        await fetching
        left = await harness.track(lost.id)
        assert (left.state, left.prediction_id) == (State.FAILED, None)
        assert await harness.kinds(lost.id) == ["reserve", "release"]

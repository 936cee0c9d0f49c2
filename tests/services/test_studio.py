"""The studio: limits that hold whatever runs at the same time, the queue, cancelling, pausing, looking up."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from studio_harness import FakeDelivery, NewStudio, StudioHarness

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.guilds import audit
from services.money.budgets import AboveCeiling
from services.money.limits import LimitReached, Scope
from services.pipeline.queue import NotWaiting
from services.prompts.prompt import INSTRUMENTAL
from services.storage.tables import entries
from services.storage.tables import tracks as track_table
from services.tracks.request_refusals import TooManyWaiting
from services.tracks.sight import everything_in
from services.tracks.track import NoSuchTrack, NotYours, State

PRICE = 5 * 200  # micro-dollars of the five seconds that the tests' tracks have


async def sums_equal_entries(harness: StudioHarness) -> None:
    """The kept sums are what the entries add up to, for the host and for each guild."""
    async with harness.database.read() as connection:
        rows = await connection.execute(
            sa.select(track_table.c.guild_id, entries.c.kind, sa.func.sum(entries.c.amount))
            .join(track_table, track_table.c.id == entries.c.track_id)
            .group_by(track_table.c.guild_id, entries.c.kind)
        )
        totals: dict[int, dict[str, int]] = {}
        for guild, kind, amount in rows:
            totals.setdefault(guild, {})[kind] = int(amount)
    kept = await harness.money()
    expected = {
        guild: (kinds["reserve"] - kinds.get("spend", 0) - kinds.get("release", 0), kinds.get("spend", 0))
        for guild, kinds in totals.items()
    }
    for guild, both in expected.items():
        assert kept[f"guild:{guild} day"] == kept[f"guild:{guild} month"] == both
    assert kept["host day"] == tuple(map(sum, zip(*expected.values(), strict=True)))


@pytest.mark.parametrize(
    ("count", "limit", "scope"),
    [
        (100, "host_daily_limit", Scope.HOST_DAY),
        (100, "guild_daily_limit", Scope.GUILD_DAY),
        pytest.param(1000, "guild_daily_limit", Scope.GUILD_DAY, marks=pytest.mark.soak),
        (100, "guild_monthly_limit", Scope.GUILD_MONTH),
        (100, "member_daily_limit", Scope.MEMBER_DAY),
    ],
)
async def test_many_at_once_against_a_limit_that_allows_ten(
    new_studio: NewStudio, count: int, limit: str, scope: Scope
) -> None:
    """Each of the limits in turn is the one that is hit; the tracks wait, so all stays reserved."""
    wide = {
        "host_daily_limit": 1000,
        "guild_daily_limit": 100,
        "guild_monthly_limit": 100,
        "guild_daily_ceiling": 100,
        "guild_monthly_ceiling": 100,
        "member_daily_limit": 100,
    }
    async with new_studio(launch=False, **{**wide, limit: PRICE * 10 / 1e6}) as harness:
        await harness.studio.queue.pause(1)  # nothing starts
        results = await asyncio.gather(
            *(harness.compose(f"Track {number}") for number in range(count)), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, LimitReached)]
        assert len(results) - len(refused) == 10
        assert len(refused) == count - 10
        assert {refusal.line.scope for refusal in refused} == {scope}
        assert all(refusal.line.left == 0 and refusal.price == PRICE for refusal in refused)
        assert set((await harness.money()).values()) == {(PRICE * 10, 0)}
        async with harness.database.read() as connection:
            assert await connection.scalar(sa.select(sa.func.count()).select_from(track_table)) == 10
        await sums_equal_entries(harness)


async def test_a_refused_track_leaves_nothing_behind(new_studio: NewStudio) -> None:
    async with new_studio(launch=False, guild_daily_limit=0, member_waiting_limit=1) as harness:
        with pytest.raises(LimitReached):
            await harness.compose()
        assert await harness.money() == {}
        await harness.studio.budgets.set_limits(1, daily=10 * PRICE)
        await harness.studio.queue.pause(1)
        assert (await harness.compose()).number == 1
        with pytest.raises(TooManyWaiting):
            await harness.compose()
        assert (await harness.money())["guild:1 day"] == (PRICE, 0)


async def test_the_bot_picks_a_seed_and_keeps_one_that_was_given(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        await harness.studio.queue.pause(1)
        seeds = {(await harness.compose()).seed for _ in range(5)}
        assert len(seeds) == 5
        assert all(0 <= seed < 2**31 for seed in seeds)
        assert (await harness.compose(seed=0)).seed == 0


async def test_cancelling_gives_the_reservation_back_once(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await harness.studio.queue.pause(1)
        track = await harness.compose()
        with pytest.raises(NotYours):
            await harness.studio.queue.cancel(everything_in(1), track.id, member_id=8, moderator=False)
        with pytest.raises(NoSuchTrack):
            await harness.studio.queue.cancel(everything_in(2), track.id, member_id=7, moderator=True)
        cancelled = await harness.studio.queue.cancel(everything_in(1), track.id, member_id=8, moderator=True)
        assert cancelled.state is State.CANCELLED
        with pytest.raises(NotWaiting):
            await harness.studio.queue.cancel(everything_in(1), track.id, member_id=7, moderator=False)
        assert await harness.kinds(track.id) == ["reserve", "release"]
        assert (await harness.money())["guild:1 day"] == (0, 0)
        await harness.studio.queue.resume(1)
        later = await harness.compose()
        await harness.settled(later.id)
        assert (await harness.track(track.id)).state is State.CANCELLED
        assert harness.wave.submits[track.seed] == 0


async def test_cancelling_what_begins_at_the_same_time_is_one_or_the_other(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        for _ in range(10):
            track = await harness.compose()
            try:
                await harness.studio.queue.cancel(everything_in(1), track.id, member_id=7, moderator=False)
            except NotWaiting:
                expected, submitted = ["reserve", "spend"], 1
            else:
                expected, submitted = ["reserve", "release"], 0
            await harness.settled(track.id)
            assert await harness.kinds(track.id) == expected
            assert harness.wave.submits[track.seed] == submitted


async def test_a_pause_at_any_moment_loses_no_track(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        made = [(await harness.compose(f"Track {number}")) for number in range(12)]
        for _ in range(6):
            await harness.studio.queue.pause(1)
            await harness.studio.queue.resume(1)
        for track in made:
            assert (await harness.settled(track.id)).state is State.DELIVERED
            assert harness.wave.submits[track.seed] == 1
        assert len(harness.delivery.published) == 12


async def test_a_paused_queue_starts_nothing_of_its_guild_and_all_of_others(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await harness.studio.queue.pause(1)
        held = await harness.compose(guild=1)
        other = await harness.compose(guild=2)
        await harness.settled(other.id)
        assert (await harness.track(held.id)).state is State.WAITING
        assert (await harness.studio.queue.view(everything_in(1))).paused
        assert [entry.track.id for entry in (await harness.studio.queue.view(everything_in(1))).entries] == [
            held.id
        ]
        await harness.studio.queue.resume(1)
        assert (await harness.settled(held.id)).state is State.DELIVERED


async def test_a_pause_outlasts_a_restart(new_studio: NewStudio) -> None:
    delivery = FakeDelivery()
    async with new_studio(delivery) as harness:
        await harness.studio.queue.pause(1)
        held = await harness.compose(guild=1)
    async with new_studio(delivery) as harness:
        other = await harness.compose(guild=2)
        await harness.settled(other.id)
        assert (await harness.track(held.id)).state is State.WAITING
        await harness.studio.queue.resume(1)
        await harness.settled(held.id)


async def test_what_was_written_down_and_never_enqueued_is_enqueued_at_the_next_start(
    new_studio: NewStudio,
) -> None:
    async with new_studio(launch=False) as harness:
        await harness.studio.queue.pause(1)
        track = await harness.compose()
        # as a kill right after its transaction leaves it
        await harness.studio.queue._set_paused(1, 0, paused=False)
    async with new_studio() as harness:
        assert (await harness.settled(track.id)).state is State.DELIVERED


async def test_no_more_run_at_once_than_the_account_allows(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    held = wave.faults.add(Fault("render_held", times=None))
    async with new_studio(account_level="bronze") as harness:
        made = [(await harness.compose(f"Track {number}")) for number in range(4)]
        for track in made[:2]:
            await harness.until(track.id, State.RENDERING)
        entries = (await harness.studio.queue.view(everything_in(1))).entries
        assert [entry.track.id for entry in entries] == [track.id for track in made]
        assert [entry.outlook.place for entry in entries] == [0, 0, 0, 1]
        assert entries[2].outlook.wait > 0
        assert [entry.track.state for entry in entries[2:]] == [State.WAITING] * 2
        held.release()
        wave.faults.clear()


async def test_limits_of_a_guild_stay_below_the_hosts_ceiling(new_studio: NewStudio) -> None:
    async with new_studio(launch=False, guild_daily_ceiling=3, guild_monthly_ceiling=30) as harness:
        with pytest.raises(AboveCeiling) as refusal:
            await harness.studio.budgets.set_limits(1, daily=3_000_001)
        assert refusal.value.ceiling == 3_000_000
        await harness.studio.budgets.set_limits(1, daily=3_000_000, monthly=5_000_000)
        await harness.studio.budgets.set_limits(1, monthly=0)
        lines = {line.scope: line.limit for line in (await harness.studio.budgets.budget(1, 7)).lines}
        assert lines[Scope.GUILD_DAY] == 3_000_000
        assert lines[Scope.GUILD_MONTH] == 0
        assert (await harness.studio.budgets.budget(2, 7)).lines[0].limit == 2_000_000


async def test_a_guild_finds_its_own_tracks_only(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        for guild in (1, 2):
            await harness.studio.queue.pause(guild)
        mine = await harness.compose("50% Rain_", guild=1)
        theirs = await harness.compose("Their Rain", guild=2)
        assert await harness.studio.find(everything_in(1), theirs.id) is None
        assert await harness.studio.find(everything_in(1), " #1 ") == mine
        for odd in ("0", "-1", "1.0", "٣", "9" * 40, "", "%"):
            assert await harness.studio.find(everything_in(1), odd) is None
        assert await harness.studio.search(everything_in(1), "rain") == [mine]
        assert await harness.studio.search(everything_in(1), "0% rain_") == [mine]
        assert await harness.studio.search(everything_in(1), "their") == []
        assert await harness.studio.search(everything_in(1), "_") == [mine]
        assert await harness.studio.search(everything_in(1), "%%") == []


async def test_deleting_takes_the_music_and_leaves_the_money(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await harness.compose(lyrics=INSTRUMENTAL)
        track = await harness.settled(track.id)
        mp3 = harness.mp3(track)
        assert mp3 is not None
        with pytest.raises(NotYours):
            await harness.studio.delete(everything_in(1), track.id, member_id=8, moderator=False)
        await harness.studio.delete(everything_in(1), track.id, member_id=7, moderator=False)
        assert not mp3.exists()
        assert await harness.studio.find(everything_in(1), track.id) is None
        assert (await harness.money())["guild:1 day"] == (0, PRICE)


async def test_notices_are_told_once_and_only_in_their_guild(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        await harness.studio.notices.leave(1, 7, "first")
        await harness.studio.notices.leave(1, 7, "second")
        notices = harness.studio.notices
        assert await notices.waiting(2, 7) == []
        first, second = await notices.waiting(1, 7)
        assert (first.text, second.text) == ("first", "second")
        await notices.discard(first)
        assert await notices.waiting(1, 7) == [second]


async def test_a_close_while_much_runs_leaves_all_of_it_to_the_next_start(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    delivery = FakeDelivery()
    held = wave.faults.add(Fault("render_held", times=None))
    async with new_studio(delivery) as harness:
        made = [(await harness.compose(f"Track {number}")) for number in range(8)]
        await harness.until(made[-1].id, State.RENDERING)
    held.release()
    wave.faults.clear()
    async with new_studio(delivery) as harness:
        for track in made:
            assert (await harness.settled(track.id)).state is State.DELIVERED
        await sums_equal_entries(harness)
    assert sorted(one for one, _ in delivery.published) == sorted(track.id for track in made)
    assert all(wave.submits[track.seed] == 1 for track in made)


async def test_what_moderators_do_to_others_tracks_and_the_queue_is_in_the_audit(
    new_studio: NewStudio,
) -> None:
    async with new_studio() as harness:
        studio = harness.studio
        await studio.queue.pause(1, 5)
        await studio.queue.pause(1, 6)  # it is paused already
        mine, theirs = (await harness.compose("Own")), (await harness.compose("Ours"))
        await studio.queue.cancel(everything_in(1), mine.id, 7, moderator=False)
        await studio.queue.cancel(everything_in(1), theirs.id, 5, moderator=True)
        await studio.delete(everything_in(1), mine.id, 5, moderator=True)
        await studio.queue.resume(1, 5)
        async with harness.database.read() as connection:
            rows, _count = await audit.records(connection, 1)
    assert [(row.action, row.actor_id, row.subject) for row in rows] == [
        ("resume", 5, ""),
        ("delete", 5, "#1 Own"),
        ("cancel", 5, "#2 Ours"),
        ("pause", 5, ""),
    ]

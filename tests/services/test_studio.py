"""The studio: limits that hold whatever runs at the same time, the queue, cancelling, pausing, looking up."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from workshop import Hall, Workshop, Workshops

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.guilds import audit
from services.money.budgets import AboveCeiling
from services.money.limits import LimitReached, Scope
from services.pipeline.queue import NotWaiting
from services.prompts.prompt import INSTRUMENTAL
from services.requests import TooManyWaiting
from services.storage.tables import entries
from services.storage.tables import tracks as track_table
from services.tracks.sight import everything_in
from services.tracks.track import NoSuchTrack, NotYours, State

PRICE = 5 * 200  # micro-dollars of the five seconds that the tests' tracks have


async def sums_equal_entries(shop: Workshop) -> None:
    """The kept sums are what the entries add up to, for the host and for each guild."""
    async with shop.database.read() as connection:
        rows = await connection.execute(
            sa.select(track_table.c.guild_id, entries.c.kind, sa.func.sum(entries.c.amount))
            .join(track_table, track_table.c.id == entries.c.track_id)
            .group_by(track_table.c.guild_id, entries.c.kind)
        )
        totals: dict[int, dict[str, int]] = {}
        for guild, kind, amount in rows:
            totals.setdefault(guild, {})[kind] = int(amount)
    kept = await shop.money()
    expected = {
        guild: (kinds["reserve"] - kinds.get("spend", 0) - kinds.get("release", 0), kinds.get("spend", 0))
        for guild, kinds in totals.items()
    }
    for guild, both in expected.items():
        assert kept[f"guild:{guild} day"] == kept[f"guild:{guild} month"] == both
    assert kept["host day"] == tuple(map(sum, zip(*expected.values(), strict=True)))


@pytest.mark.parametrize(
    ("limit", "scope"),
    [
        ("host_daily_limit", Scope.HOST_DAY),
        ("guild_daily_limit", Scope.GUILD_DAY),
        ("guild_monthly_limit", Scope.GUILD_MONTH),
        ("member_daily_limit", Scope.MEMBER_DAY),
    ],
)
async def test_a_thousand_at_once_against_a_limit_that_allows_ten(
    workshops: Workshops, limit: str, scope: Scope
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
    count = 1000 if scope is Scope.GUILD_DAY else 100
    async with workshops(launch=False, **{**wide, limit: PRICE * 10 / 1e6}) as shop:
        await shop.studio.queue.pause(1)  # nothing starts
        results = await asyncio.gather(
            *(shop.compose(f"Track {number}") for number in range(count)), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, LimitReached)]
        assert len(results) - len(refused) == 10
        assert len(refused) == count - 10
        assert {refusal.line.scope for refusal in refused} == {scope}
        assert all(refusal.line.left == 0 and refusal.price == PRICE for refusal in refused)
        assert set((await shop.money()).values()) == {(PRICE * 10, 0)}
        async with shop.database.read() as connection:
            assert await connection.scalar(sa.select(sa.func.count()).select_from(track_table)) == 10
        await sums_equal_entries(shop)


async def test_a_refused_track_leaves_nothing_behind(workshops: Workshops) -> None:
    async with workshops(launch=False, guild_daily_limit=0, member_waiting_limit=1) as shop:
        with pytest.raises(LimitReached):
            await shop.compose()
        assert await shop.money() == {}
        await shop.studio.budgets.set_limits(1, daily=10 * PRICE)
        await shop.studio.queue.pause(1)
        assert (await shop.compose()).track.number == 1
        with pytest.raises(TooManyWaiting):
            await shop.compose()
        assert (await shop.money())["guild:1 day"] == (PRICE, 0)


async def test_the_bot_picks_a_seed_and_keeps_one_that_was_given(workshops: Workshops) -> None:
    async with workshops(launch=False) as shop:
        await shop.studio.queue.pause(1)
        seeds = {(await shop.compose()).track.seed for _ in range(5)}
        assert len(seeds) == 5
        assert all(0 <= seed < 2**31 for seed in seeds)
        assert (await shop.compose(seed=0)).track.seed == 0


async def test_cancelling_gives_the_reservation_back_once(workshops: Workshops) -> None:
    async with workshops() as shop:
        await shop.studio.queue.pause(1)
        track = (await shop.compose()).track
        with pytest.raises(NotYours):
            await shop.studio.queue.cancel(everything_in(1), track.id, member_id=8, moderator=False)
        with pytest.raises(NoSuchTrack):
            await shop.studio.queue.cancel(everything_in(2), track.id, member_id=7, moderator=True)
        cancelled = await shop.studio.queue.cancel(everything_in(1), track.id, member_id=8, moderator=True)
        assert cancelled.state is State.CANCELLED
        with pytest.raises(NotWaiting):
            await shop.studio.queue.cancel(everything_in(1), track.id, member_id=7, moderator=False)
        assert await shop.kinds(track.id) == ["reserve", "release"]
        assert (await shop.money())["guild:1 day"] == (0, 0)
        await shop.studio.queue.resume(1)
        later = (await shop.compose()).track
        await shop.settled(later.id)
        assert (await shop.track(track.id)).state is State.CANCELLED
        assert shop.wave.submits[track.seed] == 0


async def test_cancelling_what_begins_at_the_same_time_is_one_or_the_other(workshops: Workshops) -> None:
    async with workshops() as shop:
        for _ in range(10):
            track = (await shop.compose()).track
            try:
                await shop.studio.queue.cancel(everything_in(1), track.id, member_id=7, moderator=False)
            except NotWaiting:
                expected, submitted = ["reserve", "spend"], 1
            else:
                expected, submitted = ["reserve", "release"], 0
            await shop.settled(track.id)
            assert await shop.kinds(track.id) == expected
            assert shop.wave.submits[track.seed] == submitted


async def test_a_pause_at_any_moment_loses_no_track(workshops: Workshops) -> None:
    async with workshops() as shop:
        made = [(await shop.compose(f"Track {number}")).track for number in range(12)]
        for _ in range(6):
            await shop.studio.queue.pause(1)
            await shop.studio.queue.resume(1)
        for track in made:
            assert (await shop.settled(track.id)).state is State.DELIVERED
            assert shop.wave.submits[track.seed] == 1
        assert len(shop.hall.published) == 12


async def test_a_paused_queue_starts_nothing_of_its_guild_and_all_of_others(workshops: Workshops) -> None:
    async with workshops() as shop:
        await shop.studio.queue.pause(1)
        held = (await shop.compose(guild=1)).track
        other = (await shop.compose(guild=2)).track
        await shop.settled(other.id)
        assert (await shop.track(held.id)).state is State.WAITING
        assert (await shop.studio.queue.view(everything_in(1))).paused
        assert [entry.track.id for entry in (await shop.studio.queue.view(everything_in(1))).entries] == [
            held.id
        ]
        await shop.studio.queue.resume(1)
        assert (await shop.settled(held.id)).state is State.DELIVERED


async def test_a_pause_outlasts_a_restart(workshops: Workshops) -> None:
    hall = Hall()
    async with workshops(hall) as shop:
        await shop.studio.queue.pause(1)
        held = (await shop.compose(guild=1)).track
    async with workshops(hall) as shop:
        other = (await shop.compose(guild=2)).track
        await shop.settled(other.id)
        assert (await shop.track(held.id)).state is State.WAITING
        await shop.studio.queue.resume(1)
        await shop.settled(held.id)


async def test_what_was_written_down_and_never_enqueued_is_enqueued_at_the_next_start(
    workshops: Workshops,
) -> None:
    async with workshops(launch=False) as shop:
        await shop.studio.queue.pause(1)
        track = (await shop.compose()).track
        # as a kill right after its transaction leaves it
        await shop.studio.queue._set_paused(1, 0, paused=False)
    async with workshops() as shop:
        assert (await shop.settled(track.id)).state is State.DELIVERED


async def test_no_more_run_at_once_than_the_account_allows(
    workshops: Workshops, wave: WaveSpeedStandIn
) -> None:
    held = wave.faults.add(Fault("render_held", times=None))
    async with workshops(account_level="bronze") as shop:
        made = [(await shop.compose(f"Track {number}")).track for number in range(4)]
        for track in made[:2]:
            await shop.until(track.id, State.RENDERING)
        entries = (await shop.studio.queue.view(everything_in(1))).entries
        assert [entry.track.id for entry in entries] == [track.id for track in made]
        assert [entry.outlook.place for entry in entries] == [0, 0, 0, 1]
        assert entries[2].outlook.wait > 0
        assert [entry.track.state for entry in entries[2:]] == [State.WAITING] * 2
        held.release()
        wave.faults.clear()


async def test_limits_of_a_guild_stay_below_the_hosts_ceiling(workshops: Workshops) -> None:
    async with workshops(launch=False, guild_daily_ceiling=3, guild_monthly_ceiling=30) as shop:
        with pytest.raises(AboveCeiling) as refusal:
            await shop.studio.budgets.set_limits(1, daily=3_000_001)
        assert refusal.value.ceiling == 3_000_000
        await shop.studio.budgets.set_limits(1, daily=3_000_000, monthly=5_000_000)
        await shop.studio.budgets.set_limits(1, monthly=0)
        lines = {line.scope: line.limit for line in (await shop.studio.budgets.budget(1, 7)).lines}
        assert lines[Scope.GUILD_DAY] == 3_000_000
        assert lines[Scope.GUILD_MONTH] == 0
        assert (await shop.studio.budgets.budget(2, 7)).lines[0].limit == 2_000_000


async def test_a_guild_finds_its_own_tracks_only(workshops: Workshops) -> None:
    async with workshops(launch=False) as shop:
        for guild in (1, 2):
            await shop.studio.queue.pause(guild)
        mine = (await shop.compose("50% Rain_", guild=1)).track
        theirs = (await shop.compose("Their Rain", guild=2)).track
        assert await shop.studio.find(everything_in(1), theirs.id) is None
        assert await shop.studio.find(everything_in(1), " #1 ") == mine
        for odd in ("0", "-1", "1.0", "٣", "9" * 40, "", "%"):
            assert await shop.studio.find(everything_in(1), odd) is None
        assert await shop.studio.search(everything_in(1), "rain") == [mine]
        assert await shop.studio.search(everything_in(1), "0% rain_") == [mine]
        assert await shop.studio.search(everything_in(1), "their") == []
        assert await shop.studio.search(everything_in(1), "_") == [mine]
        assert await shop.studio.search(everything_in(1), "%%") == []


async def test_deleting_takes_the_music_and_leaves_the_money(workshops: Workshops) -> None:
    async with workshops() as shop:
        track = (await shop.compose(lyrics=INSTRUMENTAL)).track
        track = await shop.settled(track.id)
        mp3 = shop.studio.mp3(track)
        assert mp3 is not None
        with pytest.raises(NotYours):
            await shop.studio.delete(everything_in(1), track.id, member_id=8, moderator=False)
        await shop.studio.delete(everything_in(1), track.id, member_id=7, moderator=False)
        assert not mp3.exists()
        assert await shop.studio.find(everything_in(1), track.id) is None
        assert (await shop.money())["guild:1 day"] == (0, PRICE)


async def test_notices_are_told_once_and_only_in_their_guild(workshops: Workshops) -> None:
    async with workshops(launch=False) as shop:
        await shop.studio.notices.leave(1, 7, "first")
        await shop.studio.notices.leave(1, 7, "second")
        notices = shop.studio.notices
        assert await notices.waiting(2, 7) == []
        first, second = await notices.waiting(1, 7)
        assert (first.text, second.text) == ("first", "second")
        await notices.told(first)
        assert await notices.waiting(1, 7) == [second]


async def test_a_close_while_much_runs_leaves_all_of_it_to_the_next_start(
    workshops: Workshops, wave: WaveSpeedStandIn
) -> None:
    hall = Hall()
    held = wave.faults.add(Fault("render_held", times=None))
    async with workshops(hall) as shop:
        made = [(await shop.compose(f"Track {number}")).track for number in range(8)]
        await shop.until(made[-1].id, State.RENDERING)
    held.release()
    wave.faults.clear()
    async with workshops(hall) as shop:
        for track in made:
            assert (await shop.settled(track.id)).state is State.DELIVERED
        await sums_equal_entries(shop)
    assert sorted(one for one, _ in hall.published) == sorted(track.id for track in made)
    assert all(wave.submits[track.seed] == 1 for track in made)


async def test_what_moderators_do_to_others_tracks_and_the_queue_is_in_the_audit(
    workshops: Workshops,
) -> None:
    async with workshops() as shop:
        studio = shop.studio
        await studio.queue.pause(1, 5)
        await studio.queue.pause(1, 6)  # it is paused already
        mine, theirs = (await shop.compose("Own")).track, (await shop.compose("Ours")).track
        await studio.queue.cancel(everything_in(1), mine.id, 7, moderator=False)
        await studio.queue.cancel(everything_in(1), theirs.id, 5, moderator=True)
        await studio.delete(everything_in(1), mine.id, 5, moderator=True)
        await studio.queue.resume(1, 5)
        async with shop.database.read() as connection:
            rows, _count = await audit.records(connection, 1)
    assert [(row.action, row.actor_id, row.subject) for row in rows] == [
        ("resume", 5, ""),
        ("delete", 5, "#1 Own"),
        ("cancel", 5, "#2 Ours"),
        ("pause", 5, ""),
    ]

"""The ledger against the provider's bill, under random faults and a kill between any two statements or calls.

Tracks are really asked for, submitted over HTTP to the stand-in, rendered and settled; only the queue's and
the workflow's own memory, DBOS, is played here: a step whose result was written down is not run again.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from crash_injection import NEVER, CrashingDatabase, CrashingWaveSpeed, CrashInjector, KilledError
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from migrated import migrated_postgresql
from sounds import tone
from studio_harness import FakeDelivery
from test_ledger import ZONES, new_zone

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.guilds import settings as guilds
from services.metrics import Metrics
from services.money.ledger import Ledger
from services.money.limits import LimitReached, Limits
from services.pipeline.step_base import NotNow, Stopped
from services.prompts.prompt import parse_prompt
from services.requests import Request
from services.settings import Settings
from services.storage import host_state
from services.storage.database import Database
from services.storage.tables import entries, sums
from services.storage.tables import tracks as track_table
from services.studio import Studio
from services.tracks import tracks
from services.tracks.track import Failure, State, Track

SECOND = 200  # micro-dollars
LIMITS = Limits(
    host_daily=300 * SECOND,
    guild_daily=180 * SECOND,
    guild_monthly=600 * SECOND,
    guild_daily_ceiling=240 * SECOND,
    guild_monthly_ceiling=900 * SECOND,
    member_daily=120 * SECOND,
    timezone="UTC",
)
GUILDS, MEMBERS, SEEDS = (1, 2), (7, 8), (1, 2, 3)
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "lost_before"},
    {"kind": "lost_after"},
    {"kind": "down"},
    {"kind": "down", "when": "after", "endpoint": "submit"},
    {"kind": "garbage", "endpoint": "submit"},
    {"kind": "error_in_200"},
    {"kind": "refused"},
    {"kind": "rate_limited", "endpoint": "submit"},
    {"kind": "no_balance"},
    {"kind": "bad_key", "endpoint": "submit"},
    {"kind": "history_missing"},
    {"kind": "down", "endpoint": "history"},
    {"kind": "down", "endpoint": "result"},
    {"kind": "missing"},
    {"kind": "render_failed"},
    {"kind": "cancelled"},
    {"kind": "timeout"},
    {"kind": "deleted"},
)


class Provider(RuleBasedStateMachine):
    """The bot's money, the provider's, and everything that comes between them."""

    new_url: Any

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = datetime(2026, 10, 24, 21, 0, tzinfo=UTC)
        self.url = type(self).new_url()
        self.wave = WaveSpeedStandIn(
            render_seconds=0.01,
            level="ultra",
            render=lambda _tags, _lyrics, seconds, _seed: tone(seconds),
            refund_seconds=0.0,
        )
        self.let_in: dict[tuple[str, str], int] = defaultdict(int)
        """The highest limit under which a reservation went into the account's period."""
        self.letting_in: dict[tuple[str, str], int] = {}
        self.pending: dict[str, Track] = {}  # what DBOS keeps: workflows that have not ended …
        self.ended: set[str] = set()
        self.journal: dict[tuple[str, str], Any] = {}  # … and what their steps returned
        self.loop.run_until_complete(self.wave.__aenter__())
        self.witness = Database(self.url)
        self.loop.run_until_complete(self.witness.migrate())
        self.start()

    def teardown(self) -> None:
        if not hasattr(self, "studio"):
            return
        try:
            self.come_to_rest()
        finally:
            self.loop.run_until_complete(self.stop())
            self.loop.run_until_complete(self.witness.close())
            self.loop.run_until_complete(self.wave.__aexit__(None, None, None))
            self.loop.close()

    # the process ------------------------------------------------------------------------------------

    def start(self) -> None:
        """A process of the bot's, as far as money knows of it."""
        self.injector = CrashInjector()
        self.database = CrashingDatabase(self.url, self.injector, self.within_limits)
        self.client = CrashingWaveSpeed(self.wave.url, self.injector)
        values = Settings(
            _env_file=None,  # pyright: ignore[reportCallIssue]
            discord_token="token",
            guild_access="open",
            wavespeed_api_key="rehearsal-key",
            wavespeed_base_url=self.wave.url,
            data_dir=Path(tempfile.gettempdir()),  # nothing is mastered, so nothing is written
            poll_interval=0.005,
            lost_answer_patience=0.1,
            provider_patience=0.01,
            member_waiting_limit=1000,
            WAVESPEED_ACCOUNT_LEVEL="ultra",  # pyright: ignore[reportCallIssue]  (its alias)
        )
        ledger = Ledger(LIMITS, lambda: self.clock)
        self.studio = Studio(values, self.database, self.client, ledger, FakeDelivery(), Metrics())
        self.studio.dispatch.run = self.enqueue

    async def stop(self) -> None:
        await self.studio.workers.close()
        await self.client.close()
        await self.database.close()

    def live(self, dies_at: int | str, *work: Callable[[], Awaitable[Any]]) -> None:
        """Does all of it at once, in a process that dies at that statement; then another one starts."""
        self.loop.run_until_complete(self._live(dies_at, work))

    async def _live(self, dies_at: int | str, work: tuple[Callable[[], Awaitable[Any]], ...]) -> None:
        self.injector.arm(dies_at)
        tasks = [asyncio.ensure_future(one()) for one in work]
        if not tasks:
            return
        _done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in others:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await self.within_limits()
        self.letting_in.clear()
        killed = any(isinstance(one, KilledError) for one in outcomes)
        for one in outcomes:
            if isinstance(one, BaseException) and not killed:
                raise one
        if killed:
            await self.stop()
            self.start()
            async with self.database.read() as connection:
                left = await tracks.unfinished(connection)
            for track in left:  # as Dispatch finds those that have begun
                if track.state is not State.WAITING:
                    self.enqueue(track)

    def enqueue(self, track: Track) -> None:
        if track.workflow_id not in self.ended:
            self.pending.setdefault(track.workflow_id, track)

    async def step(self, track: Track, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        key = track.workflow_id, name
        if key not in self.journal:
            result = await call()
            self.injector.step()
            self.journal[key] = result
        return self.journal[key]

    async def render(self, track: Track) -> None:
        """As services.pipeline.workflow has it; mastering and posting, which move no money, are left out."""
        steps = self.studio.steps

        async def deliver(made: Track) -> Track:
            return await steps.finish(made, state=State.DELIVERED)

        with suppress(Stopped):
            try:
                done = await self.step(track, "submit", lambda: steps.submit(track.id, track.pauses))
            except NotNow:  # the history did not answer for longer than anybody waits in it
                done = await self.step(track, "come back", lambda: steps.come_back(track.id))
            if isinstance(done, Track):
                done = await self.step(track, "render", lambda: steps.render(done))
            if isinstance(done, Track):
                await self.step(track, "deliver", lambda: deliver(done))
            elif done is not None:
                await self.step(track, "fail", lambda: steps.fail(track.id, done))
        del self.pending[track.workflow_id]
        self.ended.add(track.workflow_id)

    # what happens -----------------------------------------------------------------------------------

    crash = st.one_of(st.just(NEVER), st.just(NEVER), st.integers(0, 60))

    @rule(
        orders=st.lists(
            st.tuples(*map(st.sampled_from, (GUILDS, MEMBERS, (5, 10, 20), SEEDS))), min_size=1, max_size=5
        ),
        faults=st.lists(st.sampled_from(FAULTS), max_size=3),
        asking_dies_at=crash,
        starting_dies_at=crash,
        which=st.sets(st.integers(0, 7), min_size=3),
        making_dies_at=st.one_of(crash, st.just("before POST"), st.just("after POST")),
    )
    def tracks_are_asked_for_and_made(
        self,
        orders: list[tuple[int, int, int, int]],
        faults: list[dict[str, Any]],
        asking_dies_at: int,
        starting_dies_at: int,
        which: set[int],
        making_dies_at: int | str,
    ) -> None:
        for fault in faults:  # of whichever track meets it first
            self.wave.faults.add(Fault(**fault))
        self.live(asking_dies_at, *[lambda order=order: self.asking(*order) for order in orders])
        self.live(starting_dies_at, self.studio.dispatch._start_due)
        chosen = [track for place, track in enumerate(self.pending.values()) if place in which]
        self.live(making_dies_at, *[lambda track=track: self.render(track) for track in chosen])

    async def asking(self, guild: int, member: int, duration: int, seed: int) -> None:
        prompt = parse_prompt(tags="funk", duration=duration, title="A Track", seed=seed)
        async with self.database.read() as connection:
            own = await guilds.read_guild(connection, guild)
        for one in self.studio.ledger._accounts(own, [member], self.clock):
            self.letting_in[one.name, one.period] = one.limit
        with suppress(LimitReached):
            await self.studio.requests.compose(Request(guild, "Guild", 50, member, "Member", prompt))

    @rule(
        guild=st.sampled_from(GUILDS),
        daily=st.sampled_from((240, 100, 0)),
        monthly=st.sampled_from((900, 300, 0)),
        member=st.sampled_from((200, 60, 0)),
        zone=st.sampled_from(ZONES),
        hours=st.integers(0, 40),
        dies_at=crash,
        topping_up_dies_at=crash,
    )
    def a_day_goes_by(
        self,
        guild: int,
        daily: int,
        monthly: int,
        member: int,
        zone: str,
        hours: int,
        dies_at: int | str,
        topping_up_dies_at: int | str,
    ) -> None:
        self.clock += timedelta(hours=hours)

        async def changing() -> None:
            limits = {
                "daily_limit": daily * SECOND,
                "monthly_limit": monthly * SECOND,
                "member_daily_limit": member * SECOND,
            }
            async with self.database.write() as connection:
                await new_zone(connection, guild, zone, self.clock, **limits)

        self.live(dies_at, changing)
        self.the_account_is_topped_up(topping_up_dies_at)

    def the_account_is_topped_up(self, dies_at: int | str) -> None:
        """As services.watch does it: starts go on, tracks that were put back are on the queue again."""

        async def going_on() -> None:
            for hold in (host_state.Value.LOW_BALANCE, host_state.Value.BAD_KEY):
                await self.studio.queue.resume_all(hold)

        self.live(dies_at, going_on)

    # what holds -------------------------------------------------------------------------------------

    async def within_limits(self) -> None:
        """At every commit: no limit is passed that let something in."""
        async with self.witness.read() as connection:
            kept = (await connection.execute(sums.select())).all()
        for key, limit in self.letting_in.items():
            stands = next((one.reserved + one.spent for one in kept if (one.account, one.period) == key), 0)
            if stands:
                self.let_in[key] = max(self.let_in[key], limit)
        for one in kept:
            assert one.reserved >= 0
            assert one.spent >= 0
            assert one.reserved + one.spent <= self.let_in[one.account, one.period]

    def come_to_rest(self) -> None:
        """Nothing is under way any more: each track's spending is what the provider's bill says of it."""
        self.the_account_is_topped_up(NEVER)
        while self.live(NEVER, self.studio.dispatch._start_due) or self.pending:
            self.live(NEVER, *[lambda track=track: self.render(track) for track in self.pending.values()])
            self.the_account_is_topped_up(NEVER)
        self.wave.faults.clear()
        self.live(NEVER, self._ledger_is_bill)

    async def _ledger_is_bill(self) -> None:
        for prediction in list(self.wave.predictions.values()):
            await prediction.ended.wait()
        taken_back = (await self.studio.books.reconcile()).differences
        await self.studio.books.correct(taken_back)
        bill: Counter[str | None] = Counter()
        for line in self.wave.bill:
            bill[line.prediction] += line.micro if line.billing_type == "deduct" else -line.micro
        spent: Counter[str] = Counter()
        columns = track_table.c
        async with self.witness.read() as connection:
            query = sa.select(columns.id, columns.prediction_id, columns.failure)
            everything = (await connection.execute(query)).all()
            charged = entries.select().where(entries.c.kind.in_(("spend", "correct", "round")))
            for entry in await connection.execute(charged):
                spent[entry.track_id] += entry.amount
            assert {one.reserved for one in await connection.execute(sums.select())} <= {0}
        failures = {track.id: track.failure for track in everything}
        for one in taken_back:  # what the provider refunds for what was deleted there, and nothing else
            assert one.track_id is None or failures[one.track_id] == Failure.GONE, one
            assert one.correction <= 0, one
        told_nothing = 0
        for track in everything:
            if track.failure == Failure.ANSWER_UNKNOWN:
                told_nothing += spent[track.id]
            else:
                assert spent[track.id] == bill.pop(track.prediction_id, 0), track
        # What the provider could not tell of counts as spent: it covers whatever else is on the bill.
        assert sum(bill.values()) <= told_nothing, bill


@pytest.mark.parametrize("examples", [3, pytest.param(100, marks=pytest.mark.soak)])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_ledger_is_the_providers_bill(
    kind: str, examples: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def new_sqlite() -> str:
        return f"sqlite:///{tmp_path_factory.mktemp('provider') / 'db.sqlite'}"

    class Here(Provider):
        new_url = staticmethod(new_sqlite if kind == "sqlite" else migrated_postgresql)

    few = settings(
        max_examples=examples,
        stateful_step_count=20,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink takes minutes: time plays a part
    )
    run_state_machine_as_test(Here, settings=few)

"""The ledger under random interleavings of what happens to it, with a kill between any two statements.

After every step: spent + reserved never passes a limit that let it in, and the kept sums equal the entries.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from migrated import migrated_postgresql

from services.guilds import settings as guild_service
from services.money.ledger import Ledger
from services.money.limits import LimitReached, Limits, Scope, periods
from services.storage.database import Database
from services.storage.tables import entries, postings, sums
from services.storage.tables import tracks as track_table

HOST = Limits(
    host_daily=30,
    guild_daily=12,
    guild_monthly=40,
    guild_daily_ceiling=20,
    guild_monthly_ceiling=60,
    member_daily=8,
    timezone="UTC",
)
ZONES = ["UTC", "Pacific/Kiritimati", "America/Santiago", "Asia/Kathmandu", "Pacific/Pago_Pago"]
GUILDS, MEMBERS = (1, 2), (7, 8)


class CrashError(Exception):
    """The process died here; what was not committed is gone."""


class Crashing:
    """A connection on which the process dies before the statement with that number."""

    def __init__(self, connection: Any, dies_at: int) -> None:
        self._connection, self._left = connection, dies_at

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in ("execute", "scalar", "scalars"):
            return found

        async def counted(*args: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise CrashError
            return await found(*args, **options)

        return counted


class Bank(RuleBasedStateMachine):
    """The ledger, and a plain model of it beside."""

    new_url: Any

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.database = Database(type(self).new_url())
        self.loop.run_until_complete(self.database.migrate())
        self.ledger = Ledger(HOST, lambda: self.clock)
        self.clock = datetime(2026, 10, 24, 21, 0, tzinfo=UTC)
        self.number = 0
        self.open_tracks: list[str] = []
        self.closed_tracks: list[str] = []
        self.guild_of: dict[str, int] = {}
        self.let_in: dict[tuple[str, str], int] = defaultdict(int)
        """The highest limit under which a reservation went into the account's period."""

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.run_until_complete(self.database.close())
            self.loop.close()

    def run(self, work: Any, dies_at: int) -> Any:
        """One transaction, on which the process may die; None where it did."""

        async def whole() -> Any:
            async with self.database.write() as connection:
                return await work(Crashing(connection, dies_at))

        try:
            return self.loop.run_until_complete(whole())
        except CrashError:
            return None

    crash = st.one_of(st.just(10**6), st.integers(0, 25))

    @rule(
        guild=st.sampled_from(GUILDS),
        members=st.lists(st.sampled_from(MEMBERS), min_size=1, unique=True),
        price=st.integers(1, 9),
        dies_at=crash,
    )
    def reserve(self, guild: int, members: list[int], price: int, dies_at: int) -> None:
        self.number += 1
        track = f"track-{self.number}"
        limits: dict[tuple[str, str], int] = {}

        async def work(connection: Any) -> bool:
            own = await guild_service.read_guild(connection, guild)
            await connection.execute(
                track_table.insert().values(**_row(track, guild, self.number, self.clock))
            )
            await self.ledger.reserve(connection, track_id=track, guild=own, members=members, price=price)
            for account in self.ledger._accounts(own, members, self.clock):
                limits[account.name, account.period] = account.limit
            return True

        refusal = None
        try:
            done = self.run(work, dies_at)
        except LimitReached as error:
            done, refusal = False, error
        if done:
            self.open_tracks.append(track)
            self.guild_of[track] = guild
            for key, limit in limits.items():
                self.let_in[key] = max(self.let_in[key], limit)
        if refusal is not None:
            assert refusal.line.left < price == refusal.price
            assert refusal.room < price
            assert (refusal.member_id in members) == (refusal.line.scope is Scope.MEMBER_DAY)

    def follow(self, track: str, write: Any, dies_at: int) -> None:
        """Something that follows the provider's price or bill, under the limits that are in force by now."""
        limits: dict[tuple[str, str], int] = {}

        async def work(connection: Any) -> bool:
            own = await guild_service.read_guild(connection, self.guild_of[track])
            if not await write(connection, own):
                return False
            standing = postings.select().where(postings.c.track_id == track)
            for row in await connection.execute(standing):
                limits[row.account, row.period] = self.ledger._limit_of(row.account, own)
            return True

        if self.run(work, dies_at):
            for key, limit in limits.items():
                self.let_in[key] = max(self.let_in[key], limit)

    @precondition(lambda self: self.open_tracks)
    @rule(data=st.data(), price=st.integers(1, 12), dies_at=crash)
    def adjust(self, data: st.DataObject, price: int, dies_at: int) -> None:
        track = data.draw(st.sampled_from(self.open_tracks))
        self.follow(track, lambda c, guild: self.ledger.adjust(c, track, guild, price), dies_at)

    @precondition(lambda self: self.closed_tracks)
    @rule(data=st.data(), amount=st.integers(-9, 9), dies_at=crash)
    def round(self, data: st.DataObject, amount: int, dies_at: int) -> None:
        track = data.draw(st.sampled_from(self.closed_tracks))
        self.follow(track, lambda c, guild: self.ledger.round(c, track, guild, amount, "bill"), dies_at)

    @precondition(lambda self: self.open_tracks)
    @rule(data=st.data(), spend=st.booleans(), dies_at=crash)
    def close(self, data: st.DataObject, spend: bool, dies_at: int) -> None:
        track = data.draw(st.sampled_from(self.open_tracks))
        finish = self.ledger.settle if spend else self.ledger.release
        if self.run(lambda connection: finish(connection, track), dies_at):
            self.open_tracks.remove(track)
            self.closed_tracks.append(track)

    @precondition(lambda self: self.closed_tracks)
    @rule(data=st.data(), spend=st.booleans())
    def close_again(self, data: st.DataObject, spend: bool) -> None:
        track = data.draw(st.sampled_from(self.closed_tracks))
        finish = self.ledger.settle if spend else self.ledger.release
        assert self.run(lambda connection: finish(connection, track), 10**6) is False

    @precondition(lambda self: self.closed_tracks)
    @rule(data=st.data(), amount=st.integers(-9, -1), dies_at=crash)
    def take_back(self, data: st.DataObject, amount: int, dies_at: int) -> None:
        track = data.draw(st.sampled_from(self.closed_tracks))
        self.run(lambda connection: self.ledger.correct(connection, track, amount, "bill"), dies_at)

    @rule(
        guild=st.sampled_from(GUILDS),
        daily=st.integers(0, 20),
        monthly=st.integers(0, 60),
        member=st.integers(0, 20),
        zone=st.sampled_from(ZONES),
        dies_at=crash,
    )
    def change(self, guild: int, daily: int, monthly: int, member: int, zone: str, dies_at: int) -> None:
        limits = {"daily_limit": daily, "monthly_limit": monthly, "member_daily_limit": member}

        async def work(connection: Any) -> None:
            await new_zone(connection, guild, zone, self.clock, **limits)

        self.run(work, dies_at)

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.clock += timedelta(hours=hours)

    @invariant()
    def sums_equal_entries_and_stay_within_limits(self) -> None:
        if not hasattr(self, "loop"):
            return
        kept, expected = self.loop.run_until_complete(self._look())
        assert {key: both for key, both in kept.items() if both != (0, 0)} == expected
        for key, (reserved, spent) in kept.items():
            assert reserved >= 0
            assert spent >= 0
            assert reserved + spent <= self.let_in[key]

    async def _look(self) -> tuple[dict[Any, Any], dict[Any, Any]]:
        async with self.database.read() as connection:
            kept = {
                (row.account, row.period): (row.reserved, row.spent)
                for row in await connection.execute(sums.select())
            }
            standing = (await connection.execute(postings.select())).all()
            tracks: defaultdict[str, Counter[str]] = defaultdict(Counter)
            for entry in await connection.execute(entries.select()):
                tracks[entry.track_id][entry.kind] += entry.amount
        expected: defaultdict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for posting in standing:
            kinds = tracks[posting.track_id]
            open_still = kinds["reserve"] + kinds["adjust"] - kinds["spend"] - kinds["release"]
            reserved, spent = expected[posting.account, posting.period]
            expected[posting.account, posting.period] = (
                reserved + share(open_still, posting),
                spent + share(kinds["spend"] + kinds["correct"] + kinds["round"], posting),
            )
        return kept, {key: both for key, both in expected.items() if both != (0, 0)}


def share(amount: int, posting: Any) -> int:
    """What of an amount stands there: equal parts, and what is left over is the first's."""
    return amount // posting.parts + (amount % posting.parts if posting.place == 0 else 0)


async def new_zone(connection: Any, guild: int, zone: str, at: datetime, **changes: int) -> None:
    """Sets the guild's limits, and its zone from its next midnight on."""
    own = await guild_service.read_guild(connection, guild)
    current = own.zone_at(at) or "UTC"
    turns_at = periods(at, current)[1]
    zones: dict[str, Any] = {"timezone": current, "next_timezone": zone, "next_timezone_at": turns_at}
    await guild_service.change_guild(connection, guild, **changes, **zones)


def _row(track: str, guild: int, number: int, at: datetime) -> dict[str, Any]:
    texts = dict.fromkeys(("guild_name", "member_name", "model", "title", "tags", "lyrics"), "")
    numbers = dict.fromkeys(("channel_id", "member_id", "duration", "seed", "price", "turn"), 1)
    return (
        {"id": track, "guild_id": guild, "number": number, "state": "waiting", "created_at": at}
        | texts
        | numbers
    )


@pytest.mark.parametrize("examples", [4, pytest.param(300, marks=pytest.mark.soak)])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_interleaving_passes_a_limit(
    kind: str, examples: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def new_sqlite() -> str:
        return f"sqlite:///{tmp_path_factory.mktemp('bank') / 'db.sqlite'}"

    class Here(Bank):
        new_url = staticmethod(new_sqlite if kind == "sqlite" else migrated_postgresql)

    run_state_machine_as_test(Here, settings=settings(max_examples=examples, stateful_step_count=40))

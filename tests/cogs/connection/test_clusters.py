"""Three clusters on one PostgreSQL: one is killed for good, one freezes and comes back too late."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import replace
from itertools import cycle

import pytest
from bot_harness import Harness, made, said
from fleet import Bot, Fleet, billed
from postgresql import new_postgresql

from rehearsal.discord.members.member import Member
from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.storage.database import Database

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.mark.parametrize(
    ("lease", "renewal"),  # seconds
    [("8", "0.5"), pytest.param("30", "5", marks=pytest.mark.soak, id="default")],
)
async def test_what_a_killed_and_a_frozen_cluster_had_is_finished_once_by_the_third(
    new_harness: NewHarness, lease: str, renewal: str
) -> None:
    times = {"LEASE_DURATION": lease, "LEASE_RENEWAL": renewal}
    async with new_harness() as harness, AsyncExitStack() as stack:
        fleet = Fleet(harness, new_postgresql())
        killed, frozen, there = await asyncio.gather(
            *(stack.enter_async_context(fleet.cluster(one, **times)) for one in range(3))
        )
        north, south = [await fleet.member(cluster_id) for cluster_id in range(2)]
        await asyncio.gather(killed.opened(), frozen.opened(), there.opened())

        holds = [
            harness.wave.faults.add(Fault("render_held", times=None, tags="render")),
            harness.wave.faults.add(Fault("hold", endpoint="submit", when="after", times=4, tags="answer")),
            harness.wave.faults.add(Fault("hold", endpoint="download", times=4, tags="download")),
        ]
        # An explicit one, where it may be posted: whoever posts it has to ask Discord what place that is.
        harness.wave.faults.add(Fault("nsfw", tags="explicit", times=None))
        await north.go("after-dark")
        await north.slash("compose", tags="render, explicit", duration=5, title="Explicit")
        await north.go("music")
        titles = ["Explicit"]
        kinds = cycle(("render", "answer", "download"))
        for cluster_id, mine, member in ((0, killed, north), (1, frozen, south)):
            others = [one for one in (killed, frozen, there) if one is not mine]
            while (await asyncio.to_thread(fleet.running_on))[cluster_id] < 2:
                assert len(titles) < 90  # of 100 places
                titles.append(f"{next(kinds)} {len(titles)}")
                await _asked_alone(fleet, others, member, titles[-1])
        while not all(hold.hits for hold in holds):  # by whom is all one
            titles.append(f"{next(kinds)} {len(titles)}")
            await _asked_alone(fleet, [], south, titles[-1])
        for hold in holds:
            await hold.reached()
        held = fleet.running_on()

        killed.send(signal.SIGKILL)
        frozen.send(signal.SIGSTOP)
        since = time.monotonic()
        await fleet.until(
            "SELECT 1 FROM dbos.workflow_status"
            " WHERE status = 'PENDING' AND executor_id NOT LIKE 'cluster-2.%'"
        )
        taken_after = time.monotonic() - since
        assert taken_after < 60  # its lease, two renewals, and some looks; a machine may be busy
        for hold in holds:
            hold.release()
        await fleet.until("SELECT 1 FROM tracks WHERE state <> 'delivered'")
        await fleet.rest()
        sent = _sent(harness)

        frozen.send(signal.SIGCONT)
        assert await frozen.ended() == 1
        lost = [line for line in frozen.log().splitlines() if "lost its place" in line]
        assert len(lost) == 1
        assert _sent(harness) == sent
        assert fleet.problems() == []
        print(f"{len(titles)} tracks; taken over after {taken_after:.1f} s; had been running: {dict(held)}")  # noqa: T201

        # And whoever comes back has its place again.
        back = await stack.enter_async_context(fleet.cluster(0, **times))
        await back.opened()
        await said(await north.slash("compose", tags="ska", duration=5, title="Back Again"), "Back Again")
        await fleet.until("SELECT 1 FROM tracks WHERE state <> 'delivered'")
        await fleet.rest()
        assert fleet.problems() == []


async def test_who_may_have_lost_the_place_on_the_way_neither_orders_nor_posts(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not sure once with the connection to WaveSpeed in hand, and once with that to Discord."""
    sure = iter((False, True, True, False, True))
    monkeypatch.setattr(Database, "place_is_sure", lambda _database: next(sure))
    async with new_harness() as harness:
        await harness.start()
        await made(await harness.member("Ben"), "Thawed")
        assert _sent(harness) == (1, 1)
        assert next(sure, None) is None


async def test_a_refund_counts_once_also_where_it_falls_due_right_before_the_bill_is_read() -> None:
    async with WaveSpeedStandIn() as wave:
        (account,) = wave.accounts.values()
        account.charge(1200, "failed", "a model")
        account.owe(1200, "failed", "a model", after=3600)
        assert billed(wave) == {"failed": 0}
        account.owed = [replace(one, at=time.time()) for one in account.owed]
        assert billed(wave) == {"failed": 0}


async def _asked_alone(fleet: Fleet, others: list[Bot], member: Member, title: str) -> None:
    """Asks for a track while the others stand still, for less than a lease lasts: one of them has it else."""
    for one in others:
        one.send(signal.SIGSTOP)
    try:
        await member.slash("compose", tags=title, duration=5, title=title.title())
        with suppress(TimeoutError):
            await fleet.until("SELECT 1 FROM tracks WHERE state = 'waiting'", patience=4)
    finally:
        for one in others:
            one.send(signal.SIGCONT)
    await fleet.until("SELECT 1 FROM tracks WHERE state = 'waiting'")


def _sent(harness: Harness) -> tuple[int, int]:
    """How many messages and how many orders for music there were."""
    messages = [
        one for one in harness.discord.requests if (one.method, one.path[-9:]) == ("POST", "/messages")
    ]
    return len(messages), harness.wave.count("submit")

"""Three clusters on one PostgreSQL: one is killed for good, one freezes and comes back too late."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import pytest
from fleet import STARTING, Fleet
from house import House, said, track_of
from postgresql import new_postgresql
from waiting import eventually

from rehearsal.wavespeed import Fault

NewHouse = Callable[..., AbstractAsyncContextManager[House]]


@pytest.mark.timeout(400)
async def test_what_a_killed_and_a_frozen_cluster_had_is_finished_once_by_the_third(
    new_house: NewHouse,
) -> None:
    async with new_house() as house, AsyncExitStack() as stack:
        fleet = Fleet(house, new_postgresql())
        killed, frozen, there = await asyncio.gather(
            stack.enter_async_context(fleet.cluster(0)),
            stack.enter_async_context(fleet.cluster(1)),
            # The one that stays takes nothing up by itself while the others do.
            stack.enter_async_context(fleet.cluster(2, QUEUE_POLL_INTERVAL="2")),
        )
        north, south, porch = [await fleet.member(cluster_id) for cluster_id in range(3)]
        await asyncio.gather(killed.opened(), frozen.opened(), there.opened())

        holds = [
            house.wave.faults.add(Fault("render_held", times=None, tags="render")),
            house.wave.faults.add(Fault("hold", endpoint="submit", when="after", times=4, tags="answer")),
            house.wave.faults.add(Fault("hold", endpoint="download", times=4, tags="download")),
        ]
        titles: list[str] = []
        held = fleet.running_on()
        while min(held[0], held[1]) < 2:  # which of the two takes a track up is chance
            asked = [f"{tags} {len(titles)}" for tags in ("render", "answer", "download")]
            titles += asked
            assert len(titles) < 40
            await asyncio.gather(
                *(
                    member.slash("compose", tags=title, duration=5, title=title.title())
                    for title, member in zip(asked, (north, south, porch), strict=True)
                )
            )
            await eventually(lambda count=len(titles): _begun(fleet, count))
            held = await asyncio.to_thread(fleet.running_on)
        for hold in holds:
            await hold.reached()

        killed.send(signal.SIGKILL)
        frozen.send(signal.SIGSTOP)
        since = time.monotonic()
        await eventually(lambda: _gone(fleet, 0, 1))
        taken_after = time.monotonic() - since
        assert taken_after < 8 + 6  # its lease, two renewals, and some looks on a busy machine
        for hold in holds:
            hold.release()
        await asyncio.wait_for(_ended(fleet, len(titles)), STARTING)
        await fleet.rest()
        sent = _sent(house)

        frozen.send(signal.SIGCONT)
        assert await frozen.ended() == 1
        lost = [line for line in frozen.log().splitlines() if "lost its place" in line]
        assert len(lost) == 1
        assert _sent(house) == sent
        assert fleet.problems() == []
        print(f"{len(titles)} tracks; taken over after {taken_after:.1f} s; had been running: {dict(held)}")  # noqa: T201

        back = await stack.enter_async_context(fleet.cluster(0))  # and whoever comes back has its place again
        await back.opened()
        await said(await north.slash("compose", tags="ska", duration=5, title="Back Again"), "Back Again")
        await track_of(north, "Back Again")
        await fleet.rest()
        assert fleet.problems() == []


def _sent(house: House) -> tuple[int, int]:
    """How many messages and how many orders for music there were."""
    messages = [one for one in house.discord.requests if (one.method, one.path[-9:]) == ("POST", "/messages")]
    return len(messages), house.wave.count("submit")


async def _gone(fleet: Fleet, *clusters: int) -> bool:
    running: Any = await asyncio.to_thread(fleet.running_on)
    return not any(running[one] for one in clusters)


async def _ended(fleet: Fleet, count: int) -> None:
    query = "SELECT count(*) AS n FROM tracks WHERE state = 'delivered'"
    while (await asyncio.to_thread(fleet.rows, query))[0]["n"] < count:  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def _begun(fleet: Fleet, count: int) -> bool:
    query = "SELECT count(*) AS n FROM tracks WHERE state <> 'waiting'"
    return (await asyncio.to_thread(fleet.rows, query))[0]["n"] == count

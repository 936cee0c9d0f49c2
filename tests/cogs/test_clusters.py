"""Three clusters on one PostgreSQL: one is killed for good, one freezes and comes back too late."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from fleet import Fleet
from house import House, said
from postgresql import new_postgresql

from rehearsal.wavespeed import Fault

NewHouse = Callable[..., AbstractAsyncContextManager[House]]


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
        # An explicit one, where it may be posted: whoever posts it has to ask Discord what place that is.
        house.wave.faults.add(Fault("nsfw", tags="explicit", times=None))
        await north.go("after-dark")
        await north.slash("compose", tags="render, explicit", duration=5, title="Explicit")
        await north.go("music")
        titles, held = ["Explicit"], fleet.running_on()
        while min(held[0], held[1]) < 2:  # which of the two takes a track up is chance
            assert len(titles) < 90  # of 100 places
            asked = [f"{tags} {len(titles)}" for tags in ("render", "answer", "download")]
            titles += asked
            await asyncio.gather(
                *(
                    member.slash("compose", tags=title, duration=5, title=title.title())
                    for title, member in zip(asked, (north, south, porch), strict=True)
                )
            )
            await fleet.until("SELECT 1 FROM tracks WHERE state = 'waiting'")
            held = await asyncio.to_thread(fleet.running_on)
        for hold in holds:
            await hold.reached()

        killed.send(signal.SIGKILL)
        frozen.send(signal.SIGSTOP)
        since = time.monotonic()
        await fleet.until(
            "SELECT 1 FROM dbos.workflow_status"
            " WHERE status = 'PENDING' AND executor_id NOT LIKE 'cluster-2.%'"
        )
        taken_after = time.monotonic() - since
        assert taken_after < 60  # its lease of 8 s, two renewals, and some looks; a machine may be busy
        for hold in holds:
            hold.release()
        await fleet.until("SELECT 1 FROM tracks WHERE state <> 'delivered'")
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
        await fleet.until("SELECT 1 FROM tracks WHERE state <> 'delivered'")
        await fleet.rest()
        assert fleet.problems() == []


def _sent(house: House) -> tuple[int, int]:
    """How many messages and how many orders for music there were."""
    messages = [one for one in house.discord.requests if (one.method, one.path[-9:]) == ("POST", "/messages")]
    return len(messages), house.wave.count("submit")

"""A campaign: clusters are killed, frozen, replaced and restarted at random while members ask for tracks."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass, field

import pytest
from bot_harness import Harness
from fleet import STARTING, Bot, Fleet
from postgresql import new_postgresql
from soak.seed import soak_seed

from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.discord.members.member import NotPossibleError

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]

SECONDS = 180.0  # of the campaign; then everything comes to rest
LEASE = 8.0
WHAT = ("kill", "stay away", "blink", "freeze", "replace", "stop")


@dataclass
class Campaign:
    """What happens to three clusters, one at a time each."""

    fleet: Fleet
    chance: random.Random
    until: float
    happened: Counter[str] = field(default_factory=Counter)
    heard: Counter[str] = field(default_factory=Counter)  # by members, at once
    asked: int = 0

    async def suffer(self, cluster_id: int) -> None:
        """The life of one cluster, with a supervisor that starts it again whenever it has ended."""
        machines = 0
        while asyncio.get_running_loop().time() < self.until:
            async with self.fleet.cluster(cluster_id, f"-{machines}") as bot:
                if not await came_up(bot):
                    self.happened["had to wait"] += 1
                    continue
                asking = asyncio.create_task(self.ask(cluster_id))
                ending = asyncio.create_task(bot.process.wait())
                await asyncio.wait({ending}, timeout=self.chance.uniform(3, 10))
                what = "lost" if ending.done() else self.chance.choice(WHAT)
                self.happened[what] += 1
                machines += what == "replace"
                await self.strike(what, bot, cluster_id, f"-{machines}")
                asking.cancel()

    async def strike(self, what: str, bot: Bot, cluster_id: int, elsewhere: str) -> None:
        match what:
            case "kill" | "stay away":
                bot.send(signal.SIGKILL)
                await asyncio.sleep(LEASE + 4 if what == "stay away" else 0)
            case "blink":
                bot.send(signal.SIGSTOP)
                await asyncio.sleep(LEASE / 4)
                bot.send(signal.SIGCONT)
                await asyncio.sleep(2)
            case "freeze":
                bot.send(signal.SIGSTOP)
                await asyncio.sleep(LEASE + 4)
                bot.send(signal.SIGCONT)
                await asyncio.sleep(2)
                self.happened["found out"] += bot.process.returncode == 1
            case "replace":
                bot.send(signal.SIGSTOP)
                await asyncio.sleep(LEASE + 1)
                async with self.fleet.cluster(cluster_id, elsewhere) as other:
                    if await came_up(other):
                        bot.send(signal.SIGCONT)
                        assert await bot.ended() == 1
                        self.happened["found out"] += 1
                    other.send(signal.SIGTERM)
                    await other.ended()
            case "stop":
                bot.send(signal.SIGTERM)
                assert await bot.ended() == 0
            case _:
                assert bot.process.returncode == 1

    async def ask(self, cluster_id: int) -> None:
        member = await self.fleet.member(cluster_id)
        while True:
            self.asked += 1
            title = f"Song {self.asked}"
            tags = self.chance.choice(("ska", "slow", "held answer"))
            with suppress(NotPossibleError, OSError):
                answer = await member.slash("compose", tags=tags, duration=5, title=title)
                self.heard[answer.text.replace(title, "…")[-60:] if answer.error else answer.state] += 1
            await asyncio.sleep(self.chance.uniform(0.3, 2))


async def came_up(bot: Bot) -> bool:
    """Whether it opened; it may find its place taken, or lose it on the way."""
    opening = asyncio.create_task(bot.opened())
    try:
        await opening
    except (AssertionError, TimeoutError):
        assert bot.process.returncode in (None, 1, 2), bot.log()
        return False
    return True


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_clusters_come_and_go_and_everything_is_made_once(new_harness: NewHarness) -> None:
    seed = soak_seed()
    async with new_harness() as harness, AsyncExitStack() as stack:
        harness.wave.faults.at_rate("lost_after", 0.1)
        harness.wave.faults.at_rate("render_slow", 1.0, tags="slow", seconds=6.0)
        # Less than LOST_ANSWER_PATIENCE: what the provider takes later than that cannot be known of.
        harness.wave.faults.at_rate("slow", 1.0, endpoint="submit", tags="held answer", seconds=0.8)
        harness.wave.faults.at_rate("render_failed", 0.05)
        posts = ("POST", "/channels/*/messages", None)
        harness.discord.faults.add(DiscordFault("lost", *posts, rate=0.05))
        harness.discord.faults.add(DiscordFault("slow", *posts, rate=0.2))
        # As with Discord, what came before a freeze of a lease or longer can be answered no more after it.
        harness.discord.interactions.deadline = LEASE / 2
        fleet = Fleet(harness, new_postgresql())
        for cluster_id in range(3):
            await fleet.member(cluster_id)
        until = asyncio.get_running_loop().time() + SECONDS
        campaign = Campaign(fleet, random.Random(seed), until)
        async with asyncio.TaskGroup() as group:
            for cluster_id in range(3):
                group.create_task(campaign.suffer(cluster_id))
        harness.wave.faults.clear()
        harness.discord.faults.clear()
        bots = [await stack.enter_async_context(fleet.cluster(number, "-last")) for number in range(3)]
        await asyncio.gather(*(bot.opened() for bot in bots))
        ended = "'delivered', 'failed', 'withheld', 'cancelled'"
        await fleet.until(f"SELECT 1 FROM tracks WHERE state NOT IN ({ended})", 4 * STARTING)  # noqa: S608
        await fleet.rest()
        states = Counter(row["state"] for row in fleet.rows("SELECT state FROM tracks"))
        print(f"{campaign.asked} asked, {dict(states)}; {dict(campaign.happened)}; {dict(campaign.heard)}")  # noqa: T201
        problems = fleet.problems()
        assert not problems, "\n".join(problems)

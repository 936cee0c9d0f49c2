"""Bots as processes of their own, on one PostgreSQL: started, killed, frozen, thawed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import preloaded
import psycopg
from bot_harness import Harness, between
from psycopg.rows import dict_row

import bot as front_door
from rehearsal.discord.members.member import Member
from rehearsal.wavespeed import WaveSpeedStandIn
from services.money.ledger import CHARGES

ROOT = Path(front_door.__file__).parent
HERE = Path(__file__).parent
STARTING = 60.0  # seconds that a start may take on a busy machine
# With three shards the guilds that the rehearsal begins with are both the last one's; these are the others'.
GUILDS = {0: ("North", 1_730_000_000.001), 1: ("South", 1_730_000_000.002), 2: ("The Porch", 0.0)}


@dataclass
class Bot:
    """One process, and what it wrote."""

    process: preloaded.BotProcess
    folder: Path
    health: Path

    async def opened(self) -> None:
        """Waits until it takes interactions."""

        async def look() -> bool:
            assert self.process.returncode is None, self.log()
            return await asyncio.to_thread(self.health.exists)

        async with asyncio.timeout(STARTING):
            while not await look():  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def ended(self, patience: float = STARTING) -> int:
        """Its exit code, once it has ended."""
        return await asyncio.wait_for(self.process.wait(), patience)

    def send(self, what: signal.Signals) -> None:
        self.process.send_signal(what)

    def log(self) -> str:
        return (self.folder / "bot.log").read_text(encoding="utf-8")


@asynccontextmanager
async def running(harness: Harness, folder: Path, **environment: str) -> AsyncIterator[Bot]:
    """A bot with its data and its log in `folder`, killed in the end."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    settings = between(harness, folder) | {
        "MEMBER_DAILY_LIMIT": "5",
        "MEMBER_WAITING_LIMIT": "100",
        "POLL_INTERVAL": "0.05",
        "LOST_ANSWER_PATIENCE": "1",
        "PYTHONPATH": str(ROOT),
        "PLACES": "100",
    }
    settings |= environment
    several = int(settings.get("CLUSTER_COUNT", "1")) > 1
    health = Path(settings["DATA_DIR"]) / (f"health-{settings['CLUSTER_ID']}" if several else "health")
    health.unlink(missing_ok=True)
    with (folder / "bot.log").open("ab") as log:
        process = await preloaded.start(
            HERE / "cluster_bot.py", folder=folder, environment=kept | settings, log=log
        )
    try:
        yield Bot(process, folder, health)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass
class Fleet:
    """Three clusters of one bot, a guild each, and what is written down of their tracks."""

    harness: Harness
    url: str
    bots: dict[int, Bot] = field(default_factory=dict)

    @asynccontextmanager
    async def cluster(self, cluster_id: int, machine: str = "", **environment: str) -> AsyncIterator[Bot]:
        """machine: what another one calls itself, whose files are its own."""
        shared = {
            "DATABASE_URL": self.url,
            "SHARD_COUNT": "3",
            "CLUSTER_COUNT": "3",
            "CLUSTER_ID": str(cluster_id),
            "LEASE_DURATION": "8",
            "LEASE_RENEWAL": "0.5",
        }
        folder = self.harness.settings.data_dir / f"cluster-{cluster_id}{machine}"
        async with running(self.harness, folder, **shared | environment) as bot:
            self.bots[cluster_id] = bot
            yield bot

    async def member(self, cluster_id: int, channel: str = "music") -> Member:
        """Somebody in the guild that is that cluster's."""
        name, made_at = GUILDS[cluster_id]
        world = self.harness.discord.world
        if name not in {guild.name for guild in world.guilds.values()}:
            guild = world.add_guild(name, made_at=made_at)
            for place, nsfw in (("music", False), ("after-dark", True)):
                world.add_channel(guild.id, place, nsfw=nsfw, made_at=made_at)
            world.add_member(guild.id, "Ben")
        return await self.harness.member("Ben", name, channel)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.url) as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode()).fetchall()

    def running_on(self) -> Counter[int]:
        """How many workflows each cluster runs."""
        query = "SELECT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'"
        return Counter(
            int(row["executor_id"].removeprefix("cluster-").partition(".")[0]) for row in self.rows(query)
        )

    async def until(self, query: str, patience: float = STARTING) -> None:
        """Waits until the query finds nothing any more."""
        async with asyncio.timeout(patience):
            while await asyncio.to_thread(self.rows, query):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def rest(self) -> None:
        """Waits until no workflow is left and nothing is reserved any more."""
        await self.until("SELECT 1 FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED')")
        await self.until("SELECT 1 FROM ledger_sums WHERE reserved <> 0")

    def problems(self) -> list[str]:
        """What is not as it must be once all is quiet: money, POSTs, messages; with the track's row.

        A track whose member was told nothing, because its process ended before that, is taken back: it is
        cancelled and deleted, was never POSTed, and its reservation was released for that reason.
        """
        wave, found = self.harness.wave, list[str]()
        posted = Counter(
            embed.get("title")
            for channel in self.harness.discord.world.all_channels()
            for message in channel.messages.values()
            for embed in message.data.get("embeds", ())
            if message.data.get("attachments") and message.visible_to is None
        )
        bill, silent = billed(wave), self._asked_in_vain()
        booked = defaultdict[str, list[dict[str, Any]]](list)
        for entry in self.rows("SELECT track_id, kind, amount, note, at FROM ledger_entries ORDER BY id"):
            booked[entry["track_id"]].append(entry)
        for track in self.rows("SELECT * FROM tracks ORDER BY created_at"):
            title, own, wrong = track["title"], booked[track["id"]], list[str]()
            released = [(one["kind"], one["note"]) for one in own[1:]] == [("release", "not acknowledged")]
            taken_back = (
                track["state"] == "cancelled" and track["deleted_at"] and released and title in silent
            )
            if posted[title] != (track["state"] == "delivered"):
                wrong.append(f"{title} is {track['state']}, posted {posted[title]} times")
            if wave.submits[track["seed"]] != (not taken_back):
                wrong.append(f"{title} was POSTed {wave.submits[track['seed']]} times")
            spent = sum(one["amount"] for one in own if one["kind"] in CHARGES)
            if (cost := bill.pop(str(track["prediction_id"]), 0)) != spent:
                wrong.append(f"{title} was billed {cost} and counts as {spent}")
            if wrong:
                found += [*wrong, f"  {track}", *(f"  {one}" for one in own)]
        if sum(bill.values()):
            found.append(f"billed for nothing that we know: {bill}")
        return found

    def _asked_in_vain(self) -> set[str]:
        """The titles of which the members who asked for them read that the application did not respond."""
        return {
            str(option["value"])
            for one in self.harness.discord.interactions.all.values()
            for option in one.data.get("options", ())
            if one.state == "failed" and option["name"] == "title"
        }


def billed(wave: WaveSpeedStandIn) -> Counter[str]:
    """What each prediction costs in the end (micro-dollars): a refund comes a minute after its task."""
    booked = wave.bill  # first, because what is due by now is booked with that, and owed no more
    found: Counter[str] = Counter()
    for entry in [*booked, *(one for account in wave.accounts.values() for one in account.owed)]:
        found[str(entry.prediction)] += entry.micro if entry.billing_type == "deduct" else -entry.micro
    return found

"""The ledger on SQLite: tracks written down and paid for, each in a transaction that survives a power cut."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bench.measuring.figures import Figure, spread
from services.guilds.settings import next_number
from services.money.ledger import Ledger
from services.money.limits import Limits
from services.storage.database import Database, now
from services.tracks import tracks
from services.tracks.track import State

ALONE = 200
AT_ONCE = 100
ROUNDS = 3
GUILD, MEMBER, PRICE = 5, 7, 12_000
PLENTY = 10**12  # micro-dollars
LIMITS = Limits(
    host_daily=PLENTY,
    guild_daily=PLENTY,
    guild_monthly=PLENTY,
    guild_daily_ceiling=PLENTY,
    guild_monthly_ceiling=PLENTY,
    member_daily=PLENTY,
    timezone="UTC",
)


async def measure() -> list[Figure]:
    """Reservations one after another, and many that come at the same moment."""
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        try:
            await database.migrate()
            ledger = Ledger(LIMITS)
            alone = [await _reserve(database, ledger) for _ in range(ALONE)]
            began = time.perf_counter()
            together: list[float] = []
            for _ in range(ROUNDS):
                together += await asyncio.gather(*(_reserve(database, ledger) for _ in range(AT_ONCE)))
            took = time.perf_counter() - began
        finally:
            await database.close()
        synced = await asyncio.to_thread(_sync_seconds, Path(folder))
    return [
        Figure("one after another", ALONE / sum(alone), "reservations/s"),
        *spread("one after another", alone),
        Figure(f"{AT_ONCE} at once", ROUNDS * AT_ONCE / took, "reservations/s"),
        *spread(f"{AT_ONCE} at once, from asking to having", together),
        Figure("for comparison: 4 KiB written and synced to this disk", synced * 1000, "ms"),
    ]


async def _reserve(database: Database, ledger: Ledger) -> float:
    """Writes a track down and reserves its price, as the bot does; how long that took, in seconds."""

    async def reserve(connection: AsyncConnection) -> None:
        number, guild = await next_number(connection, GUILD)
        track = await tracks.add(
            connection,
            id=tracks.new_id(),
            guild_id=GUILD,
            number=number,
            guild_name="The Porch",
            channel_id=1,
            member_id=MEMBER,
            member_name="Ben",
            model="bench",
            title="Porch Light",
            tags="funk, brass",
            lyrics="",
            duration=60,
            seed=number,
            price=PRICE,
            turn=number,
            state=State.WAITING,
            created_at=now(),
        )
        await ledger.reserve(connection, track_id=track.id, guild=guild, members=[MEMBER], price=PRICE)

    began = time.perf_counter()
    await database.write_in_one_go(reserve, patient=True)
    return time.perf_counter() - began


def _sync_seconds(folder: Path, times: int = 50) -> float:
    """What one small write that reaches the disk takes here."""
    with (folder / "synced").open("wb") as file:
        began = time.perf_counter()
        for _ in range(times):
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
        return (time.perf_counter() - began) / times

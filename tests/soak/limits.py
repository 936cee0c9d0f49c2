"""The watch over the limits while a campaign goes on: what is spent and reserved never passes one.

Moderators only raise limits in a campaign, and the sums are read before them: so no moment is judged by a
limit that was not yet in force.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from services.storage.tables import (
    ballots,
    guilds,
    jams,
    kept_messages,
    own_voices,
    parties,
    relays,
    sums,
    tracks,
)

if TYPE_CHECKING:
    from soak.world import World

LOOK = 0.25  # seconds between two looks
UNDER_WAY = (
    sa.select(sa.func.count()).select_from(jams).where(jams.c.phase == "making"),
    sa.select(sa.func.count()).select_from(jams).where(jams.c.phase == "ended", jams.c.told.is_(False)),
    sa.select(sa.func.count())
    .select_from(ballots)
    .where(ballots.c.message_id.is_(None), ballots.c.shown.is_(False)),
    sa.select(sa.func.count()).select_from(relays).where(relays.c.phase == "making", relays.c.refused == ""),
    sa.select(sa.func.count())
    .select_from(kept_messages)
    .where(kept_messages.c.said != kept_messages.c.changed),
    sa.select(sa.func.count()).select_from(parties).where(parties.c.ended_at.is_(None)),
    sa.select(sa.func.count())
    .select_from(own_voices)
    .where(
        own_voices.c.state == "forgotten",
        own_voices.c.id.not_in(
            sa.select(tracks.c.voice_id).where(tracks.c.voice_id.is_not(None), tracks.c.fetch_at.is_not(None))
        ),
    ),
)


TOGETHER = (
    sa.select(sa.func.count()).select_from(tracks).where(tracks.c.voice_id.is_not(None)),
    sa.select(sa.func.count()).select_from(parties),
)


@dataclass(frozen=True)
class Passed:
    """A limit that was passed. Amounts in micro-dollars."""

    at: float
    account: str
    stands: int
    limit: int


class LimitWatch:
    """Looks again and again; what it cannot read for now, it reads later."""

    def __init__(self, world: World, settings: dict[str, str]) -> None:
        self.world = world
        self.defaults = {
            name: int(Decimal(value) * 1_000_000) for name, value in settings.items() if "LIMIT" in name
        }
        self.passed: list[Passed] = []
        self.looks = 0
        self.made = 0
        """Tracks that were written down so far."""
        self.songs = self.parties = 0
        """The same of those that are sung with a member's own voice, and of parties."""
        self.unfinished = 0
        self.under_way = 0
        """Jams and relays that wait for a track, parties, posts that are to come, voices to be erased."""

    async def keep_looking(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        try:
            async with asyncio.timeout(5), self.world.database.witness.read() as connection:
                stands = [
                    (one.account, one.reserved + one.spent) for one in await connection.execute(sums.select())
                ]
                rows = {one.guild_id: one for one in await connection.execute(guilds.select())}
                states = sa.select(tracks.c.state, sa.func.count()).group_by(tracks.c.state)
                shaped = [await connection.scalar(query) or 0 for query in UNDER_WAY]
                songs, parties = [await connection.scalar(query) or 0 for query in TOGETHER]
                counted = {row[0]: row[1] for row in await connection.execute(states)}
        except (SQLAlchemyError, OSError, TimeoutError):
            return
        self.looks += 1
        self.made, self.songs, self.parties = sum(counted.values()), songs, parties
        ended = ("delivered", "in_review", "withheld", "failed", "cancelled")
        self.unfinished = sum(count for state, count in counted.items() if state not in ended)
        self.under_way = sum(shaped)
        for account, amount in stands:
            limit = self._limit(account, rows)
            if amount > limit:
                self.passed.append(Passed(time.monotonic(), account, amount, limit))

    def _limit(self, account: str, rows: dict[int, Any]) -> int:
        """Of "guild:5 day", "guild:5 month", "member:5:7 day", "host day"."""
        whose, period = account.rsplit(" ", 1)
        if whose == "host":
            return self.defaults["HOST_DAILY_LIMIT"]
        kind, guild, *_ = whose.split(":")
        own = rows.get(int(guild))
        match kind, period:
            case "member", _:
                given, default = own and own.member_daily_limit, "MEMBER_DAILY_LIMIT"
            case _, "day":
                given, default = own and own.daily_limit, "GUILD_DAILY_LIMIT"
            case _:
                given, default = own and own.monthly_limit, "GUILD_MONTHLY_LIMIT"
        return self.defaults[default] if given is None else given

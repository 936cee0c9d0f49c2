"""Relays: seats, turns, votes, and the song. The rule: each act is one transaction, the relay locked.

What is due is read from the tables, so a relay goes on after any restart. Its track's id is written down
before the track is asked for, so that it is sung once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.bans import active_ban, check_ban
from services.guilds.settings import lock_guild
from services.messages.kept_messages import touch_posted
from services.relays import storage
from services.relays.relay import (
    LEAST_SEATS,
    MOST_RELAYS,
    NoSeat,
    NotVotingNow,
    NotYourRelay,
    NotYourTurn,
    Phase,
    Relay,
    RelayThere,
    Seat,
    TooFew,
    TooManyRelays,
    votable,
)
from services.storage.database import Database, insert, now
from services.storage.tables import RELAY_GOES_ON, relay_seats, relay_votes
from services.storage.tables import relays as table
from services.tracks import tracks
from services.tracks.sight import Sight

LATELY = timedelta(days=3)
SEATS_OPEN = timedelta(days=1)  # after which a relay that nobody began is over
REFUSED_OPEN = timedelta(days=7)  # the same, of one that was not sung, and that nobody tried again
AWAY = timedelta(minutes=1)  # by which nobody looks too late at what is due, unless the bot was away then


@dataclass(frozen=True, slots=True)
class Start:
    """A relay to be opened. most: seats; rounds: lines of each; minutes: for a line, and for the vote."""

    guild_id: int
    channel_id: int
    place_id: int | None
    starter_id: int
    starter_name: str
    theme: str
    most: int
    rounds: int
    minutes: int


class Relays:
    """Every guild's relays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, start: Start) -> Relay:
        """Opens a relay, with its starter in the first seat. Raises Banned, RelayThere, TooManyRelays."""
        async with self._database.write() as connection:
            await lock_guild(connection, start.guild_id)
            await check_ban(connection, start.guild_id, start.starter_id)
            own = table.c.guild_id == start.guild_id, sa.text(RELAY_GOES_ON)
            there = await storage.find(connection, table.select().where(*own))
            for relay in there:
                if relay.channel_id == start.channel_id:
                    raise RelayThere(relay.id)
            if len(there) >= MOST_RELAYS:
                raise TooManyRelays
            at = now()
            row = {
                "id": tracks.new_id(),
                "guild_id": start.guild_id,
                "channel_id": start.channel_id,
                "place_id": start.place_id,
                "starter_id": start.starter_id,
                "starter_name": start.starter_name,
                "theme": start.theme,
                "most": start.most,
                "rounds": start.rounds,
                "minutes": start.minutes,
                "phase": Phase.SEATS,
                "turn": 0,
                "due_at": at + SEATS_OPEN,
                "refused": "",
                "created_at": at,
            }
            await connection.execute(table.insert().values(row))
            relay = await storage.get(connection, str(row["id"]))
            await _seat(connection, relay, start.starter_id, start.starter_name)
            return await storage.change(connection, relay)

    async def find(self, relay_id: str) -> Relay | None:
        """The relay with that id; for what is written of one, never for something that was pressed."""
        async with self._database.read() as connection:
            found = await storage.find(connection, table.select().where(table.c.id == relay_id))
        return found[0] if found else None

    async def open_in(self, guild_id: int) -> list[str]:
        """The ids of the guild's relays that go on."""
        own = table.c.guild_id == guild_id, sa.text(RELAY_GOES_ON)
        async with self._database.read() as connection:
            return list(await connection.scalars(sa.select(table.c.id).where(*own)))

    async def seen(self, sight: Sight, relay_id: str) -> Relay:
        """The relay, where it is seen and goes on. Raises NoSuchRelay."""
        async with self._database.read() as connection:
            return await storage.seen(connection, sight, relay_id)

    async def to_write(self, sight: Sight, relay_id: str, member_id: int) -> Relay:
        """The relay, where it is that member's line: before they write. Raises NoSuchRelay, NotYourTurn."""
        relay = await self.seen(sight, relay_id)
        _must_write(relay, member_id)
        return relay

    async def sit(self, sight: Sight, relay_id: str, member_id: int, name: str) -> Relay:
        """Takes a seat, or leaves it; where that was the last one, it begins.

        Raises NoSuchRelay, Banned, NoSeat.
        """
        async with self._database.write() as connection:
            await check_ban(connection, sight.guild_id, member_id)
            relay = await storage.seen(connection, sight, relay_id, lock=True)
            if relay.phase is not Phase.SEATS or (
                len(relay.seats) >= relay.most and not relay.sits(member_id)
            ):
                raise NoSeat
            if relay.sits(member_id):
                own = relay_seats.c.relay_id == relay_id, relay_seats.c.member_id == member_id
                await connection.execute(relay_seats.delete().where(*own))
            else:
                await _seat(connection, relay, member_id, name)
            relay = await storage.change(connection, relay)
            return await _begin(connection, relay) if len(relay.seats) == relay.most else relay

    async def begin(self, sight: Sight, relay_id: str, member_id: int) -> Relay:
        """The first line is to be written. Raises NoSuchRelay, NotYourRelay, TooFew."""
        async with self._database.write() as connection:
            relay = await _to_end(connection, sight, relay_id, member_id)
            return await _begin(connection, relay) if relay.phase is Phase.SEATS else relay

    async def write(self, sight: Sight, relay_id: str, member_id: int, text: str, turn: int) -> Relay:
        """The member's line, or "" to pass; then it is the next one's.

        turn: which they were shown, so that what was meant for one that is over is no line of another.
        Raises NoSuchRelay, Banned, NotYourTurn.
        """
        async with self._database.write() as connection:
            await check_ban(connection, sight.guild_id, member_id)
            relay = await storage.seen(connection, sight, relay_id, lock=True)
            _must_write(relay, member_id, turn)
            await storage.write(connection, relay, member_id, text)
            return await _next(connection, relay)

    async def vote(self, sight: Sight, relay_id: str, member_id: int, tags: Sequence[str]) -> Relay:
        """From now on the member votes for these tags. Raises NoSuchRelay, Banned, NotVotingNow."""
        async with self._database.write() as connection:
            await check_ban(connection, sight.guild_id, member_id)
            relay = await storage.seen(connection, sight, relay_id, lock=True)
            if relay.phase is not Phase.VOTING:
                raise NotVotingNow
            own = relay_votes.c.relay_id == relay_id, relay_votes.c.member_id == member_id
            await connection.execute(relay_votes.delete().where(*own))
            for tag in votable(tags):
                row = {"relay_id": relay_id, "member_id": member_id, "tag": tag}
                await connection.execute(insert(connection, relay_votes).values(row))
            return await storage.change(connection, relay)

    async def sing(self, sight: Sight, relay_id: str, member_id: int) -> Relay:
        """The vote is over, or what was refused is asked for again. Raises NoSuchRelay, NotYourRelay."""
        async with self._database.write() as connection:
            relay = await _to_end(connection, sight, relay_id, member_id)
            if relay.phase is Phase.VOTING:
                return await _make(connection, relay)
            if relay.phase is Phase.MAKING and relay.refused:
                return await storage.change(connection, relay, refused="", due_at=None)
            return relay

    async def end(self, sight: Sight, relay_id: str, member_id: int) -> Relay:
        """It is over, whatever is missing. Raises NoSuchRelay, NotYourRelay."""
        async with self._database.write() as connection:
            relay = await _to_end(connection, sight, relay_id, member_id)
            return await _end(connection, relay)

    async def give_up(self, guild_id: int, channel_id: int) -> None:
        """Its channel is gone: what goes on there is over."""
        own = table.c.guild_id == guild_id, table.c.channel_id == channel_id, sa.text(RELAY_GOES_ON)
        async with self._database.write() as connection:
            for relay in await storage.find(connection, table.select().where(*own)):
                await _end(connection, await storage.get(connection, relay.id, lock=True))

    async def pass_over(self, guild_id: int, member_id: int) -> None:
        """The member was banned, and may write no more: where it is their line, it is the next one's."""
        own = table.c.guild_id == guild_id, table.c.phase == Phase.WRITING
        async with self._database.write() as connection:
            for found in await storage.find(connection, table.select().where(*own)):
                relay = await storage.get(connection, found.id, lock=True)
                if relay.writer is not None and relay.writer.member_id == member_id:
                    await _next(connection, relay)

    # by itself --------------------------------------------------------------------------------------

    async def due(self) -> list[Relay]:
        """Those of all guilds that go on by themselves now, or whose song is to be asked for."""
        going_on = table.select().where(sa.text(RELAY_GOES_ON))
        due = sa.or_(table.c.due_at <= now(), sa.and_(table.c.phase == Phase.MAKING, table.c.refused == ""))
        return await self._database.read_in_one_go(partial(storage.find, query=going_on.where(due)))

    async def move_on(self, relay_id: str) -> Relay:
        """Passes who sleeps, counts a vote whose time is over, ends what nobody began or asks for again.

        Who could not write or vote, because the bot was away just then, has all of their time once more.
        """
        async with self._database.write() as connection:
            relay = await storage.get(connection, relay_id, lock=True)
            if relay.due_at is None or relay.due_at > now():
                return relay
            if relay.phase is not Phase.SEATS and now() - relay.due_at > AWAY:
                return await storage.change(connection, relay, due_at=_in_time(relay))
            if relay.writer is not None:
                await storage.write(connection, relay, relay.writer.member_id, "")
                return await _next(connection, relay)
            if relay.phase is Phase.VOTING:
                return await _make(connection, relay)
            return await _end(connection, relay)

    async def being_sung(self) -> dict[str, str]:
        """Of those of the last days, which relay each song is of, by the track's id."""
        query = sa.select(table.c.track_id, table.c.id).where(_lately())
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {str(track_id): str(relay_id) for track_id, relay_id in rows}

    async def touch(self, relay_id: str) -> None:
        """What became of its song is to be shown."""
        async with self._database.write() as connection:
            await touch_posted(connection, storage.post_of(relay_id))

    async def pass_on(self, relay: Relay, gone: Collection[int]) -> Relay:
        """These (ids) are not there any more, and who started it is one of them: the next one has started it
        from now on, also for what its song costs. Where nobody else is there, it stays theirs.
        """
        async with self._database.write() as connection:
            there = await storage.get(connection, relay.id, lock=True)
            heir = there.heir(gone)
            if heir is None or there.starter_id not in gone:
                return there
            starter = {"starter_id": heir.member_id, "starter_name": heir.name}
            return await storage.change(connection, there, **starter)

    async def refuse(self, relay: Relay, reason: str) -> Relay:
        """Its song is not asked for, and why; who started it may ask again.

        Nothing where somebody was erased meanwhile, whose words the reason may tell: it is asked for anew.
        """
        async with self._database.write() as connection:
            there = await storage.get(connection, relay.id, lock=True)
            if there != relay:
                return there
            over = now() + REFUSED_OPEN
            return await storage.change(connection, there, refused=reason, due_at=over)

    async def asked_for(self, relay_id: str) -> Relay:
        """Its song is asked for, or can be no more: nothing is left to be done for it."""
        async with self._database.write() as connection:
            relay = await storage.get(connection, relay_id, lock=True)
            return await storage.change(connection, relay, phase=Phase.ENDED)


async def go_on_without(connection: AsyncConnection, relay_id: str, member_id: int, number: int) -> Relay:
    """Somebody's words and name were erased, and number stands in their seat: it goes on without them.

    Before it begins their seat is free, after that it is passed. Whoever is in it longest of the others has
    started it from now on, also for what its song costs; where nobody is there, or no line, it is over.
    """
    relay = await storage.get(connection, relay_id)
    if relay.phase is Phase.SEATS:
        own = relay_seats.c.relay_id == relay_id, relay_seats.c.member_id == number
        await connection.execute(relay_seats.delete().where(*own))
    values: dict[str, Any] = {"refused": ""}
    if relay.phase is Phase.MAKING:
        values["due_at"] = None
    heir = relay.heir()
    if relay.starter_id == member_id:
        passes_on = heir is not None and relay.phase is not Phase.ENDED
        by = {"starter_id": heir.member_id, "starter_name": heir.name} if heir and passes_on else None
        values |= {"theme": ""} | (by or {"starter_id": number, "starter_name": ""})
    relay = await storage.change(connection, relay, **values)
    if relay.phase is Phase.ENDED:
        return relay
    nobody = heir is None and (relay.phase is not Phase.SEATS or relay.starter_id == number)
    if nobody or (relay.phase in (Phase.VOTING, Phase.MAKING) and not relay.written):
        return await _end(connection, relay)
    asleep = relay.writer is not None and relay.writer.member_id == number
    return await _next(connection, relay) if asleep else relay


def _lately() -> sa.ColumnElement[bool]:
    """Those whose song may not have ended yet."""
    return sa.and_(table.c.track_id.is_not(None), table.c.created_at > now() - LATELY)


def _must_write(relay: Relay, member_id: int, turn: int | None = None) -> None:
    if relay.writer is None or relay.writer.member_id != member_id or turn not in (None, relay.turn):
        raise NotYourTurn


async def _to_end(connection: AsyncConnection, sight: Sight, relay_id: str, member_id: int) -> Relay:
    relay = await storage.seen(connection, sight, relay_id, lock=True)
    if not relay.may_end(member_id, moderator=sight.moderator):
        raise NotYourRelay
    return relay


async def _seat(connection: AsyncConnection, relay: Relay, member_id: int, name: str) -> None:
    last = sa.select(sa.func.max(relay_seats.c.seat)).where(relay_seats.c.relay_id == relay.id)
    seat = ((await connection.scalar(last)) or 0) + 1
    row = {"relay_id": relay.id, "member_id": member_id, "seat": seat, "name": " ".join(name.split())}
    await connection.execute(relay_seats.insert().values(row))


async def _begin(connection: AsyncConnection, relay: Relay) -> Relay:
    if len(relay.seats) < LEAST_SEATS:
        raise TooFew
    relay = await storage.change(connection, relay, phase=Phase.WRITING, turn=0, due_at=_in_time(relay))
    return relay if await _may_write(connection, relay, relay.seats[0]) else await _next(connection, relay)


async def _may_write(connection: AsyncConnection, relay: Relay, seat: Seat) -> bool:
    return seat.taken and await active_ban(connection, relay.guild_id, seat.member_id) is None


async def _next(connection: AsyncConnection, relay: Relay) -> Relay:
    """The next one's turn; after the last line the vote, or nothing where nobody wrote any."""
    for turn in range(relay.turn + 1, relay.turns):
        if await _may_write(connection, relay, relay.seats[turn % len(relay.seats)]):
            return await storage.change(connection, relay, turn=turn, due_at=_in_time(relay))
    written = (await storage.get(connection, relay.id)).written
    if not written:
        return await _end(connection, relay)
    return await storage.change(connection, relay, phase=Phase.VOTING, due_at=_in_time(relay))


async def _end(connection: AsyncConnection, relay: Relay) -> Relay:
    return await storage.change(connection, relay, phase=Phase.ENDED, due_at=None)


async def _make(connection: AsyncConnection, relay: Relay) -> Relay:
    return await storage.change(connection, relay, phase=Phase.MAKING, due_at=None, track_id=tracks.new_id())


def _in_time(relay: Relay):
    return now() + timedelta(minutes=relay.minutes)

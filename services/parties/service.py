"""Parties as they are kept. The rule: whoever changes one has locked its row, and touches its panel with it.

What plays, and how far it has got, is read from these tables alone, so a party goes on after any restart at
the track, and within seconds of the place, where it was. Who listens is Discord's to say, and handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.bans import check_ban
from services.guilds.settings import lock_guild
from services.messages import kept_messages
from services.parties.party import (
    MOST_TRACKS,
    Audience,
    Ended,
    NoSuchParty,
    NothingToPlay,
    NotListening,
    NotYourParty,
    Party,
    PartyThere,
    Queued,
    QueueFull,
    Standing,
    skip_wanted,
)
from services.storage.database import Database, insert, now
from services.storage.tables import parties, party_skips, party_tracks
from services.tracks import tracks
from services.tracks.track import Track

KIND = "party"  # of its panel, among the messages that are kept up to date


class Parties:
    """Every guild's parties."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # looking ----------------------------------------------------------------------------------------

    async def going_on(self) -> list[Party]:
        """Those that are not over, of all guilds."""
        return await self._find()

    async def of_guild(self, guild_id: int) -> Party | None:
        """The guild's party, where there is one."""
        return next(iter(await self._find(parties.c.guild_id == guild_id)), None)

    async def open_in(self, guild_id: int) -> list[str]:
        """The ids of the guild's parties that are not over: of one at most."""
        return [one.id for one in await self._find(parties.c.guild_id == guild_id)]

    async def standing(self, party_id: str, audience: Audience) -> Standing:
        """The party, over or not, with its queue. audience: those who listen. Raises NoSuchParty."""
        async with self._database.read() as connection:
            party = await _get(connection, party_id)
            return await _standing(connection, party, audience)

    # what is done in it -----------------------------------------------------------------------------

    async def start(
        self,
        audience: Audience,
        channel_id: int,
        starter_id: int,
        starter_name: str,
        track_ids: Sequence[str],
    ) -> Party:
        """Opens a party in a voice channel. audience: those who listen there.

        Raises Banned, PartyThere, NothingToPlay, QueueFull; nothing is changed then.
        """
        async with self._database.write() as connection:
            await lock_guild(connection, audience.guild_id)
            await check_ban(connection, audience.guild_id, starter_id)
            own = parties.c.guild_id == audience.guild_id
            if going_on := await _where(connection, own, parties.c.ended_at.is_(None)):
                raise PartyThere(going_on[0])
            playable = await _playable(connection, audience, track_ids)
            if not playable:
                raise NothingToPlay
            values = {"id": tracks.new_id(), "guild_id": audience.guild_id, "channel_id": channel_id}
            values |= {"starter_id": starter_id, "starter_name": starter_name, "started_at": now()}
            values |= {"place": 0, "played": 0, "paused": False}
            row = (await connection.execute(parties.insert().values(values).returning(*parties.c))).one()
            party = _party(row)
            await _append(connection, party, playable, starter_id)
            await _touch(connection, party)
            return party

    async def add(
        self, audience: Audience, party_id: str, member_id: int, track_ids: Sequence[str]
    ) -> list[Track]:
        """Puts tracks at the queue's end and returns them. audience: those who listen.

        Raises NoSuchParty, Banned, NothingToPlay, QueueFull.
        """
        async with self._database.write() as connection:
            await check_ban(connection, audience.guild_id, member_id)
            party = await _locked(connection, party_id, audience.guild_id)
            playable = await _playable(connection, audience, track_ids)
            if not playable:
                raise NothingToPlay
            await _append(connection, party, playable, member_id)
            await _touch(connection, party)
            return playable

    async def skip(
        self,
        audience: Audience,
        party_id: str,
        member_id: int,
        listeners: Collection[int],
        *,
        moderator: bool,
        place: int | None = None,
    ) -> bool:
        """Says that a member wants to hear no more of what plays; whether that was enough, and it goes on.

        place: of what they heard as they said so; nothing more is done where that is over already.
        Whoever started the party, and moderators, are enough alone. Raises NoSuchParty, NotListening.
        """
        async with self._database.write() as connection:
            party = await _locked(connection, party_id, audience.guild_id)
            leads = moderator or member_id == party.starter_id
            if not leads and member_id not in listeners:
                raise NotListening(party)
            if place is not None and place != party.place:  # two presses at once skip one track
                return True
            row = {"party_id": party.id, "place": party.place, "member_id": member_id}
            await connection.execute(insert(connection, party_skips).values(row).on_conflict_do_nothing())
            await _touch(connection, party)
            if not leads and not skip_wanted(await _skips(connection, party), listeners):
                return False
            await _go_on(connection, party)
            return True

    async def ended(self, party_id: str, place: int) -> None:
        """What plays at that place is over, or cannot be played: the next is on, unless it was on already."""
        async with self._database.write() as connection:
            party = await _get(connection, party_id, lock=True)
            if party.ended_at is None and party.place == place:
                await _go_on(connection, party)

    async def pause(
        self,
        audience: Audience,
        party_id: str,
        member_id: int,
        listeners: Collection[int],
        *,
        paused: bool,
        moderator: bool,
    ) -> Party:
        """Pauses it, or lets it go on, which all who listen may while its starter does not.

        Raises NoSuchParty, NotYourParty, NotListening.
        """
        async with self._database.write() as connection:
            party = await _locked(connection, party_id, audience.guild_id)
            if paused or party.starter_id in listeners:
                _must_lead(party, member_id, moderator=moderator)
            elif not (moderator or member_id == party.starter_id or member_id in listeners):
                raise NotListening(party)
            return await _change(connection, party, paused=paused)

    async def stop(self, audience: Audience, party_id: str, member_id: int, *, moderator: bool) -> Party:
        """Ends it, for whoever started it and for moderators. Raises NoSuchParty, NotYourParty."""
        async with self._database.write() as connection:
            party = await _locked(connection, party_id, audience.guild_id)
            _must_lead(party, member_id, moderator=moderator)
            return await _end(connection, party, Ended.STOPPED)

    async def end(self, party_id: str, because: Ended) -> None:
        """Ends it by itself; one that is over stays as it ended."""
        async with self._database.write() as connection:
            party = await _get(connection, party_id, lock=True)
            if party.ended_at is None:
                await _end(connection, party, because)

    async def moved(self, party_id: str, channel_id: int) -> None:
        """Somebody took the bot to another voice channel: the rest of the party goes on there, as another.

        Its panel is in that channel's chat, and shows and plays what those may hear who listen there. Raises
        NoSuchParty.
        """
        async with self._database.write() as connection:
            party = await _get(connection, party_id, lock=True)
            if party.ended_at is not None:
                return
            await _end(connection, party, Ended.MOVED)
            kept = {"id": tracks.new_id(), "channel_id": channel_id, "place": 0}
            names = ("guild_id", "starter_id", "starter_name", "started_at", "played", "paused")
            kept |= {name: getattr(party, name) for name in names}
            row = (await connection.execute(parties.insert().values(kept).returning(*parties.c))).one()
            columns = party_tracks.c
            place = columns.place - party.place
            rest = _of(party, sa.literal(row.id), place, columns.track_id, columns.added_by)
            names_of_columns = ["party_id", "place", "track_id", "added_by"]
            rest = rest.where(columns.place >= party.place)
            await connection.execute(party_tracks.insert().from_select(names_of_columns, rest))
            await _touch(connection, _party(row))

    async def listeners_changed(self, party_id: str, listeners: Collection[int]) -> None:
        """Somebody came or left: those who want to skip may be half of them now, and others may let a paused
        one go on.
        """
        async with self._database.write() as connection:
            party = await _get(connection, party_id, lock=True)
            skips = await _skips(connection, party)
            if party.ended_at is not None or not (skips or party.paused):
                return
            await _touch(connection, party)
            if skip_wanted(skips, listeners):
                await _go_on(connection, party)

    async def note_played(self, party_id: str, place: int, played: int) -> None:
        """How many milliseconds of what plays were heard; its panel is not touched for it."""
        here = sa.and_(parties.c.id == party_id, parties.c.place == place, parties.c.ended_at.is_(None))
        async with self._database.write(patient=True) as connection:
            await connection.execute(parties.update().where(here).values(played=played))

    async def touch(self, party_id: str) -> None:
        """Its panel shows something else: how far what plays has got."""
        async with self._database.write() as connection:
            await kept_messages.touch_posted(connection, key_of(party_id))

    async def voted(self, track_ids: Collection[str]) -> None:
        """Panels show other counts of those tracks."""
        async with self._database.write() as connection:
            for track_id in track_ids:
                await touch_playing(connection, track_id)

    async def _find(self, *which: sa.ColumnElement[bool]) -> list[Party]:
        going_on = parties.c.ended_at.is_(None), *which
        return await self._database.read_in_one_go(lambda connection: _where(connection, *going_on))


async def touch_playing(connection: AsyncConnection, track_id: str) -> None:
    """Has the panels brought up to date of the parties that have that track in their queue."""
    there = party_tracks.c.track_id == track_id, parties.c.ended_at.is_(None)
    query = sa.select(parties.c.id).join(party_tracks, party_tracks.c.party_id == parties.c.id).where(*there)
    ids = (await connection.scalars(query.distinct())).all()
    await kept_messages.touch_posted(connection, *map(key_of, ids))


def key_of(party_id: str) -> str:
    """Of its panel, among the messages that are kept up to date."""
    return f"{KIND}:{party_id}"


async def _get(connection: AsyncConnection, party_id: str, *, lock: bool = False) -> Party:
    """Raises NoSuchParty."""
    query = parties.select().where(parties.c.id == party_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NoSuchParty
    return _party(row)


async def _locked(connection: AsyncConnection, party_id: str, guild_id: int) -> Party:
    """The guild's party, where it is not over. Raises NoSuchParty."""
    party = await _get(connection, party_id, lock=True)
    if party.guild_id != guild_id or party.ended_at is not None:
        raise NoSuchParty
    return party


def _must_lead(party: Party, member_id: int, *, moderator: bool) -> None:
    """Raises NotYourParty."""
    if not moderator and member_id != party.starter_id:
        raise NotYourParty(party)


async def _where(connection: AsyncConnection, *which: sa.ColumnElement[bool]) -> list[Party]:
    rows = await connection.execute(parties.select().where(*which).order_by(parties.c.started_at))
    return [_party(row) for row in rows]


async def _change(connection: AsyncConnection, party: Party, **values: Any) -> Party:
    query = parties.update().where(parties.c.id == party.id).values(values).returning(*parties.c)
    changed = _party((await connection.execute(query)).one())
    await _touch(connection, party)
    return changed


async def _end(connection: AsyncConnection, party: Party, because: Ended) -> Party:
    await connection.execute(party_skips.delete().where(party_skips.c.party_id == party.id))
    return await _change(connection, party, ended_at=now(), ended_because=because)


async def _go_on(connection: AsyncConnection, party: Party) -> None:
    await connection.execute(party_skips.delete().where(party_skips.c.party_id == party.id))
    last = await connection.scalar(_of(party, sa.func.max(party_tracks.c.place)))
    if last is None or party.place >= last:
        await _end(connection, party, Ended.PLAYED)
    else:
        await _change(connection, party, place=party.place + 1, played=0)


async def _touch(connection: AsyncConnection, party: Party) -> None:
    await kept_messages.touch(connection, key_of(party.id), party.guild_id, party.channel_id)


async def _playable(connection: AsyncConnection, audience: Audience, track_ids: Sequence[str]) -> list[Track]:
    """Those of the tracks that those who listen may hear, in that order, each once."""
    found = {one.id: one for one in await tracks.all_of(connection, track_ids)}
    return [found[one] for one in dict.fromkeys(track_ids) if one in found and audience.may_hear(found[one])]


async def _append(connection: AsyncConnection, party: Party, more: Sequence[Track], member_id: int) -> None:
    """Raises QueueFull."""
    last = await connection.scalar(_of(party, sa.func.max(party_tracks.c.place)))
    first = 0 if last is None else last + 1
    if first + len(more) > MOST_TRACKS:
        raise QueueFull(MOST_TRACKS)
    rows = [
        {"party_id": party.id, "place": place, "track_id": track.id, "added_by": member_id}
        for place, track in enumerate(more, first)
    ]
    await connection.execute(party_tracks.insert(), rows)


def _of(party: Party, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    wanted: sa.Select[Any] = sa.select(*columns)
    return wanted.where(party_tracks.c.party_id == party.id)


async def _skips(connection: AsyncConnection, party: Party) -> frozenset[int]:
    here = sa.and_(party_skips.c.party_id == party.id, party_skips.c.place == party.place)
    return frozenset(await connection.scalars(sa.select(party_skips.c.member_id).where(here)))


async def _standing(connection: AsyncConnection, party: Party, audience: Audience) -> Standing:
    columns = party_tracks.c
    query = _of(party, columns.place, columns.track_id, columns.added_by).order_by(columns.place)
    rows = (await connection.execute(query)).all()
    found = {one.id: one for one in await tracks.all_of(connection, [row.track_id for row in rows])}
    heard = {key: track for key, track in found.items() if audience.may_hear(track)}
    queue = [Queued(row.place, heard.get(row.track_id), row.added_by) for row in rows]
    return Standing(party, queue, await _skips(connection, party))


def _party(row: sa.Row[Any]) -> Party:
    values = dict(row._mapping)  # pyright: ignore[reportPrivateUsage]
    because = values.pop("ended_because")
    return Party(**values, ended_because=Ended(because) if because else None)

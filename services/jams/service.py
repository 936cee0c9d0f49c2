"""What people may ask of jams: start, change, make, end. One press is one transaction.

The rule: a round's track is asked for in the transaction that turns the jam from shaping to making, so it is
asked for once, whoever presses at the same moment and wherever a kill comes. What became of the track is read
from the track each time, so no news of it can be missed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.audit import Action, record
from services.guilds.bans import check_ban, in_force
from services.guilds.settings import Guild, lock_guild
from services.jams import contributions, jams, lending, rounds, storage
from services.jams.jams import Jam, Phase, Tag
from services.jams.storage import NoSuchJam, Session
from services.prompts.prompt import Prompt
from services.storage.database import Database, now
from services.storage.tables import bans
from services.storage.tables import jams as table
from services.text.numbers import whole
from services.text.refusal import Refusal
from services.tracks import tracks, votes
from services.tracks.sight import Sight, everything_in
from services.tracks.track import State, Track

Change = Callable[[Jam], Jam]
THERE = frozenset({State.DELIVERED, State.IN_REVIEW})  # the track is there, at least for moderators
CAME_TO_NOTHING = frozenset({State.FAILED, State.CANCELLED, State.WITHHELD})


class JamThere(Refusal):
    """There is a jam in that channel already."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.id)
        self.session = session


class TooManyJams(Refusal):
    """The guild has as many jams as it can have at a time."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} jams")
        self.limit = limit


class Changed(Exception):
    """Somebody changed the jam after its words were looked at."""


@dataclass(frozen=True, slots=True)
class Start:
    """A jam to be opened. tags: parsed. duration: seconds. share: percent. own_thread: as `Jam` has it."""

    guild_id: int
    channel_id: int
    starter_id: int
    starter_name: str
    theme: str
    tags: tuple[str, ...]
    duration: int
    share: int
    own_thread: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A jam's track to be asked for: its guild's name, and the prompt that the jam's version has.

    place_id: as `Request` has it.
    """

    session: Session
    guild_name: str
    prompt: Prompt
    place_id: int | None = None


Take = Callable[[AsyncConnection, Session, Asked], Awaitable[Track]]
Allow = Callable[[Guild], None]
Sings = Callable[[AsyncConnection, int, int], Awaitable[bool]]


class Jams:
    """Every guild's jams. most: of one guild at a time. idle: after which a jam ends by itself.

    sings: whether songs can be sung in that guild with that member's own voice.
    """

    def __init__(
        self,
        database: Database,
        *,
        most: int,
        idle: timedelta,
        allow: Allow,
        take: Take,
        taken: Callable[[Track], None],
        sings: Sings,
    ) -> None:
        self._database = database
        self._most = most
        self._allow = allow
        self._take = take
        self._taken = taken
        self._sings = sings
        self.idle = idle

    async def start(self, start: Start) -> Session:
        """Opens a jam, with its starter in it. Raises GuildBlocked, Banned, JamThere, TooManyJams."""
        own = start.own_thread
        jam = Jam(start.theme, start.starter_id, start.duration, share=start.share, own_thread=own)
        jam = jams.join(jam, start.starter_id, start.starter_name)
        async with self._database.write() as connection:
            self._allow(await lock_guild(connection, start.guild_id))
            await check_ban(connection, start.guild_id, start.starter_id)
            own = table.c.guild_id == start.guild_id
            going_on = await storage.find(connection, own, storage.is_open())
            for session in going_on:
                if session.channel_id == start.channel_id:
                    raise JamThere(session)
            if len(going_on) >= self._most:
                raise TooManyJams(self._most)
            tags = tuple(Tag(text, start.starter_id) for text in start.tags)
            return await storage.add(connection, start.guild_id, start.channel_id, jams.tagged(jam, tags))

    async def act(self, sight: Sight, jam_id: str, member_id: int, change: Change) -> Session:
        """Does something in a jam that a member sees, for them, and returns what it is then.

        Raises NoSuchJam, Banned, JamRefusal and what the change raises; nothing was changed then.
        """
        async with self._database.write() as connection:
            await check_ban(connection, sight.guild_id, member_id)
            session = await self._locked(connection, sight, jam_id)
            after = change(session.jam)
            return session if after == session.jam else await storage.save(connection, session, after)

    async def now(self, jam_id: str) -> Session:
        """The jam as it is, also an ended one; for the panel, never for something a member typed."""
        async with self._database.read() as connection:
            session = await storage.get(connection, jam_id)
            if await self._caught_up(connection, session) == session.jam:
                return session
        async with self._database.write() as connection:
            return await self._fresh(connection, await storage.get(connection, jam_id, lock=True))

    async def find(self, sight: Sight, reference: str) -> Session:
        """The jam seen with that id, or whose channel's id that is, if it goes on. Raises NoSuchJam."""
        which = table.c.id == reference
        if (channel_id := whole(reference)) is not None:
            which = sa.or_(which, table.c.channel_id == channel_id)
        async with self._database.read() as connection:
            own = table.c.guild_id == sight.guild_id
            found = await storage.find(connection, own, which, storage.is_open())
        if not found or not sight.sees_channel(found[0].channel_id):
            raise NoSuchJam
        return found[0]

    async def theirs(self, sight: Sight, reference: str, member_id: int, *, moderator: bool) -> Session:
        """What `find` does, as the jam is now, where that member leads it. Raises NoSuchJam, NotTheLead."""
        session = await self.now((await self.find(sight, reference)).id)
        jams.must_lead(session.jam, member_id, moderator=moderator)
        return session

    async def to_shape(self, sight: Sight, jam_id: str, member_id: int) -> Session:
        """The jam seen, where that member may change it now: before they write anything for it.

        Raises NoSuchJam, Banned, NotIn, NotNow.
        """
        session = await self.find(sight, jam_id)
        async with self._database.read() as connection:
            await check_ban(connection, sight.guild_id, member_id)
        jams.must_shape(session.jam, member_id)
        return session

    async def seen(self, sight: Sight, jam_id: str) -> Session:
        """The jam seen with that id, also an ended one. Raises NoSuchJam."""
        async with self._database.read() as connection:
            return await _seen(connection, sight, jam_id)

    async def going_on(self, sight: Sight | None = None) -> list[Session]:
        """The jams that go on, those that are seen or (None) all of all guilds, the oldest first."""
        own = [] if sight is None else [table.c.guild_id == sight.guild_id]
        async with self._database.read() as connection:
            found = await storage.find(connection, storage.is_open(), *own)
        return [one for one in found if sight is None or sight.sees_channel(one.channel_id)]

    async def rounds_of(self, session: Session) -> tuple[dict[str, Track], dict[str, int]]:
        """The tracks that were posted of the jam's rounds, in their order, and their votes, by id."""
        ids = [one.track_id for one in session.jam.rounds]
        async with self._database.read() as connection:
            found = await tracks.all_of(connection, ids)
            posted = {
                track.id: track
                for track in sorted(found, key=lambda one: ids.index(one.id))
                if track.deleted_at is None and track.state in THERE
            }
            return posted, await votes.counts(connection, list(posted))

    # making ---------------------------------------------------------------------------------------------

    async def make(self, asked: Asked) -> Session:
        """Asks for the round's track, once: where that is no longer due, nothing happens.

        Raises Changed where the prompt that was looked at is not the jam's any more; LimitReached,
        GuildBlocked. Nothing is reserved or written then.
        """
        track = None
        async with self._database.write() as connection:
            guild_id = asked.session.guild_id
            await lock_guild(connection, guild_id)
            session = await self._locked(connection, everything_in(guild_id), asked.session.id)
            if session.jam.due:
                if session.version != asked.session.version:
                    raise Changed
                track = await self._take(connection, session, asked)
                session = await storage.save(connection, session, rounds.began(session.jam, track.id))
        if track is not None:
            self._taken(track)
        return session

    async def take_out(self, session: Session, member_ids: Collection[int]) -> Session:
        """They are in no longer: they do not see the jam's channel. Their tags and lines stay."""
        async with self._database.write() as connection:
            session = await self._locked(connection, everything_in(session.guild_id), session.id)
            jam = session.jam
            for member_id in member_ids if jam.phase is Phase.SHAPING else ():
                jam = contributions.leave(jam, member_id)
            return session if jam == session.jam else await storage.save(connection, session, jam)

    async def refuse(self, session: Session, reason: str) -> Session:
        """Says in the jam why its track was not asked for; where it is another by now, nothing."""
        async with self._database.write() as connection:
            locked = await self._locked(connection, everything_in(session.guild_id), session.id)
            if locked.version != session.version:
                return locked
            return await storage.save(connection, locked, rounds.refuse(locked.jam, reason))

    # ending ---------------------------------------------------------------------------------------------

    async def end(self, sight: Sight, jam_id: str, member_id: int, *, moderator: bool) -> Session:
        """Ends the jam; while its track is in the making, with that. Raises NoSuchJam, NotTheLead."""
        async with self._database.write() as connection:
            session = await self._locked(connection, sight, jam_id)
            leads = session.jam.lead_id == member_id
            jams.must_lead(session.jam, member_id, moderator=moderator)
            if session.jam.ending:
                return session
            if not leads:
                await record(
                    connection,
                    session.guild_id,
                    member_id,
                    Action.END_JAM,
                    subject=str(session.channel_id),
                )
            await storage.change(connection, jam_id, ended_by=member_id)
            return await storage.save(connection, session, rounds.end(session.jam))

    async def end_idle(self, mine: Callable[[Session], bool]) -> list[Session]:
        """Ends those jams in which nobody did anything for long; returns those that it ended."""
        old = sa.and_(table.c.touched_at < now() - self.idle, storage.is_open())
        async with self._database.read() as connection:
            candidates = filter(mine, await storage.find(connection, old))
        return [one for session in candidates if (one := await self._end_idle(session.id)) is not None]

    async def _end_idle(self, jam_id: str) -> Session | None:
        async with self._database.write() as connection:
            session = await self._fresh(connection, await storage.get(connection, jam_id, lock=True))
            over = session.touched_at < now() - self.idle
            if session.jam.phase in (Phase.MAKING, Phase.ENDED) or not over:
                return None
            return await storage.save(connection, session, rounds.end(session.jam), touched=False)

    async def give_up(self, jam_id: str) -> None:
        """Its channel is gone: the jam ends, and there is nowhere to tell of it."""
        async with self._database.write() as connection:
            session = await storage.get(connection, jam_id, lock=True)
            if session.jam.phase is not Phase.ENDED:
                ended = rounds.end(session.jam)
                if ended.ending:  # its track goes on without it
                    ended = rounds.finished(ended)
                await storage.save(connection, session, ended, touched=False)
            await storage.change(connection, jam_id, told=True)

    async def touch(self, jam_id: str) -> None:
        """Somebody voted on its track: it is not idle."""
        async with self._database.write() as connection:
            await storage.change(connection, jam_id, touched_at=now())

    # where it is shown ----------------------------------------------------------------------------------

    async def place(self, jam_id: str, **where: int | None) -> Session:
        """Writes down where the panel is: `channel_id`, `message_id`, `old_message_id`."""
        async with self._database.write() as connection:
            return await storage.change(connection, jam_id, **where)

    async def move(self, jam_id: str) -> Session:
        """The panel is to be posted anew; the one that is there goes after that."""
        old = sa.func.coalesce(table.c.message_id, table.c.old_message_id)
        async with self._database.write() as connection:
            return await storage.change(connection, jam_id, message_id=None, old_message_id=old)

    async def without_recap(self) -> list[Session]:
        """The jams that have ended and whose recap does not say what is so."""
        ended = sa.and_(table.c.told.is_(False), table.c.phase == Phase.ENDED)
        return await self._database.read_in_one_go(lambda connection: storage.find(connection, ended))

    async def begin_recap(self, jam_id: str) -> Session:
        """Writes down that the recap is about to be posted, the first time."""
        async with self._database.write() as connection:
            session = await storage.get(connection, jam_id, lock=True)
            return session if session.recap_at else await storage.change(connection, jam_id, recap_at=now())

    async def recap_posted(self, session: Session, message_id: int | None = None) -> None:
        """The recap is there, in that message, and tells of the jam as it was then.

        What has become of it, or of its tracks, while that was posted is still to be told.
        """
        told = table.c.version == session.version
        async with self._database.write() as connection:
            await storage.change(connection, session.id, told=told, recap_message_id=message_id)

    async def tell_again(self, jam_id: str) -> None:
        """Its recap is to be written anew: something that goes with it could not be done."""
        async with self._database.write() as connection:
            await storage.change(connection, jam_id, told=False)

    # what the others share ------------------------------------------------------------------------------

    async def _locked(self, connection: AsyncConnection, sight: Sight, jam_id: str) -> Session:
        """The jam seen, locked and caught up with its track, if it goes on. Raises NoSuchJam."""
        session = await self._fresh(connection, await _seen(connection, sight, jam_id, lock=True))
        if session.jam.phase is Phase.ENDED:
            raise NoSuchJam
        return session

    async def _fresh(self, connection: AsyncConnection, session: Session) -> Session:
        """What became of the track and of a lent voice, and whom moderators barred, is so in the jam too."""
        jam = await self._caught_up(connection, session)
        if jam.phase is Phase.SHAPING:
            for member_id in await _barred(connection, session.guild_id, jam):
                jam = contributions.leave(jam, member_id)
        return session if jam == session.jam else await storage.save(connection, session, jam)

    async def _caught_up(self, connection: AsyncConnection, session: Session) -> Jam:
        """The jam, where its track has ended after that, or a lent voice is none any more."""
        jam = session.jam
        if (loan := jam.loan) is not None and not (
            await self._sings(connection, session.guild_id, loan.by)
            and await lending.still_holds(connection, loan)
        ):
            return jams.without_voice(jam)
        return await _after_its_track(connection, jam)


async def _seen(connection: AsyncConnection, sight: Sight, jam_id: str, *, lock: bool = False) -> Session:
    session = await storage.get(connection, jam_id, sight.guild_id, lock=lock)
    if not sight.sees_channel(session.channel_id):
        raise NoSuchJam
    return session


async def _after_its_track(connection: AsyncConnection, jam: Jam) -> Jam:
    """The jam, where its track has ended after that."""
    if jam.phase not in (Phase.MAKING, Phase.LISTENING) or jam.track_id is None:
        return jam
    track = await tracks.get(connection, jam.track_id)
    if track is None or track.state in CAME_TO_NOTHING or track.deleted_at is not None:
        return rounds.came_to_nothing(jam)
    if track.state in THERE and jam.phase is Phase.MAKING:
        return rounds.finished(jam)
    return jam


async def _barred(connection: AsyncConnection, guild_id: int, jam: Jam) -> list[int]:
    """Who is in and may not make tracks."""
    ids = [person.id for person in jam.here]
    query = sa.select(bans.c.member_id).where(bans.c.guild_id == guild_id, bans.c.member_id.in_(ids))
    return list(await connection.scalars(query.where(in_force(now()))))

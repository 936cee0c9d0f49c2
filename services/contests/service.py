"""What people may ask of contests: start, enter, open, vote, end. One press is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contests import entries, phases, storage, voting
from services.contests.contest import (
    AT_ONCE,
    Ballot,
    Contest,
    ContestThere,
    Entry,
    EntryRules,
    NoSuchContest,
    NotTheStarter,
    Phase,
    Standing,
    TooManyContests,
    Voting,
)
from services.guilds.audit import Action, record
from services.guilds.bans import check_ban
from services.guilds.settings import Guild, lock_guild
from services.messages.kept_messages import forget
from services.storage.database import Database, now
from services.storage.tables import contests as table
from services.tracks import tracks
from services.tracks.sight import Sight, everything_in
from services.tracks.track import NoSuchTrack, Track

NO_THREAD = 0  # in place of a thread's id: there can be none, or none any more


@dataclass(frozen=True, slots=True)
class Start:
    """A contest to be opened. minutes: for which is voted. place_id: as `Contest` has it.

    starter_id: None where it starts by itself, for that week.
    """

    guild_id: int
    channel_id: int
    starter_id: int | None
    theme: str
    entries_for: timedelta
    minutes: int
    voting: Voting
    rules: EntryRules
    place_id: int | None = None
    week: str | None = None


class Contests:
    """Every guild's contests. allow: raises where the guild may make no tracks.

    up_since: when the bot started, before which no track was made; None: now.
    """

    def __init__(
        self, database: Database, allow: Callable[[Guild], None], *, up_since: datetime | None = None
    ) -> None:
        self._database = database
        self._allow = allow
        self._up_since = up_since or now()

    async def start(self, start: Start) -> Contest:
        """Opens a contest. Raises GuildBlocked, Banned, ContestThere, TooManyContests."""
        async with self._database.write() as connection:
            self._allow(await lock_guild(connection, start.guild_id))
            if start.starter_id is not None:
                await check_ban(connection, start.guild_id, start.starter_id)
            own = table.c.guild_id == start.guild_id
            going_on = await storage.find(connection, own, storage.going_on())
            for contest in going_on:
                if contest.channel_id == start.channel_id:
                    raise ContestThere(contest)
            if len(going_on) >= AT_ONCE:
                raise TooManyContests(AT_ONCE)
            contest = await storage.add(
                connection,
                start.rules,
                guild_id=start.guild_id,
                channel_id=start.channel_id,
                place_id=start.place_id,
                starter_id=start.starter_id,
                week=start.week,
                theme=start.theme,
                voting=start.voting,
                entries_until=now() + start.entries_for,
                minutes=start.minutes,
            )
            await entries.changed(connection, contest)
            return contest

    # looking up -----------------------------------------------------------------------------------------

    async def find(self, sight: Sight, reference: str) -> Contest:
        """The contest seen with that id, also one that is over. Raises NoSuchContest."""
        async with self._database.read() as connection:
            return await storage.seen(connection, sight, reference)

    async def going_on(self, sight: Sight) -> list[Contest]:
        """The contests seen that go on, the newest first."""
        async with self._database.read() as connection:
            own = table.c.guild_id == sight.guild_id
            found = await storage.find(connection, own, storage.going_on())
        return [one for one in found if sight.sees_channel(one.channel_id)]

    async def open_in(self, guild_id: int) -> list[str]:
        """The ids of the guild's contests that go on."""
        return [one.id for one in await self.going_on(everything_in(guild_id))]

    async def listed(self, sight: Sight, most: int = 25) -> list[Contest]:
        """The newest contests seen, those that are over too."""
        async with self._database.read() as connection:
            found = await storage.find(connection, table.c.guild_id == sight.guild_id, most=most * 4)
        return [one for one in found if sight.sees_channel(one.channel_id)][:most]

    async def standing(self, sight: Sight, contest_id: str) -> Standing:
        """The contest seen, with all that was entered. Raises NoSuchContest."""
        async with self._database.read() as connection:
            return await storage.standing_of(connection, await storage.seen(connection, sight, contest_id))

    async def now(self, contest_id: str) -> Standing | None:
        """The same of any guild, for what the bot shows by itself; None where there is no such contest."""
        async with self._database.read() as connection:
            try:
                return await storage.standing_of(connection, await storage.get(connection, contest_id))
            except NoSuchContest:
                return None

    async def results(self, sight: Sight, contest_id: str) -> list[Entry]:
        """What was entered in a contest that is over and seen, and is still there: the best first.

        Raises NoSuchContest.
        """
        return (await self.standing(sight, contest_id)).placed

    # entering -------------------------------------------------------------------------------------------

    async def check_open(self, sight: Sight, contest_id: str, member_id: int) -> Contest:
        """The contest seen, where that member may enter something now: before anything is made for it.

        Raises NoSuchContest, Banned, NotOpenForEntries, ContestFull, TooManyEntries.
        """
        async with self._database.read() as connection:
            contest = await storage.seen(connection, sight, contest_id)
            await check_ban(connection, contest.guild_id, member_id)
            entries.check_open(contest, await storage.entries_of(connection, contest.id), member_id)
            return contest

    async def enter(
        self, sight: Sight, contest_id: str, track_id: str, member_id: int, place: entries.Place | None = None
    ) -> Contest:
        """Enters a finished track, for one of its makers. place: of the contest.

        Raises NoSuchContest, Banned, NoSuchTrack and what `entries.enter` does.
        """
        async with self._database.write() as connection:
            await check_ban(connection, sight.guild_id, member_id)
            contest = await storage.seen(connection, sight, contest_id, lock=True)
            track = await _track(connection, sight, track_id)
            await entries.enter(connection, contest, track, member_id, place)
            return contest

    async def leave(self, sight: Sight, contest_id: str, track_id: str, member_id: int) -> Contest:
        """Takes an entry back. Raises NoSuchContest, NoSuchTrack and what `entries.leave` does."""
        async with self._database.write() as connection:
            contest = await storage.seen(connection, sight, contest_id, lock=True)
            await entries.leave(connection, contest, await _track(connection, sight, track_id), member_id)
            return contest

    # listening and voting -------------------------------------------------------------------------------

    async def ballot(self, sight: Sight, contest_id: str, member_id: int) -> Ballot:
        """What the member has opened and chosen so far. Raises NoSuchContest."""
        async with self._database.read() as connection:
            contest = await storage.seen(connection, sight, contest_id)
            return await voting.ballot_of(connection, contest, member_id)

    async def heard(
        self, sight: Sight, contest_id: str, numbers: Collection[int], member_id: int
    ) -> Standing:
        """Notes that the member has opened these entries. Raises NoSuchContest, NoSuchEntry."""
        async with self._database.write() as connection:
            contest = await storage.seen(connection, sight, contest_id)
            standing = await storage.standing_of(connection, contest)
            opened = [standing.numbered(number).track.id for number in numbers]
            await storage.note_heard(connection, contest.id, member_id, opened)
            return standing

    async def vote(
        self,
        sight: Sight,
        contest_id: str,
        pair: int,
        number: int,
        member_id: int,
        in_round: int | None = None,
    ) -> Ballot:
        """Chooses one of two; who chooses it again takes that back. See `voting.vote`."""
        async with self._database.write() as connection:
            return await voting.vote(connection, sight, contest_id, pair, number, member_id, in_round)

    async def rank(
        self, sight: Sight, contest_id: str, choice: int, number: int | None, member_id: int
    ) -> Ballot:
        """Names an entry as the member's first, second or third choice; None: nothing in that place.

        Raises as `voting.rank` does.
        """
        async with self._database.write() as connection:
            return await voting.rank(connection, sight, contest_id, choice, number, member_id)

    # moving on ------------------------------------------------------------------------------------------

    async def theirs(self, sight: Sight, contest_id: str, member_id: int, *, moderator: bool) -> Contest:
        """The contest, where that member may decide over it. Raises NoSuchContest, NotTheStarter."""
        async with self._database.read() as connection:
            return await _theirs(connection, sight, contest_id, member_id, moderator=moderator)

    async def due(self) -> list[Contest]:
        """The contests of all guilds in which something is over by now."""
        over = storage.going_on(), storage.due(now())
        return await self._database.read_in_one_go(lambda connection: storage.find(connection, *over))

    async def move_on(self, contest_id: str) -> Contest:
        """Ends what is over by now, and begins what comes next; where nothing is, nothing happens."""
        async with self._database.write() as connection:
            contest = await storage.get(connection, contest_id, lock=True)
            if contest.until is None or contest.until > now():
                return contest
            after = await phases.move_on(connection, contest, up_since=self._up_since)
            if after != contest:
                await entries.changed(connection, after)
            return after

    async def end(
        self, sight: Sight, contest_id: str, member_id: int, phase: Phase, round_: int, *, moderator: bool
    ) -> Contest:
        """Ends what goes on now, before its time; nothing where that is not that phase and round any more.

        Raises NoSuchContest, NotTheStarter.
        """
        async with self._database.write() as connection:
            contest = await _theirs(connection, sight, contest_id, member_id, moderator=moderator, lock=True)
            if (contest.phase, contest.round) != (phase, round_) or not contest.phase.open:
                return contest
            await _write_down(connection, contest, member_id)
            after = await phases.move_on(connection, contest, member_id)
            await entries.changed(connection, after)
            return after

    async def cancel(self, sight: Sight, contest_id: str, member_id: int, *, moderator: bool) -> Contest:
        """Ends the contest without a result. Raises NoSuchContest, NotTheStarter."""
        async with self._database.write() as connection:
            contest = await _theirs(connection, sight, contest_id, member_id, moderator=moderator, lock=True)
            if not contest.phase.open:
                return contest
            await _write_down(connection, contest, member_id)
            after = await phases.cancel(connection, contest, member_id)
            await entries.changed(connection, after)
            return after

    async def give_up(self, guild_id: int, channel_id: int) -> None:
        """Its channel is gone: what goes on there is cancelled, and there is nowhere to tell of it.

        A week's contest that went with it is none: another can start that week, where moderators say.
        """
        async with self._database.write() as connection:
            own = table.c.guild_id == guild_id, table.c.channel_id == channel_id
            for contest in await storage.find(connection, *own, storage.going_on()):
                await phases.cancel(connection, await storage.get(connection, contest.id, lock=True), None)
                await storage.change(connection, contest.id, week=None)

    async def without_thread(self) -> list[Contest]:
        """The contests of all guilds that go on, and of whose thread nothing is known."""
        without = storage.going_on(), table.c.thread_id.is_(None)
        return await self._database.read_in_one_go(lambda connection: storage.find(connection, *without))

    async def with_event(self) -> list[Contest]:
        """The contests of all guilds that go on and may have a scheduled event, or are over and have one."""
        there = sa.or_(table.c.event_id.is_(None), table.c.event_id > 0)
        over = sa.and_(table.c.event_id > 0, table.c.ended_at.is_not(None))
        async with self._database.read() as connection:
            found = await storage.find(connection, storage.going_on(), there)
            return found + await storage.find(connection, over)

    async def show_anew(self, contest_id: str) -> None:
        """What its messages show became another."""
        async with self._database.write() as connection:
            await entries.touch_messages(connection, contest_id)

    async def thread_gone(self, guild_id: int, thread_id: int) -> None:
        """Somebody deleted the thread below its post: what is still to be told goes into the channel."""
        own = table.c.guild_id == guild_id, table.c.thread_id == thread_id
        async with self._database.write() as connection:
            await connection.execute(
                table.update().where(*own, storage.going_on()).values(thread_id=NO_THREAD)
            )

    async def drop(self, contest_id: str) -> bool:
        """It could not be shown: there is none. Whether it was a week's that nobody saw: that starts anew."""
        async with self._database.write() as connection:
            contest = await storage.get(connection, contest_id, lock=True)
            if not contest.phase.open:
                return False
            await phases.cancel(connection, contest, None)
            unseen = contest.week is not None and contest.thread_id is None
            if unseen and not await storage.entries_of(connection, contest.id):
                await storage.remove(connection, contest)
                await forget(connection, entries.post_of(contest.id))
            elif unseen:
                await storage.change(connection, contest.id, week=None)
            return unseen

    async def place(self, contest_id: str, **where: int | None) -> Contest:
        """Writes down where its `thread_id` or its `event_id` is."""
        async with self._database.write() as connection:
            contest = await storage.change(connection, contest_id, **where)
            await entries.changed(connection, contest)
            return contest


async def _track(connection: AsyncConnection, sight: Sight, track_id: str) -> Track:
    track = await tracks.seen(connection, sight, track_id)
    if track is None:
        raise NoSuchTrack
    return track


async def _theirs(
    connection: AsyncConnection,
    sight: Sight,
    contest_id: str,
    member_id: int,
    *,
    moderator: bool,
    lock: bool = False,
) -> Contest:
    contest = await storage.seen(connection, sight, contest_id, lock=lock)
    if member_id != contest.starter_id and not moderator:
        raise NotTheStarter
    return contest


async def _write_down(connection: AsyncConnection, contest: Contest, actor_id: int) -> None:
    """What a moderator decides of somebody else's contest is in the log."""
    if actor_id != contest.starter_id:
        subject = str(contest.channel_id)
        await record(connection, contest.guild_id, actor_id, Action.END_CONTEST, subject=subject)

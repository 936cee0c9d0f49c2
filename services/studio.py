"""The studio: what a cog may ask for. Takes plain values, returns dataclasses, knows no interaction.

A track is written down and its price reserved in one transaction; its workflow is put on the queue after
it. A kill in between loses nothing: every start puts what waits on the queue again, under the same
workflow id.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import structlog
from dbos import DBOS, DBOSConfig
from sqlalchemy.ext.asyncio import AsyncConnection

from services.delivery import AudioGone, Stage, StageUnavailable
from services.guilds.audit import Action
from services.guilds.bans import Channels, People, check_ban, moderators_channels
from services.guilds.settings import Guild, next_number, read_guild
from services.hosting import Hosting
from services.jams import storage
from services.jams.jams import together
from services.jams.service import Asked, Jams
from services.jams.storage import Session
from services.money.accounts import Accounts
from services.money.budgets import Budgets
from services.money.ledger import Ledger
from services.money.limits import LimitReached, Line
from services.money.prices import Prices
from services.money.reconcile import Books
from services.notices import Notices
from services.pipeline import sources, workflow
from services.pipeline.dispatch import Dispatch, executor_id
from services.pipeline.fairness import fair_turn
from services.pipeline.pruning import Pruning
from services.pipeline.queue import JAMS, Outlook, Queue, claims, count_waiting, stopped_among
from services.pipeline.refetching import Refetching
from services.pipeline.review import Review
from services.pipeline.steps import TrackLife
from services.pipeline.takeover import Takeover
from services.pipeline.uploads import OwnFile, use
from services.privacy.erasure import Privacy
from services.prompts.prompt import LARGEST_SEED, Prompt
from services.settings import Settings
from services.storage.database import Database, now
from services.storage.files import delete_files, mp3_path
from services.storage.outages import done_later, is_away, until_back
from services.tracks import mentions, tracks
from services.tracks.ballots import Ballot, Ballots, open_ballot, show_anew
from services.tracks.browse import Music
from services.tracks.charts import Charts, mark_naming
from services.tracks.families import Families
from services.tracks.reports import Reports
from services.tracks.sight import Sight
from services.tracks.track import Reply, State, Track
from services.tracks.track_audit import record_act
from services.tracks.votes import Votes
from services.watch import Watch
from services.wavespeed.client import WaveSpeed
from services.workers.pool import Workers

log = structlog.get_logger(__name__)

DATABASE_PATIENCE = 20.0  # seconds that a member waits for a database that is away
BETWEEN_WRITES = 0.5  # seconds between two tries
WORKERS = 4  # processes at the most: two master, one looks at an own file, and one draws for whoever waits


@dataclass(frozen=True, slots=True)
class Request:
    """A track that a member asks for."""

    guild_id: int
    guild_name: str
    channel_id: int
    member_id: int
    member_name: str
    prompt: Prompt
    parent_id: str | None = None
    reply: Reply | None = None
    id: str | None = None
    """What the track's id is to be, so that asking twice with one is asking once."""
    file: OwnFile | None = None
    """The member's own file that is reworked, and what they confirmed of it."""
    statement: str = ""
    jam_id: str | None = None
    """The jam that asks."""
    makers: tuple[tuple[int, str], ...] = ()
    """Ids and names of all who are credited; empty where that is the member alone."""
    place_id: int | None = None
    """The channel whose readers see the track, where that is another: above a public thread."""
    together: tuple[int, ...] = ()
    """Ids of all who ask for it, against whose limits it stands; empty where that is the member alone."""

    @property
    def members(self) -> tuple[int, ...]:
        """The ids of all who ask for it."""
        return self.together or (self.member_id,)


@dataclass(frozen=True, slots=True)
class Queued:
    """A track that was accepted, and what the limits hold with it."""

    track: Track
    outlook: Outlook
    lines: list[Line]
    paused: bool


class TooManyWaiting(Exception):
    """A member, whose id that is, has as many tracks waiting as one may have."""

    def __init__(self, limit: int, member_id: int) -> None:
        super().__init__(f"{limit} tracks are waiting already")
        self.limit = limit
        self.member_id = member_id


class AskedAlready(Exception):
    """The very same request was accepted before."""


class DatabaseAway(Exception):
    """Our own database does not answer, so the request is not known to have been taken."""


class SourceAway(Exception):
    """The sound that is to be reworked is in its message alone, and cannot be had just now."""


class SourceNotKept(Exception):
    """The sound that is to be reworked is not kept any more."""


class GuildBlocked(Exception):
    """The host lets nobody make tracks in that guild."""


class Studio:
    """Everything that people can do with tracks. One in a process: DBOS, beneath it, is process-wide."""

    def __init__(
        self, settings: Settings, database: Database, wavespeed: WaveSpeed, ledger: Ledger, stage: Stage
    ) -> None:
        self.settings = settings
        self.database = database
        self.ledger = ledger
        self.prices = Prices(settings, database, wavespeed)
        self.budgets = Budgets(database, ledger)
        self.people = People(database)
        self.books = Books(database, wavespeed, ledger, self.prices.learn)
        self.accounts = Accounts(settings, database, wavespeed, ledger)
        self.workers = Workers(WORKERS)
        self.dispatch = Dispatch(settings, database)
        self.life = TrackLife(
            settings,
            database,
            self.accounts,
            ledger,
            stage,
            self.workers,
            self.prices,
            self.dispatch.enqueue,
        )
        self.own_files = self.life.own_files
        self.audio = self.life.audio
        self.queue = Queue(settings, database, ledger, self.life.pace, self.dispatch)
        self.refetching = Refetching(database, ledger, self.life.submission.find_late, self.dispatch.enqueue)
        self.hosting = Hosting(
            database, wavespeed, ledger, self.queue.dequeue, self.queue.resume_all, self._admits
        )
        self.notices = Notices(database)
        self.review = Review(database, stage, self.dispatch.begin)
        self.reports = Reports(database)
        self.votes = Votes(database)
        self.ballots = Ballots(database)
        self.families = Families(database)
        self.music = Music(database)
        self.charts = Charts(database, settings.host_timezone)
        self.jams = Jams(
            database,
            most=settings.guild_jams,
            idle=timedelta(seconds=settings.jam_idle),
            allow=self._check_access,
            take=self._take_jam,
            enqueue=self._enqueue,
        )
        self.pruning = Pruning(settings.keep_audio_days, database, stage, self.audio, settings.data_dir)
        self.privacy = Privacy(
            database,
            settings.data_dir,
            stage,
            self.life.mastering.label_anew,
            self.audio,
            self.life.message_stays,
        )
        self.watch = Watch(
            settings, database, self.accounts, self.prices, self.books, stage, self.queue.resume_all
        )
        self.takeover = Takeover(database, database.lease, self.take_up) if database.lease else None

    async def launch(self) -> None:
        """Starts the queue, resumes what a stop or a kill left, and enqueues what is waiting.

        To be awaited on the loop on which the stage lives: the steps run there.
        """
        await until_back(self.prices.recall)
        workflow.set_life(self.life)
        DBOS(config=self._dbos_config())
        DBOS.launch()
        await until_back(self.dispatch.open)
        await until_back(self.review.resume)
        self.refetching.start()
        if self.takeover is not None:
            self.takeover.start()
        self.privacy.start()
        self.own_files.start()
        self.pruning.start()
        self.watch.start(self.life.submission.host_refused)

    async def take_up(self) -> None:
        """Begins what a cluster that is gone wrote down, and did not begin."""
        await self.dispatch.look()
        await self.review.resume()

    async def close(self, grace: float | None = None) -> None:
        """Lets what must not be interrupted finish, and leaves the rest to the next start.

        grace: seconds for that; None: SHUTDOWN_GRACE.
        """
        if self.takeover is not None:
            await self.takeover.stop()
        await self.watch.stop()
        await self.privacy.stop()
        await self.own_files.stop()
        await self.pruning.stop()
        await self.refetching.stop()
        await self.dispatch.close()
        await self.workers.close()
        await self.life.close(self.settings.shutdown_grace if grace is None else grace)
        await workflow.stop_running()
        await asyncio.to_thread(DBOS.destroy)
        await self.accounts.close()

    # making ---------------------------------------------------------------------------------------

    async def compose(self, request: Request) -> Queued:
        """Reserves the price, writes the track down and puts it on the queue.

        Raises GuildBlocked, Banned, LimitReached, TooManyWaiting, SourceAway or SourceNotKept; nothing is
        reserved or written then.
        """
        (queued,) = await self.compose_all([request])
        return queued

    async def compose_all(self, requests: Sequence[Request], ballot: Ballot | None = None) -> list[Queued]:
        """The same for several tracks of one member in one guild: all of them or, where it raises, none.

        ballot: opened with them, to choose among them; they are its set.
        """
        requests = [replace(request, id=request.id or tracks.new_id()) for request in requests]
        await self._have_source(requests[0])  # all of them are made from one sound
        written, stopped = await self._written(requests, ballot)
        if not stopped:
            for track, _ in written:
                self.dispatch.enqueue(track)
        return [Queued(track, await self._outlook(track), lines, stopped) for track, lines in written]

    async def _have_source(self, request: Request) -> None:
        """Has the sound here that is to be reworked, before anything is reserved and any place is taken."""
        rework = request.prompt.rework
        if rework is None or rework.file_id is not None or request.parent_id is None:
            return
        source = await self.get(request.parent_id)
        if source is None or sources.at_provider(source):
            return
        try:
            await self.audio.get(source)
        except AudioGone as error:
            raise SourceNotKept from error
        except (StageUnavailable, OSError) as error:
            raise SourceAway from error

    async def _written(
        self, requests: Sequence[Request], ballot: Ballot | None
    ) -> tuple[list[tuple[Track, list[Line]]], bool]:
        """The tracks, written down; and whether something keeps them from starting.

        A database that blinks may have taken them, and not have said so: it is asked, before they are written
        again. Raises DatabaseAway where it stays away, and what `compose` does.
        """
        give_up = asyncio.get_running_loop().time() + DATABASE_PATIENCE
        tried = False
        while True:
            try:
                if tried and (taken := await self._taken(requests)) is not None:
                    return taken
                tried = True
                return await self._write_all(requests, ballot)
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("a track could not be written down yet", error=type(error).__name__)
                if asyncio.get_running_loop().time() >= give_up:
                    raise DatabaseAway from error
            await asyncio.sleep(BETWEEN_WRITES)

    async def _write_all(
        self, requests: Sequence[Request], ballot: Ballot | None
    ) -> tuple[list[tuple[Track, list[Line]]], bool]:
        written: list[tuple[Track, list[Line]]] = []
        async with self.database.write() as connection:
            for request in requests:
                try:
                    written.append(await self._write_down(connection, request, ballot))
                except LimitReached as error:
                    raise error.of_several([track.price for track, _ in written], len(requests)) from None
            if ballot is not None:
                await open_ballot(connection, ballot)
            stopped = bool(await stopped_among(connection, [track for track, _ in written]))
        return written, stopped

    async def _taken(self, requests: Sequence[Request]) -> tuple[list[tuple[Track, list[Line]]], bool] | None:
        """What was written down after all, though no answer told so; None where it was not."""
        async with self.database.read() as connection:
            found = await tracks.all_of(connection, [request.id or "" for request in requests])
            if not found:
                return None
            guild = await read_guild(connection, found[0].guild_id)
            lines = await self.ledger.lines(connection, guild, found[0].member_id)
            return [(track, lines) for track in found], bool(await stopped_among(connection, found))

    async def _outlook(self, track: Track) -> Outlook:
        """What to expect, as far as that can be said: the track is written down."""
        with done_later():
            return await self.queue.outlook(track)
        return Outlook(0, 0.0, 0.0)

    async def _write_down(
        self, connection: AsyncConnection, request: Request, ballot: Ballot | None = None
    ) -> tuple[Track, list[Line]]:
        """Reserves the track's price and writes it down; raises what `compose` does."""
        prompt, jam = request.prompt, request.jam_id is not None
        number = await next_number(connection, request.guild_id)  # locks the guild until the end
        if request.id is not None and await tracks.get(connection, request.id) is not None:
            raise AskedAlready
        guild = await read_guild(connection, request.guild_id)
        self._check_access(guild)
        for member_id in request.members:
            await check_ban(connection, request.guild_id, member_id)
            await self._check_waiting(connection, request.guild_id, member_id)
        line = await claims(connection, guild.key_id)
        track = await tracks.add(
            connection,
            id=request.id or tracks.new_id(),
            guild_id=request.guild_id,
            number=number,
            guild_name=request.guild_name,
            channel_id=request.channel_id,
            place_id=request.place_id,
            member_id=request.member_id,
            member_name=request.member_name,
            model=prompt.model.id,
            title=prompt.title,
            tags=prompt.tags,
            lyrics=prompt.lyrics,
            duration=prompt.duration,
            seed=secrets.randbelow(LARGEST_SEED + 1) if prompt.seed is None else prompt.seed,
            parent_id=request.parent_id,
            jam_id=request.jam_id,
            set_id=ballot.id if ballot else None,
            idea=prompt.idea,
            rework=prompt.rework.kept if prompt.rework else None,
            price=self.prices.price(prompt),
            turn=fair_turn(line, request.guild_id, JAMS if jam else request.member_id),
            state=State.WAITING,
            created_at=now(),
            key_id=guild.key_id,
            reply_token=request.reply.token if request.reply else None,
            reply_at=request.reply.at if request.reply else None,
        )
        if request.file is not None:
            await use(connection, request.file, track.id, request.statement)
        track = await tracks.credit(connection, track, request.makers)
        try:
            lines = await self.ledger.reserve(
                connection, track_id=track.id, guild=guild, members=request.members, price=track.price
            )
        except LimitReached as refusal:
            refusal.instead = self.prices.shorter(prompt, refusal.room)
            raise
        return track, lines

    async def _take_jam(self, connection: AsyncConnection, session: Session, asked: Asked) -> Track:
        """Asks for a jam's track: those who are in share its price; who left and is sung is credited too."""
        jam = session.jam
        assert jam.lead_id is not None
        request = Request(
            guild_id=session.guild_id,
            guild_name=asked.guild_name,
            channel_id=session.channel_id,
            place_id=asked.place_id,
            member_id=jam.lead_id,
            member_name=together([person.name for person in jam.makers]),
            prompt=asked.prompt,
            parent_id=jam.parent_id,
            jam_id=session.id,
            makers=tuple((person.id, person.name) for person in jam.makers),
            together=tuple(person.id for person in jam.here),
        )
        track, _lines = await self._write_down(connection, request)
        return track

    async def check_may_ask(self, guild_id: int, member_id: int) -> None:
        """Before anything is fetched for a request. Raises GuildBlocked, Banned or TooManyWaiting."""
        async with self.database.read() as connection:
            self._check_access(await read_guild(connection, guild_id))
            await check_ban(connection, guild_id, member_id)
            await self._check_waiting(connection, guild_id, member_id)

    async def _enqueue(self, track: Track) -> None:
        """Puts the track on the queue, where nothing has stopped that."""
        await self.queue.enqueue([track])

    async def check_admitted(self, guild_id: int) -> None:
        """Raises GuildBlocked where the guild may make no tracks, whoever pays for them."""
        async with self.database.read() as connection:
            self._check_access(await read_guild(connection, guild_id))

    def _check_access(self, guild: Guild) -> None:
        if not self._admits(guild):
            raise GuildBlocked

    def _admits(self, guild: Guild) -> bool:
        """Whether the guild may make tracks: what the host decided of it, else what their settings say."""
        if guild.access in ("allowed", "blocked"):
            return guild.access == "allowed"
        return self.settings.guild_access == "open" or guild.guild_id == self.settings.host_guild_id

    async def _check_waiting(self, connection: AsyncConnection, guild_id: int, member_id: int) -> None:
        limit = self.settings.member_waiting_limit
        if await count_waiting(connection, guild_id, member_id) >= limit:
            raise TooManyWaiting(limit, member_id)

    # who pays -------------------------------------------------------------------------------------

    async def bring_key(self, guild_id: int, actor_id: int, key: str, level: str) -> None:
        """From now on the guild pays with that WaveSpeed key, of an account of that level.

        Raises GuildBlocked, and what Accounts.bring raises; nothing is changed then.
        """
        await self.check_admitted(guild_id)
        await self.queue.enqueue(await self.accounts.bring(guild_id, actor_id, key, level))

    async def remove_key(self, guild_id: int, actor_id: int) -> int:
        """From now on the host pays for the guild's tracks; returns how many that waited have ended of it.

        Raises NoKey.
        """
        ended = await self.accounts.remove(guild_id, actor_id)
        self.queue.dequeue(ended)
        for track in ended:
            self.dispatch.begin(f"{track.id}.told", workflow.tell_end, track.id)
        return len(ended)

    # looking up -----------------------------------------------------------------------------------

    async def find(self, sight: Sight, reference: str) -> Track | None:
        """The track with that id or number; None also where it is another guild's, or not seen."""
        async with self.database.read() as connection:
            return await tracks.seen(connection, sight, reference)

    async def made_alike(self, sight: Sight, source: Track, prompt: Prompt) -> Track | None:
        """The track seen that was made from the source with the very same prompt and seed, if any."""
        async with self.database.read() as connection:
            return await tracks.made_alike(connection, sight, source.id, prompt)

    async def search(self, sight: Sight, words: str) -> list[Track]:
        """The newest 25 tracks seen with those words in the title, or that number."""
        async with self.database.read() as connection:
            return await tracks.search(connection, sight, words)

    async def parent(self, sight: Sight, track: Track) -> Track | None:
        """What the track was made from, deleted or not.

        None where there is nothing, or it is not seen there, or only moderators have it.
        """
        parent = await self.get(track.parent_id) if track.parent_id else None
        shown = parent is not None and sight.sees(parent) and not parent.held_back
        return parent if shown else None

    async def get(self, track_id: str) -> Track | None:
        """The track with that id, of any guild: for the stage, never for something a member typed."""
        async with self.database.read() as connection:
            return await tracks.get(connection, track_id)

    def mp3(self, track: Track) -> Path | None:
        """The finished MP3, where it is kept here; `audio` has it back where it is not."""
        path = mp3_path(self.settings.data_dir, track.id)
        return path if path.exists() else None

    async def moderators_channels(self, guild_id: int) -> Channels:
        """The guild's channels for moderators."""
        async with self.database.read() as connection:
            return await moderators_channels(connection, guild_id)

    async def delete(self, sight: Sight, track_id: str, member_id: int, *, moderator: bool) -> Track:
        """Takes an ended track out of the guild's music; the ledger keeps its money.

        Its messages are marked, for `privacy.take_down`. Raises NoSuchTrack or NotYours.
        """
        async with self.database.write() as connection:
            track = await tracks.theirs(connection, sight, track_id, member_id, moderator=moderator)
            await tracks.change(connection, track.id, deleted_at=now())
            await mark_naming(connection, track)
            for channel_id, message_id in track.messages:
                place = {"guild_id": track.guild_id, "channel_id": channel_id, "message_id": message_id}
                await mentions.mark_message(connection, **place, track_id=track.id)
            await storage.tell_anew(connection, track.jam_id)
            await show_anew(connection, track)
            await record_act(connection, track, member_id, Action.DELETE)
        with done_later():  # by the watch
            await asyncio.to_thread(delete_files, self.settings.data_dir, [track.id])
        return track

    def _dbos_config(self) -> DBOSConfig:
        lease = self.database.lease
        return DBOSConfig(
            name="jamboree",
            system_database_url=self.settings.queue_database_url,
            application_version="1",  # pinned: a newer bot goes on with an older one's tracks
            executor_id=executor_id(self.settings, lease),
            sys_db_idle_transaction_timeout_sec=lease.idle_limit if lease else None,
            log_level="WARNING",
            use_listen_notify=False,
            notification_listener_polling_interval_sec=0.1,  # nothing waits for any; a stop waits for this
            run_migrations=True,
        )

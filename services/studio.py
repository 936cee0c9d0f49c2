"""The studio: what a cog may ask for. Takes plain values, returns dataclasses, knows no interaction.

A track is written down and its price reserved in one transaction; its workflow is put on the queue after
it. A kill in between loses nothing: every start puts what waits on the queue again, under the same
workflow id.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.ext.asyncio import AsyncConnection

from services import house, tracks, workflow
from services.audit import Action, record
from services.budgets import Budgets
from services.database import Database, notices, now
from services.database import tracks as track_table
from services.fairness import Claim, fair_turn
from services.guilds import Guild, change_guild, next_number, read_guild
from services.hosting import Hosting
from services.ledger import Ledger, Line
from services.life import TrackLife, mp3_path, waveform_path
from services.pace import expected_starts
from services.people import Channels, People, check_ban, moderators_channels
from services.prices import Prices
from services.privacy import Privacy
from services.prompts import LARGEST_SEED, Prompt
from services.reconcile import Books
from services.reports import Reports
from services.review import Review, subject
from services.settings import Settings
from services.stage import Stage
from services.tracks import NoSuchTrack, Reply, State, Track
from services.watch import Watch
from services.wavespeed import WaveSpeed

log = structlog.get_logger(__name__)

MODEL = "wavespeed-ai/ace-step"
QUEUE = "tracks"


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


@dataclass(frozen=True, slots=True)
class Outlook:
    """What to expect: tracks ahead, seconds until it starts, seconds until it is finished."""

    place: int
    wait: float
    ready: float


@dataclass(frozen=True, slots=True)
class Queued:
    """A track that was accepted, and what the limits hold with it."""

    track: Track
    outlook: Outlook
    lines: list[Line]
    paused: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A running or waiting track in the guild's queue."""

    track: Track
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class QueueView:
    """A guild's queue: running tracks first, then the waiting ones in the order in which they start."""

    entries: list[Waiting]
    paused: bool
    stopped: house.Value | None
    """What keeps every guild's tracks from starting."""


class TooManyWaiting(Exception):
    """The member has as many tracks waiting as one may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} tracks are waiting already")
        self.limit = limit


class NotYours(Exception):
    """Only its maker or a moderator may do that."""


class NotWaiting(Exception):
    """The track has begun or ended, so it can no longer be cancelled."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is {track.state}")
        self.track = track


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
        self.prices = Prices(settings.price_per_second, MODEL, database, wavespeed)
        self.budgets = Budgets(database, ledger)
        self.people = People(database)
        self.books = Books(database, wavespeed, ledger)
        self.hosting = Hosting(database, wavespeed, ledger, self._take_off, self._go_on)
        self.life = TrackLife(settings, database, wavespeed, ledger, stage)
        self.review = Review(database, stage)
        self.reports = Reports(database)
        self.privacy = Privacy(database, settings.data_dir, stage)
        self.watch = Watch(settings, database, wavespeed, self.prices, self.books, stage, self._go_on)

    async def launch(self) -> None:
        """Starts the queue, resumes what a stop or a kill left, and enqueues what is waiting.

        To be awaited on the loop on which the stage lives: the steps run there.
        """
        await self.prices.recall()
        workflow.set_life(self.life)
        DBOS(config=self._dbos_config())
        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE,
            global_concurrency=self.settings.concurrency,
            limiter={"limit": self.settings.starts_per_minute, "period": 60},
            polling_interval_sec=self.settings.queue_poll_interval,
            on_conflict="always_update",
        )
        async with self.database.read() as connection:
            left = await tracks.unfinished(connection)
            stopped = await _stopped(connection, left)
        for track in left:
            if track.state is not State.WAITING or track.guild_id not in stopped:
                await self._enqueue(track)
        await self.review.resume()
        self.privacy.start()
        if left:
            log.info("resuming", tracks=len(left))
        self.watch.start(self.life.submission.short_of_money)

    async def close(self) -> None:
        """Lets what must not be interrupted finish, and leaves the rest to the next start."""
        await self.watch.stop()
        await self.privacy.stop()
        await self.life.close(self.settings.shutdown_grace)
        await workflow.stop_running()
        await asyncio.to_thread(DBOS.destroy)

    # making ---------------------------------------------------------------------------------------

    async def compose(self, request: Request) -> Queued:
        """Reserves the price, writes the track down and puts it on the queue.

        Raises GuildBlocked, Banned, LimitReached or TooManyWaiting; nothing is reserved or written then.
        """
        prompt = request.prompt
        async with self.database.write() as connection:
            number = await next_number(connection, request.guild_id)  # locks the guild until the end
            guild = await read_guild(connection, request.guild_id)
            self._check_access(guild)
            await check_ban(connection, request.guild_id, request.member_id)
            await self._check_waiting(connection, request)
            track = await tracks.add(
                connection,
                id=tracks.new_id(),
                guild_id=request.guild_id,
                number=number,
                guild_name=request.guild_name,
                channel_id=request.channel_id,
                member_id=request.member_id,
                member_name=request.member_name,
                model=MODEL,
                title=prompt.title,
                tags=prompt.tags,
                lyrics=prompt.lyrics,
                duration=prompt.duration,
                seed=secrets.randbelow(LARGEST_SEED + 1) if prompt.seed is None else prompt.seed,
                parent_id=request.parent_id,
                price=self.prices.of(prompt.duration),
                turn=fair_turn(await _claims(connection), request.guild_id, request.member_id),
                state=State.WAITING,
                created_at=now(),
                reply_token=request.reply.token if request.reply else None,
                reply_at=request.reply.at if request.reply else None,
            )
            lines = await self.ledger.reserve(
                connection, track_id=track.id, guild=guild, member_id=request.member_id, price=track.price
            )
            stopped = bool(await _stopped(connection, [track]))
        outlook = await self.outlook(track)
        if not stopped:
            await self._enqueue(track)
        return Queued(track, outlook, lines, stopped)

    def _check_access(self, guild: Guild) -> None:
        invited = self.settings.guild_access == "open" or guild.access == "allowed"
        if guild.access == "blocked" or not invited:
            raise GuildBlocked

    async def _check_waiting(self, connection: AsyncConnection, request: Request) -> None:
        own = sa.and_(
            track_table.c.guild_id == request.guild_id,
            track_table.c.member_id == request.member_id,
            track_table.c.state == State.WAITING,
        )
        waiting = await connection.scalar(sa.select(sa.func.count()).select_from(track_table).where(own))
        if (waiting or 0) >= self.settings.member_waiting_limit:
            raise TooManyWaiting(self.settings.member_waiting_limit)

    # the queue ------------------------------------------------------------------------------------

    async def queue(self, guild_id: int) -> QueueView:
        """The guild's running and waiting tracks."""
        async with self.database.read() as connection:
            everyone = await tracks.unfinished(connection)
            guild = await read_guild(connection, guild_id)
            stopped = await house.stopped_by(connection)
        outlooks = self._outlooks(everyone)
        entries = [Waiting(track, outlooks[track.id]) for track in everyone if track.guild_id == guild_id]
        return QueueView(entries, guild.paused, stopped)

    async def outlook(self, track: Track) -> Outlook:
        """What to expect of that track now; nothing but zeros once it ended."""
        async with self.database.read() as connection:
            everyone = await tracks.unfinished(connection)
        return self._outlooks(everyone).get(track.id, Outlook(0, 0.0, 0.0))

    def _outlooks(self, everyone: list[Track]) -> dict[str, Outlook]:
        pace = self.life.pace
        at = now()
        running = [track for track in everyone if track.state is not State.WAITING]
        waiting = [track for track in everyone if track.state is State.WAITING]
        left = {
            track.id: max(
                1.0, pace.render_seconds(track.duration) - (at - (track.started_at or at)).total_seconds()
            )
            for track in running
        }
        starts = expected_starts(
            [left[track.id] for track in running if track.state in (State.SUBMITTING, State.RENDERING)],
            [pace.render_seconds(track.duration) for track in waiting],
            [(at - track.started_at).total_seconds() for track in running if track.started_at],
            at_once=self.settings.concurrency,
            per_minute=self.settings.starts_per_minute,
        )
        outlooks = {track.id: Outlook(0, 0.0, left[track.id]) for track in running}
        for place, (track, start) in enumerate(zip(waiting, starts, strict=True)):
            outlooks[track.id] = Outlook(place, start, start + pace.render_seconds(track.duration))
        return outlooks

    async def cancel(self, guild_id: int, track_id: str, member_id: int, *, moderator: bool) -> Track:
        """Takes a waiting track off the queue and gives its reservation back.

        Raises NoSuchTrack, NotYours, or NotWaiting where it has begun.
        """
        async with self.database.write() as connection:
            track = await self._theirs(connection, guild_id, track_id, member_id, moderator=moderator)
            cancelled = await tracks.change(
                connection, track.id, expect=State.WAITING, state=State.CANCELLED, finished_at=now()
            )
            if not cancelled:
                raise NotWaiting(track)
            await self.ledger.release(connection, track.id, note="cancelled")
            await _audit(connection, track, member_id, Action.CANCEL)
            track = await tracks.get(connection, track.id)
            assert track is not None
        await DBOS.cancel_workflow_async(track.workflow_id)
        return track

    async def pause(self, guild_id: int, actor_id: int = 0) -> None:
        """Starts no more of the guild's tracks; those that run go on, those that wait keep their place."""
        await self._take_off(await self._set_paused(guild_id, actor_id, paused=True))

    async def resume(self, guild_id: int, actor_id: int = 0) -> None:
        """Lets the guild's queue go on, in the order in which it stood."""
        await self._put_on(await self._set_paused(guild_id, actor_id, paused=False))

    async def _take_off(self, waiting: list[Track]) -> None:
        """Takes tracks off the queue whose start was stopped, so that they use up none of a minute's."""
        for track in waiting:
            await DBOS.cancel_workflow_async(track.workflow_id)

    async def _go_on(self) -> list[Track]:
        """Puts every guild's waiting tracks on the queue again; returns those that nothing stops any more."""
        async with self.database.write() as connection:
            await tracks.requeue(connection)
            waiting = await tracks.waiting(connection)
        return await self._put_on(waiting)

    async def _put_on(self, waiting: list[Track]) -> list[Track]:
        async with self.database.read() as connection:
            stopped = await _stopped(connection, waiting)
        going_on = [track for track in waiting if track.guild_id not in stopped]
        for track in going_on:
            await self._enqueue(track)
        return going_on

    async def _set_paused(self, guild_id: int, actor_id: int, *, paused: bool) -> list[Track]:
        async with self.database.write() as connection:
            before = await read_guild(connection, guild_id, lock=True)
            await change_guild(connection, guild_id, paused=paused)
            if before.paused is not paused:
                await record(connection, guild_id, actor_id, Action.PAUSE if paused else Action.RESUME)
            if before.paused and not paused:
                await tracks.requeue(connection, guild_id)
            return await tracks.waiting(connection, guild_id)

    async def _enqueue(self, track: Track) -> None:
        """Puts the track's workflow on the queue; nothing where it is there, runs or has ended."""
        with SetWorkflowID(track.workflow_id), SetEnqueueOptions(priority=track.turn):
            await DBOS.enqueue_workflow_async(QUEUE, workflow.render_track, track.id, track.pauses)

    # looking up -----------------------------------------------------------------------------------

    async def find(self, guild_id: int, reference: str) -> Track | None:
        """The guild's track with that id or number; None also where it is another guild's."""
        async with self.database.read() as connection:
            return await tracks.in_guild(connection, guild_id, reference)

    async def search(self, guild_id: int, words: str) -> list[Track]:
        """The guild's newest 25 tracks with those words in the title, or that number."""
        async with self.database.read() as connection:
            return await tracks.search(connection, guild_id, words)

    async def get(self, track_id: str) -> Track | None:
        """The track with that id, of any guild: for the stage, never for something a member typed."""
        async with self.database.read() as connection:
            return await tracks.get(connection, track_id)

    def mp3(self, track: Track) -> Path | None:
        """The finished MP3, where there is one."""
        path = mp3_path(self.settings.data_dir, track.id)
        return path if path.exists() else None

    async def moderators_channels(self, guild_id: int) -> Channels:
        """The guild's channels for moderators."""
        async with self.database.read() as connection:
            return await moderators_channels(connection, guild_id)

    async def delete(self, guild_id: int, track_id: str, member_id: int, *, moderator: bool) -> Track:
        """Takes an ended track out of the guild's music; the ledger keeps its money.

        Raises NoSuchTrack or NotYours.
        """
        async with self.database.write() as connection:
            track = await self._theirs(connection, guild_id, track_id, member_id, moderator=moderator)
            await tracks.change(connection, track.id, deleted_at=now())
            await _audit(connection, track, member_id, Action.DELETE)
        for path in (mp3_path, waveform_path):
            path(self.settings.data_dir, track.id).unlink(missing_ok=True)
        return track

    async def _theirs(
        self, connection: AsyncConnection, guild_id: int, track_id: str, member_id: int, *, moderator: bool
    ) -> Track:
        track = await tracks.in_guild(connection, guild_id, track_id)
        if track is None:
            raise NoSuchTrack
        if track.member_id != member_id and not moderator:
            raise NotYours
        return track

    # notices --------------------------------------------------------------------------------------

    async def leave_notice(self, guild_id: int, member_id: int, text: str) -> None:
        """Keeps something for a member who could not be told now; nothing for one who was erased."""
        if member_id < 0:
            return
        async with self.database.write() as connection:
            await connection.execute(
                notices.insert().values(guild_id=guild_id, member_id=member_id, text=text, created_at=now())
            )

    async def take_notices(self, guild_id: int, member_id: int) -> list[str]:
        """What was kept for the member, oldest first; it is kept no longer."""
        own = sa.and_(notices.c.guild_id == guild_id, notices.c.member_id == member_id)
        async with self.database.read() as connection:
            if not await connection.scalar(sa.select(sa.func.count()).select_from(notices).where(own)):
                return []
        async with self.database.write() as connection:
            rows = await connection.execute(sa.select(notices.c.text).where(own).order_by(notices.c.id))
            texts = list(rows.scalars())
            await connection.execute(notices.delete().where(own))
        return texts

    def _dbos_config(self) -> DBOSConfig:
        return DBOSConfig(
            name="jamboree",
            system_database_url=self.settings.queue_database_url,
            application_version="1",  # pinned: a newer bot goes on with an older one's tracks
            executor_id=f"cluster-{self.settings.cluster_id}",
            log_level="WARNING",
            use_listen_notify=False,
            run_migrations=True,
        )


async def _audit(connection: AsyncConnection, track: Track, actor_id: int, action: Action) -> None:
    """Writes down what a moderator did to somebody else's track."""
    if track.member_id != actor_id:
        await record(connection, track.guild_id, actor_id, action, subject=subject(track))


async def _stopped(connection: AsyncConnection, affected: list[Track]) -> set[int]:
    """Those of the tracks' guilds in which nothing starts: all of them while the house is stopped."""
    ids = {track.guild_id for track in affected}
    if await house.stopped_by(connection):
        return ids
    return {guild_id for guild_id in ids if (await read_guild(connection, guild_id)).paused}


async def _claims(connection: AsyncConnection) -> list[Claim]:
    columns = track_table.c
    query = sa.select(columns.guild_id, columns.member_id, columns.duration, columns.turn, columns.state)
    rows = await connection.execute(
        query.where(columns.state.not_in(tracks.ENDED)).order_by(columns.created_at)
    )
    return [
        Claim(guild, member, cost, turn, state != State.WAITING) for guild, member, cost, turn, state in rows
    ]

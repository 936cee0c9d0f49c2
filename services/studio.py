"""The studio: what a cog may ask for. Takes plain values, returns dataclasses, knows no interaction."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import structlog
from dbos import DBOS, DBOSConfig

from services.albums.posts import AlbumPosts
from services.albums.service import Albums
from services.contests.season import Seasons
from services.contests.service import Contests
from services.contests.weekly import Weekly
from services.delivery import Delivery
from services.guilds.audit import Action
from services.guilds.bans import Bans
from services.guilds.guild_rules import GuildRules
from services.guilds.hints import Hints
from services.hosting import Hosting
from services.jams.service import Jams
from services.messages.announcements import Announcements
from services.messages.kept_messages import KeptMessages
from services.messages.notices import Notices
from services.metrics import Metrics
from services.money.accounts import Accounts
from services.money.budgets import Budgets
from services.money.ledger import Ledger
from services.money.limits import Limits
from services.money.prices import Prices
from services.money.reconcile import Books
from services.parties.service import Parties
from services.pipeline import workflow
from services.pipeline.dispatch import Dispatch, executor_id
from services.pipeline.kept_render_times import KeptRenderTimes
from services.pipeline.naming import tell_anew
from services.pipeline.posted_messages import PostedMessages
from services.pipeline.pruning import Pruning
from services.pipeline.queue import Queue
from services.pipeline.refetching import Refetching
from services.pipeline.review import Review
from services.pipeline.steps import PipelineSteps
from services.pipeline.takeover import Takeover
from services.pipeline.turns.untold import Untold
from services.pipeline.turns.wakeup import Wakeup
from services.privacy.erasure import Privacy
from services.relays.service import Relays
from services.requests import Requests
from services.settings import Settings
from services.storage import unwanted_audio
from services.storage.database import Database, now
from services.storage.lost_commits import LostCommits
from services.storage.object_store import open_store
from services.storage.outages import done_later, until_back
from services.tracks import mentions, tracks
from services.tracks.audit_log import AuditLog
from services.tracks.ballots import Ballots
from services.tracks.browse import Music
from services.tracks.charts import Charts, mark_naming
from services.tracks.families import Families
from services.tracks.reports import Reports
from services.tracks.rework_sources import ReworkSources
from services.tracks.sight import Sight
from services.tracks.track import Failure, State, Track, check_may_delete
from services.tracks.track_audit import record_act
from services.tracks.votes import Votes
from services.watch import Watch
from services.wavespeed.client import WaveSpeed
from services.workers.pool import Workers

log = structlog.get_logger(__name__)

WORKERS = 4  # processes at the most: two master, one looks at an own file, and one draws for whoever waits


class Studio:
    """Everything that people can do with tracks. One in a process: DBOS, beneath it, is process-wide."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        wavespeed: WaveSpeed,
        ledger: Ledger,
        delivery: Delivery,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        metrics.foresee(Failure)
        self.database = database
        self.ledger = ledger
        self.prices = Prices(settings, database, wavespeed)
        self.budgets = Budgets(database, ledger)
        self.bans = Bans(database)
        self.rules = GuildRules(database)
        self.hints = Hints(database)
        self.audit = AuditLog(database)
        self.books = Books(database, wavespeed, ledger, self.prices.learn)
        self.accounts = Accounts(settings, database, wavespeed, ledger)
        self.workers = Workers(WORKERS, ended=metrics.worker_ended)
        self.wakeup = Wakeup()
        self.store = open_store(settings)
        self.dispatch = Dispatch(settings, database, self.wakeup)
        self.steps = PipelineSteps(
            settings,
            database,
            self.accounts,
            ledger,
            delivery,
            self.workers,
            self.prices,
            self.wakeup,
            self.store,
            metrics,
        )
        self.kept_render_times = KeptRenderTimes(database, self.steps.render_times)
        self.uploads = self.steps.uploads
        self.own_voices = self.steps.own_voices
        self.audio = self.steps.audio
        self.queue = Queue(settings, database, ledger, self.steps.render_times, self.wakeup, metrics)
        self.untold = Untold(database, ledger, self.wakeup, delivery)
        self.requests = Requests(
            settings, database, ledger, self.prices, self.wakeup, self.audio, metrics, self.untold
        )
        self.refetching = Refetching(database, ledger, self.steps.submission.find_late, self.dispatch.run)
        self.hosting = Hosting(database, wavespeed, ledger, self.queue.resume_all, self.requests.admits)
        self.notices = Notices(database)
        self.announcements = Announcements(database)
        self.kept_messages = KeptMessages(database)
        self.review = Review(database, delivery, self.dispatch.begin)
        self.posted_messages = PostedMessages(database)
        self.reports = Reports(database)
        self.rework_sources = ReworkSources(database)
        self.votes = Votes(database)
        self.ballots = Ballots(database)
        self.families = Families(database)
        self.music = Music(database)
        self.albums = Albums(database)
        self.album_posts = AlbumPosts(database)
        self.charts = Charts(database, settings.host_timezone)
        self.contests = Contests(database, self.requests.check_access)
        self.weekly_contests = Weekly(database, self.contests, settings.host_timezone)
        self.seasons = Seasons(database, settings.host_timezone)
        self.jams = Jams(
            database,
            most=settings.guild_jams,
            idle=timedelta(seconds=settings.jam_idle),
            allow=self.requests.check_access,
            take=self.requests.take_jam,
            taken=self.requests.jam_taken,
            sings=self.own_voices.sings,
        )
        self.parties = Parties(database)
        self.relays = Relays(database)
        self.pruning = Pruning(settings.keep_audio_days, database, delivery, self.audio, self.store)
        self.privacy = Privacy(
            database,
            self.store,
            delivery,
            self.steps.mastering.label_anew,
            self.audio,
            self.steps.message_stays,
        )
        self.watch = Watch(
            settings,
            database,
            self.accounts,
            self.prices,
            self.books,
            delivery,
            self.store,
            self.queue.resume_all,
            self.wakeup,
        )
        self.takeover = Takeover(database, database.lease, self.take_up) if database.lease else None
        self.lost_commits = LostCommits(database.commit_lost)
        self.lost_commits.register(self._follow_up)

    async def launch(self) -> None:
        """Resumes what a stop or a kill left, and starts what is due.

        To be awaited on the loop on which delivery lives: the steps run there. Raises CannotListen.
        """
        await self.steps.webhooks.open()
        await until_back(self.prices.recall)
        await until_back(self.kept_render_times.recall)
        workflow.set_steps(self.steps)
        await until_back(self._launch_workflows)
        await until_back(self.untold.begin)
        await until_back(partial(self.dispatch.revive_lost, at_once=True))
        await self.dispatch.open()
        await until_back(self._follow_up)
        self.lost_commits.start()
        self.refetching.start()
        self.kept_render_times.start()
        if self.takeover is not None:
            self.takeover.start()
        self.privacy.start()
        self.uploads.start()
        self.own_voices.start()
        self.pruning.start()
        self.watch.start(self.steps.submission.host_refused)

    async def _launch_workflows(self) -> None:
        DBOS(config=self._dbos_config())
        try:
            await workflow.launch()
        except BaseException:
            await _end_workflows()  # it takes itself to be launched
            raise

    async def take_up(self) -> None:
        """Begins what a cluster that is gone wrote down, and did not begin."""
        await self.untold.begin()
        await self.dispatch.revive_lost()
        await self._follow_up()

    async def _follow_up(self) -> None:
        """Begins what was to follow a transaction that is done, and was not begun: after a kill or a lost
        answer."""
        await self.review.resume()
        for track_id in await self.accounts.ended_lately():
            self._tell_end(track_id)
        self.steps.message_stays.set()
        self.wakeup.wake()

    async def close(self, grace: float | None = None) -> None:
        """Lets what must not be interrupted finish, and leaves the rest to the next start.

        grace: seconds for that; None: SHUTDOWN_GRACE.
        """
        if self.takeover is not None:
            await self.takeover.stop()
        await self.lost_commits.stop()
        await self.untold.stop()
        await self.watch.stop()
        await self.privacy.stop()
        await self.uploads.stop()
        await self.own_voices.stop()
        await self.pruning.stop()
        await self.refetching.stop()
        await self.kept_render_times.stop()
        await self.hints.close()
        await self.steps.webhooks.close()
        await self.dispatch.close()
        await self.workers.close()
        await self.steps.close(self.settings.shutdown_grace if grace is None else grace)
        await workflow.stop_running()
        with done_later():
            await self.dispatch.forget_unsent()
            await self.kept_render_times.keep()
        await _end_workflows()
        await self.accounts.close()

    # who pays -------------------------------------------------------------------------------------

    async def bring_key(self, guild_id: int, actor_id: int, key: str, level: str) -> None:
        """From now on the guild pays with that WaveSpeed key, of an account of that level.

        Raises GuildBlocked, and what Accounts.bring raises; nothing is changed then.
        """
        await self.requests.check_admitted(guild_id)
        await self.accounts.bring(guild_id, actor_id, key, level)
        self.wakeup.wake()

    async def remove_key(self, guild_id: int, actor_id: int) -> int:
        """From now on the host pays for the guild's tracks; returns how many that waited have ended of it.

        Raises NoKey.
        """
        ended = await self.accounts.remove(guild_id, actor_id)
        self.wakeup.wake()
        for track_id in ended:
            self.metrics.ended(State.FAILED, Failure.KEY_REMOVED)
            self._tell_end(track_id)
        return len(ended)

    def _tell_end(self, track_id: str) -> None:
        """Once, however often it is asked for."""
        self.dispatch.begin(f"{track_id}.told", workflow.tell_end, track_id)

    # looking up -----------------------------------------------------------------------------------

    async def find(self, sight: Sight, reference: str) -> Track | None:
        """The track with that id or number; None also where it is another guild's, or not seen."""
        return await self.database.read_in_one_go(partial(tracks.seen, sight=sight, reference=reference))

    async def search(self, sight: Sight, words: str) -> list[Track]:
        """The newest 25 tracks seen with those words in the title, or that number."""
        return await self.database.read_in_one_go(partial(tracks.search, sight=sight, words=words))

    async def parent(self, sight: Sight, track: Track) -> Track | None:
        """What the track was made from, deleted or not.

        None where there is nothing, or it is not seen there, or only moderators have it.
        """
        parent = await self.get(track.parent_id) if track.parent_id else None
        shown = parent is not None and sight.sees(parent) and not parent.held_back
        return parent if shown else None

    async def get(self, track_id: str) -> Track | None:
        """The track with that id, of any guild: for delivery, never for something a member typed."""
        return await self.database.read_in_one_go(partial(tracks.get, track_id=track_id))

    async def delete(self, sight: Sight, track_id: str, member_id: int, *, moderator: bool) -> Track:
        """Takes an ended track out of the guild's music; the ledger keeps its money.

        Its messages are marked, for `privacy.take_down`. Raises NoSuchTrack, NotYours and what
        `check_may_delete` does.
        """
        async with self.database.write() as connection:
            track = await tracks.theirs(connection, sight, track_id, member_id, moderator=moderator)
            check_may_delete(track, moderator=moderator)
            await tracks.change(connection, track.id, deleted_at=now())
            await mark_naming(connection, track)
            for channel_id, message_id in track.messages:
                place = {"guild_id": track.guild_id, "channel_id": channel_id, "message_id": message_id}
                await mentions.mark_message(connection, **place, track_id=track.id)
            await tell_anew(connection, track)
            await record_act(connection, track, member_id, Action.DELETE)
            await unwanted_audio.mark(connection, [track.id])
        try:
            await self.audio.delete(track)
        except OSError:
            log.warning("its audio is deleted later", track=track.id)
            self.steps.message_stays.set()
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


async def _end_workflows() -> None:
    await asyncio.to_thread(DBOS.destroy)
    # DBOS had made its own threads the loop's, and has ended them.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


def unopened(settings: Settings, delivery: Delivery) -> Studio:
    """One without data, for who asks what the bot could do and does not run it."""
    wavespeed = WaveSpeed(settings.wavespeed_base_url, settings.wavespeed_api_key.get_secret_value())
    return Studio(
        settings, Database("sqlite:///unopened"), wavespeed, Ledger(Limits.of(settings)), delivery, Metrics()
    )

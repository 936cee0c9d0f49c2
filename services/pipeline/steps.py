"""The life of a track, step by step: submit, render, master, deliver, settle.

The rule: every step may be killed anywhere and run again. What was written down is not done twice; what was
not is done again. How a POST is never sent twice, `services.pipeline.submission` says.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.audio.mastered import AudioError, NotAudio, TooMuchMemory
from services.delivery import AudioGone, Delivered, Delivery
from services.guilds.rules import read_rules
from services.metrics import Metrics
from services.money.accounts import Accounts
from services.money.ledger import Ledger
from services.money.prices import Prices
from services.own_voices.service import OwnVoices
from services.pipeline.kept_audio import KeptAudio
from services.pipeline.mastering import Mastering, Unworkable
from services.pipeline.naming import tell_anew
from services.pipeline.patience import Tries
from services.pipeline.refetching import is_kept, next_fetch
from services.pipeline.render_time import RenderTimes
from services.pipeline.rendering import Rendering
from services.pipeline.sources import Sources
from services.pipeline.step_base import StepBase, Stopped
from services.pipeline.submission import Submission
from services.pipeline.turns.wakeup import Wakeup
from services.pipeline.uploads import Uploads
from services.pipeline.webhooks import RenderWebhooks
from services.settings import Settings
from services.storage.audio_store import AudioStore
from services.storage.database import Database, now
from services.storage.outages import done_later, until_back
from services.tracks import tracks
from services.tracks.redaction import for_log
from services.tracks.track import ENDED, REFUNDED, Failure, PutOff, State, Track, WithheldBecause
from services.wavespeed.client import NoAddress, NotFound, TooLarge, TooSlow, WaveSpeedError
from services.workers.pool import Workers

log = structlog.get_logger(__name__)

LARGEST_OUTPUT = 200 * 2**20  # bytes; 240 s of 48 kHz 32-bit stereo are 92 MB


class PipelineSteps(StepBase):
    """The steps of a track's workflow. Each returns the track as it is then, or why it cannot go on."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        accounts: Accounts,
        ledger: Ledger,
        delivery: Delivery,
        workers: Workers,
        prices: Prices,
        wakeup: Wakeup,
        store: AudioStore,
        metrics: Metrics,
    ) -> None:
        super().__init__(database, delivery)
        self.metrics = metrics
        self.wakeup = wakeup
        self.settings = settings
        self.accounts = accounts
        self.ledger = ledger
        self.render_times = RenderTimes()
        self.scratch = store.scratch
        self.own_voices = OwnVoices(settings, database, workers, accounts)
        self.uploads = Uploads(database, workers, delivery, settings.data_dir, store)
        self.audio = KeptAudio(delivery, store)
        self.webhooks = RenderWebhooks(settings, accounts)
        sources = Sources(settings, accounts, self, self.uploads, self.audio, self.own_voices)
        self.submission = Submission(settings, accounts, self, sources, ledger, prices, self.webhooks, wakeup)
        self.rendering = Rendering(
            settings,
            accounts,
            self,
            self.submission,
            self.render_times,
            self.webhooks,
            metrics.noticed,
            workers.prepare,
        )
        self.mastering = Mastering(database, workers, delivery, self.audio)

    async def submit(self, track_id: str, pauses: int | None) -> Track | Failure:
        """Hands the track to the provider, once. Raises Stopped, NotNow."""
        track = await self.submission.submit(track_id, pauses)
        if isinstance(track, Track) and track.id in self.submission.accepted_at and track.started_at:
            self.metrics.took("wait", (track.started_at - track.created_at).total_seconds())
            self.metrics.took("submit", (now() - track.started_at).total_seconds())
        return track

    async def come_back(self, track_id: str) -> Failure | None:
        """Gives the track's place back, and has it stand in line again as soon as it can go on.

        Returns why it cannot.
        """
        track = await self.get(track_id)
        if track.put_off is None:
            track = await self.write(track, put_off=PutOff.AWAY)
            self.wakeup.place_free()
            await self.moved(track)
        failure = await self.submission.until_ready(track_id)
        if failure is not None:
            await self.write(track, put_off=None)
            return failure
        async with self.database.write() as connection:
            back = await tracks.begin_again(connection, track_id, track.pauses, put_off=PutOff.BACK)
        self.wakeup.wake()
        if back is not None:
            await self.moved(back)
        return None

    async def render(self, track: Track) -> Track | Failure:
        """Waits until the provider has made the track's audio, and returns the track with its address."""
        rendered = await self.rendering.render(track)
        self.wakeup.place_free()
        return rendered

    # master ---------------------------------------------------------------------------------------

    async def master(self, track: Track) -> Track | Failure:
        """Downloads the output and makes the MP3 that is posted: tagged, and small enough for the guild.

        What is not there, or is no sound, is fetched again for as long as that may help at once.
        """
        if track.state is not State.MASTERING:
            return track
        if track.output_url is None:  # forgotten since: what is made anew has no sound left
            return Failure.GONE
        source = self.scratch / f"{track.id}.download"
        tries = Tries(self.settings.fetch_patience)
        try:
            while True:
                try:
                    await self._fetch(track, source)
                    made = await self.mastering.make(track, source)
                    break
                except TooLarge:
                    raise
                except TooSlow as error:
                    failure, said = Failure.TOO_SLOW, str(error)
                except NoAddress as error:
                    failure, said = Failure.NO_OUTPUT, str(error)
                except NotFound as error:
                    failure, said = Failure.GONE, str(error)
                except (NotAudio, TooMuchMemory) as error:
                    failure, said = Failure.NOT_AUDIO, str(error)
                except WaveSpeedError as error:  # the line, for as long as there can be something at its end
                    failure, said = (None if is_kept(track) else Failure.GONE), str(error)
                log.warning("no output yet", error=for_log(said, track))
                if not await tries.again(failure) and failure is not None:
                    return failure
        except Unworkable:
            return Failure.UNWORKABLE
        except (AudioError, TooLarge) as error:
            log.error("the output cannot be posted", error=for_log(error, track))
            return Failure.OVERSIZED if isinstance(error, TooLarge) else Failure.TOO_LARGE
        finally:
            source.unlink(missing_ok=True)
        return await self.write(
            track,
            bitrate=made.bitrate,
            lowered=made.lowered,
            seconds=made.seconds,
            state=State.DELIVERING,
            publish_intent_at=track.publish_intent_at or now(),
        )

    async def _fetch(self, track: Track, target: Path) -> None:
        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        patience = self.settings.download_patience
        url = track.output_url or ""
        await self.accounts.host.download(url, target, max_bytes=LARGEST_OUTPUT, patience=patience)

    # deliver and settle ---------------------------------------------------------------------------

    async def deliver(self, track: Track, *, decided: bool = False) -> Track | Failure:
        """Posts the track, once, or withholds it; waits for Discord as long as it takes.

        decided: as a moderator's decision has it; what one has decided on is then nobody else's to post.
        """
        if track.state is not State.DELIVERING or decided != (track.reviewed_by is not None):
            return track
        try:
            mp3 = await self.until_answered(lambda: self.audio.get(track))
        except AudioGone:  # lost with its disk; the provider has the sound for days
            made = await self.master(await self.write(track, state=State.MASTERING))
            return made if isinstance(made, Failure) else await self.deliver(made, decided=decided)
        if track.explicit and not await self.until_answered(lambda: self.delivery.allows_explicit(track)):
            return await self.finish(track, state=State.WITHHELD)
        if track.publish_intent_at is None:
            track = await self.write(track, publish_intent_at=now())
        if not decided and (channel_id := await self._review_channel(track)) is not None:
            await self._show_to_moderators(track, channel_id)
            return await self.get(track.id)
        async with self.not_to_be_interrupted():
            publish = partial(self.delivery.publish, track, mp3)
            posted = await self.until_answered(publish, partial(self._publish_anew, track.id))
            place = {"message_channel_id": posted.channel_id, "message_id": posted.message_id}
            return await self.finish(track, state=State.DELIVERED, **place)

    async def _review_channel(self, track: Track) -> int | None:
        rules = await self.database.read_in_one_go(partial(read_rules, guild_id=track.guild_id))
        return rules.review_channel_id

    async def _publish_anew(self, track_id: str) -> Delivered:
        """With its MP3 here once more: a copy does not stay for as long as Discord may be away."""
        track = await self.get(track_id)
        return await self.delivery.publish(track, await self.audio.get(track))

    async def _show_to_moderators(self, track: Track, channel_id: int) -> None:
        """Lets moderators hear the track first. It is paid for, and waits for them without a workflow.

        Where it cannot be shown it is withheld: nothing is published unseen.
        """
        await self.settle(track)
        async with self.not_to_be_interrupted():
            message_id = await self.until_answered(lambda: self._show(track.id, channel_id))
            if message_id is None:
                held = {
                    "state": State.WITHHELD,
                    "withheld_because": WithheldBecause.NO_REVIEW,
                    "moderated_at": now(),
                }
                await self.write(track, review_channel_id=channel_id, finished_at=now(), **held)
            else:
                async with self.database.write() as connection:
                    await tracks.shown(connection, track.id, channel_id, message_id)

    async def _show(self, track_id: str, channel_id: int) -> int | None:
        """The message's id; a moderator's press on it may have written that down before."""
        track = await self.get(track_id)
        if track.review_message_id is not None:
            return track.review_message_id
        shown = await self.delivery.show(track, await self.audio.get(track), channel_id)
        return shown.message_id if shown else None

    async def finish(self, track: Track, **ended: Any) -> Track:
        """The track has ended, and the provider's work is paid for, as soon as the database can take it."""
        ended["finished_at"] = now()

        async def end(connection: AsyncConnection) -> bool:
            if not await tracks.change(connection, track.id, **ended):
                raise Stopped
            if track.reviewed_by is not None:  # published, maybe once more
                await tell_anew(connection, track)
            return await self.ledger.settle(connection, track.id)

        if await until_back(lambda: self.database.write_in_one_go(end), stop=self._stops):
            self._note_spent(track)
        return replace(track, **ended)

    async def settle(self, track: Track) -> Track:
        """The provider's work is paid for: the reservation becomes spending.

        Returns the track as it is then: a moderator may have decided on it since it was shown.
        """

        async def settle(connection: AsyncConnection) -> tuple[bool, Track | None]:
            settled = await tracks.get(connection, track.id)
            return await self.ledger.settle(connection, track.id), settled

        paid, settled = await self.database.write_in_one_go(settle)
        if settled is None:
            raise Stopped
        if paid:
            self._note_spent(settled)
        await self.moved(settled)
        return settled

    def _note_spent(self, track: Track) -> None:
        self.metrics.spent(track.price, by_host=track.key_id is None)

    def note_end(self, done: Track | Failure) -> None:
        """Counts how the track came to its end in its workflow, and tells the log."""
        if isinstance(done, Failure):
            self.metrics.ended(State.FAILED, done)
            log.info("a track has ended", state=State.FAILED.value, failure=done.value)
        elif done.state in ENDED:
            self.metrics.ended(done.state)
            log.info("a track has ended", state=done.state.value)
            if done.state is State.DELIVERED and done.finished_at is not None:
                self.metrics.delivered_after((done.finished_at - done.created_at).total_seconds())

    async def fail(self, track_id: str, failure: Failure) -> None:
        """Ends the track. What the provider may have billed stays spent; everything else is given back."""
        async with self.database.write() as connection:
            track = await tracks.get(connection, track_id)
            if track is None or track.state in ENDED:
                return
            ended: dict[str, Any] = {"state": State.FAILED, "failure": failure, "finished_at": now()}
            await tracks.change(connection, track_id, **ended, fetch_at=next_fetch(track, failure))
            submitted = track.prediction_id is not None or track.intent_at is not None
            paid = submitted and failure not in REFUNDED
            if paid:
                paid = await self.ledger.settle(connection, track_id, note=failure)
            elif not await self.ledger.release(connection, track_id, note=failure):
                await self.ledger.refund(connection, track_id, note=failure)  # it was settled before
        if paid:
            self._note_spent(track)
        self.wakeup.place_free()

    async def tell(self, track: Track, *, decided: bool = False) -> None:
        """Lets the member know how a track ended that was not posted, and moderators what became of it.

        decided: as in `deliver`.
        """
        if track.rework is not None and track.rework.file_id is not None:
            with done_later():  # by itself, in a minute
                await self.uploads.clean()
        if not decided and (track.reviewed_by is not None or track.withheld_by is not None):
            return
        if track.state is State.WITHHELD:
            await self.until_answered(lambda: self.delivery.withheld(track))
        elif track.state is State.IN_REVIEW:
            await self.until_answered(lambda: self.delivery.in_review(track))
        elif track.state is State.FAILED:
            await self.until_answered(lambda: self.delivery.failed(track))
        elif track.reviewed_by is not None:
            await self.moved(track)
        if track.review_message_id is not None and track.state is not State.IN_REVIEW:
            await self.until_answered(lambda: self.delivery.reviewed(track))

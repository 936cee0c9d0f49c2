"""The life of a track, step by step: submit, render, master, deliver, settle.

The rule: every step may be killed anywhere and run again. What was written down is not done twice; what was
not is done again. How a POST is never sent twice, `services.submission` says.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from services import tracks
from services.accounts import Accounts
from services.database import Database, now
from services.ledger import Ledger
from services.mastered import AudioError, NotAudio, TooMuchMemory
from services.mastering import Mastering, Unworkable
from services.own_files import OwnFiles
from services.pace import Pace
from services.people import moderators_channels
from services.settings import Settings
from services.shelf import mp3_path
from services.stage import Stage
from services.steps import LONGEST_PAUSE, Steps
from services.submission import Submission
from services.tracks import Failure, State, Track
from services.wavespeed import NotFound, Prediction, TooLarge, WaveSpeedError
from services.workers import Workers

log = structlog.get_logger(__name__)

LARGEST_OUTPUT = 200 * 2**20  # bytes; 240 s of 48 kHz 32-bit stereo are 92 MB
NO_REVIEW = "the channel in which moderators hear tracks first is gone, or I may not post there"


class TrackLife(Steps):
    """The steps of a track's workflow. Each returns None when the track may go on, or why it may not."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        accounts: Accounts,
        ledger: Ledger,
        stage: Stage,
        workers: Workers,
    ) -> None:
        super().__init__(database, stage)
        self.settings = settings
        self.accounts = accounts
        self.ledger = ledger
        self.pace = Pace()
        self.own_files = OwnFiles(database, workers, settings.data_dir)
        self.submission = Submission(settings, accounts, self, self.own_files)
        self.mastering = Mastering(database, workers, stage, settings.data_dir)

    async def submit(self, track_id: str, pauses: int) -> Failure | None:
        """Hands the track to the provider, once. Raises Stopped where it was cancelled or paused before."""
        return await self.submission.submit(track_id, pauses)

    # render ---------------------------------------------------------------------------------------

    async def render(self, track_id: str) -> Failure | None:
        """Asks for the result, first when it is likely to be there, until the prediction has ended."""
        track = await self.get(track_id)
        assert track.prediction_id is not None
        if track.output_url is not None:
            return None
        await self.moved(track_id)
        began = track.started_at or now()
        pause = self.settings.poll_interval
        if self.pace.measured:
            elapsed = (now() - began).total_seconds()
            await asyncio.sleep(max(0.0, 0.9 * self.pace.render_seconds(track.duration) - elapsed))
        while True:
            try:
                wavespeed = await self.accounts.client(track.key_id)
                prediction = await wavespeed.result(track.prediction_id)
            except NotFound:
                return Failure.GONE
            except WaveSpeedError as error:
                log.warning("no result yet", track=track_id, error=str(error))
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                if prediction.done:
                    return await self._rendered(track, prediction)
                pause = self.settings.poll_interval
            if now() - began > timedelta(seconds=self.settings.render_patience):
                return Failure.RENDER_TIMEOUT
            await asyncio.sleep(pause)

    async def _rendered(self, track: Track, prediction: Prediction) -> Failure | None:
        if not prediction.succeeded or not prediction.outputs:
            log.warning("render failed", track=track.id, status=prediction.status, error=prediction.error)
            await self.submission.sources.distrust(track)
            if prediction.succeeded:  # completed, so billed, and there is nothing to hear
                return Failure.NOT_AUDIO
            return Failure.GONE if prediction.status == "deleted" else Failure.RENDER_FAILED
        if track.started_at:
            self.pace.learn(track.duration, (now() - track.started_at).total_seconds())
        await self.write(
            track.id,
            output_url=prediction.outputs[0],
            explicit=any(prediction.nsfw),
            state=State.MASTERING,
        )
        return None

    # master ---------------------------------------------------------------------------------------

    async def master(self, track_id: str) -> Failure | None:
        """Downloads the output and makes the MP3 that is posted: tagged, and small enough for the guild."""
        track = await self.get(track_id)
        assert track.output_url is not None
        if track.state is not State.MASTERING:
            return None
        folder = self.settings.data_dir / "tracks"
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / f"{track.id}.download"
        try:
            failure = await self._download(track, source)
            if failure is not None:
                return failure
            made = await self.mastering.make(track, source)
        except Unworkable:
            return Failure.UNWORKABLE
        except (NotAudio, TooMuchMemory) as error:
            log.error("the output is not audio", track=track.id, error=str(error))
            return Failure.NOT_AUDIO
        except AudioError as error:
            log.error("the output cannot be posted", track=track.id, error=str(error))
            return Failure.TOO_LARGE
        finally:
            source.unlink(missing_ok=True)
        await self.write(
            track.id,
            bitrate=made.bitrate,
            lowered=made.lowered,
            seconds=made.seconds,
            state=State.DELIVERING,
        )
        return None

    async def _download(self, track: Track, target: Path) -> Failure | None:
        give_up = asyncio.get_running_loop().time() + self.settings.render_patience
        pause = 1.0
        while True:
            try:
                await self.accounts.host.download(track.output_url or "", target, max_bytes=LARGEST_OUTPUT)
                return None
            except NotFound:
                return Failure.GONE
            except TooLarge:
                return Failure.TOO_LARGE
            except WaveSpeedError as error:
                log.warning("download failed", track=track.id, error=str(error))
                if asyncio.get_running_loop().time() > give_up:
                    return Failure.PROVIDER_DOWN
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    # deliver and settle ---------------------------------------------------------------------------

    async def deliver(self, track_id: str, *, decided: bool = False) -> None:
        """Posts the track, once, or withholds it; waits for Discord as long as it takes.

        decided: as a moderator's decision has it; what one has decided on is then nobody else's to post.
        """
        track = await self.get(track_id)
        if track.state is not State.DELIVERING or decided != (track.reviewed_by is not None):
            return
        if track.explicit and not self.stage.allows_explicit(track):
            await self.write(track_id, state=State.WITHHELD, finished_at=now())
            return
        await self._write_first_intent(track)
        mp3 = mp3_path(self.settings.data_dir, track_id)
        if not decided and (channel_id := await self._review_channel(track)) is not None:
            await self._show_to_moderators(track_id, mp3, channel_id)
            return
        async with self.not_to_be_interrupted():
            delivery = await self.until_stage_answers(lambda: self._publish(track_id, mp3))
            await self.write(
                track_id,
                state=State.DELIVERED,
                message_channel_id=delivery.channel_id,
                message_id=delivery.message_id,
                finished_at=now(),
            )

    async def _review_channel(self, track: Track) -> int | None:
        async with self.database.read() as connection:
            return (await moderators_channels(connection, track.guild_id)).review

    async def _show_to_moderators(self, track_id: str, mp3: Path, channel_id: int) -> None:
        """Lets moderators hear the track first. It is paid for, and waits for them without a workflow.

        Where it cannot be shown it is withheld: nothing is published unseen.
        """
        await self.settle(track_id)
        async with self.not_to_be_interrupted():
            message_id = await self.until_stage_answers(lambda: self._show(track_id, mp3, channel_id))
            if message_id is None:
                held = {"state": State.WITHHELD, "withheld_because": NO_REVIEW, "moderated_at": now()}
                await self.write(track_id, review_channel_id=channel_id, finished_at=now(), **held)
            else:
                async with self.database.write() as connection:
                    await tracks.shown(connection, track_id, channel_id, message_id)

    async def _show(self, track_id: str, mp3: Path, channel_id: int) -> int | None:
        """The message's id; a moderator's press on it may have written that down before."""
        track = await self.get(track_id)
        if track.review_message_id is not None:
            return track.review_message_id
        shown = await self.stage.show(track, mp3, channel_id)
        return shown.message_id if shown else None

    async def _publish(self, track_id: str, mp3: Path) -> Any:
        return await self.stage.publish(await self.get(track_id), mp3)

    async def _write_first_intent(self, track: Track) -> None:
        if track.publish_intent_at is None:
            await self.write(track.id, publish_intent_at=now())

    async def settle(self, track_id: str) -> None:
        """The provider's work is paid for: the reservation becomes spending."""
        async with self.database.write() as connection:
            await self.ledger.settle(connection, track_id)
        await self.moved(track_id)

    async def fail(self, track_id: str, failure: Failure) -> None:
        """Ends the track. What the provider may have billed stays spent; everything else is given back."""
        async with self.database.write() as connection:
            track = await tracks.get(connection, track_id)
            if track is None or track.state.ended:
                return
            await tracks.change(connection, track_id, state=State.FAILED, failure=failure, finished_at=now())
            submitted = track.prediction_id is not None or track.intent_at is not None
            if submitted and failure is not Failure.RENDER_FAILED:  # the provider refunds failed predictions
                await self.ledger.settle(connection, track_id, note=failure)
            else:
                await self.ledger.release(connection, track_id, note=failure)

    async def tell(self, track_id: str, *, decided: bool = False) -> None:
        """Lets the member know how a track ended that was not posted, and moderators what became of it.

        decided: as in `deliver`.
        """
        track = await self.get(track_id)
        if track.rework is not None and track.rework.file_id is not None:
            await self.own_files.clean()
        if not decided and (track.reviewed_by is not None or track.withheld_by is not None):
            return
        if track.state is State.WITHHELD:
            await self.until_stage_answers(lambda: self.stage.withheld(track))
        elif track.state is State.IN_REVIEW:
            await self.until_stage_answers(lambda: self.stage.in_review(track))
        elif track.state is State.FAILED:
            await self.until_stage_answers(lambda: self.stage.failed(track))
        elif track.reviewed_by is not None:
            await self.moved(track_id)
        if track.review_message_id is not None and track.state is not State.IN_REVIEW:
            await self.until_stage_answers(lambda: self.stage.reviewed(track))

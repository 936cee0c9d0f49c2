"""The life of a track, step by step: submit, render, master, deliver, settle.

The rule: every step may be killed anywhere and run again. What was written down is not done twice; what was
not is done again. A submission's intent is written before its POST and its id right after, and a POST that
may have been billed is never sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import structlog

from services import audio, house, tracks
from services.database import Database, now
from services.guilds import read_guild
from services.ledger import Ledger
from services.pace import Pace
from services.people import moderators_channels
from services.settings import Settings
from services.stage import Stage, StageUnavailable
from services.tracks import Failure, State, Track
from services.wavespeed import (
    AnswerLost,
    BadKey,
    NoBalance,
    NotFound,
    Prediction,
    ProviderDown,
    RateLimited,
    RefusedInput,
    TooLarge,
    Unavailable,
    WaveSpeed,
    WaveSpeedError,
)

log = structlog.get_logger(__name__)

T = TypeVar("T")

LONGEST_PAUSE = 30.0  # seconds between two tries of anything that waits for somebody else to come back
LARGEST_OUTPUT = 200 * 2**20  # bytes; 240 s of 48 kHz 32-bit stereo are 92 MB
MASTERED_AT_ONCE = 2  # threads; with six, answers took up to a second (docs/measurements.md)
NO_REVIEW = "the channel in which moderators hear tracks first is gone, or I may not post there"
UPLOAD_MARGIN = 64 * 1024  # bytes of the upload limit left to the rest of the request

_REFUSALS: dict[type[WaveSpeedError], Failure] = {
    BadKey: Failure.BAD_KEY,
    RefusedInput: Failure.REFUSED,
    NotFound: Failure.REFUSED,
}


class Stopped(Exception):
    """The track was cancelled, or starts were paused, before its turn came; this workflow is done."""


def mp3_path(data_dir: Path, track_id: str) -> Path:
    """Where a track's finished MP3 is kept."""
    return data_dir / "tracks" / f"{track_id}.mp3"


def waveform_path(data_dir: Path, track_id: str) -> Path:
    """Where a track's waveform picture (PNG) is kept."""
    return data_dir / "tracks" / f"{track_id}.png"


class TrackLife:
    """The steps of a track's workflow. Each returns None when the track may go on, or why it may not."""

    def __init__(
        self, settings: Settings, database: Database, wavespeed: WaveSpeed, ledger: Ledger, stage: Stage
    ) -> None:
        self.settings = settings
        self.database = database
        self.wavespeed = wavespeed
        self.ledger = ledger
        self.stage = stage
        self.pace = Pace()
        self.closing = False
        self.short_of_money = asyncio.Event()
        """Set when the provider refused a track for lack of money."""
        self._must_finish = 0
        self._seeds: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._desk = asyncio.Semaphore(MASTERED_AT_ONCE)
        self._quiet = asyncio.Event()
        self._quiet.set()

    # submit ---------------------------------------------------------------------------------------

    async def submit(self, track_id: str, pauses: int) -> Failure | None:
        """Hands the track to the provider, once. Raises Stopped where it was cancelled or paused before.

        Of tracks with the same seed one at a time, so that the history tells whose an answer is.
        """
        track = await self._begin(track_id, pauses)
        if track.prediction_id is not None:
            return None
        async with self._seeds.setdefault(track.seed, asyncio.Lock()):
            return await self._submit(track)

    async def _submit(self, track: Track) -> Failure | None:
        if track.intent_at is not None:
            # A kill came between writing the intent down and writing the answer down. Only the provider knows
            # whether the request ever left; its own record decides.
            match await self._look_up(track):
                case Prediction() as prediction:
                    return await self._accepted(track, prediction)
                case Failure.ANSWER_LOST:
                    log.info("the provider never got this submission", track=track.id)
                case failure:
                    return failure
        await self._moved(track.id)
        return await self._post_until_accepted(track)

    async def _begin(self, track_id: str, pauses: int) -> Track:
        async with self.database.write() as connection:
            track = await tracks.get(connection, track_id)
            if track is None or track.state.ended or track.pauses != pauses:
                raise Stopped
            if track.state is State.WAITING:
                if (await read_guild(connection, track.guild_id, lock=True)).paused:
                    raise Stopped
                if await house.stopped_by(connection):
                    raise Stopped
                begun = {"state": State.SUBMITTING, "started_at": now()}
                if not await tracks.change(connection, track_id, expect=State.WAITING, **begun):
                    raise Stopped
        return await self._get(track_id)

    async def _post_until_accepted(self, track: Track) -> Failure | None:
        """POSTs, and again only after an answer that says that nothing was created."""
        give_up = asyncio.get_running_loop().time() + self.settings.provider_patience
        pause = 1.0
        while True:
            async with self._not_to_be_interrupted():
                await self._write(track.id, intent_at=now())
                try:
                    prediction = await self.wavespeed.submit(track.model, track.inputs)
                    return await self._accepted(track, prediction)
                except (RateLimited, ProviderDown) as error:  # refused, or never sent: nothing was created
                    await self._write(track.id, intent_at=None)
                    failure = Failure.BUSY if isinstance(error, RateLimited) else Failure.PROVIDER_DOWN
                    wait = error.retry_after if isinstance(error, RateLimited) else None
                    log.warning("submission put off", track=track.id, error=str(error))
                except NoBalance as error:
                    log.error("no money at the provider", track=track.id, error=str(error))
                    await self._put_back(track.id)
                    raise Stopped from error
                except (BadKey, RefusedInput, NotFound) as error:
                    log.error("submission refused", track=track.id, error=str(error))
                    await self._write(track.id, intent_at=None)
                    return _REFUSALS[type(error)]
                except AnswerLost as error:
                    log.warning("answer to a submission lost", track=track.id, error=str(error))
                    break
            pause = min(pause * 2, LONGEST_PAUSE)
            wait = max(wait or 0.0, pause)
            if asyncio.get_running_loop().time() + wait > give_up:
                return failure
            await asyncio.sleep(wait)
        found = await self._look_up(track)
        return await self._accepted(track, found) if isinstance(found, Prediction) else found

    async def _put_back(self, track_id: str) -> None:
        """The track waits, as all do, until the account has money again; the watch sees to that."""
        async with self.database.write() as connection:
            await house.write(connection, house.Value.LOW_BALANCE, "refused")
            await tracks.change(connection, track_id, state=State.WAITING, intent_at=None, started_at=None)
        self.short_of_money.set()
        await self._moved(track_id)

    async def _accepted(self, track: Track, prediction: Prediction) -> None:
        await self._write(track.id, prediction_id=prediction.id, state=State.RENDERING)

    async def _look_up(self, track: Track) -> Prediction | Failure:
        """Searches the provider's history for the track's seed, for as long as a late entry may take.

        ANSWER_LOST: the history answers and does not have it, so it was not billed. ANSWER_UNKNOWN: the
        history does not answer, so it may have been.
        """
        since = track.intent_at or track.created_at
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self.settings.lost_answer_patience
        pause = min(1.0, self.settings.lost_answer_patience / 4)
        while True:
            try:
                async with self.database.read() as connection:
                    taken = await tracks.taken(connection, track)
                found = await self.wavespeed.find(track.model, track.inputs, since, taken=taken)
                verdict = Failure.ANSWER_LOST
            except WaveSpeedError as error:
                log.warning("history not available", track=track.id, error=str(error))
                found, verdict = None, Failure.ANSWER_UNKNOWN
                if isinstance(error, Unavailable):
                    return verdict
            if found is not None:
                return found
            if loop.time() >= give_up:
                if verdict is Failure.ANSWER_LOST:
                    await self._write(track.id, intent_at=None)
                return verdict
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE, max(0.01, give_up - loop.time()))

    # render ---------------------------------------------------------------------------------------

    async def render(self, track_id: str) -> Failure | None:
        """Asks for the result, first when it is likely to be there, until the prediction has ended."""
        track = await self._get(track_id)
        assert track.prediction_id is not None
        if track.output_url is not None:
            return None
        await self._moved(track_id)
        began = track.started_at or now()
        pause = self.settings.poll_interval
        if self.pace.measured:
            elapsed = (now() - began).total_seconds()
            await asyncio.sleep(max(0.0, 0.9 * self.pace.render_seconds(track.duration) - elapsed))
        while True:
            try:
                prediction = await self.wavespeed.result(track.prediction_id)
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
            return Failure.GONE if prediction.status == "deleted" else Failure.RENDER_FAILED
        if track.started_at:
            self.pace.learn(track.duration, (now() - track.started_at).total_seconds())
        await self._write(
            track.id,
            output_url=prediction.outputs[0],
            explicit=any(prediction.nsfw),
            state=State.MASTERING,
        )
        return None

    # master ---------------------------------------------------------------------------------------

    async def master(self, track_id: str) -> Failure | None:
        """Downloads the output and makes the MP3 that is posted: tagged, and small enough for the guild."""
        track = await self._get(track_id)
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
            async with self._desk:
                made = await asyncio.to_thread(self._make_mp3, track, source)
        except audio.NotAudio as error:
            log.error("the output is not audio", track=track.id, error=str(error))
            return Failure.NOT_AUDIO
        except audio.AudioError as error:
            log.error("the output cannot be posted", track=track.id, error=str(error))
            return Failure.TOO_LARGE
        finally:
            source.unlink(missing_ok=True)
        await self._write(
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
                await self.wavespeed.download(track.output_url or "", target, max_bytes=LARGEST_OUTPUT)
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

    def _make_mp3(self, track: Track, source: Path) -> audio.Master:
        """Blocks while it decodes and encodes; runs in a thread."""
        made = audio.master(
            source,
            source.parent,
            audio.Credits(
                title=track.title,
                maker=track.member_name,
                tags=track.tags,
                lyrics=track.lyrics,
                seed=track.seed,
                number=track.number,
                guild=track.guild_name,
                created=track.created_at,
                comment=f"Jamboree track {track.id}",
            ),
            max_bytes=self.stage.upload_limit(track) - UPLOAD_MARGIN,
        )
        made.path.replace(mp3_path(self.settings.data_dir, track.id))
        made.waveform.replace(waveform_path(self.settings.data_dir, track.id))
        return made

    # deliver and settle ---------------------------------------------------------------------------

    async def deliver(self, track_id: str) -> None:
        """Posts the track, once, or withholds it; waits for Discord as long as it takes."""
        track = await self._get(track_id)
        if track.state is not State.DELIVERING:
            return
        if track.explicit and not self.stage.allows_explicit(track):
            await self._write(track_id, state=State.WITHHELD, finished_at=now())
            return
        await self._write_first_intent(track)
        mp3 = mp3_path(self.settings.data_dir, track_id)
        if track.reviewed_by is None and (channel_id := await self._review_channel(track)) is not None:
            await self._show_to_moderators(track_id, mp3, channel_id)
            return
        async with self._not_to_be_interrupted():
            delivery = await self.until_stage_answers(lambda: self._publish(track_id, mp3))
            await self._write(
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
        track = await self._get(track_id)
        async with self._not_to_be_interrupted():
            shown = await self.until_stage_answers(lambda: self.stage.show(track, mp3, channel_id))
            if shown is None:
                held = {"state": State.WITHHELD, "withheld_because": NO_REVIEW, "moderated_at": now()}
            else:
                held = {"state": State.IN_REVIEW, "review_message_id": shown.message_id}
            held |= {"review_channel_id": channel_id, "finished_at": now()}
            await self._write(track_id, **held)

    async def _publish(self, track_id: str, mp3: Path) -> Any:
        return await self.stage.publish(await self._get(track_id), mp3)

    async def _write_first_intent(self, track: Track) -> None:
        if track.publish_intent_at is None:
            await self._write(track.id, publish_intent_at=now())

    async def settle(self, track_id: str) -> None:
        """The provider's work is paid for: the reservation becomes spending."""
        async with self.database.write() as connection:
            await self.ledger.settle(connection, track_id)
        await self._moved(track_id)

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

    async def tell(self, track_id: str) -> None:
        """Lets the member know how a track ended that was not posted, and moderators what became of it."""
        track = await self._get(track_id)
        if track.state is State.WITHHELD:
            await self.until_stage_answers(lambda: self.stage.withheld(track))
        elif track.state is State.IN_REVIEW:
            await self.until_stage_answers(lambda: self.stage.in_review(track))
        elif track.state is State.FAILED:
            await self.until_stage_answers(lambda: self.stage.failed(track))
        elif track.reviewed_by is not None:
            await self._moved(track_id)
        if track.review_message_id is not None and track.state is not State.IN_REVIEW:
            await self.until_stage_answers(lambda: self.stage.reviewed(track))

    # what the steps share -------------------------------------------------------------------------

    async def _get(self, track_id: str) -> Track:
        async with self.database.read() as connection:
            track = await tracks.get(connection, track_id)
        if track is None:
            raise Stopped
        return track

    async def _write(self, track_id: str, **values: Any) -> None:
        async with self.database.write() as connection:
            await tracks.change(connection, track_id, **values)

    async def _moved(self, track_id: str) -> None:
        """Brings the member's answer up to date; a track never fails of that."""
        try:
            await self.stage.moved(await self._get(track_id))
        except Exception:
            log.warning("answer not brought up to date", track=track_id, exc_info=True)

    async def until_stage_answers(self, call: Callable[[], Awaitable[T]]) -> T:
        """Calls until the stage answers, for as long as that takes."""
        pause = 1.0
        while True:
            try:
                return await call()
            except StageUnavailable as error:
                log.warning("the stage does not answer", error=str(error))
                if self.closing:
                    raise asyncio.CancelledError from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    @asynccontextmanager
    async def _not_to_be_interrupted(self) -> AsyncGenerator[None]:
        """What a shutdown waits for: a POST whose answer is on its way, a message being posted."""
        if self.closing:
            raise asyncio.CancelledError
        self._must_finish += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._must_finish -= 1
            if not self._must_finish:
                self._quiet.set()

    async def close(self, grace: float) -> None:
        """Begins nothing more that must not be interrupted; waits at most `grace` seconds for what has."""
        self.closing = True
        try:
            await asyncio.wait_for(self._quiet.wait(), grace)
        except TimeoutError:
            log.warning("shutdown did not wait any longer; the next start goes on from there")

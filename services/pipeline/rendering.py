"""Knowing when the provider has made a track's audio.

The rule: what the provider says is believed, and what it does not say yet is waited for, within the patience.
When it is asked, `services.pipeline.render_time` says by what was learnt here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from services.backoff import LONGEST
from services.money.accounts import Accounts
from services.money.key_check import tells_results
from services.money.replaced_keys import ask_with_either_key, own_key_refused
from services.pipeline.patience import NOT_BEGUN, RenderPatience
from services.pipeline.render_time import RenderTimes, until_next_look
from services.pipeline.step_base import StepBase
from services.pipeline.submission import Submission
from services.pipeline.webhooks import Expected, RenderWebhooks
from services.settings import Settings
from services.storage.database import now
from services.tracks.redaction import for_log
from services.tracks.track import FAILURE_OF_CODE, Failure, State, Track
from services.wavespeed.client import NotFound, Prediction, ProviderDown, RefusedInput, WaveSpeedError

log = structlog.get_logger(__name__)

LATEST_GUESS = 30.0  # seconds in which a render has ended, where too few were seen to say
OVERDUE = 3.0  # seconds after which a webhook that may have come will not
LOOKS_PER_SECOND = 200.0  # of all renders together, however many there are


@dataclass(slots=True)
class Watched:
    """What is known of a render; all in seconds, `posted` by the loop's clock.

    first_pause: until its first look. seen: after which it had surely not ended. waited: after which it had
    surely not begun. told: that it has ended, when it did.
    """

    posted: float
    first_pause: float = 0.0
    seen: float = 0.0
    waited: float = 0.0
    told: bool = False

    @property
    def elapsed(self) -> float:
        """Seconds since it was asked for."""
        return asyncio.get_running_loop().time() - self.posted

    def saw(self, prediction: Prediction) -> None:
        """Notes a prediction that was not done yet."""
        if not prediction.done:
            self.seen = self.elapsed
        if prediction.status in NOT_BEGUN:
            self.waited = self.seen

    def took(self, prediction: Prediction) -> float:
        """How long it took the provider, however late we looked; 0 where that is not known.

        By its own word, or until the last look that came too early, or until we were told. Where it says
        nothing, and the first look found it ended, half of the time until that look, so that the next comes
        sooner.
        """
        since = self.elapsed - self.waited if self.told else self.first_pause / 2
        return max(self._said(prediction), self.seen - self.waited) or since

    def late(self, prediction: Prediction) -> float:
        """How long after its end we know, at most: it may have waited its turn before it began."""
        return self.elapsed - max(self.seen, self.waited + self._said(prediction))

    def _said(self, prediction: Prediction) -> float:
        """How long the provider says that it took; 0 where it does not, or what cannot be."""
        inference = (prediction.inference_ms or 0.0) / 1000
        return inference if 0 < inference < self.elapsed else 0.0


class Rendering:
    """The second step: knows that the provider has rendered a track, by being told or by asking."""

    def __init__(
        self,
        settings: Settings,
        accounts: Accounts,
        steps: StepBase,
        submission: Submission,
        render_times: RenderTimes,
        webhooks: RenderWebhooks,
        noticed: Callable[[float], None],
        prepare: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.accounts = accounts
        self.steps = steps
        self.submission = submission
        self.render_times = render_times
        self.webhooks = webhooks
        self._noticed = noticed  # is told how late, in seconds and at most, a render's end was known
        self._prepare = prepare  # has a worker there soon, which masters what was rendered
        self._next_look = 0.0  # when one may be, by the loop's clock

    async def render(self, track: Track) -> Track | Failure:
        """Waits to be told that the prediction has ended, or asks, first when that is likely."""
        assert track.prediction_id is not None
        if track.output_url is not None:
            return track
        expected = self.webhooks.expect(track)
        patience, watched = RenderPatience(self.settings), self._watch(track, expected)
        pause = watched.first_pause
        while True:
            told = await expected.told_within(pause)
            self._prepare()
            if told is not None and not told.outputs_missing:
                watched.told = True
                return await self._rendered(track, watched, told)
            await self._turn()
            least = 0.0
            try:
                prediction = await self._result(track, track.prediction_id)
            except NotFound:
                patience.nothing_there()
            except RefusedInput as error:
                log.warning("the provider does not say what became of it", error=for_log(error, track))
                patience.untold(self.settings.fetch_patience)
            except WaveSpeedError as error:
                log.warning("no result yet", error=for_log(error, track))
                if own_key_refused(track, error):
                    patience.refused()
                elif isinstance(error, ProviderDown) and await self._tells_of_others(track, patience):
                    patience.untold(self.settings.render_patience)
                else:
                    patience.no_answer()
                least = max(self.settings.poll_interval, error.retry_after or 0.0)
            else:
                if prediction.done and not prediction.outputs_missing:
                    self.webhooks.relied_on = False  # until one comes; also this one's, a moment later
                    return await self._rendered(track, watched, prediction)
                patience.saw(prediction)
                watched.saw(prediction)
            if (failure := patience.over()) is not None:
                log.warning("no patience left", failure=failure)
                await self.submission.sources.distrust(track)
                return failure
            pause = max(self._pause(track, watched, expected), min(least, LONGEST))

    async def _result(self, track: Track, prediction_id: str) -> Prediction:
        """What the provider says of it. Raises WaveSpeedError."""

        async def ask(key_id: int | None) -> Prediction:
            return await (await self.accounts.client(key_id)).result(prediction_id, attempts=1)

        return await ask_with_either_key(self.accounts, track, ask)

    async def _tells_of_others(self, track: Track, patience: RenderPatience) -> bool:
        """Whether results are told: that of this track is then not to be had of causes of its own.

        Not asked at once: who does not answer is not to be asked twice as often.
        """
        if patience.silence < self.settings.fetch_patience:
            return False
        await self._turn()
        return await tells_results(await self.accounts.client(track.key_id))

    def _watch(self, track: Track, expected: Expected) -> Watched:
        """A track whose POST was answered just now is asked for in its time; any other at once."""
        clock = asyncio.get_running_loop().time
        accepted = self.submission.accepted_at.pop(track.id, None)
        if accepted is None:
            return Watched(clock() - (now() - (track.intent_at or now())).total_seconds())
        watched = Watched(accepted)
        watched.first_pause = self._pause(track, watched, expected)
        return watched

    def _pause(self, track: Track, watched: Watched, expected: Expected) -> float:
        """Seconds until it is worth asking; where we are to be told, only if that is overdue."""
        window = self.render_times.window(track.duration, track.model)
        pause = until_next_look(window, watched.elapsed, self.settings.poll_interval, watched.waited)
        if expected.posted and self.webhooks.relied_on:
            latest = window.latest if window else LATEST_GUESS
            pause = max(pause, latest + OVERDUE - (watched.elapsed - watched.waited))
        return pause

    async def _turn(self) -> None:
        """Waits until one more look is not one too many in a second."""
        clock = asyncio.get_running_loop().time
        at = max(self._next_look, clock())
        self._next_look = at + 1 / LOOKS_PER_SECOND
        await asyncio.sleep(at - clock())

    async def _rendered(self, track: Track, watched: Watched, prediction: Prediction) -> Track | Failure:
        if not prediction.succeeded:
            told = {
                "status": prediction.status,
                "code": prediction.code,
                "error": for_log(prediction.error, track),
            }
            log.warning("render failed", **told)
            await self.submission.sources.distrust(track)
            return failure_of(prediction)
        if watched.first_pause:  # else it may have ended while nobody was there to know
            self._noticed(watched.late(prediction))
        if (took := watched.took(prediction)) > 0:
            self.render_times.learn(track.duration, took, track.model)
        return await self.steps.write(
            track,
            output_url=prediction.outputs[0],
            explicit=any(prediction.nsfw),
            state=State.MASTERING,
        )


def failure_of(prediction: Prediction) -> Failure:
    """Why a prediction ended without a sound: its code says most (facts page)."""
    if prediction.status == "deleted":
        return Failure.GONE
    by_status = Failure.PROVIDER_TIMEOUT if prediction.status == "timeout" else Failure.RENDER_FAILED
    return FAILURE_OF_CODE.get(prediction.code or 0, by_status)

"""Knowing when the provider has made a track's audio.

The rule: what the provider says is believed, and what it does not say yet is waited for, within the patience.
"""

from __future__ import annotations

import asyncio

import structlog

from services.backoff import LONGEST
from services.money.accounts import Accounts
from services.pipeline.patience import RenderPatience
from services.pipeline.render_time import Pace
from services.pipeline.step_base import Steps
from services.pipeline.submission import Submission
from services.settings import Settings
from services.storage.database import now
from services.tracks.redaction import for_log
from services.tracks.track import Failure, State, Track
from services.wavespeed.client import BadKey, NotFound, Prediction, TurnedAway, WaveSpeedError

log = structlog.get_logger(__name__)

LONGEST_LOOK = 5.0  # seconds between two looks at a track that is being rendered
_BY_CODE = {
    1200: Failure.MODERATED,
    1400: Failure.NOT_ACCEPTED,
    1401: Failure.NOT_ACCEPTED,
    1402: Failure.NOT_HEARD,
    5004: Failure.PROVIDER_TIMEOUT,
}


class Rendering:
    """The second step of a track's life."""

    def __init__(
        self, settings: Settings, accounts: Accounts, steps: Steps, submission: Submission, pace: Pace
    ) -> None:
        self.settings = settings
        self.accounts = accounts
        self.steps = steps
        self.submission = submission
        self.pace = pace

    async def render(self, track: Track) -> Track | Failure:
        """Asks for the result, first when it is likely to be there, until the prediction has ended."""
        assert track.prediction_id is not None
        if track.output_url is not None:
            return track
        await self.steps.moved(track)
        accepted = self.submission.accepted_at.pop(track.id, None)
        patience = RenderPatience(self.settings)
        pause = self._until_first_look(track)
        while True:
            await asyncio.sleep(pause)
            pause = min(self.settings.poll_interval, LONGEST_LOOK)
            try:
                wavespeed = await self.accounts.client(track.key_id)
                prediction = await wavespeed.result(track.prediction_id, attempts=1)
            except NotFound:
                patience.nothing_there()
            except WaveSpeedError as error:
                log.warning("no result yet", track=track.id, error=for_log(error, track))
                of_key = isinstance(error, BadKey) and not isinstance(error, TurnedAway)
                if of_key and track.key_id is not None:
                    patience.refused()  # the host's own is waited for: the host is told, and all of it waits
                else:
                    patience.no_answer()
                pause = min(max(pause, error.retry_after or 0.0), LONGEST)
            else:
                if prediction.done and not prediction.outputs_missing:
                    return await self._rendered(track, prediction, accepted)
                patience.saw(prediction)
            if (failure := patience.over()) is not None:
                log.warning("no patience left", track=track.id, failure=failure)
                await self.submission.sources.distrust(track)
                return failure

    def _until_first_look(self, track: Track) -> float:
        """Seconds until it is worth asking; a look too early costs little, one too late much."""
        if not self.pace.measured:
            return min(self.settings.poll_interval, LONGEST_LOOK)
        elapsed = (now() - (track.started_at or now())).total_seconds()
        return min(
            max(0.0, 0.9 * self.pace.render_seconds(track.duration, track.model) - elapsed), LONGEST_LOOK
        )

    async def _rendered(
        self, track: Track, prediction: Prediction, accepted: float | None
    ) -> Track | Failure:
        if not prediction.succeeded:
            told = {
                "status": prediction.status,
                "code": prediction.code,
                "error": for_log(prediction.error, track),
            }
            log.warning("render failed", track=track.id, **told)
            await self.submission.sources.distrust(track)
            return failure_of(prediction)
        if accepted is not None:
            self._learn(track, prediction, accepted)
        return await self.steps.write(
            track,
            output_url=prediction.outputs[0],
            explicit=any(prediction.nsfw),
            state=State.MASTERING,
        )

    def _learn(self, track: Track, prediction: Prediction, accepted: float) -> None:
        """Learns from a render that this process saw from the submission on, so not from its own absence."""
        took = asyncio.get_running_loop().time() - accepted
        if prediction.inference_ms and 0 < prediction.inference_ms / 1000 < took:
            took = prediction.inference_ms / 1000  # without the time until we looked
        self.pace.learn(track.duration, took)


def failure_of(prediction: Prediction) -> Failure:
    """Why a prediction ended without a sound: its code says most (facts page)."""
    if prediction.status == "deleted":
        return Failure.GONE
    by_status = Failure.PROVIDER_TIMEOUT if prediction.status == "timeout" else Failure.RENDER_FAILED
    return _BY_CODE.get(prediction.code or 0, by_status)

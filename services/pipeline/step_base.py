"""What all steps of a track's life share: its row, its audience, and what must not be cut short."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog

from services.backoff import Backoff
from services.delivery import Delivery, DeliveryUnavailable
from services.storage.database import Database, now
from services.storage.outages import until_back
from services.tracks import tracks
from services.tracks.track import Failure, Track

log = structlog.get_logger(__name__)

T = TypeVar("T")

BREAKS = 5  # of one step, of itself, before it is given up
BETWEEN_BREAKS = 0.5  # seconds, doubled after each


class Stopped(Exception):
    """The track was cancelled, or starts were paused, before its turn came; this workflow is done."""


class NotNow(Exception):
    """What the track waits for is nothing that the provider renders: it gives its place back until then."""


class StepBase:
    """What each step needs: the database, delivery, and whether the process is about to stop."""

    def __init__(self, database: Database, delivery: Delivery) -> None:
        self.database = database
        self.delivery = delivery
        self.closing = False
        self.message_stays = asyncio.Event()
        """Set where a message that is to go is marked, for `services.privacy.erasure` to go on with."""
        self._must_finish = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def get(self, track_id: str) -> Track:
        """The track as it stands. Raises Stopped where there is none."""
        async with self.database.read() as connection:
            track = await tracks.get(connection, track_id)
        if track is None:
            raise Stopped
        return track

    async def write(self, track: Track, **values: Any) -> Track:
        """Writes down what became of the track, as soon as the database can take it, and returns it so.

        While its workflow runs, nobody else writes these values of it.
        """
        change = partial(tracks.change, track_id=track.id, **values)
        await until_back(lambda: self.database.write_in_one_go(change), stop=self._stops)
        return replace(track, **values)

    async def intend(self, track: Track) -> Track:
        """Writes down that it is about to be POSTed. Raises Stopped where another workflow has it by now."""
        at = now()
        intend = partial(tracks.intend, track=track, at=at)
        if not await until_back(lambda: self.database.write_in_one_go(intend), stop=self._stops):
            raise Stopped
        return replace(track, intent_at=at)

    async def moved(self, track: Track) -> None:
        """Brings the member's answer up to date; a track never fails of that."""
        try:
            await self.delivery.moved(track)
        except Exception:
            log.warning("answer not brought up to date", track=track.id, exc_info=True)

    async def through(self, step: Callable[..., Awaitable[T]], track: Track | None = None) -> T | Failure:
        """Brings a step, which can be run again from anywhere, to its end.

        What is away makes it wait, however long; INTERNAL where it breaks of itself again and again. track:
        what the step is given, where it is given one; where it is tried again, as the track stands by then.
        """

        async def again() -> T:
            return await (step() if track is None else step(await self.get(track.id)))

        act = step if track is None else partial(step, track)
        breaks = 0
        backoff: Backoff | None = None
        while True:
            try:
                return await until_back(act, again, stop=self._stops)
            except (Stopped, NotNow):
                raise
            except Exception:
                breaks += 1
                log.exception("a step of a track broke", time=breaks)
                if breaks >= BREAKS:
                    return Failure.INTERNAL
            act = again
            backoff = backoff or Backoff(BETWEEN_BREAKS)
            await backoff.wait()

    async def until_answered(
        self, call: Callable[[], Awaitable[T]], again: Callable[[], Awaitable[T]] | None = None
    ) -> T:
        """Calls until the platform answers, for as long as that takes; again: what is called from the second
        time on."""
        backoff: Backoff | None = None
        while True:
            await self.database.ensure_place()
            try:
                return await call()
            except DeliveryUnavailable as error:
                wait = error.wait
                log.warning("the platform does not answer", error=str(error))
                if self.closing:
                    raise asyncio.CancelledError from error
            call = again or call
            backoff = backoff or Backoff()
            await backoff.wait(wait)

    @asynccontextmanager
    async def not_to_be_interrupted(self) -> AsyncGenerator[None]:
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
            async with asyncio.timeout(grace):
                await self._quiet.wait()
        except TimeoutError:
            log.warning("shutdown did not wait any longer; the next start goes on from there")

    def _stops(self) -> bool:
        return self.closing

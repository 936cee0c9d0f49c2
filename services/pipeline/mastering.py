"""From an output to the finished file, in a worker process; and what is done where that ends the worker.

The rule: a sound that has ended MOST_DEATHS workers is given up, and the host is told. Deaths are counted in
the database, so that a restart forgets none; a kill of the whole bot is no death, because nobody is left to
count it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from services.audio import mpeg
from services.audio.mastered import AudioError, Master
from services.backoff import Backoff
from services.delivery import AudioGone, Delivery, DeliveryUnavailable, TrackUnworkable
from services.pipeline.kept_audio import KeptAudio
from services.storage.database import Database
from services.tracks import tracks
from services.tracks.track import Track
from services.workers import jobs
from services.workers.pool import NoWorker, WorkerEnded, Workers

log = structlog.get_logger(__name__)

AT_ONCE = 2  # of the workers; the others are for whoever waits for a picture or an own file
MOST_DEATHS = 2  # worker processes that one sound may end
SETTLING = 1.0  # seconds before a death counts: what kills a worker may be about to kill the bot too
UPLOAD_MARGIN = 64 * 1024  # bytes of the upload limit left to the rest of the request


class Unworkable(AudioError):
    """It ended the worker process that was to make a track of it, MOST_DEATHS times."""


class Mastering:
    """Makes the files of this process's tracks."""

    def __init__(self, database: Database, workers: Workers, delivery: Delivery, audio: KeptAudio) -> None:
        self._database = database
        self._workers = workers
        self._delivery = delivery
        self._audio = audio
        self._desk = asyncio.Semaphore(AT_ONCE)

    async def make(self, track: Track, source: Path) -> Master:
        """Makes the track's MP3 and card of that file. Raises AudioError; OSError of the disk.

        For as long as no worker can be had, delivery does not say how large it may be, or the store takes
        nothing, it waits.
        """
        deaths = track.worker_deaths
        backoff: Backoff | None = None
        while deaths < MOST_DEATHS:
            try:
                return await self._run(track, source, patient=True)
            except WorkerEnded as error:
                await asyncio.sleep(SETTLING)
                deaths = await self._count_death(track, error)
            except (NoWorker, DeliveryUnavailable) as error:
                log.warning("mastering put off", error=str(error))
                backoff = backoff or Backoff()
                await backoff.wait(error.wait if isinstance(error, DeliveryUnavailable) else None)
        raise Unworkable(f"it ended {deaths} worker processes")

    async def label_anew(self, track: Track) -> Path | None:
        """Writes the credits as they are now into the finished file and its card; the sound stays.

        Where that cannot be done the file is left without any. Returns the file, None where it is gone.
        Raises DeliveryUnavailable if it can be later.
        """
        try:
            source = await self._audio.get(track)
            try:
                await self._run(track, source)
            except (AudioError, WorkerEnded) as error:
                log.error("credits taken out instead of written anew", track=track.id, error=str(error))
                async with self._audio.lock(track.id):
                    bare = await asyncio.to_thread(_without_credits, source)
                    await self._audio.keep(track, bare, None)
            return await self._audio.get(track)
        except AudioGone:
            return None
        except (NoWorker, OSError) as error:
            raise DeliveryUnavailable(f"credits not written anew: {error}") from error

    async def _run(self, track: Track, source: Path, *, patient: bool = False) -> Master:
        """patient: where the store is away, what was made waits for it."""
        most = await self._delivery.upload_limit(track) - UPLOAD_MARGIN
        async with self._audio.lock(track.id):  # two at once would write into one file
            async with self._desk:
                label = await self._delivery.credits(track)
                made = await self._workers.run(
                    jobs.MASTERING, jobs.master, source, source.parent, label, max_bytes=most
                )
            await self._audio.keep(track, made.path, made.card, patient=patient)
        return made

    async def _count_death(self, track: Track, error: WorkerEnded) -> int:
        """Writes down one more, and returns how many that makes; the host hears of the last one."""
        async with self._database.write() as connection:
            deaths = await tracks.count_worker_death(connection, track.id)
        log.error("a track ended its worker", deaths=deaths, error=str(error))
        if deaths == MOST_DEATHS:
            await self._delivery.tell_host(TrackUnworkable(track, error), f"unworkable {track.id}")
        return deaths


def _without_credits(mp3: Path) -> Path:
    """A copy of what is behind the file's tags. Blocks."""
    part = mp3.with_name(f"{mp3.name}.part")
    with mp3.open("rb") as file, part.open("wb") as copy:
        file.seek(mpeg.behind_tags(file))
        while data := file.read(2**20):
            copy.write(data)
    return part

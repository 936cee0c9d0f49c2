"""Where the provider hears the sound that is to be reworked.

The rule: its own output's address while it keeps that, else an upload, which costs nothing; the address is
written down before anything is submitted, and whatever was not written down is simply done again.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from services.backoff import Backoff
from services.delivery import AudioGone, DeliveryUnavailable
from services.jams.lending import is_lent
from services.money.accounts import Accounts
from services.own_voices.service import OwnVoices
from services.pipeline.kept_audio import KeptAudio
from services.pipeline.step_base import NotNow, StepBase
from services.pipeline.uploads import Uploads
from services.prompts.rework import Kind
from services.settings import Settings
from services.storage.audio_store import StoreAway
from services.storage.database import Database, now
from services.text.refusal import RequestRefusal
from services.tracks import tracks
from services.tracks.redaction import for_log
from services.tracks.track import Failure, Track
from services.wavespeed.client import (
    AccountRefused,
    ProviderDown,
    RateLimited,
    TurnedAway,
    WaveSpeedError,
)

log = structlog.get_logger(__name__)

KEPT = timedelta(days=7) - timedelta(hours=1)  # how long an output is relied upon; the provider says 7 days
TYPES = {"mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "webm": "audio/webm"}


Sound = tuple[Path | bytes, str, str]
"""A file with sound, or all of it; what it is called at the provider; and its type."""


def at_provider(source: Track) -> bool:
    """Whether the provider surely still has the track's output."""
    return bool(source.output_url) and now() - (source.started_at or now()) < KEPT


def _is_heard(track: Track, address: str) -> bool:
    """Whether the model hears what is at an address: the one that sings knows MP3 and WAV alone."""
    sings = track.rework is not None and track.rework.kind is Kind.VOICE
    return not sings or urlsplit(address).path.endswith((".mp3", ".wav"))


class SourceAway(RequestRefusal):
    """The sound that is to be reworked is in its message alone, and cannot be had just now."""


class SourceNotKept(RequestRefusal):
    """The sound that is to be reworked is not kept any more."""


async def fetch_kept(database: Database, audio: KeptAudio, source_id: str) -> None:
    """Has a track's MP3 here, where the provider may have its sound no longer.

    Comes before anything is reserved for a rework, and before that takes a place. Raises SourceAway,
    SourceNotKept.
    """
    async with database.read() as connection:
        source = await tracks.get(connection, source_id)
    if source is None or at_provider(source):
        return
    try:
        await audio.get(source)
    except AudioGone as error:
        raise SourceNotKept from error
    except (DeliveryUnavailable, OSError) as error:
        raise SourceAway from error


class Sources:
    """The sound of tracks that are made from others, or from members' own files."""

    def __init__(
        self,
        settings: Settings,
        accounts: Accounts,
        steps: StepBase,
        uploads: Uploads,
        audio: KeptAudio,
        voices: OwnVoices,
    ) -> None:
        self.settings = settings
        self.accounts = accounts
        self.steps = steps
        self.uploads = uploads
        self.audio = audio
        self.voices = voices

    async def prepare(self, track: Track) -> Failure | None:
        """Sees to it that the track's `source_url` is written down."""
        if track.rework is not None and track.rework.kind is Kind.VOICE and track.voice_url is None:
            failure = await self._handed_over(track, self._recording, "voice_url")
            if failure is not None:
                return failure
        if track.source_url is not None:
            return None
        source = await self._source(track)
        if source is not None and at_provider(source) and _is_heard(track, source.output_url or ""):
            await self.steps.write(track, source_url=source.output_url)
            return None
        return await self.upload(track)

    async def upload(self, track: Track) -> Failure | None:
        """Uploads the kept sound, and writes down where it is.

        Raises AccountRefused where the provider says that it is for key or money, TurnedAway where a page
        says anything against it, NotNow where the sound cannot be had just now.
        """
        return await self._handed_over(track, self._kept, "source_url")

    async def _handed_over(
        self, track: Track, have: Callable[[Track], Awaitable[Sound | Failure]], column: str
    ) -> Failure | None:
        """Uploads what `have` gives, and writes down where it is. Raises as `upload` does."""
        backoff = Backoff(patience=self.settings.provider_patience)
        while True:
            found = await have(track)  # each time: a copy on this machine does not stay for ever
            if isinstance(found, Failure):
                return found
            path, name, kind = found
            try:
                wavespeed = await self.accounts.client(track.key_id)
                address = await wavespeed.upload(path, name, kind)
            except (ProviderDown, RateLimited) as error:
                log.warning("upload put off", error=for_log(error, track))
                if not await backoff.wait(error.retry_after):
                    return Failure.PROVIDER_DOWN
            except FileNotFoundError:
                return Failure.SOURCE_GONE
            except AccountRefused:
                raise
            except WaveSpeedError as error:
                if error.is_page:
                    raise TurnedAway(str(error)) from error
                log.error("upload refused", error=for_log(error, track))
                return Failure.NOT_UPLOADED
            else:
                await self.steps.write(track, **{column: address})
                return None

    async def require(self, track: Track) -> None:
        """Has the sound here that was not to be had. Raises NotNow where it still is not."""
        await self._kept(track)

    async def distrust(self, track: Track) -> None:
        """Relies no more on the source's output at the provider: a rework of it failed there."""
        source = await self._source(track)
        if source is not None and source.output_url and source.output_url == track.source_url:
            await self.steps.write(source, output_url=None)

    async def _source(self, track: Track) -> Track | None:
        """The track whose sound it is; None where that is a file, or must not be heard any more."""
        if track.parent_id is None or track.rework is None or track.rework.file_id is not None:
            return None
        async with self.steps.database.read() as connection:
            source = await tracks.get(connection, track.parent_id)
        gone = source is None or source.deleted_at is not None or source.held_back
        return None if gone else source

    async def taken_back(self, track: Track) -> Failure | None:
        """Why the track is not to be sung with that voice any more; asked right before each POST."""
        if track.rework is None or track.rework.kind is not Kind.VOICE:
            return None
        if track.singer_id is not None:
            async with self.steps.database.read() as connection:
                if not await is_lent(connection, track):
                    return Failure.VOICE_TAKEN_BACK
        why = await self.voices.taken_back(track)
        lent = why is Failure.VOICE_GONE and track.singer_id is not None  # it is not theirs who are told
        return Failure.VOICE_TAKEN_BACK if lent else why

    async def _recording(self, track: Track) -> Sound | Failure:
        """The recording of the voice with which the track is sung."""
        voice = await self.voices.get(track.voice_id or "")
        data = await self.voices.recording(voice) if voice is not None else None
        if data is None:
            return Failure.VOICE_GONE if track.singer_id is None else Failure.VOICE_TAKEN_BACK
        return data, f"{track.id}-voice.mp3", TYPES["mp3"]

    async def _kept(self, track: Track) -> Sound | Failure:
        """The file with the sound, what it is called at the provider, and its type; or why there is none."""
        file_id = track.rework.file_id if track.rework else None
        if file_id is not None:
            kind = track.rework.file_kind if track.rework else ""
            try:
                path = await self.uploads.fetch(file_id)
            except FileNotFoundError:
                return Failure.SOURCE_GONE
            except StoreAway as error:
                raise NotNow from error
        elif (source := await self._source(track)) is not None:
            kind = "mp3"
            try:
                path = await self.audio.get(source)
            except AudioGone:
                return Failure.SOURCE_NOT_KEPT
            except (DeliveryUnavailable, StoreAway) as error:
                raise NotNow from error
        else:
            return Failure.SOURCE_GONE
        name = f"{track.id}.{kind}"
        return path, name, TYPES.get(kind) or mimetypes.guess_type(name)[0] or f"audio/{kind}"

"""Which tracks something may be made from the sound of: those that everybody may hear.

The rule: what moderators hold back is no source for anybody, and an explicit track is one only where it may
be heard.
"""

from __future__ import annotations

from enum import Enum, auto

from services.prompts.rework import Kind
from services.storage.database import Database
from services.text.refusal import Refusal
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.track import AUDIBLE, ENDED, NoSuchTrack, Track


class Unfit(Enum):
    """Why nothing can be made from a track's sound."""

    HELD_BACK = auto()
    NOT_FINISHED = auto()
    NEVER_FINISHED = auto()
    EXPLICIT = auto()  # and it was asked for where it may not be heard
    FROM_A_FILE = auto()  # to be made once more, of a file that is no longer kept
    SUNG_WITH_A_VOICE = auto()  # to be made once more, without its price being shown and confirmed
    SOURCE_DELETED = auto()  # to be made once more, of a track that is gone


class NotASource(Refusal):
    """The track cannot be reworked, or not be made once more as it was."""

    def __init__(self, track: Track, why: Unfit) -> None:
        super().__init__(f"track {track.number}: {why.name}")
        self.track = track
        self.why = why


def unfit(track: Track, *, adults: bool) -> Unfit | None:
    """Why the track's sound must not be reworked now; None where it may be.

    adults: whether it is asked for where Discord lets only adults in.
    """
    if track.held_back:
        return Unfit.HELD_BACK
    if track.state not in ENDED:
        return Unfit.NOT_FINISHED
    if track.state not in AUDIBLE:
        return Unfit.NEVER_FINISHED
    return Unfit.EXPLICIT if track.explicit and not adults else None


def check_source(track: Track, *, adults: bool) -> None:
    """Raises NotASource where the track's sound must not be reworked now. adults: as `unfit` has it."""
    if (why := unfit(track, adults=adults)) is not None:
        raise NotASource(track, why)


class ReworkSources:
    """Finds the tracks that something is to be made from. adults: as `unfit` has it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, sight: Sight, track_id: str, *, adults: bool) -> Track:
        """The track with that id, whose sound may be reworked. Raises NoSuchTrack, NotASource."""
        async with self._database.read() as connection:
            track = await tracks.seen(connection, sight, track_id)
        if track is None:
            raise NoSuchTrack
        check_source(track, adults=adults)
        return track

    async def made_again_from(self, sight: Sight, track: Track, *, adults: bool) -> Track:
        """What the track is made from once more: itself, or of a rework its source. Raises NotASource."""
        if track.rework is None:
            return track
        if track.rework.kind is Kind.VOICE:
            raise NotASource(track, Unfit.SUNG_WITH_A_VOICE)
        if track.rework.file_id is not None or track.parent_id is None:
            raise NotASource(track, Unfit.FROM_A_FILE)
        try:
            return await self.find(sight, track.parent_id, adults=adults)
        except NoSuchTrack:
            raise NotASource(track, Unfit.SOURCE_DELETED) from None

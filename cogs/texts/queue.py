"""What members read in `/queue`."""

from __future__ import annotations

from cogs.texts.formatting import named
from cogs.texts.sentences import Sentences
from services.pipeline.queue import NotWaiting
from services.tracks.track import State


def _not_waiting(refusal: NotWaiting) -> str:
    track = refusal.track
    if track.state is State.CANCELLED:
        return f"{named(track)} was cancelled already."
    if track.state.ended:
        return f"{named(track)} has ended already; there is nothing left to cancel."
    return (
        f"{named(track)} is being rendered already and has to be paid for, so it can no longer be cancelled. "
        "You can delete it when it is finished."
    )


REFUSALS: Sentences = {NotWaiting: _not_waiting}
